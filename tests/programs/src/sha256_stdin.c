// SHA-256 of standard input.
#include "sha256.h"

int main(void) {
    static uint8_t bytes[4096];
    struct sha256 s;
    uint8_t digest[32];
    sha256_start(&s);
    for (;;) {
        long got = syscall(SYS_read, 0, bytes, sizeof bytes);
        if (got <= 0) break;
        sha256_add(&s, bytes, (size_t)got);
    }
    sha256_finish(&s, digest);
    put_hex(digest, sizeof digest);
    print("\n");
    return 0;
}
