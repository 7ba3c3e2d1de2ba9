// Quotients.
//
// 1ac20820  udiv w0, w1, w2
// 1ac50c83  sdiv w3, w4, w5
// 9ac808e6  udiv x6, x7, x8
// d4400000  hlt #0x0

fn translated_0() {
    switch (block) {
        case 1u: {
            // 0x400000
            if (left < 3u) {
                code = 0u;
                held = true;
                block = TRANSLATION_LEAVE;
                break;
            }
            let v1 = x[1].x;
            let v2 = x[2].x;
            let v3 = x[4].x;
            let v4 = x[5].x;
            let v5 = x[7].x;
            let v6 = x[7].y;
            let v7 = x[8].x;
            let v8 = x[8].y;
            let v9 = u64_div(vec2<u32>(v1, 0u), vec2<u32>(v2, 0u));
            let v10 = u32(i32(v3) >> 31u);
            let v11 = (i32(v10) < i32(0u));
            let v12 = u32(i32(v4) >> 31u);
            let v13 = (i32(v12) < i32(0u));
            let v14 = u64_div(vec2<u32>(select(v3, (0u - v3), v11), select(v10, ((0u - v10) - select(1u, 0u, (v3 == 0u))), v11)), vec2<u32>(select(v4, (0u - v4), v13), select(v12, ((0u - v12) - select(1u, 0u, (v4 == 0u))), v13)));
            let v15 = u64_div(vec2<u32>(v5, v6), vec2<u32>(v7, v8));
            x[0].x = v9.x;
            x[0].y = 0u;
            let v16 = select(0u, 4294967295u, (i32((v10 ^ v12)) < i32(0u)));
            x[3].x = ((v16 ^ v14.x) - v16);
            x[3].y = 0u;
            x[6].x = v15.x;
            x[6].y = v15.y;
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
