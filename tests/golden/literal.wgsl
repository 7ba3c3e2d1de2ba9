// Addresses from the program counter.
//
// 10000080  adr x0, 0x400010
// 90000001  adrp x1, 0x400000
// 58000082  ldr x2, 0x400018
// 18000063  ldr w3, 0x400018
// d4400000  hlt #0x0
// d503201f  nop
// 11111111  add w17, w8, #0x444
// 22222222  .inst 0x22222222 ; unallocated

fn translated_0() {
    switch (block) {
        case 1u: {
            // 0x400014
            if (left < 2u) {
                code = 5u;
                held = true;
                block = TRANSLATION_LEAVE;
                break;
            }
            let v1 = x[8].x;
            x[17].x = (v1 + 1092u);
            x[17].y = 0u;
            left -= 2u;
            last_code = 6u;
            code = 7u;
            block = TRANSLATION_LEAVE;
            break;
        }
        case 2u: {
            // 0x400000
            if (left < 4u) {
                code = 0u;
                held = true;
                block = TRANSLATION_LEAVE;
                break;
            }
            let v2 = cache[0].x;
            let v3 = cache[0].y;
            let v4 = cache[0].z;
            let v5 = cache[0].w;
            let v6 = last_entry.x;
            let v7 = last_entry.y;
            let v8 = last_entry.z;
            let v9 = last_entry.w;
            x[0].x = 4194320u;
            x[0].y = 0u;
            x[1].x = 4194304u;
            x[1].y = 0u;
            let v10 = (((v6 ^ 4194328u) < 4096u) & (v7 == 0u));
            let v11 = select(v2, v6, v10);
            let v12 = (v11 ^ 4194328u);
            let v13 = select(v3, v7, v10);
            if (((v13 | (v12 & 4294963200u)) | (~v11 & 1u)) != 0u) {
                code = 2u;
                left -= 2u;
                held = true;
                block = TRANSLATION_LEAVE;
                break;
            }
            let v14 = select(v5, v9, v10);
            let v15 = select(v4, v8, v10);
            let v16 = (v15 + (6u << v14));
            let v17 = memory[v16];
            let v18 = memory[(v16 + (1u << v14))];
            x[2].x = v17;
            x[2].y = v18;
            last_entry.x = v11;
            last_entry.y = v13;
            last_entry.z = v15;
            last_entry.w = v14;
            let v19 = ((v12 < 4096u) & (v13 == 0u));
            let v20 = select(v2, v11, v19);
            let v21 = select(v3, v13, v19);
            if (((v21 | ((v20 ^ 4194328u) & 4294963200u)) | (~v20 & 1u)) != 0u) {
                code = 3u;
                left -= 3u;
                held = true;
                block = TRANSLATION_LEAVE;
                break;
            }
            let v22 = select(v5, v14, v19);
            let v23 = select(v4, v15, v19);
            let v24 = memory[(v23 + (6u << v22))];
            x[3].x = v24;
            x[3].y = 0u;
            last_entry.x = v20;
            last_entry.y = v21;
            last_entry.z = v23;
            last_entry.w = v22;
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
