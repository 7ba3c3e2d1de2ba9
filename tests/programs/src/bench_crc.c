// CRC-32 by table over argv[1] KiB (4 when left out) of bytes that repeat every KiB.
#include "rt.h"

int main(int argc, char **argv) {
    long kib = argc > 1 ? parse_number(argv[1]) : 4;
    static uint32_t table[256];
    static uint8_t bytes[1024];
    for (uint32_t n = 0; n < 256; n++) {
        uint32_t crc = n;
        for (int i = 0; i < 8; i++) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
        table[n] = crc;
    }
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)(i * 7 + (i >> 8));
    uint32_t crc = ~0u;
    for (long k = 0; k < kib; k++) {
        for (size_t i = 0; i < sizeof bytes; i++) crc = crc >> 8 ^ table[(crc ^ bytes[i]) & 0xff];
    }
    print("%x\n", ~crc);
    return 0;
}
