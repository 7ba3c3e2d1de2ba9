// What the interpreter does ends a block, and another begins behind it.
//
// d2800808  mov x8, #0x40
// d4000001  svc #0x0
// 8b000021  add x1, x1, x0
// d4400000  hlt #0x0

fn translated_0() {
    switch (block) {
        case 1u: {
            // 0x400008
            if (left < 1u) {
                code = 2u;
                held = true;
                block = TRANSLATION_LEAVE;
                break;
            }
            let v1 = x[0].x;
            let v2 = x[0].y;
            let v3 = x[1].x;
            let v4 = x[1].y;
            let v5 = (v3 + v1);
            x[1].x = v5;
            x[1].y = ((v4 + v2) + select(0u, 1u, (v5 < v3)));
            left -= 1u;
            last_code = 2u;
            code = 3u;
            block = TRANSLATION_LEAVE;
            break;
        }
        case 2u: {
            // 0x400000
            if (left < 1u) {
                code = 0u;
                held = true;
                block = TRANSLATION_LEAVE;
                break;
            }
            x[8].x = 64u;
            x[8].y = 0u;
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
