// Fields taken out and put in.
//
// d3476820  ubfx x0, x1, #7, #20
// 13032c62  sbfx w2, w3, #3, #9
// b3582ca4  bfi x4, x5, #40, #12
// d35f78e6  lsl x6, x7, #33
// 93407d28  sxtw x8, w9
// 93cc556a  extr x10, x11, x12, #21
// d4400000  hlt #0x0

fn translated_0() {
    switch (block) {
        case 1u: {
            // 0x400000
            if (left < 6u) {
                code = 0u;
                held = true;
                block = TRANSLATION_LEAVE;
                break;
            }
            let v1 = x[1].x;
            let v2 = x[3].x;
            let v3 = x[4].y;
            let v4 = x[5].x;
            let v5 = x[7].x;
            let v6 = x[9].x;
            let v7 = x[11].x;
            let v8 = x[12].x;
            let v9 = x[12].y;
            x[0].x = ((v1 >> 7u) & 1048575u);
            x[0].y = 0u;
            x[2].x = u32(i32((v2 << 20u)) >> 23u);
            x[2].y = 0u;
            x[4].y = (((v4 << 8u) & 1048320u) | (v3 & 4293918975u));
            x[6].x = 0u;
            x[6].y = (v5 << 1u);
            x[8].x = v6;
            x[8].y = u32(i32(v6) >> 31u);
            x[10].x = ((v8 >> 21u) | (v9 << 11u));
            x[10].y = ((v9 >> 21u) | (v7 << 11u));
            left -= 6u;
            last_code = 5u;
            code = 6u;
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
