// SHA-256 over argv[1] KiB (16 when left out) of bytes that repeat every KiB.
#include "sha256.h"

int main(int argc, char **argv) {
    long kib = argc > 1 ? parse_number(argv[1]) : 16;
    static uint8_t bytes[1024];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)(i * 7 + (i >> 8));
    struct sha256 s;
    uint8_t digest[32];
    sha256_start(&s);
    for (long i = 0; i < kib; i++) sha256_add(&s, bytes, sizeof bytes);
    sha256_finish(&s, digest);
    put_hex(digest, sizeof digest);
    print("\n");
    return 0;
}
