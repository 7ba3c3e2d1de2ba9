// A function, called twice.
//
// 94000003  bl 0x40000c
// 94000002  bl 0x40000c
// d4400000  hlt #0x0
// 91000400  add x0, x0, #0x1
// d65f03c0  ret

fn translated_0() {
    switch (block) {
        case 1u: {
            // 0x400004
            if (left < 1u) {
                code = 1u;
                held = true;
                block = TRANSLATION_LEAVE;
                break;
            }
            x[30].x = 4194312u;
            x[30].y = 0u;
            left -= 1u;
            last_code = 1u;
            block = 3u;
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
            x[30].x = 4194308u;
            x[30].y = 0u;
            left -= 1u;
            last_code = 0u;
            block = 3u;
            break;
        }
        case 3u: {
            // 0x40000c
            if (left < 2u) {
                code = 3u;
                held = true;
                block = TRANSLATION_LEAVE;
                break;
            }
            let v1 = x[0].x;
            let v2 = x[0].y;
            let v3 = x[30].x;
            let v4 = x[30].y;
            x[0].x = (v1 + 1u);
            x[0].y = (v2 + select(0u, 1u, (v1 == 4294967295u)));
            left -= 2u;
            last_code = 4u;
            jump_pc = vec2<u32>(v3, u32(i32((v4 << 8u)) >> 8u));
            block = translation_find(flag_word);
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
