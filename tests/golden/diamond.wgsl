// Two ways that meet again.
//
// 36180060  tbz w0, #3, 0x40000c
// 91000421  add x1, x1, #0x1
// 14000002  b 0x400010
// d1000421  sub x1, x1, #0x1
// ca010042  eor x2, x2, x1
// d4400000  hlt #0x0

fn translated_0() {
    switch (block) {
        case 1u: {
            // 0x400000
            if (left < 4u) {
                code = 0u;
                held = true;
                block = TRANSLATION_LEAVE;
                break;
            }
            let v1 = x[0].x;
            left -= 1u;
            last_code = 0u;
            if (((v1 & 8u) == 0u)) {
                block = 3u;
                break;
            }
            block = 2u;
            break;
        }
        case 2u: {
            // 0x400004
            let v2 = x[1].x;
            let v3 = x[1].y;
            x[1].x = (v2 + 1u);
            x[1].y = (v3 + select(0u, 1u, (v2 == 4294967295u)));
            left -= 2u;
            last_code = 2u;
            block = 4u;
            break;
        }
        case 3u: {
            // 0x40000c
            let v4 = x[1].x;
            let v5 = x[1].y;
            x[1].x = (v4 + 4294967295u);
            x[1].y = ((v5 - select(0u, 1u, (v4 < 2u))) + select(0u, 1u, (v4 == 1u)));
            left -= 1u;
            last_code = 3u;
            block = 4u;
            break;
        }
        case 4u: {
            // 0x400010
            let v6 = x[1].x;
            let v7 = x[1].y;
            let v8 = x[2].x;
            let v9 = x[2].y;
            x[2].x = (v8 ^ v6);
            x[2].y = (v9 ^ v7);
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
