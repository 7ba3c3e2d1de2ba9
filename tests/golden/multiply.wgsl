// Products.
//
// 9b027c20  mul x0, x1, x2
// 1b051883  madd w3, w4, w5, w6
// 9b09a907  msub x7, x8, x9, x10
// 9b2d398b  smaddl x11, w12, w13, x14
// 9bd17e0f  umulh x15, x16, x17
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
            let v5 = x[4].x;
            let v6 = x[5].x;
            let v7 = x[6].x;
            let v8 = x[8].x;
            let v9 = x[8].y;
            let v10 = x[9].x;
            let v11 = x[9].y;
            let v12 = x[10].x;
            let v13 = x[10].y;
            let v14 = x[12].x;
            let v15 = x[13].x;
            let v16 = x[14].x;
            let v17 = x[14].y;
            let v18 = x[16].x;
            let v19 = x[16].y;
            let v20 = x[17].x;
            let v21 = x[17].y;
            x[0].x = (v1 * v3);
            let v22 = (v3 & 65535u);
            let v23 = (v1 & 65535u);
            let v24 = (v1 >> 16u);
            let v25 = ((v24 * v22) + ((v23 * v22) >> 16u));
            let v26 = (v3 >> 16u);
            x[0].y = (((((v24 * v26) + (v25 >> 16u)) + (((v23 * v26) + (v25 & 65535u)) >> 16u)) + (v1 * v4)) + (v2 * v3));
            x[3].x = ((v5 * v6) + v7);
            x[3].y = 0u;
            let v27 = ~v12;
            let v28 = ((v8 * v10) + v27);
            x[7].x = ~v28;
            let v29 = (v10 & 65535u);
            let v30 = (v8 & 65535u);
            let v31 = (v8 >> 16u);
            let v32 = ((v31 * v29) + ((v30 * v29) >> 16u));
            let v33 = (v10 >> 16u);
            let v34 = (((((((v31 * v33) + (v32 >> 16u)) + (((v30 * v33) + (v32 & 65535u)) >> 16u)) + (v8 * v11)) + (v9 * v10)) + ~v13) + select(0u, 1u, (v28 < v27)));
            x[7].y = ~v34;
            let v35 = ((v14 * v15) + v16);
            x[11].x = v35;
            let v36 = (v15 & 65535u);
            let v37 = (v14 & 65535u);
            let v38 = (v14 >> 16u);
            let v39 = ((v38 * v36) + ((v37 * v36) >> 16u));
            let v40 = (v15 >> 16u);
            let v41 = (((((v38 * v40) + (v39 >> 16u)) + (((v37 * v40) + (v39 & 65535u)) >> 16u)) + (v14 * u32(i32(v15) >> 31u))) + (v15 * u32(i32(v14) >> 31u)));
            x[11].y = ((v41 + v17) + select(0u, 1u, (v35 < v16)));
            let v42 = (v19 * v21);
            let v43 = (v19 * v20);
            let v44 = (v20 & 65535u);
            let v45 = (v18 & 65535u);
            let v46 = (v18 >> 16u);
            let v47 = ((v46 * v44) + ((v45 * v44) >> 16u));
            let v48 = (v20 >> 16u);
            let v49 = ((((v46 * v48) + (v47 >> 16u)) + (((v45 * v48) + (v47 & 65535u)) >> 16u)) + v43);
            let v50 = (v19 & 65535u);
            let v51 = (v19 >> 16u);
            let v52 = ((v44 * v51) + ((v44 * v50) >> 16u));
            let v53 = (((((v48 * v51) + (v52 >> 16u)) + (((v48 * v50) + (v52 & 65535u)) >> 16u)) + select(0u, 1u, (v49 < v43))) + v42);
            let v54 = (v18 * v21);
            let v55 = (v21 & 65535u);
            let v56 = ((v46 * v55) + ((v45 * v55) >> 16u));
            let v57 = (v21 >> 16u);
            let v58 = (((((v46 * v57) + (v56 >> 16u)) + (((v45 * v57) + (v56 & 65535u)) >> 16u)) + select(0u, 1u, ((v49 + v54) < v54))) + v53);
            x[15].x = v58;
            let v59 = ((v51 * v55) + ((v50 * v55) >> 16u));
            let v60 = (((((v51 * v57) + (v59 >> 16u)) + (((v50 * v57) + (v59 & 65535u)) >> 16u)) + select(0u, 1u, (v53 < v42))) + select(0u, 1u, (v58 < v53)));
            x[15].y = v60;
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
