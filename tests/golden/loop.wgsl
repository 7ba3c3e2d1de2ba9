// A loop within a block: what TRANSLATOR.md follows.
//
// 91000400  add x0, x0, #0x1
// f9000020  str x0, [x1]
// ca000063  eor x3, x3, x0
// f1000442  subs x2, x2, #0x1
// 54ffff81  b.ne 0x400000
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
    var page0_1 = select(16777216u, last_entry.y, (last_entry.x & 2u) == 2u);
    var page0_2 = last_entry.z;
    var page0_3 = last_entry.w;
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
        let v1 = r0l;
        let v2 = r0h;
        let v3 = r1l;
        let v4 = r1h;
        let v5 = r2l;
        let v6 = r2h;
        let v7 = r3l;
        let v8 = r3h;
        let v9 = page0_0;
        let v10 = page0_1;
        let v11 = page0_2;
        let v12 = page0_3;
        var v13 = v9;
        var v14 = v10;
        var v15 = v11;
        var v16 = v12;
        let v17 = (v4 & 16777215u);
        let v18 = ((v10 ^ v17) | ((v3 ^ v9) & 4294963207u));
        if ((v18 != 0u) | (own_left < 5u)) {
            if (own_left < 5u) {
                code = 0u;
                held = true;
                block = TRANSLATION_LEAVE;
                break;
            }
            let v19 = cache[((v3 >> 12u) & 63u)];
            if (((v3 & 7u) | ((~v19.x & 2u) | ((v17 ^ v19.y) | ((v3 ^ v19.x) & 4294963200u)))) != 0u) {
                code = 0u;
                held = true;
                block = TRANSLATION_LEAVE;
                break;
            }
            v13 = (v19.x & 4294963200u);
            v14 = select(v19.y, 16777216u, ((v19.x & 2u) == 0u));
            v15 = v19.z;
            v16 = v19.w;
        }
        let v20 = (v15 + (((v3 >> 2u) & 1023u) << v16));
        let v21 = (v1 + 1u);
        memory[v20] = v21;
        let v22 = (v2 + select(0u, 1u, (v1 == 4294967295u)));
        memory[(v20 + (1u << v16))] = v22;
        r0l = v21;
        r0h = v22;
        let v23 = (v5 + 4294967295u);
        r2l = v23;
        let v24 = (select(1u, 0u, (v5 == 0u)) + (v6 + 4294967295u));
        r2h = v24;
        r3l = (v21 ^ v7);
        r3h = (v22 ^ v8);
        page0_0 = v13;
        page0_1 = v14;
        page0_2 = v15;
        page0_3 = v16;
        own_flag_word = 0u;
        own_flag_al = v5;
        own_flag_ah = v6;
        own_flag_bl = 0u;
        own_flag_bh = 0u;
        own_left -= 5u;
        own_last_code = 4u;
        if (((v23 | v24) == 0u)) {
            code = 5u;
            block = TRANSLATION_LEAVE;
            break;
        }
        continue;
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
