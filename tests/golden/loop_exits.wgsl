// A loop with two ways out.
//
// 38401420  ldrb w0, [x1], #1
// 340000a0  cbz w0, 0x400018
// 6b02001f  cmp w0, w2
// 54000080  b.eq 0x40001c
// 91000463  add x3, x3, #0x1
// 17fffffb  b 0x400000
// d2800024  mov x4, #0x1
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
        let v3 = page0_0;
        let v4 = page0_1;
        let v5 = page0_2;
        let v6 = page0_3;
        var v7 = v3;
        var v8 = v4;
        var v9 = v5;
        var v10 = v6;
        let v11 = (v2 & 16777215u);
        let v12 = ((v4 ^ v11) | ((v1 ^ v3) & 4294963200u));
        if ((v12 != 0u) | (own_left < 6u)) {
            if (own_left < 6u) {
                code = 0u;
                held = true;
                block = TRANSLATION_LEAVE;
                break;
            }
            let v13 = cache[((v1 >> 12u) & 63u)];
            if (((~v13.x & 1u) | ((v11 ^ v13.y) | ((v1 ^ v13.x) & 4294963200u))) != 0u) {
                code = 0u;
                held = true;
                block = TRANSLATION_LEAVE;
                break;
            }
            v7 = (v13.x & 4294963200u);
            v8 = select(v13.y, 16777216u, ((v13.x & 1u) == 0u));
            v9 = v13.z;
            v10 = v13.w;
        }
        let v14 = memory[(v9 + (((v1 >> 2u) & 1023u) << v10))];
        let v15 = ((v14 >> ((v1 & 3u) << 3u)) & 255u);
        r0l = v15;
        r0h = 0u;
        r1l = (v1 + 1u);
        r1h = (v2 + select(0u, 1u, (v1 == 4294967295u)));
        page0_0 = v7;
        page0_1 = v8;
        page0_2 = v9;
        page0_3 = v10;
        own_left -= 2u;
        own_last_code = 1u;
        if ((v15 == 0u)) {
            block = 4u;
            break;
        }
        // 0x400008
        let v16 = r0l;
        let v17 = r0h;
        let v18 = r2l;
        let v19 = r2h;
        own_flag_word = 0u;
        own_flag_al = v16;
        own_flag_ah = v17;
        own_flag_bl = v18;
        own_flag_bh = v19;
        own_left -= 2u;
        own_last_code = 3u;
        if (((v16 - v18) == 0u)) {
            code = 7u;
            block = TRANSLATION_LEAVE;
            break;
        }
        // 0x400010
        let v20 = r3l;
        let v21 = r3h;
        r3l = (v20 + 1u);
        r3h = (v21 + select(0u, 1u, (v20 == 4294967295u)));
        own_left -= 2u;
        own_last_code = 5u;
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
    x[1].y = r1h;
    x[1].x = r1l;
    x[3].y = r3h;
    x[3].x = r3l;
}
fn translated_0() {
    switch (block) {
        case 1u: {
            nest_1();
        }
        case 4u: {
            // 0x400018
            x[4].x = 1u;
            x[4].y = 0u;
            left -= 1u;
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
