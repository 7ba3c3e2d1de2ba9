// build: -march=armv8-a+crc
// CRC-32 and CRC-32C of the same bytes three ways: bit by bit, by table, and by the CRC32 instructions in all
// their widths.
#include "rt.h"

enum { CRC32 = 0xedb88320, CRC32C = 0x82f63b78 };

static uint32_t bitwise(uint32_t polynomial, const uint8_t *bytes, size_t length) {
    uint32_t crc = ~0u;
    while (length-- > 0) {
        crc ^= *bytes++;
        for (int i = 0; i < 8; i++) crc = crc >> 1 ^ (crc & 1 ? polynomial : 0);
    }
    return ~crc;
}

static uint32_t by_table(uint32_t polynomial, const uint8_t *bytes, size_t length) {
    static uint32_t table[256];
    for (uint32_t n = 0; n < 256; n++) {
        uint32_t crc = n;
        for (int i = 0; i < 8; i++) crc = crc >> 1 ^ (crc & 1 ? polynomial : 0);
        table[n] = crc;
    }
    uint32_t crc = ~0u;
    while (length-- > 0) crc = crc >> 8 ^ table[(crc ^ *bytes++) & 0xff];
    return ~crc;
}

// Eight bytes at a time, the rest by one word, halfword and byte at most.
#define BY_INSTRUCTION(name, op)                                                                           \
    static uint32_t name(const uint8_t *bytes, size_t length) {                                            \
        uint32_t crc = ~0u;                                                                                \
        for (; length >= 8; length -= 8, bytes += 8) {                                                     \
            uint64_t data;                                                                                 \
            memcpy(&data, bytes, 8);                                                                       \
            __asm__(op "x %w0, %w0, %x1" : "+r"(crc) : "r"(data));                                         \
        }                                                                                                  \
        uint32_t data = 0;                                                                                 \
        if (length & 4) {                                                                                  \
            memcpy(&data, bytes, 4);                                                                       \
            bytes += 4;                                                                                    \
            __asm__(op "w %w0, %w0, %w1" : "+r"(crc) : "r"(data));                                         \
        }                                                                                                  \
        if (length & 2) {                                                                                  \
            memcpy(&data, bytes, 2); /* the high half keeps other bits, which must not count */            \
            bytes += 2;                                                                                    \
            __asm__(op "h %w0, %w0, %w1" : "+r"(crc) : "r"(data));                                         \
        }                                                                                                  \
        if (length & 1) __asm__(op "b %w0, %w0, %w1" : "+r"(crc) : "r"(*bytes | 0xabcdef00u));             \
        return ~crc;                                                                                       \
    }

BY_INSTRUCTION(crc32_instruction, "crc32")
BY_INSTRUCTION(crc32c_instruction, "crc32c")

static void check(const char *name, const void *bytes, size_t length) {
    uint32_t a = bitwise(CRC32, bytes, length), c = bitwise(CRC32C, bytes, length);
    bool table = by_table(CRC32, bytes, length) == a && by_table(CRC32C, bytes, length) == c;
    bool instruction = crc32_instruction(bytes, length) == a && crc32c_instruction(bytes, length) == c;
    print("%s: %08x %08x, table %s, instructions %s\n", name, a, c, table ? "agrees" : "differs",
          instruction ? "agree" : "differ");
}

int main(void) {
    check("empty", "", 0);
    check("check value", "123456789", 9); // cbf43926 e3069283
    check("fifteen", "the quick brown", 15);
    uint8_t bytes[300];
    uint64_t seed = 7;
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)next_random(&seed);
    check("random", bytes, sizeof bytes);
    check("random, from an odd address", bytes + 3, 255);
    return 0;
}
