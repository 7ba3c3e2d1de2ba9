// Base64 and hexadecimal there and back.
#include "rt.h"
static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static uint8_t data[3000], again[3100];
static char text[6100];
static int8_t value_of[256];

static size_t encode(char *to, const uint8_t *from, size_t n) {
    char *start = to;
    for (; n >= 3; n -= 3, from += 3) {
        uint32_t bits = (uint32_t)from[0] << 16 | from[1] << 8 | from[2];
        *to++ = alphabet[bits >> 18];
        *to++ = alphabet[bits >> 12 & 63];
        *to++ = alphabet[bits >> 6 & 63];
        *to++ = alphabet[bits & 63];
    }
    if (n > 0) {
        uint32_t bits = (uint32_t)from[0] << 16 | (n > 1 ? from[1] << 8 : 0);
        *to++ = alphabet[bits >> 18];
        *to++ = alphabet[bits >> 12 & 63];
        *to++ = n > 1 ? alphabet[bits >> 6 & 63] : '=';
        *to++ = '=';
    }
    *to = 0;
    return to - start;
}

static size_t decode(uint8_t *to, const char *from) {
    uint8_t *start = to;
    uint32_t bits = 0;
    int have = 0;
    for (; *from && *from != '='; from++) {
        int value = value_of[(uint8_t)*from];
        if (value < 0) continue;
        bits = bits << 6 | value;
        have += 6;
        if (have >= 8) {
            have -= 8;
            *to++ = bits >> have;
        }
    }
    return to - start;
}

static void to_hex(char *to, const uint8_t *from, int n) {
    for (int i = 0; i < n; i++) {
        to[2 * i] = "0123456789abcdef"[from[i] >> 4];
        to[2 * i + 1] = "0123456789abcdef"[from[i] & 15];
    }
    to[2 * n] = 0;
}

static int digit(char c) {
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

static void from_hex(uint8_t *to, const char *from) {
    while (from[0]) {
        *to++ = digit(from[0]) << 4 | digit(from[1]);
        from += 2;
    }
}

static void prepare(void) {
    for (int i = 0; i < 256; i++) value_of[i] = -1;
    for (int i = 0; i < 64; i++) value_of[(uint8_t)alphabet[i]] = i;
}

static void number(uint8_t *p, size_t n) {
    for (size_t i = 0; i < n; i++) p[i] = i * 7;
}

static void wipe(volatile uint8_t *p, size_t n) {
    while (n--) *p++ = 0;
}

static int differs(const uint8_t *a, const uint8_t *b, int n) {
    unsigned all = 0;
    for (int i = 0; i < n; i++) all |= a[i] ^ b[i];
    return all != 0;
}

static size_t count(const char *s, char wanted) {
    size_t found = 0;
    for (; *s; s++) found += *s == wanted;
    return found;
}

static size_t size_of(const char *s) {
    size_t n = 0;
    while (s[n] != '\0') n++;
    return n;
}

int main(void) {
    uint64_t h = HASH_START;
    prepare(), number(data, sizeof data);
    h = hash_word(h, encode(text, data, sizeof data - 1));
    h = hash_word(h, decode(again, text) + differs(data, again, sizeof data - 1) + count(text, 'A') + size_of(text));
    wipe(again, sizeof again);
    to_hex(text, data, sizeof data), from_hex(again, text);
    h = hash_word(h, differs(data, again, sizeof data) + size_of(text));
    for (int i = 0; i < 80; i++) h = hash_word(h, encode(text, data + i, 20) + decode(again, text) + size_of(text));
    print("%lx\n", h);
    return 0;
}
