// Registers that are made of constants fold.
//
// d2824680  mov x0, #0x1234
// f2cacf00  movk x0, #0x5678, lsl #32
// 12800001  mov w1, #0xffffffff
// 8b010002  add x2, x0, x1
// ca000043  eor x3, x2, x0
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
            x[0].x = 4660u;
            x[0].y = 22136u;
            x[1].x = 4294967295u;
            x[1].y = 0u;
            x[2].x = 4659u;
            x[2].y = 22137u;
            x[3].x = 7u;
            x[3].y = 1u;
            left -= 5u;
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
