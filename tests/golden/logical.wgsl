// Bitwise operations by immediates and registers.
//
// 92089c20  and x0, x1, #0xff00ff00ff00ff00
// 32000862  orr w2, w3, #0x7
// cac644a4  eor x4, x5, x6, ror #17
// 8a290107  bic x7, x8, x9
// 2a2c116a  orn w10, w11, w12, lsl #4
// aa2e03ed  mvn x13, x14
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
            let v1 = x[1].x;
            let v2 = x[1].y;
            let v3 = x[3].x;
            let v4 = x[5].x;
            let v5 = x[5].y;
            let v6 = x[6].x;
            let v7 = x[6].y;
            let v8 = x[8].x;
            let v9 = x[8].y;
            let v10 = x[9].x;
            let v11 = x[9].y;
            let v12 = x[11].x;
            let v13 = x[12].x;
            let v14 = x[14].x;
            let v15 = x[14].y;
            x[0].x = (v1 & 4278255360u);
            x[0].y = (v2 & 4278255360u);
            x[2].x = (v3 | 7u);
            x[2].y = 0u;
            x[4].x = (v4 ^ ((v6 >> 17u) | (v7 << 15u)));
            x[4].y = (v5 ^ ((v7 >> 17u) | (v6 << 15u)));
            x[7].x = (v8 & ~v10);
            x[7].y = (v9 & ~v11);
            x[10].x = (v12 | ~(v13 << 4u));
            x[10].y = 0u;
            x[13].x = ~v14;
            x[13].y = ~v15;
            left -= 6u;
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
