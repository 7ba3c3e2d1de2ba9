// Pairs, as at the beginning and the end of a function.
//
// a9be7bfd  stp x29, x30, [sp, #-32]!
// a90153f3  stp x19, x20, [sp, #16]
// a94153f3  ldp x19, x20, [sp, #16]
// a8c27bfd  ldp x29, x30, [sp], #32
// d4400000  hlt #0x0

fn translated_0() {
    switch (block) {
        case 1u: {
            // 0x400000
            let v1 = x[19].x;
            let v2 = x[19].y;
            let v3 = x[20].x;
            let v4 = x[20].y;
            let v5 = x[29].x;
            let v6 = x[29].y;
            let v7 = x[30].x;
            let v8 = x[30].y;
            let v9 = x[31].x;
            let v10 = x[31].y;
            let v11 = last_entry.x;
            let v12 = last_entry.y;
            let v13 = last_entry.z;
            let v14 = last_entry.w;
            var v15 = v11;
            var v16 = v12;
            var v17 = v13;
            var v18 = v14;
            var v19 = v11;
            var v20 = v12;
            var v21 = v13;
            var v22 = v14;
            let v23 = (v9 + 4294967264u);
            let v24 = (v10 - select(0u, 1u, (v9 < 32u)));
            let v25 = (v24 & 16777215u);
            let v26 = (~v11 & 2u);
            let v27 = (v23 & 7u);
            let v28 = (((v23 & 4095u) + 8u) & 4096u);
            let v29 = (v28 | (v27 | (v26 | ((v12 ^ v25) | ((v11 ^ v23) & 4294963200u)))));
            let v30 = (v9 + 4294967280u);
            let v31 = ((v24 + select(0u, 1u, (v30 < v23))) & 16777215u);
            let v32 = (v30 & 7u);
            let v33 = (((v30 & 4095u) + 8u) & 4096u);
            let v34 = (v33 | (v32 | (v26 | ((v12 ^ v31) | ((v11 ^ v30) & 4294963200u)))));
            if (((v29 | v34) != 0u) | (left < 4u)) {
                if (left < 4u) {
                    code = 0u;
                    held = true;
                    block = TRANSLATION_LEAVE;
                    break;
                }
                if (v29 != 0u) {
                    let v35 = ((v23 >> 12u) & 63u);
                    let v36 = cache[v35];
                    if ((v28 | (v27 | ((~v36.x & 2u) | ((v25 ^ v36.y) | ((v23 ^ v36.x) & 4294963200u))))) != 0u) {
                        code = 0u;
                        held = true;
                        block = TRANSLATION_LEAVE;
                        break;
                    }
                    v15 = v36.x;
                    v16 = v36.y;
                    v17 = v36.z;
                    v18 = v36.w;
                }
                if (v34 != 0u) {
                    let v37 = ((v30 >> 12u) & 63u);
                    let v38 = cache[v37];
                    if ((v33 | (v32 | ((~v38.x & 2u) | ((v31 ^ v38.y) | ((v30 ^ v38.x) & 4294963200u))))) != 0u) {
                        code = 0u;
                        held = true;
                        block = TRANSLATION_LEAVE;
                        break;
                    }
                    v19 = v38.x;
                    v20 = v38.y;
                    v21 = v38.z;
                    v22 = v38.w;
                }
            }
            let v39 = ((v23 >> 2u) & 1023u);
            let v40 = (v17 + (v39 << v18));
            memory[v40] = v5;
            let v41 = (1u << v18);
            memory[(v40 + v41)] = v6;
            let v42 = (v40 + (v41 << 1u));
            memory[v42] = v7;
            memory[(v41 + v42)] = v8;
            let v43 = ((v30 >> 2u) & 1023u);
            let v44 = (v21 + (v43 << v22));
            memory[v44] = v1;
            let v45 = (1u << v22);
            memory[(v44 + v45)] = v2;
            let v46 = (v44 + (v45 << 1u));
            memory[v46] = v3;
            memory[(v45 + v46)] = v4;
            x[31].x = v23;
            x[31].y = v24;
            last_entry.x = v19;
            last_entry.y = v20;
            last_entry.z = v21;
            last_entry.w = v22;
            var v47 = v19;
            var v48 = v20;
            var v49 = v21;
            var v50 = v22;
            var v51 = v19;
            var v52 = v20;
            var v53 = v21;
            var v54 = v22;
            let v55 = (~v19 & 1u);
            let v56 = (v33 | (v32 | ((((v30 ^ v19) & 4294963200u) | (v31 ^ v20)) | v55)));
            let v57 = (v28 | (v27 | (v55 | ((v25 ^ v20) | ((v23 ^ v19) & 4294963200u)))));
            if ((v56 | v57) != 0u) {
                if (v56 != 0u) {
                    let v58 = ((v30 >> 12u) & 63u);
                    let v59 = cache[v58];
                    if ((v33 | (v32 | ((~v59.x & 1u) | ((v31 ^ v59.y) | ((v30 ^ v59.x) & 4294963200u))))) != 0u) {
                        code = 2u;
                        left -= 2u;
                        held = true;
                        block = TRANSLATION_LEAVE;
                        break;
                    }
                    v47 = v59.x;
                    v48 = v59.y;
                    v49 = v59.z;
                    v50 = v59.w;
                }
                if (v57 != 0u) {
                    let v60 = ((v23 >> 12u) & 63u);
                    let v61 = cache[v60];
                    if ((v28 | (v27 | ((~v61.x & 1u) | ((v25 ^ v61.y) | ((v23 ^ v61.x) & 4294963200u))))) != 0u) {
                        code = 2u;
                        left -= 2u;
                        held = true;
                        block = TRANSLATION_LEAVE;
                        break;
                    }
                    v51 = v61.x;
                    v52 = v61.y;
                    v53 = v61.z;
                    v54 = v61.w;
                }
            }
            let v62 = (v49 + (v43 << v50));
            let v63 = memory[v62];
            let v64 = (1u << v50);
            let v65 = memory[(v62 + v64)];
            let v66 = (v62 + (v64 << 1u));
            let v67 = memory[v66];
            let v68 = memory[(v64 + v66)];
            let v69 = (v53 + (v39 << v54));
            let v70 = memory[v69];
            let v71 = (1u << v54);
            let v72 = memory[(v69 + v71)];
            let v73 = (v69 + (v71 << 1u));
            let v74 = memory[v73];
            let v75 = memory[(v71 + v73)];
            x[19].x = v63;
            x[19].y = v65;
            x[20].x = v67;
            x[20].y = v68;
            x[29].x = v70;
            x[29].y = v72;
            x[30].x = v74;
            x[30].y = v75;
            x[31].x = v9;
            x[31].y = (v24 + select(0u, 1u, (v9 < v23)));
            last_entry.x = v51;
            last_entry.y = v52;
            last_entry.z = v53;
            last_entry.w = v54;
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
