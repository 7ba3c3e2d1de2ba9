// The allocator under stress: blocks of random sizes come and go, each filled with its own pattern that must
// still be there when it goes; in the end everything has joined into one block again.
#include "rt.h"

struct held {
    uint8_t *bytes;
    size_t size;
    uint8_t pattern;
};

static bool intact(const struct held *h) {
    for (size_t i = 0; i < h->size; i++) {
        if (h->bytes[i] != (uint8_t)(h->pattern + i)) return false;
    }
    return true;
}

int main(void) {
    static struct held held[64];
    uint64_t seed = 2026;
    unsigned allocations = 0, damaged = 0;
    size_t most = 0, total = 0;
    for (int round = 0; round < 600; round++) {
        struct held *h = &held[next_random(&seed) % COUNT(held)];
        if (h->bytes != NULL) {
            damaged += !intact(h);
            release(h->bytes);
            total -= h->size;
            h->bytes = NULL;
            continue;
        }
        uint32_t r = next_random(&seed);
        h->size = r % 16 == 0 ? r / 16 % 2000 : r / 16 % 60;
        h->bytes = allocate(h->size);
        h->pattern = (uint8_t)round;
        if (h->bytes == NULL || (uintptr_t)h->bytes % 16 != 0) return 1;
        for (size_t i = 0; i < h->size; i++) h->bytes[i] = (uint8_t)(h->pattern + i);
        allocations++;
        total += h->size;
        if (total > most) most = total;
    }
    for (size_t i = 0; i < COUNT(held); i++) {
        if (held[i].bytes == NULL) continue;
        damaged += !intact(&held[i]);
        release(held[i].bytes);
    }
    print("%u allocations, at most %lu bytes held, %u damaged\n", allocations, most, damaged);

    char *start = (char *)syscall(SYS_brk, 0);
    char *all = allocate(16384 - 16);
    print("joined again: %s\n", all != NULL && (char *)syscall(SYS_brk, 0) == start ? "yes" : "no");
    print("too much: %s\n", allocate(SIZE_MAX / 4) == NULL ? "refused" : "given");
    return 0;
}
