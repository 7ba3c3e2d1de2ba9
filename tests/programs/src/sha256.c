// SHA-256 of the examples of FIPS 180-4 and of one KiB of bytes given in uneven pieces.
#include "sha256.h"

static void digest_of(const char *name, const void *bytes, size_t length) {
    struct sha256 s;
    uint8_t digest[32];
    sha256_start(&s);
    sha256_add(&s, bytes, length);
    sha256_finish(&s, digest);
    print("%s: ", name);
    put_hex(digest, sizeof digest);
    print("\n");
}

int main(void) {
    static const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    digest_of("empty", "", 0);
    digest_of("abc", "abc", 3);
    digest_of("two blocks", two_blocks, sizeof two_blocks - 1);

    uint8_t bytes[1024];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)(i * 7 + (i >> 8));
    digest_of("1 KiB", bytes, sizeof bytes);
    struct sha256 s;
    uint8_t digest[32];
    sha256_start(&s);
    for (size_t at = 0, n = 1; at < sizeof bytes; at += n, n = n * 2 + 1) {
        if (n > sizeof bytes - at) n = sizeof bytes - at;
        sha256_add(&s, bytes + at, n);
    }
    sha256_finish(&s, digest);
    print("in pieces: ");
    put_hex(digest, sizeof digest);
    print("\n");
    return 0;
}
