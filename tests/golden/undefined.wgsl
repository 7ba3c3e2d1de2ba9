// Nothing is translated of what is undefined.
//
// 91000400  add x0, x0, #0x1
// 00000000  udf #0
// 91000400  add x0, x0, #0x1

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
            x[0].x = (v1 + 1u);
            x[0].y = (v2 + select(0u, 1u, (v1 == 4294967295u)));
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
            let v3 = x[0].x;
            let v4 = x[0].y;
            x[0].x = (v3 + 1u);
            x[0].y = (v4 + select(0u, 1u, (v3 == 4294967295u)));
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
