// A loop in a loop.
//
// d2800001  mov x1, #0x0
// 8b010000  add x0, x0, x1
// 91000421  add x1, x1, #0x1
// eb02003f  cmp x1, x2
// 54ffffa3  b.cc 0x400004
// f1000463  subs x3, x3, #0x1
// 54ffff41  b.ne 0x400000
// d4400000  hlt #0x0

fn nest_1() {
    var flags = nzcv;
    var own_flag_ah = flag_ah;
    var own_flag_al = flag_al;
    var own_flag_bh = flag_bh;
    var own_flag_bl = flag_bl;
    var own_flag_word = flag_word;
    var own_last_code = last_code;
    var own_left = left;
    var r0h = x[0].y;
    var r0l = x[0].x;
    var r1h = x[1].y;
    var r1l = x[1].x;
    var r2h = x[2].y;
    var r2l = x[2].x;
    var r3h = x[3].y;
    var r3l = x[3].x;
    loop {
        if (block == 1u) {
            // 0x400000
            if (own_left < 1u) {
                code = 0u;
                held = true;
                block = TRANSLATION_LEAVE;
                break;
            }
            r1l = 0u;
            r1h = 0u;
            own_left -= 1u;
            own_last_code = 0u;
            block = 2u;
        }
        if (block == 2u) {
            loop {
                // 0x400004
                if (own_left < 6u) {
                    code = 1u;
                    held = true;
                    block = TRANSLATION_LEAVE;
                    break;
                }
                let v1 = r0l;
                let v2 = r0h;
                let v3 = r1l;
                let v4 = r1h;
                let v5 = r2l;
                let v6 = r2h;
                let v7 = (v1 + v3);
                r0l = v7;
                r0h = ((v2 + v4) + select(0u, 1u, (v7 < v1)));
                let v8 = (v3 + 1u);
                r1l = v8;
                let v9 = (v4 + select(0u, 1u, (v3 == 4294967295u)));
                r1h = v9;
                own_flag_word = 0u;
                own_flag_al = v8;
                own_flag_ah = v9;
                own_flag_bl = v5;
                own_flag_bh = v6;
                let v10 = (v9 + ~v6);
                own_left -= 4u;
                own_last_code = 4u;
                if (((v10 < v9) | (((v9 - v6) - select(0u, 1u, (v8 < v5))) < v10))) {
                    block = 3u;
                    break;
                }
                continue;
            }
            if (block == 3u) {
                // 0x400014
                let v11 = r3l;
                let v12 = r3h;
                let v13 = (v11 + 4294967295u);
                r3l = v13;
                let v14 = (select(1u, 0u, (v11 == 0u)) + (v12 + 4294967295u));
                r3h = v14;
                own_flag_word = 1u;
                own_flag_al = v11;
                own_flag_ah = v12;
                own_flag_bl = 0u;
                own_flag_bh = 0u;
                own_left -= 2u;
                own_last_code = 6u;
                if (((v13 | v14) == 0u)) {
                    code = 7u;
                    block = TRANSLATION_LEAVE;
                    break;
                }
                block = 1u;
                continue;
            }
        }
        if (block != 1u) {
            break;
        }
    }
    flag_ah = own_flag_ah;
    flag_al = own_flag_al;
    flag_bh = own_flag_bh;
    flag_bl = own_flag_bl;
    flag_word = own_flag_word;
    last_code = own_last_code;
    left = own_left;
    x[0].y = r0h;
    x[0].x = r0l;
    x[1].y = r1h;
    x[1].x = r1l;
    x[3].y = r3h;
    x[3].x = r3l;
}
fn translated_0() {
    switch (block) {
        case 1u, 2u: {
            nest_1();
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
