// Addresses of two registers.
//
// f8617920  ldr x0, [x9, x1, lsl #3]
// 38634922  ldrb w2, [x9, w3, uxtw]
// b824d942  str w2, [x10, w4, sxtw #2]
// d4400000  hlt #0x0

fn translated_0() {
    switch (block) {
        case 1u: {
            // 0x400000
            let v1 = x[1].x;
            let v2 = x[1].y;
            let v3 = x[3].x;
            let v4 = x[4].x;
            let v5 = x[9].x;
            let v6 = x[9].y;
            let v7 = x[10].x;
            let v8 = x[10].y;
            let v9 = last_entry.x;
            let v10 = last_entry.y;
            let v11 = last_entry.z;
            let v12 = last_entry.w;
            var v13 = v9;
            var v14 = v10;
            var v15 = v11;
            var v16 = v12;
            var v17 = v9;
            var v18 = v10;
            var v19 = v11;
            var v20 = v12;
            var v21 = v9;
            var v22 = v10;
            var v23 = v11;
            var v24 = v12;
            let v25 = (v5 + (v1 << 3u));
            let v26 = (((v6 + ((v2 << 3u) | (v1 >> 29u))) + select(0u, 1u, (v25 < v5))) & 16777215u);
            let v27 = ~v9;
            let v28 = (v27 & 1u);
            let v29 = (v25 & 7u);
            let v30 = (v29 | (v28 | ((v10 ^ v26) | ((v9 ^ v25) & 4294963200u))));
            let v31 = (v5 + v3);
            let v32 = ((v6 + select(0u, 1u, (v31 < v5))) & 16777215u);
            let v33 = (v28 | ((v10 ^ v32) | ((v9 ^ v31) & 4294963200u)));
            let v34 = u32(i32(v4) >> 31u);
            let v35 = (v7 + (v34 ^ ((v34 >> 30u) | ((v4 ^ v34) << 2u))));
            let v36 = (((v8 + u32(i32(v4) >> 30u)) + select(0u, 1u, (v35 < v7))) & 16777215u);
            let v37 = (v35 & 3u);
            let v38 = (v37 | ((v27 & 2u) | ((v10 ^ v36) | ((v9 ^ v35) & 4294963200u))));
            if (((v30 | v33 | v38) != 0u) | (left < 3u)) {
                if (left < 3u) {
                    code = 0u;
                    held = true;
                    block = TRANSLATION_LEAVE;
                    break;
                }
                if (v30 != 0u) {
                    let v39 = cache[((v25 >> 12u) & 63u)];
                    if ((v29 | ((~v39.x & 1u) | ((v26 ^ v39.y) | ((v25 ^ v39.x) & 4294963200u)))) != 0u) {
                        code = 0u;
                        held = true;
                        block = TRANSLATION_LEAVE;
                        break;
                    }
                    v13 = v39.x;
                    v14 = v39.y;
                    v15 = v39.z;
                    v16 = v39.w;
                }
                if (v33 != 0u) {
                    let v40 = cache[((v31 >> 12u) & 63u)];
                    if (((~v40.x & 1u) | ((v32 ^ v40.y) | ((v31 ^ v40.x) & 4294963200u))) != 0u) {
                        code = 0u;
                        held = true;
                        block = TRANSLATION_LEAVE;
                        break;
                    }
                    v17 = v40.x;
                    v18 = v40.y;
                    v19 = v40.z;
                    v20 = v40.w;
                }
                if (v38 != 0u) {
                    let v41 = cache[((v35 >> 12u) & 63u)];
                    if ((v37 | ((~v41.x & 2u) | ((v36 ^ v41.y) | ((v35 ^ v41.x) & 4294963200u)))) != 0u) {
                        code = 0u;
                        held = true;
                        block = TRANSLATION_LEAVE;
                        break;
                    }
                    v21 = v41.x;
                    v22 = v41.y;
                    v23 = v41.z;
                    v24 = v41.w;
                }
            }
            let v42 = (v15 + (((v25 >> 2u) & 1023u) << v16));
            let v43 = memory[v42];
            let v44 = memory[(v42 + (1u << v16))];
            let v45 = memory[(v19 + (((v31 >> 2u) & 1023u) << v20))];
            let v46 = ((v45 >> ((v31 & 3u) << 3u)) & 255u);
            memory[(v23 + (((v35 >> 2u) & 1023u) << v24))] = v46;
            x[0].x = v43;
            x[0].y = v44;
            x[2].x = v46;
            x[2].y = 0u;
            last_entry.x = v21;
            last_entry.y = v22;
            last_entry.z = v23;
            last_entry.w = v24;
            left -= 3u;
            last_code = 2u;
            code = 3u;
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
