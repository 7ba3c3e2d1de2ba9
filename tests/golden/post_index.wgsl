// A base that walks.
//
// f8408520  ldr x0, [x9], #8
// f8408521  ldr x1, [x9], #8
// f81f8d41  str x1, [x10, #-8]!
// d4400000  hlt #0x0

fn translated_0() {
    switch (block) {
        case 1u: {
            // 0x400000
            let v1 = x[9].x;
            let v2 = x[9].y;
            let v3 = x[10].x;
            let v4 = x[10].y;
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
            let v21 = (v2 & 16777215u);
            let v22 = ~v5;
            let v23 = (v22 & 1u);
            let v24 = (v1 & 7u);
            let v25 = (v24 | (v23 | ((v6 ^ v21) | ((v1 ^ v5) & 4294963200u))));
            let v26 = (v1 + 8u);
            let v27 = (v2 + select(1u, 0u, (v1 < 4294967288u)));
            let v28 = (v27 & 16777215u);
            let v29 = (v26 & 7u);
            let v30 = (v29 | (v23 | ((v6 ^ v28) | ((v5 ^ v26) & 4294963200u))));
            let v31 = (v3 + 4294967288u);
            let v32 = (v4 - select(0u, 1u, (v3 < 8u)));
            let v33 = (v32 & 16777215u);
            let v34 = (v31 & 7u);
            let v35 = (v34 | ((v22 & 2u) | ((v6 ^ v33) | ((v5 ^ v31) & 4294963200u))));
            if (((v25 | v30 | v35) != 0u) | (left < 3u)) {
                if (left < 3u) {
                    code = 0u;
                    held = true;
                    block = TRANSLATION_LEAVE;
                    break;
                }
                if (v25 != 0u) {
                    let v36 = cache[((v1 >> 12u) & 63u)];
                    if ((v24 | ((~v36.x & 1u) | ((v21 ^ v36.y) | ((v1 ^ v36.x) & 4294963200u)))) != 0u) {
                        code = 0u;
                        held = true;
                        block = TRANSLATION_LEAVE;
                        break;
                    }
                    v9 = v36.x;
                    v10 = v36.y;
                    v11 = v36.z;
                    v12 = v36.w;
                }
                if (v30 != 0u) {
                    let v37 = cache[((v26 >> 12u) & 63u)];
                    if ((v29 | ((~v37.x & 1u) | ((v28 ^ v37.y) | ((v26 ^ v37.x) & 4294963200u)))) != 0u) {
                        code = 0u;
                        held = true;
                        block = TRANSLATION_LEAVE;
                        break;
                    }
                    v13 = v37.x;
                    v14 = v37.y;
                    v15 = v37.z;
                    v16 = v37.w;
                }
                if (v35 != 0u) {
                    let v38 = cache[((v31 >> 12u) & 63u)];
                    if ((v34 | ((~v38.x & 2u) | ((v33 ^ v38.y) | ((v31 ^ v38.x) & 4294963200u)))) != 0u) {
                        code = 0u;
                        held = true;
                        block = TRANSLATION_LEAVE;
                        break;
                    }
                    v17 = v38.x;
                    v18 = v38.y;
                    v19 = v38.z;
                    v20 = v38.w;
                }
            }
            let v39 = (v11 + (((v1 >> 2u) & 1023u) << v12));
            let v40 = memory[v39];
            let v41 = memory[(v39 + (1u << v12))];
            let v42 = (v15 + (((v26 >> 2u) & 1023u) << v16));
            let v43 = memory[v42];
            let v44 = memory[(v42 + (1u << v16))];
            let v45 = (v19 + (((v31 >> 2u) & 1023u) << v20));
            memory[v45] = v43;
            memory[(v45 + (1u << v20))] = v44;
            x[0].x = v40;
            x[0].y = v41;
            x[1].x = v43;
            x[1].y = v44;
            let v46 = (v1 + 16u);
            x[9].x = v46;
            x[9].y = (v27 + select(0u, 1u, (v46 < v26)));
            x[10].x = v31;
            x[10].y = v32;
            last_entry.x = v17;
            last_entry.y = v18;
            last_entry.z = v19;
            last_entry.w = v20;
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
