// Every condition after one comparison.
//
// eb020020  subs x0, x1, x2
// 1a9f17e3  cset w3, eq
// 1a9f37e4  cset w4, cs
// 1a9f57e5  cset w5, mi
// 1a9f77e6  cset w6, vs
// 1a9f97e7  cset w7, hi
// 1a9fb7e8  cset w8, ge
// 1a9fd7e9  cset w9, gt
// d4400000  hlt #0x0

fn translated_0() {
    switch (block) {
        case 1u: {
            // 0x400000
            if (left < 8u) {
                code = 0u;
                held = true;
                block = TRANSLATION_LEAVE;
                break;
            }
            let v1 = x[1].x;
            let v2 = x[1].y;
            let v3 = x[2].x;
            let v4 = x[2].y;
            let v5 = (v1 - v3);
            x[0].x = v5;
            let v6 = ((v2 - v4) - select(0u, 1u, (v1 < v3)));
            x[0].y = v6;
            let v7 = ((v5 | v6) == 0u);
            x[3].x = select(0u, 1u, v7);
            x[3].y = 0u;
            let v8 = ~v4;
            let v9 = (v2 + v8);
            let v10 = ((v9 < v2) | (v6 < v9));
            x[4].x = select(0u, 1u, v10);
            x[4].y = 0u;
            let v11 = (i32(v6) < i32(0u));
            x[5].x = select(0u, 1u, v11);
            x[5].y = 0u;
            let v12 = (i32((~(v2 ^ v8) & (v2 ^ v6))) < i32(0u));
            x[6].x = select(0u, 1u, v12);
            x[6].y = 0u;
            x[7].x = select(1u, 0u, (v7 | !v10));
            x[7].y = 0u;
            let v13 = !v12;
            x[8].x = select(1u, 0u, select(v12, v13, v11));
            x[8].y = 0u;
            x[9].x = select(1u, 0u, select((v7 | v12), (v7 | v13), v11));
            x[9].y = 0u;
            flag_word = 0u;
            flag_al = v1;
            flag_ah = v2;
            flag_bl = v3;
            flag_bh = v4;
            left -= 8u;
            last_code = 7u;
            code = 8u;
            block = TRANSLATION_LEAVE;
            break;
        }
        default: {
            block = TRANSLATION_LEAVE;
        }
    }
}
fn translated(entry: u32) {
    block = entry;
    left = budget - retired;
    flag_word = NONE;
    while (block != TRANSLATION_LEAVE) {
        translated_0();
    }
    retired = budget - left;
    translation_flags();
}
