// Conditional selects.
//
// 6b01001f  cmp w0, w1
// 9a843062  csel x2, x3, x4, cc
// 1a8704c5  csinc w5, w6, w7, eq
// da9fa128  csinv x8, x9, xzr, ge
// 5a8c756a  csneg w10, w11, w12, vc
// d4400000  hlt #0x0

fn translated_0() {
    switch (block) {
        case 1u: {
            // 0x400000
            if (left < 5u) {
                code = 0u;
                held = true;
                block = TRANSLATION_LEAVE;
                break;
            }
            let v1 = x[0].x;
            let v2 = x[0].y;
            let v3 = x[1].x;
            let v4 = x[1].y;
            let v5 = x[3].x;
            let v6 = x[3].y;
            let v7 = x[4].x;
            let v8 = x[4].y;
            let v9 = x[6].x;
            let v10 = x[7].x;
            let v11 = x[9].x;
            let v12 = x[9].y;
            let v13 = x[11].x;
            let v14 = x[12].x;
            let v15 = (v1 < v3);
            x[2].x = select(v7, v5, v15);
            x[2].y = select(v8, v6, v15);
            let v16 = (v1 - v3);
            x[5].x = select((v10 + 1u), v9, (v16 == 0u));
            x[5].y = 0u;
            let v17 = (i32((~(v1 ^ ~v3) & (v1 ^ v16))) < i32(0u));
            let v18 = select(!v17, v17, (i32(v16) < i32(0u)));
            x[8].x = select(4294967295u, v11, v18);
            x[8].y = select(4294967295u, v12, v18);
            x[10].x = select(v13, (~v14 + 1u), v17);
            x[10].y = 0u;
            flag_word = 0u;
            flag_al = v1;
            flag_ah = v2;
            flag_bl = v3;
            flag_bh = v4;
            left -= 5u;
            last_code = 4u;
            code = 5u;
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
