// Accesses by two bases, one of which changes between.
//
// f9400100  ldr x0, [x8]
// f9400121  ldr x1, [x9]
// 91010129  add x9, x9, #0x40
// f9400122  ldr x2, [x9]
// f9000502  str x2, [x8, #8]
// d4400000  hlt #0x0

fn translated_0() {
    switch (block) {
        case 1u: {
            // 0x400000
            let v1 = x[8].x;
            let v2 = x[8].y;
            let v3 = x[9].x;
            let v4 = x[9].y;
            let v5 = last_entry.x;
            let v6 = last_entry.y;
            let v7 = last_entry.z;
            let v8 = last_entry.w;
            var v9 = v5;
            var v10 = v6;
            var v11 = v7;
            var v12 = v8;
            var v13 = v5;
            var v14 = v6;
            var v15 = v7;
            var v16 = v8;
            var v17 = v5;
            var v18 = v6;
            var v19 = v7;
            var v20 = v8;
            var v21 = v5;
            var v22 = v6;
            var v23 = v7;
            var v24 = v8;
            let v25 = (v2 & 16777215u);
            let v26 = ~v5;
            let v27 = (v26 & 1u);
            let v28 = (v1 & 7u);
            let v29 = (v28 | (v27 | ((v6 ^ v25) | ((v1 ^ v5) & 4294963200u))));
            let v30 = (v4 & 16777215u);
            let v31 = (v3 & 7u);
            let v32 = (v31 | (v27 | ((v6 ^ v30) | ((v5 ^ v3) & 4294963200u))));
            let v33 = (v3 + 64u);
            let v34 = (v4 + select(1u, 0u, (v3 < 4294967232u)));
            let v35 = (v34 & 16777215u);
            let v36 = (v33 & 7u);
            let v37 = (v36 | (v27 | ((v6 ^ v35) | ((v5 ^ v33) & 4294963200u))));
            let v38 = (v1 + 8u);
            let v39 = ((v2 + select(1u, 0u, (v1 < 4294967288u))) & 16777215u);
            let v40 = (v38 & 7u);
            let v41 = (v40 | ((v26 & 2u) | ((v6 ^ v39) | ((v5 ^ v38) & 4294963200u))));
            if (((v29 | v32 | v37 | v41) != 0u) | (left < 5u)) {
                if (left < 5u) {
                    code = 0u;
                    held = true;
                    block = TRANSLATION_LEAVE;
                    break;
                }
                if (v29 != 0u) {
                    let v42 = cache[((v1 >> 12u) & 63u)];
                    if ((v28 | ((~v42.x & 1u) | ((v25 ^ v42.y) | ((v1 ^ v42.x) & 4294963200u)))) != 0u) {
                        code = 0u;
                        held = true;
                        block = TRANSLATION_LEAVE;
                        break;
                    }
                    v9 = v42.x;
                    v10 = v42.y;
                    v11 = v42.z;
                    v12 = v42.w;
                }
                if (v32 != 0u) {
                    let v43 = cache[((v3 >> 12u) & 63u)];
                    if ((v31 | ((~v43.x & 1u) | ((v30 ^ v43.y) | ((v3 ^ v43.x) & 4294963200u)))) != 0u) {
                        code = 0u;
                        held = true;
                        block = TRANSLATION_LEAVE;
                        break;
                    }
                    v13 = v43.x;
                    v14 = v43.y;
                    v15 = v43.z;
                    v16 = v43.w;
                }
                if (v37 != 0u) {
                    let v44 = cache[((v33 >> 12u) & 63u)];
                    if ((v36 | ((~v44.x & 1u) | ((v35 ^ v44.y) | ((v33 ^ v44.x) & 4294963200u)))) != 0u) {
                        code = 0u;
                        held = true;
                        block = TRANSLATION_LEAVE;
                        break;
                    }
                    v17 = v44.x;
                    v18 = v44.y;
                    v19 = v44.z;
                    v20 = v44.w;
                }
                if (v41 != 0u) {
                    let v45 = cache[((v38 >> 12u) & 63u)];
                    if ((v40 | ((~v45.x & 2u) | ((v39 ^ v45.y) | ((v38 ^ v45.x) & 4294963200u)))) != 0u) {
                        code = 0u;
                        held = true;
                        block = TRANSLATION_LEAVE;
                        break;
                    }
                    v21 = v45.x;
                    v22 = v45.y;
                    v23 = v45.z;
                    v24 = v45.w;
                }
            }
            let v46 = (v11 + (((v1 >> 2u) & 1023u) << v12));
            let v47 = memory[v46];
            let v48 = memory[(v46 + (1u << v12))];
            let v49 = (v15 + (((v3 >> 2u) & 1023u) << v16));
            let v50 = memory[v49];
            let v51 = memory[(v49 + (1u << v16))];
            let v52 = (v19 + (((v33 >> 2u) & 1023u) << v20));
            let v53 = memory[v52];
            let v54 = memory[(v52 + (1u << v20))];
            let v55 = (v23 + (((v38 >> 2u) & 1023u) << v24));
            memory[v55] = v53;
            memory[(v55 + (1u << v24))] = v54;
            x[0].x = v47;
            x[0].y = v48;
            x[1].x = v50;
            x[1].y = v51;
            x[2].x = v53;
            x[2].y = v54;
            x[9].x = v33;
            x[9].y = v34;
            last_entry.x = v21;
            last_entry.y = v22;
            last_entry.z = v23;
            last_entry.w = v24;
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
