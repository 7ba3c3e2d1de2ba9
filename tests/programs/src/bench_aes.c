// AES-128 over argv[1] KiB (1 when left out), block after block, each the last one's outcome: S-box and columns by table.
#include "rt.h"

static uint8_t sbox[256];
static uint32_t columns[256];

static uint8_t twice(uint8_t a) {
    return (uint8_t)(a << 1 ^ (a & 0x80 ? 0x1b : 0));
}

static void make_tables(void) {
    uint8_t p = 1, q = 1;
    do {
        // 3 generates the field; q is the inverse of p.
        p ^= twice(p);
        q ^= (uint8_t)(q << 1), q ^= (uint8_t)(q << 2), q ^= (uint8_t)(q << 4);
        if (q & 0x80) q ^= 0x09;
        unsigned x = q | (unsigned)q << 8;
        sbox[p] = (uint8_t)(q ^ x >> 7 ^ x >> 6 ^ x >> 5 ^ x >> 4 ^ 0x63);
    } while (p != 1);
    sbox[0] = 0x63;
    for (int i = 0; i < 256; i++) {
        uint32_t s = sbox[i], d = twice(sbox[i]);
        columns[i] = d | s << 8 | s << 16 | (s ^ d) << 24;
    }
}

static uint32_t turn(uint32_t x, int by) {
    return x << by | x >> (32 - by);
}

static void expand(const uint32_t key[4], uint32_t keys[44]) {
    uint8_t constant = 1;
    for (int i = 0; i < 4; i++) keys[i] = key[i];
    for (int i = 4; i < 44; i++) {
        uint32_t w = keys[i - 1];
        if (i % 4 == 0) {
            w = turn(w, 24);
            w = (uint32_t)sbox[w & 255] | (uint32_t)sbox[w >> 8 & 255] << 8 | (uint32_t)sbox[w >> 16 & 255] << 16 |
                (uint32_t)sbox[w >> 24] << 24;
            w ^= constant;
            constant = twice(constant);
        }
        keys[i] = keys[i - 4] ^ w;
    }
}

static void encrypt(uint32_t s[4], const uint32_t keys[44]) {
    for (int i = 0; i < 4; i++) s[i] ^= keys[i];
    for (int round = 1; round < 10; round++) {
        uint32_t t[4];
        for (int i = 0; i < 4; i++) {
            t[i] = columns[s[i] & 255] ^ turn(columns[s[(i + 1) & 3] >> 8 & 255], 8) ^
                   turn(columns[s[(i + 2) & 3] >> 16 & 255], 16) ^ turn(columns[s[(i + 3) & 3] >> 24], 24);
        }
        for (int i = 0; i < 4; i++) s[i] = t[i] ^ keys[4 * round + i];
    }
    uint32_t t[4];
    for (int i = 0; i < 4; i++) {
        t[i] = (uint32_t)sbox[s[i] & 255] | (uint32_t)sbox[s[(i + 1) & 3] >> 8 & 255] << 8 |
               (uint32_t)sbox[s[(i + 2) & 3] >> 16 & 255] << 16 | (uint32_t)sbox[s[(i + 3) & 3] >> 24] << 24;
    }
    for (int i = 0; i < 4; i++) s[i] = t[i] ^ keys[40 + i];
}

int main(int argc, char **argv) {
    long kib = argc > 1 ? parse_number(argv[1]) : 1;
    // FIPS 197, appendix C.1, as little-endian words.
    uint32_t key[4] = {0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c};
    uint32_t state[4] = {0x33221100, 0x77665544, 0xbbaa9988, 0xffeeddcc}, keys[44];
    make_tables();
    expand(key, keys);
    encrypt(state, keys);
    put_hex((uint8_t *)state, 16);
    for (long block = 0; block < kib * 64; block++) encrypt(state, keys);
    print("\n");
    put_hex((uint8_t *)state, 16);
    print("\n");
    return 0;
}
