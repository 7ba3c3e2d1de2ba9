// Bits and bytes turned round and counted.
//
// dac01020  clz x0, x1
// 5ac01462  cls w2, w3
// dac000a4  rbit x4, x5
// dac00ce6  rev x6, x7
// 5ac00528  rev16 w8, w9
// dac0096a  rev32 x10, x11
// d4400000  hlt #0x0

fn translated_0() {
    switch (block) {
        case 1u: {
            // 0x400000
            if (left < 6u) {
                code = 0u;
                held = true;
                block = TRANSLATION_LEAVE;
                break;
            }
            let v1 = x[1].x;
            let v2 = x[1].y;
            let v3 = x[3].x;
            let v4 = x[5].x;
            let v5 = x[5].y;
            let v6 = x[7].x;
            let v7 = x[7].y;
            let v8 = x[9].x;
            let v9 = x[11].x;
            let v10 = x[11].y;
            x[0].x = min(select(countLeadingZeros(v2), (countLeadingZeros(v1) + 32u), (v2 == 0u)), 64u);
            x[0].y = 0u;
            let v11 = (v3 ^ (v3 << 1u));
            x[2].x = min(select(countLeadingZeros(v11), 64u, (v11 == 0u)), 31u);
            x[2].y = 0u;
            x[4].x = reverseBits(v5);
            x[4].y = reverseBits(v4);
            let v12 = (((v7 & 4278255360u) >> 8u) | ((v7 & 16711935u) << 8u));
            x[6].x = ((v12 >> 16u) | (v12 << 16u));
            let v13 = (((v6 & 4278255360u) >> 8u) | ((v6 & 16711935u) << 8u));
            x[6].y = ((v13 >> 16u) | (v13 << 16u));
            x[8].x = (((v8 & 4278255360u) >> 8u) | ((v8 & 16711935u) << 8u));
            x[8].y = 0u;
            let v14 = (((v9 & 4278255360u) >> 8u) | ((v9 & 16711935u) << 8u));
            x[10].x = ((v14 >> 16u) | (v14 << 16u));
            let v15 = (((v10 & 4278255360u) >> 8u) | ((v10 & 16711935u) << 8u));
            x[10].y = ((v15 >> 16u) | (v15 << 16u));
            left -= 6u;
            last_code = 5u;
            code = 6u;
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
