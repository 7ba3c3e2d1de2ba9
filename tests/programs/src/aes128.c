// AES-128 (FIPS 197): the S-box is computed, not typed in; the standard's example, then decryption back, then
// a chain of blocks.
#include "rt.h"

static uint8_t sbox[256], inverse[256];

static uint8_t times(uint8_t a, uint8_t b) {
    uint8_t product = 0;
    for (; b != 0; b >>= 1) {
        if (b & 1) product ^= a;
        a = (uint8_t)(a << 1 ^ (a & 0x80 ? 0x1b : 0));
    }
    return product;
}

static void make_sbox(void) {
    // 3 generates the field's multiplicative group and 0xf6 is its inverse: p and q run through it in step.
    uint8_t p = 1, q = 1;
    do {
        p = times(p, 3);
        q = times(q, 0xf6);
        unsigned x = q | (unsigned)q << 8;
        uint8_t s = (uint8_t)(q ^ x >> 7 ^ x >> 6 ^ x >> 5 ^ x >> 4 ^ 0x63);
        sbox[p] = s;
        inverse[s] = p;
    } while (p != 1);
    sbox[0] = 0x63;
    inverse[0x63] = 0;
}

static void expand_key(const uint8_t key[16], uint8_t round_keys[176]) {
    memcpy(round_keys, key, 16);
    uint8_t round_constant = 1;
    for (int i = 16; i < 176; i += 4) {
        uint8_t word[4];
        memcpy(word, round_keys + i - 4, 4);
        if (i % 16 == 0) {
            uint8_t first = word[0];
            word[0] = sbox[word[1]] ^ round_constant;
            word[1] = sbox[word[2]];
            word[2] = sbox[word[3]];
            word[3] = sbox[first];
            round_constant = times(round_constant, 2);
        }
        for (int j = 0; j < 4; j++) round_keys[i + j] = round_keys[i + j - 16] ^ word[j];
    }
}

static void add_key(uint8_t state[16], const uint8_t *key) {
    for (int i = 0; i < 16; i++) state[i] ^= key[i];
}

// Row r of the column-major state turns left by r columns for encryption, right for decryption.
static void substitute_and_shift(uint8_t state[16], const uint8_t box[256], int direction) {
    uint8_t old[16];
    memcpy(old, state, 16);
    for (int i = 0; i < 16; i++) state[i] = box[old[(i + direction * (i % 4) * 4 + 16) % 16]];
}

static void mix_columns(uint8_t state[16], const uint8_t row[4]) {
    for (int c = 0; c < 16; c += 4) {
        uint8_t old[4];
        memcpy(old, state + c, 4);
        for (int r = 0; r < 4; r++) {
            uint8_t sum = 0;
            for (int i = 0; i < 4; i++) sum ^= times(old[(r + i) % 4], row[i]);
            state[c + r] = sum;
        }
    }
}

static void encrypt(uint8_t state[16], const uint8_t round_keys[176]) {
    add_key(state, round_keys);
    for (int round = 1; round <= 10; round++) {
        substitute_and_shift(state, sbox, 1);
        if (round < 10) mix_columns(state, (const uint8_t[]){2, 3, 1, 1});
        add_key(state, round_keys + 16 * round);
    }
}

static void decrypt(uint8_t state[16], const uint8_t round_keys[176]) {
    for (int round = 10; round >= 1; round--) {
        add_key(state, round_keys + 16 * round);
        if (round < 10) mix_columns(state, (const uint8_t[]){14, 11, 13, 9});
        substitute_and_shift(state, inverse, -1);
    }
    add_key(state, round_keys);
}

static void show(const char *name, const uint8_t state[16]) {
    print("%s ", name);
    put_hex(state, 16);
    print("\n");
}

int main(void) {
    uint8_t key[16], state[16], round_keys[176];
    make_sbox();
    for (int i = 0; i < 16; i++) key[i] = (uint8_t)i, state[i] = (uint8_t)(i * 0x11);
    expand_key(key, round_keys);
    show("last round key", round_keys + 160);
    encrypt(state, round_keys);
    show("encrypted", state);
    decrypt(state, round_keys);
    show("decrypted", state);
    for (int i = 0; i < 5; i++) {
        state[0] ^= (uint8_t)i;
        encrypt(state, round_keys);
    }
    show("after five more", state);
    return 0;
}
