// CRC-32.
//
// 1ac24020  crc32b w0, w1, w2
// 9ac55c83  crc32cx w3, w4, x5
// d4400000  hlt #0x0

fn translated_0() {
    switch (block) {
        case 1u: {
            // 0x400000
            if (left < 2u) {
                code = 0u;
                held = true;
                block = TRANSLATION_LEAVE;
                break;
            }
            let v1 = x[1].x;
            let v2 = x[2].x;
            let v3 = x[2].y;
            let v4 = x[4].x;
            let v5 = x[5].x;
            let v6 = x[5].y;
            let v7 = checksum(vec4<u32>(772u, 8396864u, 0u, 0u), u32(v1), vec2<u32>(v2, v3));
            let v8 = checksum(vec4<u32>(58116u, 8409347u, 0u, 0u), u32(v4), vec2<u32>(v5, v6));
            x[0].x = v7;
            x[0].y = 0u;
            x[3].x = v8;
            x[3].y = 0u;
            left -= 2u;
            last_code = 1u;
            code = 2u;
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
