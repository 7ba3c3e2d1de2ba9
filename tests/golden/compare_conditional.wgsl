// Comparisons that depend on flags.
//
// f1000c1f  cmp x0, #0x3
// fa421024  ccmp x1, x2, #0x4, ne
// 3a47c860  ccmn w3, #0x7, #0x0, gt
// 54000049  b.ls 0x400014
// 91000484  add x4, x4, #0x1
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
            let v5 = x[2].x;
            let v6 = x[2].y;
            let v7 = x[3].x;
            let v8 = (v7 + 7u);
            let v9 = (v7 < 4294967289u);
            let v10 = (v8 == 0u);
            let v11 = ((v4 - v6) - select(0u, 1u, (v3 < v5)));
            let v12 = (((v1 + 4294967293u) | (v2 - select(0u, 1u, (v1 < 3u)))) == 0u);
            let v13 = !(v12 | (((v3 - v5) | v11) == 0u));
            let v14 = !v12;
            let v15 = (v14 & (i32((~(v4 ^ ~v6) & (v4 ^ v11))) < i32(0u)));
            let v16 = select((!v15 & v13), (v15 & v13), (v14 & (i32(v11) < i32(0u))));
            let v17 = select(0u, (((((v8 >> 28u) & 8u) | (select(0u, 1u, v10) << 2u)) | (select(1u, 0u, v9) << 1u)) | ((~(v7 ^ 7u) & (v7 ^ v8)) >> 31u)), v16);
            nzcv = v17;
            flag_word = 4294967295u;
            left -= 4u;
            last_code = 3u;
            if (((v10 & v16) | !(!v9 & v16))) {
                code = 5u;
                block = TRANSLATION_LEAVE;
                break;
            }
            block = 2u;
            break;
        }
        case 2u: {
            // 0x400010
            let v18 = x[4].x;
            let v19 = x[4].y;
            x[4].x = (v18 + 1u);
            x[4].y = (v19 + select(0u, 1u, (v18 == 4294967295u)));
            left -= 1u;
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
