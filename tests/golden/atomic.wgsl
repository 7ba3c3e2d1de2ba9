// Atomic and exclusive accesses are the interpreter's.
//
// 91000463  add x3, x3, #0x1
// f8200041  ldadd x0, x1, [x2]
// 91000463  add x3, x3, #0x1
// 885ffc44  ldaxr w4, [x2]
// 11000484  add w4, w4, #0x1
// 8805fc44  stlxr w5, w4, [x2]
// 35ffffa5  cbnz w5, 0x40000c
// d4400000  hlt #0x0

fn translated_0() {
    switch (block) {
        case 1u: {
            // 0x400018
            if (left < 1u) {
                code = 6u;
                held = true;
                block = TRANSLATION_LEAVE;
                break;
            }
            let v1 = x[5].x;
            left -= 1u;
            last_code = 6u;
            if ((v1 == 0u)) {
                code = 7u;
                block = TRANSLATION_LEAVE;
                break;
            }
            code = 3u;
            block = TRANSLATION_LEAVE;
            break;
        }
        case 2u: {
            // 0x400010
            if (left < 1u) {
                code = 4u;
                held = true;
                block = TRANSLATION_LEAVE;
                break;
            }
            let v2 = x[4].x;
            x[4].x = (v2 + 1u);
            x[4].y = 0u;
            left -= 1u;
            last_code = 4u;
            code = 5u;
            block = TRANSLATION_LEAVE;
            break;
        }
        case 3u: {
            // 0x400008
            if (left < 1u) {
                code = 2u;
                held = true;
                block = TRANSLATION_LEAVE;
                break;
            }
            let v3 = x[3].x;
            let v4 = x[3].y;
            x[3].x = (v3 + 1u);
            x[3].y = (v4 + select(0u, 1u, (v3 == 4294967295u)));
            left -= 1u;
            last_code = 2u;
            code = 3u;
            block = TRANSLATION_LEAVE;
            break;
        }
        case 4u: {
            // 0x400000
            if (left < 1u) {
                code = 0u;
                held = true;
                block = TRANSLATION_LEAVE;
                break;
            }
            let v5 = x[3].x;
            let v6 = x[3].y;
            x[3].x = (v5 + 1u);
            x[3].y = (v6 + select(0u, 1u, (v5 == 4294967295u)));
            left -= 1u;
            last_code = 0u;
            code = 1u;
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
