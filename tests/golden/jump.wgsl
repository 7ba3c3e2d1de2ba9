// Jumps to addresses.
//
// 10000061  adr x1, 0x40000c
// b4000060  cbz x0, 0x400010
// d61f0020  br x1
// 91000442  add x2, x2, #0x1
// d63f0060  blr x3
// d4400000  hlt #0x0

fn translated_0() {
    switch (block) {
        case 1u: {
            // 0x400000
            if (left < 3u) {
                code = 0u;
                held = true;
                block = TRANSLATION_LEAVE;
                break;
            }
            let v1 = x[0].x;
            let v2 = x[0].y;
            x[1].x = 4194316u;
            x[1].y = 0u;
            left -= 2u;
            last_code = 1u;
            if (((v1 | v2) == 0u)) {
                block = 3u;
                break;
            }
            block = 2u;
            break;
        }
        case 2u: {
            // 0x400008
            let v3 = x[1].x;
            let v4 = x[1].y;
            left -= 1u;
            last_code = 2u;
            jump_pc = vec2<u32>(v3, u32(i32((v4 << 8u)) >> 8u));
            block = translation_find(flag_word);
            break;
        }
        case 3u: {
            // 0x400010
            let v5 = x[3].x;
            let v6 = x[3].y;
            x[30].x = 4194324u;
            x[30].y = 0u;
            left -= 1u;
            last_code = 4u;
            jump_pc = vec2<u32>(v5, u32(i32((v6 << 8u)) >> 8u));
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
