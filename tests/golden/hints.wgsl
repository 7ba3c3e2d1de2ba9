// What does nothing, and barriers.
//
// d503201f  nop
// 91000400  add x0, x0, #0x1
// d5033bbf  dmb ish
// d5033fdf  isb
// 91000400  add x0, x0, #0x1
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
            x[0].x = (v1 + 2u);
            x[0].y = ((v2 + select(0u, 1u, (v1 == 4294967295u))) + select(0u, 1u, (v1 == 4294967294u)));
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
