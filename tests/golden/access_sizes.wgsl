// Bytes, halves and words, with and without signs.
//
// 39400120  ldrb w0, [x9]
// 39800521  ldrsb x1, [x9, #1]
// 79400522  ldrh w2, [x9, #2]
// 79c00923  ldrsh w3, [x9, #4]
// b9800924  ldrsw x4, [x9, #8]
// 39000140  strb w0, [x10]
// 79000542  strh w2, [x10, #2]
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
            var v21 = v5;
            var v22 = v6;
            var v23 = v7;
            var v24 = v8;
            var v25 = v5;
            var v26 = v6;
            var v27 = v7;
            var v28 = v8;
            var v29 = v5;
            var v30 = v6;
            var v31 = v7;
            var v32 = v8;
            let v33 = (v2 & 16777215u);
            let v34 = ~v5;
            let v35 = (v34 & 1u);
            let v36 = (v35 | ((v6 ^ v33) | ((v1 ^ v5) & 4294963200u)));
            let v37 = (v1 + 1u);
            let v38 = ((v2 + select(0u, 1u, (v1 == 4294967295u))) & 16777215u);
            let v39 = (v35 | ((v6 ^ v38) | ((v5 ^ v37) & 4294963200u)));
            let v40 = (v1 + 2u);
            let v41 = ((v2 + select(1u, 0u, (v1 < 4294967294u))) & 16777215u);
            let v42 = (v40 & 1u);
            let v43 = (v42 | (v35 | ((v6 ^ v41) | ((v5 ^ v40) & 4294963200u))));
            let v44 = (v1 + 4u);
            let v45 = ((v2 + select(1u, 0u, (v1 < 4294967292u))) & 16777215u);
            let v46 = (v44 & 1u);
            let v47 = (v46 | (v35 | ((v6 ^ v45) | ((v5 ^ v44) & 4294963200u))));
            let v48 = (v1 + 8u);
            let v49 = ((v2 + select(1u, 0u, (v1 < 4294967288u))) & 16777215u);
            let v50 = (v48 & 3u);
            let v51 = (v50 | (v35 | ((v6 ^ v49) | ((v5 ^ v48) & 4294963200u))));
            let v52 = (v4 & 16777215u);
            let v53 = ((v34 & 2u) | ((v6 ^ v52) | ((v5 ^ v3) & 4294963200u)));
            if (((v36 | v39 | v43 | v47 | v51 | v53) != 0u) | (left < 7u)) {
                if (left < 7u) {
                    code = 0u;
                    held = true;
                    block = TRANSLATION_LEAVE;
                    break;
                }
                if (v36 != 0u) {
                    let v54 = cache[((v1 >> 12u) & 63u)];
                    if (((~v54.x & 1u) | ((v33 ^ v54.y) | ((v1 ^ v54.x) & 4294963200u))) != 0u) {
                        code = 0u;
                        held = true;
                        block = TRANSLATION_LEAVE;
                        break;
                    }
                    v9 = v54.x;
                    v10 = v54.y;
                    v11 = v54.z;
                    v12 = v54.w;
                }
                if (v39 != 0u) {
                    let v55 = cache[((v37 >> 12u) & 63u)];
                    if (((~v55.x & 1u) | ((v38 ^ v55.y) | ((v37 ^ v55.x) & 4294963200u))) != 0u) {
                        code = 0u;
                        held = true;
                        block = TRANSLATION_LEAVE;
                        break;
                    }
                    v13 = v55.x;
                    v14 = v55.y;
                    v15 = v55.z;
                    v16 = v55.w;
                }
                if (v43 != 0u) {
                    let v56 = cache[((v40 >> 12u) & 63u)];
                    if ((v42 | ((~v56.x & 1u) | ((v41 ^ v56.y) | ((v40 ^ v56.x) & 4294963200u)))) != 0u) {
                        code = 0u;
                        held = true;
                        block = TRANSLATION_LEAVE;
                        break;
                    }
                    v17 = v56.x;
                    v18 = v56.y;
                    v19 = v56.z;
                    v20 = v56.w;
                }
                if (v47 != 0u) {
                    let v57 = cache[((v44 >> 12u) & 63u)];
                    if ((v46 | ((~v57.x & 1u) | ((v45 ^ v57.y) | ((v44 ^ v57.x) & 4294963200u)))) != 0u) {
                        code = 0u;
                        held = true;
                        block = TRANSLATION_LEAVE;
                        break;
                    }
                    v21 = v57.x;
                    v22 = v57.y;
                    v23 = v57.z;
                    v24 = v57.w;
                }
                if (v51 != 0u) {
                    let v58 = cache[((v48 >> 12u) & 63u)];
                    if ((v50 | ((~v58.x & 1u) | ((v49 ^ v58.y) | ((v48 ^ v58.x) & 4294963200u)))) != 0u) {
                        code = 0u;
                        held = true;
                        block = TRANSLATION_LEAVE;
                        break;
                    }
                    v25 = v58.x;
                    v26 = v58.y;
                    v27 = v58.z;
                    v28 = v58.w;
                }
                if (v53 != 0u) {
                    let v59 = cache[((v3 >> 12u) & 63u)];
                    if (((~v59.x & 2u) | ((v52 ^ v59.y) | ((v3 ^ v59.x) & 4294963200u))) != 0u) {
                        code = 0u;
                        held = true;
                        block = TRANSLATION_LEAVE;
                        break;
                    }
                    v29 = v59.x;
                    v30 = v59.y;
                    v31 = v59.z;
                    v32 = v59.w;
                }
            }
            let v60 = memory[(v11 + (((v1 >> 2u) & 1023u) << v12))];
            let v61 = memory[(v15 + (((v37 >> 2u) & 1023u) << v16))];
            let v62 = memory[(v19 + (((v40 >> 2u) & 1023u) << v20))];
            let v63 = memory[(v23 + (((v44 >> 2u) & 1023u) << v24))];
            let v64 = memory[(v27 + (((v48 >> 2u) & 1023u) << v28))];
            let v65 = (v31 + (((v3 >> 2u) & 1023u) << v32));
            let v66 = memory[v65];
            let v67 = ((v3 & 3u) << 3u);
            let v68 = ((v60 >> ((v1 & 3u) << 3u)) & 255u);
            memory[v65] = ((v68 << v67) | (v66 & ~(255u << v67)));
            x[0].x = v68;
            x[0].y = 0u;
            let v69 = ((v61 >> ((v37 & 3u) << 3u)) & 255u);
            let v70 = u32(i32((v69 << 24u)) >> 31u);
            x[1].x = (v69 | (v70 << 8u));
            x[1].y = v70;
            let v71 = ((v62 >> ((v40 & 2u) << 3u)) & 65535u);
            x[2].x = v71;
            x[2].y = 0u;
            let v72 = ((v63 >> ((v44 & 2u) << 3u)) & 65535u);
            x[3].x = (v72 | (u32(i32((v72 << 16u)) >> 31u) << 16u));
            x[3].y = 0u;
            x[4].x = v64;
            x[4].y = u32(i32(v64) >> 31u);
            last_entry.x = v29;
            last_entry.y = v30;
            last_entry.z = v31;
            last_entry.w = v32;
            var v73 = v29;
            var v74 = v30;
            var v75 = v31;
            var v76 = v32;
            let v77 = (v3 + 2u);
            let v78 = ((v4 + select(1u, 0u, (v3 < 4294967294u))) & 16777215u);
            let v79 = (v77 & 1u);
            let v80 = (v79 | ((~v29 & 2u) | ((v30 ^ v78) | ((v29 ^ v77) & 4294963200u))));
            if (v80 != 0u) {
                let v81 = cache[((v77 >> 12u) & 63u)];
                if ((v79 | ((~v81.x & 2u) | ((v78 ^ v81.y) | ((v77 ^ v81.x) & 4294963200u)))) != 0u) {
                    code = 6u;
                    left -= 6u;
                    held = true;
                    block = TRANSLATION_LEAVE;
                    break;
                }
                v73 = v81.x;
                v74 = v81.y;
                v75 = v81.z;
                v76 = v81.w;
            }
            let v82 = (v75 + (((v77 >> 2u) & 1023u) << v76));
            let v83 = memory[v82];
            let v84 = ((v77 & 2u) << 3u);
            memory[v82] = ((v71 << v84) | (v83 & ~(65535u << v84)));
            last_entry.x = v73;
            last_entry.y = v74;
            last_entry.z = v75;
            last_entry.w = v76;
            left -= 7u;
            last_code = 6u;
            code = 7u;
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
