// Accesses near one base look the page up once.
//
// f9400120  ldr x0, [x9]
// f9400521  ldr x1, [x9, #8]
// b9401522  ldr w2, [x9, #20]
// 8b010000  add x0, x0, x1
// f9001120  str x0, [x9, #32]
// b9002922  str w2, [x9, #40]
// d4400000  hlt #0x0

fn translated_0() {
    switch (block) {
        case 1u: {
            // 0x400000
            let v1 = x[9].x;
            let v2 = x[9].y;
            let v3 = last_entry.x;
            let v4 = last_entry.y;
            let v5 = last_entry.z;
            let v6 = last_entry.w;
            var v7 = v3;
            var v8 = v4;
            var v9 = v5;
            var v10 = v6;
            var v11 = v3;
            var v12 = v4;
            var v13 = v5;
            var v14 = v6;
            var v15 = v3;
            var v16 = v4;
            var v17 = v5;
            var v18 = v6;
            var v19 = v3;
            var v20 = v4;
            var v21 = v5;
            var v22 = v6;
            var v23 = v3;
            var v24 = v4;
            var v25 = v5;
            var v26 = v6;
            let v27 = (v2 & 16777215u);
            let v28 = ~v3;
            let v29 = (v28 & 1u);
            let v30 = (v1 & 7u);
            let v31 = (v30 | (v29 | ((v4 ^ v27) | ((v1 ^ v3) & 4294963200u))));
            let v32 = (v1 + 8u);
            let v33 = ((v2 + select(1u, 0u, (v1 < 4294967288u))) & 16777215u);
            let v34 = (v32 & 7u);
            let v35 = (v34 | (v29 | ((v4 ^ v33) | ((v3 ^ v32) & 4294963200u))));
            let v36 = (v1 + 20u);
            let v37 = ((v2 + select(1u, 0u, (v1 < 4294967276u))) & 16777215u);
            let v38 = (v36 & 3u);
            let v39 = (v38 | (v29 | ((v4 ^ v37) | ((v3 ^ v36) & 4294963200u))));
            let v40 = (v1 + 32u);
            let v41 = ((v2 + select(1u, 0u, (v1 < 4294967264u))) & 16777215u);
            let v42 = (v28 & 2u);
            let v43 = (v40 & 7u);
            let v44 = (v43 | (v42 | ((v4 ^ v41) | ((v3 ^ v40) & 4294963200u))));
            let v45 = (v1 + 40u);
            let v46 = ((v2 + select(1u, 0u, (v1 < 4294967256u))) & 16777215u);
            let v47 = (v45 & 3u);
            let v48 = (v47 | (v42 | ((v4 ^ v46) | ((v3 ^ v45) & 4294963200u))));
            if (((v31 | v35 | v39 | v44 | v48) != 0u) | (left < 6u)) {
                if (left < 6u) {
                    code = 0u;
                    held = true;
                    block = TRANSLATION_LEAVE;
                    break;
                }
                if (v31 != 0u) {
                    let v49 = cache[((v1 >> 12u) & 63u)];
                    if ((v30 | ((~v49.x & 1u) | ((v27 ^ v49.y) | ((v1 ^ v49.x) & 4294963200u)))) != 0u) {
                        code = 0u;
                        held = true;
                        block = TRANSLATION_LEAVE;
                        break;
                    }
                    v7 = v49.x;
                    v8 = v49.y;
                    v9 = v49.z;
                    v10 = v49.w;
                }
                if (v35 != 0u) {
                    let v50 = cache[((v32 >> 12u) & 63u)];
                    if ((v34 | ((~v50.x & 1u) | ((v33 ^ v50.y) | ((v32 ^ v50.x) & 4294963200u)))) != 0u) {
                        code = 0u;
                        held = true;
                        block = TRANSLATION_LEAVE;
                        break;
                    }
                    v11 = v50.x;
                    v12 = v50.y;
                    v13 = v50.z;
                    v14 = v50.w;
                }
                if (v39 != 0u) {
                    let v51 = cache[((v36 >> 12u) & 63u)];
                    if ((v38 | ((~v51.x & 1u) | ((v37 ^ v51.y) | ((v36 ^ v51.x) & 4294963200u)))) != 0u) {
                        code = 0u;
                        held = true;
                        block = TRANSLATION_LEAVE;
                        break;
                    }
                    v15 = v51.x;
                    v16 = v51.y;
                    v17 = v51.z;
                    v18 = v51.w;
                }
                if (v44 != 0u) {
                    let v52 = cache[((v40 >> 12u) & 63u)];
                    if ((v43 | ((~v52.x & 2u) | ((v41 ^ v52.y) | ((v40 ^ v52.x) & 4294963200u)))) != 0u) {
                        code = 0u;
                        held = true;
                        block = TRANSLATION_LEAVE;
                        break;
                    }
                    v19 = v52.x;
                    v20 = v52.y;
                    v21 = v52.z;
                    v22 = v52.w;
                }
                if (v48 != 0u) {
                    let v53 = cache[((v45 >> 12u) & 63u)];
                    if ((v47 | ((~v53.x & 2u) | ((v46 ^ v53.y) | ((v45 ^ v53.x) & 4294963200u)))) != 0u) {
                        code = 0u;
                        held = true;
                        block = TRANSLATION_LEAVE;
                        break;
                    }
                    v23 = v53.x;
                    v24 = v53.y;
                    v25 = v53.z;
                    v26 = v53.w;
                }
            }
            let v54 = (v9 + (((v1 >> 2u) & 1023u) << v10));
            let v55 = memory[v54];
            let v56 = memory[(v54 + (1u << v10))];
            let v57 = (v13 + (((v32 >> 2u) & 1023u) << v14));
            let v58 = memory[v57];
            let v59 = memory[(v57 + (1u << v14))];
            let v60 = memory[(v17 + (((v36 >> 2u) & 1023u) << v18))];
            let v61 = (v21 + (((v40 >> 2u) & 1023u) << v22));
            let v62 = (v55 + v58);
            memory[v61] = v62;
            let v63 = ((v56 + v59) + select(0u, 1u, (v62 < v55)));
            memory[(v61 + (1u << v22))] = v63;
            memory[(v25 + (((v45 >> 2u) & 1023u) << v26))] = v60;
            x[0].x = v62;
            x[0].y = v63;
            x[1].x = v58;
            x[1].y = v59;
            x[2].x = v60;
            x[2].y = 0u;
            last_entry.x = v23;
            last_entry.y = v24;
            last_entry.z = v25;
            last_entry.w = v26;
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
