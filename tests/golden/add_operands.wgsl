// Shifted and extended operands.
//
// 8b020c20  add x0, x1, x2, lsl #3
// cb84a003  sub x3, x0, x4, asr #40
// 8b2748c5  add x5, x6, w7, uxtw #2
// 8b2a8128  add x8, x9, w10, sxtb
// 8b2b63ff  add sp, sp, x11
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
            let v1 = x[1].x;
            let v2 = x[1].y;
            let v3 = x[2].x;
            let v4 = x[2].y;
            let v5 = x[4].y;
            let v6 = x[6].x;
            let v7 = x[6].y;
            let v8 = x[7].x;
            let v9 = x[9].x;
            let v10 = x[9].y;
            let v11 = x[10].x;
            let v12 = x[11].x;
            let v13 = x[11].y;
            let v14 = x[31].x;
            let v15 = x[31].y;
            let v16 = (v1 + (v3 << 3u));
            x[0].x = v16;
            let v17 = (select(0u, 1u, (v16 < v1)) + (v2 + ((v4 << 3u) | (v3 >> 29u))));
            x[0].y = v17;
            let v18 = u32(i32(v5) >> 8u);
            x[3].x = (v16 - v18);
            x[3].y = ((v17 - u32(i32(v5) >> 31u)) - select(0u, 1u, (v16 < v18)));
            let v19 = (v6 + (v8 << 2u));
            x[5].x = v19;
            x[5].y = (select(0u, 1u, (v19 < v6)) + (v7 + (v8 >> 30u)));
            let v20 = (v11 << 24u);
            let v21 = (v9 + u32(i32(v20) >> 24u));
            x[8].x = v21;
            x[8].y = (select(0u, 1u, (v21 < v9)) + (v10 + u32(i32(v20) >> 31u)));
            let v22 = (v14 + v12);
            x[31].x = v22;
            x[31].y = (select(0u, 1u, (v22 < v14)) + (v15 + v13));
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
