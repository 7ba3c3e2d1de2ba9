// Carries from one instruction to the next.
//
// ab020000  adds x0, x0, x2
// ba030021  adcs x1, x1, x3
// da0600a4  sbc x4, x5, x6
// 7a0803e7  ngcs w7, w8
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
            let v1 = x[0].x;
            let v2 = x[0].y;
            let v3 = x[1].x;
            let v4 = x[1].y;
            let v5 = x[2].x;
            let v6 = x[2].y;
            let v7 = x[3].x;
            let v8 = x[3].y;
            let v9 = x[5].x;
            let v10 = x[5].y;
            let v11 = x[6].x;
            let v12 = x[6].y;
            let v13 = x[8].x;
            let v14 = (v1 + v5);
            x[0].x = v14;
            let v15 = (v2 + v6);
            let v16 = (select(0u, 1u, (v14 < v1)) + v15);
            x[0].y = v16;
            let v17 = (v3 + v7);
            let v18 = (select(0u, 1u, ((v15 < v2) | (v16 < v15))) + v17);
            x[1].x = v18;
            let v19 = (v4 + v8);
            let v20 = (select(0u, 1u, ((v17 < v3) | (v18 < v17))) + v19);
            x[1].y = v20;
            let v21 = (v9 + ~v11);
            let v22 = select(0u, 1u, ((v19 < v4) | (v20 < v19)));
            let v23 = (v22 + v21);
            x[4].x = v23;
            x[4].y = (select(0u, 1u, ((v21 < v9) | (v23 < v21))) + (v10 + ~v12));
            let v24 = ~v13;
            let v25 = (v22 + v24);
            x[7].x = v25;
            x[7].y = 0u;
            let v26 = (((((v25 >> 28u) & 8u) | (select(0u, 1u, (v25 == 0u)) << 2u)) | (select(0u, 1u, (v25 < v24)) << 1u)) | ((v13 & v25) >> 31u));
            nzcv = v26;
            flag_word = 4294967295u;
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
