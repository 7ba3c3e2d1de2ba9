// Results of 32 bits clear the upper half.
//
// 11000400  add w0, w0, #0x1
// 4b020001  sub w1, w0, w2
// 8b000023  add x3, x1, x0
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
            let v2 = x[2].x;
            let v3 = (v1 + 1u);
            x[0].x = v3;
            x[0].y = 0u;
            let v4 = (v3 - v2);
            x[1].x = v4;
            x[1].y = 0u;
            let v5 = (v3 + v4);
            x[3].x = v5;
            x[3].y = select(0u, 1u, (v5 < v4));
            left -= 3u;
            last_code = 2u;
            code = 3u;
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
