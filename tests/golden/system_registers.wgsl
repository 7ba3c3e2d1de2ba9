// Flags and the thread pointer as registers.
//
// d53b4200  mrs x0, nzcv
// d51bd041  msr tpidr_el0, x1
// d53bd042  mrs x2, tpidr_el0
// d51b4203  msr nzcv, x3
// 54000040  b.eq 0x400018
// 91000484  add x4, x4, #0x1
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
            let v1 = lane;
            let v2 = x[1].x;
            let v3 = x[1].y;
            let v4 = x[3].x;
            let v5 = nzcv;
            x[0].x = (v5 << 28u);
            x[0].y = 0u;
            let v6 = params.lanes;
            lane_state[((v6 * 3u) + v1)] = v2;
            let v7 = params.lanes;
            lane_state[(v1 + (v7 * 4u))] = v3;
            let v8 = params.lanes;
            let v9 = lane_state[(v1 + (v8 * 3u))];
            let v10 = params.lanes;
            let v11 = lane_state[(v1 + (v10 * 4u))];
            x[2].x = v9;
            x[2].y = v11;
            let v12 = (v4 >> 28u);
            nzcv = v12;
            flag_word = 4294967295u;
            left -= 5u;
            last_code = 4u;
            if ((((61680u >> v12) & 1u) == 0u)) {
                block = 2u;
                break;
            }
            code = 6u;
            block = TRANSLATION_LEAVE;
            break;
        }
        case 2u: {
            // 0x400014
            let v13 = x[4].x;
            let v14 = x[4].y;
            x[4].x = (v13 + 1u);
            x[4].y = (v14 + select(0u, 1u, (v13 == 4294967295u)));
            left -= 1u;
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
