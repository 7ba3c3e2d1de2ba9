// A loop that reads and writes memory.
//
// f8408420  ldr x0, [x1], #8
// f8008440  str x0, [x2], #8
// f1002063  subs x3, x3, #0x8
// 54ffffa8  b.hi 0x400000
// d4400000  hlt #0x0

fn nest_1() {
    var entry0 = last_entry.x;
    var entry1 = last_entry.y;
    var entry2 = last_entry.z;
    var entry3 = last_entry.w;
    var flags = nzcv;
    var own_flag_ah = flag_ah;
    var own_flag_al = flag_al;
    var own_flag_bh = flag_bh;
    var own_flag_bl = flag_bl;
    var own_flag_word = flag_word;
    var own_last_code = last_code;
    var own_left = left;
    var page0_0 = last_entry.x & 4294963200u;
    var page0_1 = select(16777216u, last_entry.y, (last_entry.x & 1u) == 1u);
    var page0_2 = last_entry.z;
    var page0_3 = last_entry.w;
    var page1_0 = last_entry.x & 4294963200u;
    var page1_1 = select(16777216u, last_entry.y, (last_entry.x & 2u) == 2u);
    var page1_2 = last_entry.z;
    var page1_3 = last_entry.w;
    var r0h = x[0].y;
    var r0l = x[0].x;
    var r1h = x[1].y;
    var r1l = x[1].x;
    var r2h = x[2].y;
    var r2l = x[2].x;
    var r3h = x[3].y;
    var r3l = x[3].x;
    loop {
        // 0x400000
        let v1 = r1l;
        let v2 = r1h;
        let v3 = r2l;
        let v4 = r2h;
        let v5 = r3l;
        let v6 = r3h;
        let v7 = page0_0;
        let v8 = page0_1;
        let v9 = page0_2;
        let v10 = page0_3;
        let v11 = page1_0;
        let v12 = page1_1;
        let v13 = page1_2;
        let v14 = page1_3;
        var v15 = v7;
        var v16 = v8;
        var v17 = v9;
        var v18 = v10;
        var v19 = v11;
        var v20 = v12;
        var v21 = v13;
        var v22 = v14;
        let v23 = (v2 & 16777215u);
        let v24 = ((v8 ^ v23) | ((v1 ^ v7) & 4294963207u));
        let v25 = (v4 & 16777215u);
        let v26 = ((v12 ^ v25) | ((v3 ^ v11) & 4294963207u));
        if (((v24 | v26) != 0u) | (own_left < 4u)) {
            if (own_left < 4u) {
                code = 0u;
                held = true;
                block = TRANSLATION_LEAVE;
                break;
            }
            if (v24 != 0u) {
                let v27 = cache[((v1 >> 12u) & 63u)];
                if (((v1 & 7u) | ((~v27.x & 1u) | ((v23 ^ v27.y) | ((v1 ^ v27.x) & 4294963200u)))) != 0u) {
                    code = 0u;
                    held = true;
                    block = TRANSLATION_LEAVE;
                    break;
                }
                v15 = (v27.x & 4294963200u);
                v16 = select(v27.y, 16777216u, ((v27.x & 1u) == 0u));
                v17 = v27.z;
                v18 = v27.w;
            }
            if (v26 != 0u) {
                let v28 = cache[((v3 >> 12u) & 63u)];
                if (((v3 & 7u) | ((~v28.x & 2u) | ((v25 ^ v28.y) | ((v3 ^ v28.x) & 4294963200u)))) != 0u) {
                    code = 0u;
                    held = true;
                    block = TRANSLATION_LEAVE;
                    break;
                }
                v19 = (v28.x & 4294963200u);
                v20 = select(v28.y, 16777216u, ((v28.x & 2u) == 0u));
                v21 = v28.z;
                v22 = v28.w;
            }
        }
        let v29 = (v17 + (((v1 >> 2u) & 1023u) << v18));
        let v30 = memory[v29];
        let v31 = memory[(v29 + (1u << v18))];
        let v32 = (v21 + (((v3 >> 2u) & 1023u) << v22));
        memory[v32] = v30;
        memory[(v32 + (1u << v22))] = v31;
        r0l = v30;
        r0h = v31;
        r1l = (v1 + 8u);
        r1h = (v2 + select(1u, 0u, (v1 < 4294967288u)));
        r2l = (v3 + 8u);
        r2h = (v4 + select(1u, 0u, (v3 < 4294967288u)));
        let v33 = (v5 + 4294967288u);
        r3l = v33;
        let v34 = (v6 - select(0u, 1u, (v5 < 8u)));
        r3h = v34;
        page0_0 = v15;
        page0_1 = v16;
        page0_2 = v17;
        page0_3 = v18;
        page1_0 = v19;
        page1_1 = v20;
        page1_2 = v21;
        page1_3 = v22;
        own_flag_word = 0u;
        own_flag_al = v5;
        own_flag_ah = v6;
        own_flag_bl = 0u;
        own_flag_bh = 0u;
        own_left -= 4u;
        own_last_code = 3u;
        if ((((v6 != 0u) | (v34 < (v6 + 4294967295u))) & ((v33 | v34) != 0u))) {
            continue;
        }
        code = 4u;
        block = TRANSLATION_LEAVE;
        break;
    }
    flag_ah = own_flag_ah;
    flag_al = own_flag_al;
    flag_bh = own_flag_bh;
    flag_bl = own_flag_bl;
    flag_word = own_flag_word;
    last_code = own_last_code;
    left = own_left;
    x[0].y = r0h;
    x[0].x = r0l;
    x[1].y = r1h;
    x[1].x = r1l;
    x[2].y = r2h;
    x[2].x = r2l;
    x[3].y = r3h;
    x[3].x = r3l;
}
fn translated_0() {
    switch (block) {
        case 1u: {
            nest_1();
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
