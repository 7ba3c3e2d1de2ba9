// Sums and differences of 64 bits, by immediates and registers.
//
// 91000400  add x0, x0, #0x1
// d17ffc01  sub x1, x0, #0xfff, lsl #12
// 8b000022  add x2, x1, x0
// cb040043  sub x3, x2, x4
// cb0303e5  neg x5, x3
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
            let v3 = x[4].x;
            let v4 = x[4].y;
            let v5 = (v1 + 1u);
            x[0].x = v5;
            let v6 = (v2 + select(0u, 1u, (v1 == 4294967295u)));
            x[0].y = v6;
            let v7 = (v1 + 4278194177u);
            x[1].x = v7;
            let v8 = (((v6 + 4294967295u) + select(0u, 1u, ((v1 + 4278194176u) < v5))) + select(0u, 1u, (v1 == 16773119u)));
            x[1].y = v8;
            let v9 = (v5 + v7);
            x[2].x = v9;
            let v10 = ((v6 + v8) + select(0u, 1u, (v9 < v7)));
            x[2].y = v10;
            let v11 = (v9 - v3);
            x[3].x = v11;
            let v12 = ((v10 - v4) - select(0u, 1u, (v9 < v3)));
            x[3].y = v12;
            let v13 = ~v11;
            x[5].x = (v13 + 1u);
            x[5].y = (~v12 + select(0u, 1u, (v13 == 4294967295u)));
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
