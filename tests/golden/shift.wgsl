// Shifts by registers.
//
// 9ac22020  lsl x0, x1, x2
// 1ac52483  lsr w3, w4, w5
// 9ac828e6  asr x6, x7, x8
// 1acb2d49  ror w9, w10, w11
// d4400000  hlt #0x0

fn translated_0() {
    switch (block) {
        case 1u: {
            // 0x400000
            if (left < 4u) {
                code = 0u;
                held = true;
                block = TRANSLATION_LEAVE;
                break;
            }
            let v1 = x[1].x;
            let v2 = x[1].y;
            let v3 = x[2].x;
            let v4 = x[4].x;
            let v5 = x[5].x;
            let v6 = x[7].x;
            let v7 = x[7].y;
            let v8 = x[8].x;
            let v9 = x[10].x;
            let v10 = x[11].x;
            let v11 = (v3 & 31u);
            let v12 = (v1 << v11);
            let v13 = ((v3 & 63u) < 32u);
            x[0].x = select(0u, v12, v13);
            x[0].y = select(v12, ((v2 << v11) | ((v1 >> 1u) >> (31u - v11))), v13);
            let v14 = (v5 & 31u);
            x[3].x = select((0u >> v14), ((v4 >> v14) | (0u << (31u - v14))), (v14 < 32u));
            x[3].y = 0u;
            let v15 = (v8 & 31u);
            let v16 = u32(i32(v7) >> 31u);
            let v17 = (v7 ^ v16);
            let v18 = (v17 >> v15);
            let v19 = ((v8 & 63u) < 32u);
            x[6].x = (v16 ^ select(v18, (((v6 ^ v16) >> v15) | ((v17 << 1u) << (31u - v15))), v19));
            x[6].y = (v16 ^ select(0u, v18, v19));
            let v20 = (v10 & 31u);
            let v21 = (64u - v20);
            let v22 = (v9 >> v20);
            let v23 = (select(v22, (v22 | ((v9 << 1u) << (31u - v20))), (v20 < 32u)) | (select(0u, (v9 << (v21 & 31u)), ((v21 & 63u) < 32u)) * select(1u, 0u, (v20 == 0u))));
            x[9].x = v23;
            x[9].y = 0u;
            left -= 4u;
            last_code = 3u;
            code = 4u;
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
