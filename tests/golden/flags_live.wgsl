// Flags that go on to another block, and out.
//
// eb01001f  cmp x0, x1
// b4000042  cbz x2, 0x40000c
// 91000463  add x3, x3, #0x1
// 5400006b  b.lt 0x400018
// 54000048  b.hi 0x400018
// 91000484  add x4, x4, #0x1
// d4400000  hlt #0x0

fn translated_0() {
    switch (block) {
        case 1u: {
            // 0x400000
            if (left < 6u) {
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
            let v7 = ((v2 - v4) - select(0u, 1u, (v1 < v3)));
            let v8 = ~v4;
            let v9 = (v2 + v8);
            let v10 = ((((v7 >> 28u) & 8u) | (select(0u, 1u, (((v1 - v3) | v7) == 0u)) << 2u)) | (select(0u, 1u, ((v9 < v2) | (v7 < v9))) << 1u));
            nzcv = (v10 | ((~(v2 ^ v8) & (v2 ^ v7)) >> 31u));
            flag_word = 4294967295u;
            left -= 2u;
            last_code = 1u;
            if (((v5 | v6) == 0u)) {
                block = 3u;
                break;
            }
            block = 2u;
            break;
        }
        case 2u: {
            // 0x400008
            let v11 = x[3].x;
            let v12 = x[3].y;
            x[3].x = (v11 + 1u);
            x[3].y = (v12 + select(0u, 1u, (v11 == 4294967295u)));
            left -= 1u;
            last_code = 2u;
            block = 3u;
            break;
        }
        case 3u: {
            // 0x40000c
            let v13 = nzcv;
            let v14 = ((v13 & 1u) == 0u);
            left -= 1u;
            last_code = 3u;
            if (select(v14, !v14, ((v13 & 8u) == 0u))) {
                code = 6u;
                block = TRANSLATION_LEAVE;
                break;
            }
            block = 4u;
            break;
        }
        case 4u: {
            // 0x400010
            let v15 = nzcv;
            left -= 1u;
            last_code = 4u;
            if ((((v15 & 2u) != 0u) & ((v15 & 4u) == 0u))) {
                code = 6u;
                block = TRANSLATION_LEAVE;
                break;
            }
            block = 5u;
            break;
        }
        case 5u: {
            // 0x400014
            let v16 = x[4].x;
            let v17 = x[4].y;
            x[4].x = (v16 + 1u);
            x[4].y = (v17 + select(0u, 1u, (v16 == 4294967295u)));
            left -= 1u;
            last_code = 5u;
            code = 6u;
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
