// Loads and stores at every misalignment, within a page and over the edge between two, on pages that were written
// before and on fresh ones.
#include "rt.h"

enum { PAGE = 4096, OFFSETS = 24 };
static uint8_t fresh[2 * PAGE] __attribute__((aligned(PAGE)));
static uint8_t pages[2 * PAGE] __attribute__((aligned(PAGE)));

#define ROUND_TRIP(type, at)                                              \
    do {                                                                  \
        type value = (type)(UINT64_C(0x8192a3b4c5d6e7f8) ^ (uintptr_t)(at) % PAGE); \
        typedef type unaligned __attribute__((aligned(1)));               \
        *(volatile unaligned *)(at) = value;                              \
        hash = hash_word(hash, *(volatile unaligned *)(at));              \
        hash = hash_word(hash, (at)[-1]);                                 \
        hash = hash_word(hash, (at)[sizeof(type)]);                       \
    } while (0)

static uint64_t round_trips(uint8_t *middle) {
    uint64_t hash = HASH_START;
    for (int offset = -OFFSETS / 2; offset < OFFSETS / 2; offset++) {
        uint8_t *at = middle + offset;
        ROUND_TRIP(uint8_t, at);
        ROUND_TRIP(uint16_t, at);
        ROUND_TRIP(int16_t, at);
        ROUND_TRIP(uint32_t, at);
        ROUND_TRIP(int32_t, at);
        ROUND_TRIP(uint64_t, at);
        uint64_t a = ~(uint64_t)offset, b = (uint64_t)offset * 0x0101010101010101, c, d;
        __asm__ volatile("stp %2, %3, [%4]\n\tldp %0, %1, [%4]" : "=&r"(c), "=&r"(d) : "r"(a), "r"(b), "r"(at) : "memory");
        hash = hash_word(hash, c ^ a) ^ hash_word(hash, d ^ b);
        __asm__ volatile("stp %w2, %w3, [%4]\n\tldpsw %0, %1, [%4]" : "=&r"(c), "=&r"(d) : "r"(a), "r"(b), "r"(at) : "memory");
        hash = hash_word(hash, c) + hash_word(hash, d);
    }
    return hash;
}

static uint64_t content(const uint8_t *middle) {
    uint64_t hash = HASH_START;
    for (int i = -48; i < 48; i++) hash = hash_word(hash, middle[i]);
    return hash;
}

int main(void) {
    print("inside a page: %016lx\n", round_trips(pages + 100));
    print("its bytes:     %016lx\n", content(pages + 100));
    print("over an edge, second page fresh: %016lx\n", round_trips(pages + PAGE));
    print("its bytes:                       %016lx\n", content(pages + PAGE));
    print("over an edge, both fresh:        %016lx\n", round_trips(fresh + PAGE));
    print("its bytes:                       %016lx\n", content(fresh + PAGE));
    return 0;
}
