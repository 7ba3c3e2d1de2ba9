// Flags that nobody reads before they are set again.
//
// eb010000  subs x0, x0, x1
// 31000462  adds w2, w3, #0x1
// f2401ca4  ands x4, x5, #0xff
// 54000040  b.eq 0x400014
// 910004c6  add x6, x6, #0x1
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
            let v3 = x[1].x;
            let v4 = x[1].y;
            let v5 = x[3].x;
            let v6 = x[5].x;
            let v7 = x[5].y;
            x[0].x = (v1 - v3);
            x[0].y = ((v2 - v4) - select(0u, 1u, (v1 < v3)));
            x[2].x = (v5 + 1u);
            x[2].y = 0u;
            let v8 = (v6 & 255u);
            x[4].x = v8;
            x[4].y = 0u;
            flag_word = 2u;
            flag_al = v6;
            flag_ah = v7;
            flag_bl = 0u;
            flag_bh = 0u;
            left -= 4u;
            last_code = 3u;
            if ((v8 == 0u)) {
                code = 5u;
                block = TRANSLATION_LEAVE;
                break;
            }
            block = 2u;
            break;
        }
        case 2u: {
            // 0x400010
            let v9 = x[6].x;
            let v10 = x[6].y;
            x[6].x = (v9 + 1u);
            x[6].y = (v10 + select(0u, 1u, (v9 == 4294967295u)));
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
