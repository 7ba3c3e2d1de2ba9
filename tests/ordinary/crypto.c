// SHA-256 of a block and AES of another by the processor's instructions, base64 with tables, sums of products.
#include <arm_neon.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

int main(void) {
    static const uint32_t k[16] = {
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    };
    uint32x4_t low = {1, 2, 3, 4}, high = {5, 6, 7, 8}, w[4];
    for (int i = 0; i < 4; i++) w[i] = vdupq_n_u32(0x01020304 * (i + 1));
    for (int i = 0; i < 16; i++) {
        const uint32x4_t t = vaddq_u32(w[i % 4], vld1q_u32(k + i % 4 * 4)), before = low;
        low = vsha256hq_u32(low, high, t);
        high = vsha256h2q_u32(high, before, t);
        w[i % 4] = vsha256su1q_u32(vsha256su0q_u32(w[i % 4], w[(i + 1) % 4]), w[(i + 2) % 4], w[(i + 3) % 4]);
    }
    printf("sha %08x %08x\n", vaddvq_u32(low), vmaxvq_u32(high));
    uint8x16_t block = vdupq_n_u8(0x3c), key = vdupq_n_u8(0x5a);
    for (int i = 0; i < 10; i++) block = vaesmcq_u8(vaeseq_u8(block, key)), key = veorq_u8(vrev64q_u8(key), vdupq_n_u8(i));
    for (int i = 0; i < 10; i++) block = vaesimcq_u8(vaesdq_u8(block, key));
    uint8_t bytes[16];
    vst1q_u8(bytes, block);
    for (int i = 0; i < 16; i++) printf("%02x", bytes[i]);
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint8x16x4_t table;
    for (int i = 0; i < 4; i++) table.val[i] = vld1q_u8((const uint8_t *)digits + 16 * i);
    uint8_t text[48], out[65] = {0};
    for (int i = 0; i < 48; i++) text[i] = i * 37;
    const uint8x16x3_t in = vld3q_u8(text);
    uint8x16x4_t six;
    six.val[0] = vshrq_n_u8(in.val[0], 2);
    six.val[1] = vandq_u8(vsliq_n_u8(vshrq_n_u8(in.val[1], 4), in.val[0], 4), vdupq_n_u8(63));
    six.val[2] = vandq_u8(vsliq_n_u8(vshrq_n_u8(in.val[2], 6), in.val[1], 2), vdupq_n_u8(63));
    six.val[3] = vandq_u8(in.val[2], vdupq_n_u8(63));
    for (int i = 0; i < 4; i++) six.val[i] = vqtbl4q_u8(table, six.val[i]);
    vst4q_u8(out, six);
    printf("\n%s\n", out);
    const int16x8_t a = vmovl_s8(vreinterpret_s8_u8(vget_low_u8(block))), b = vqdmulhq_s16(a, vdupq_n_s16(12345));
    printf("%d %lld\n", vaddvq_s16(vqaddq_s16(a, b)), (long long)vaddlvq_s32(vmull_s16(vget_low_s16(a), vget_high_s16(b))));
    return 0;
}
