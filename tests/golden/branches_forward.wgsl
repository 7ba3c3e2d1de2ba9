// Branches over each other.
//
// b40000a0  cbz x0, 0x400014
// 35000041  cbnz w1, 0x40000c
// 91000442  add x2, x2, #0x1
// b7f80043  tbnz x3, #63, 0x400014
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
            left -= 1u;
            last_code = 0u;
            if (((v1 | v2) == 0u)) {
                code = 5u;
                block = TRANSLATION_LEAVE;
                break;
            }
            block = 2u;
            break;
        }
        case 2u: {
            // 0x400004
            let v3 = x[1].x;
            left -= 1u;
            last_code = 1u;
            if ((v3 == 0u)) {
                block = 3u;
                break;
            }
            block = 4u;
            break;
        }
        case 3u: {
            // 0x400008
            let v4 = x[2].x;
            let v5 = x[2].y;
            x[2].x = (v4 + 1u);
            x[2].y = (v5 + select(0u, 1u, (v4 == 4294967295u)));
            left -= 1u;
            last_code = 2u;
            block = 4u;
            break;
        }
        case 4u: {
            // 0x40000c
            let v6 = x[3].y;
            left -= 1u;
            last_code = 3u;
            if ((i32(v6) < i32(0u))) {
                code = 5u;
                block = TRANSLATION_LEAVE;
                break;
            }
            block = 5u;
            break;
        }
        case 5u: {
            // 0x400010
            let v7 = x[4].x;
            let v8 = x[4].y;
            x[4].x = (v7 + 1u);
            x[4].y = (v8 + select(0u, 1u, (v7 == 4294967295u)));
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
