// A test of bits that only a branch reads.
//
// f241001f  tst x0, #0x8000000000000000
// 54000081  b.ne 0x400014
// ea22003f  bics xzr, x1, x2
// 54000044  b.mi 0x400014
// 91000463  add x3, x3, #0x1
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
            flag_word = 0u;
            flag_al = v1;
            flag_ah = v2;
            flag_bl = 0u;
            flag_bh = 0u;
            left -= 2u;
            last_code = 1u;
            if ((i32(v2) < i32(0u))) {
                code = 5u;
                block = TRANSLATION_LEAVE;
                break;
            }
            block = 2u;
            break;
        }
        case 2u: {
            // 0x400008
            let v3 = x[1].x;
            let v4 = x[1].y;
            let v5 = x[2].x;
            let v6 = x[2].y;
            flag_word = 1u;
            flag_al = v3;
            flag_ah = v4;
            flag_bl = v5;
            flag_bh = v6;
            left -= 2u;
            last_code = 3u;
            if ((i32((v4 & ~v6)) < i32(0u))) {
                code = 5u;
                block = TRANSLATION_LEAVE;
                break;
            }
            block = 3u;
            break;
        }
        case 3u: {
            // 0x400010
            let v7 = x[3].x;
            let v8 = x[3].y;
            x[3].x = (v7 + 1u);
            x[3].y = (v8 + select(0u, 1u, (v7 == 4294967295u)));
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
