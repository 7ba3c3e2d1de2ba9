// Checksums over a message.
#include "rt.h"
static uint8_t message[6000];
static uint16_t crc_table[256];

static uint32_t adler(const uint8_t *p, size_t n) {
    uint32_t a = 1, b = 0;
    for (size_t i = 0; i < n; i++) {
        a = (a + p[i]) % 65521;
        b = (b + a) % 65521;
    }
    return b << 16 | a;
}

static uint32_t adler_late(const uint8_t *p, size_t n) {
    uint32_t a = 1, b = 0;
    while (n > 0) {
        size_t part = n > 5552 ? 5552 : n;
        n -= part;
        do {
            a += *p++;
            b += a;
        } while (--part);
        a %= 65521, b %= 65521;
    }
    return b << 16 | a;
}

static uint16_t fletcher(const uint8_t *p, size_t n) {
    unsigned low = 0, high = 0;
    for (const uint8_t *end = p + n; p != end; p++) {
        low += *p;
        if (low >= 255) low -= 255;
        high += low;
        if (high >= 255) high -= 255;
    }
    return high << 8 | low;
}

static uint16_t internet(const uint16_t *p, int n) {
    uint32_t sum = 0;
    for (; n > 1; n -= 2) sum += *p++;
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    return ~sum;
}

static uint16_t crc_by_bits(const uint8_t *p, size_t n) {
    uint16_t crc = 0xffff;
    while (n--) {
        crc ^= (uint16_t)(*p++ << 8);
        for (int bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1;
    }
    return crc;
}

static void make_table(void) {
    for (int i = 0; i < 256; i++) {
        uint16_t crc = i << 8;
        for (int bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1;
        crc_table[i] = crc;
    }
}

static uint16_t crc_by_table(const uint8_t *p, size_t n) {
    uint16_t crc = 0xffff;
    for (size_t i = 0; i < n; i++) crc = crc_table[(crc >> 8 ^ p[i]) & 255] ^ crc << 8;
    return crc;
}

static uint8_t parity(const uint8_t *p, size_t n) {
    uint8_t all = 0;
    for (size_t i = 0; i < n; i++) all ^= p[i];
    return all;
}

static uint64_t parity_of_words(const uint64_t *p, size_t n) {
    uint64_t all = 0;
    do all ^= *p++;
    while (--n);
    return all;
}

static uint32_t plain_sum(const uint8_t *p, const uint8_t *end) {
    uint32_t sum = 0;
    while (p < end) sum += *p++;
    return sum;
}

static uint32_t bsd_sum(const uint8_t *p, size_t n) {
    uint32_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum = (sum >> 1) + ((sum & 1) << 15);
        sum = (sum + p[i]) & 0xffff;
    }
    return sum;
}

static int luhn(const uint8_t *p, int n) {
    int sum = 0;
    for (int i = n - 1; i >= 0; i--) {
        int digit = p[i] % 10;
        if ((n - i) % 2 == 0) digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
        sum += digit;
    }
    return sum % 10;
}

static uint32_t weighted(const uint32_t *p, unsigned n) {
    uint32_t sum = 0;
    for (unsigned i = 0; i < n; i++) sum += (i + 1) * p[i];
    return sum;
}

static int64_t signed_sum(const int16_t *p, long n) {
    int64_t sum = 0;
    for (long i = 0; i < n; i++) sum += p[i];
    return sum;
}

static uint32_t bits_set(const uint64_t *p, size_t n) {
    uint32_t count = 0;
    for (size_t i = 0; i < n; i++)
        for (uint64_t word = p[i]; word; word &= word - 1) count++;
    return count;
}

static uint64_t any_bit(const uint64_t *p, size_t n) {
    uint64_t all = 0;
    for (size_t i = 0; i < n; i++) all |= p[i];
    return all;
}

int main(void) {
    uint64_t state = 11, h = HASH_START;
    for (size_t i = 0; i < sizeof message; i++) message[i] = next_random(&state) >> 5;
    make_table();
    const size_t n = sizeof message;
    h = hash_word(h, adler(message, n) + adler_late(message, n) + fletcher(message, n) + internet((uint16_t *)message, n));
    h = hash_word(h, crc_by_bits(message, n) + crc_by_table(message, n) + parity(message, n));
    h = hash_word(h, parity_of_words((uint64_t *)message, n / 8) + plain_sum(message, message + n) + bsd_sum(message, n));
    h = hash_word(h, luhn(message, n) + weighted((uint32_t *)message, n / 4) + signed_sum((int16_t *)message, n / 2));
    h = hash_word(h, bits_set((uint64_t *)message, n / 8) + any_bit((uint64_t *)message, n / 8));
    for (int i = 0; i < 60; i++) h = hash_word(h, parity(message + 20 * i, 20) + plain_sum(message + i, message + i + 40));
    print("%lx\n", h);
    return 0;
}
