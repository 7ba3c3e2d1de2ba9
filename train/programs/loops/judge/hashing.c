// Hashes of text, and tables that are made of them.
#include "rt.h"
enum { SLOTS = 4096 };
static uint32_t keys[SLOTS], values[SLOTS], chain[SLOTS];
static int16_t first[1024];
static uint64_t filter[512];
static char text[4096];

static uint32_t fnv(const char *p, size_t n) {
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < n; i++) h = (h ^ (uint8_t)p[i]) * 16777619u;
    return h;
}
static uint32_t times_33(const char *s) {
    uint32_t h = 5381;
    while (*s) h = h * 33 + (uint8_t)*s++;
    return h;
}
static uint32_t rotating(const char *p, const char *end) {
    uint32_t h = 0;
    for (; p != end; p++) h = (h << 5 | h >> 27) ^ (uint8_t)*p;
    return h;
}
static uint64_t mix_words(const uint64_t *p, size_t n) {
    uint64_t h = n;
    for (size_t i = 0; i < n; i++) {
        uint64_t k = p[i] * 0x87c37b91114253d5u;
        k ^= k >> 31;
        h = (h ^ k) * 5 + 0x52dce729;
    }
    return h;
}
static uint64_t add_words(const uint32_t *p, int n) {
    uint64_t h = 0;
    for (int i = 0; i < n; i++) h += p[i];
    return h;
}
static void empty(void) {
    for (int i = 0; i < SLOTS; i++) keys[i] = 0, values[i] = 0;
}
static void empty_chains(void) {
    for (unsigned i = 0; i < COUNT(first); i++) first[i] = -1;
}
static void empty_filter(uint64_t *p, const uint64_t *end) {
    do *p++ = 0;
    while (p != end);
}
static void insert(uint32_t key, uint32_t value) {
    uint32_t at = key * 2654435761u >> 20;
    while (keys[at] != 0 && keys[at] != key) at = (at + 1) % SLOTS;
    keys[at] = key, values[at] = value;
}
static uint32_t look_up(uint32_t key) {
    uint32_t at = key * 2654435761u >> 20;
    while (keys[at] != key) {
        if (keys[at] == 0) return 0;
        at = (at + 1) % SLOTS;
    }
    return values[at];
}
static int used(void) {
    int count = 0;
    for (int i = 0; i < SLOTS; i++)
        if (keys[i]) count++;
    return count;
}
static uint32_t last_key(void) {
    uint32_t most = 0;
    for (const uint32_t *p = keys; p < keys + SLOTS; ++p)
        if (*p > most) most = *p;
    return most;
}
static void mark(uint32_t key) {
    for (int i = 0; i < 3; i++, key = key * 1664525 + 1013904223) filter[key >> 23] |= 1ull << (key >> 17 & 63);
}
static int find_free(int from) {
    int at = from;
    while (at < SLOTS && keys[at]) at++;
    return at;
}
static void grow(uint32_t *restrict to, const uint32_t *restrict from, unsigned n) {
    for (unsigned i = 0; i < n; i++) *to++ = *from++;
}

int main(void) {
    uint64_t state = 8, h = HASH_START;
    for (size_t i = 0; i + 1 < sizeof text; i++) text[i] = 'a' + next_random(&state) % 26;
    h = hash_word(h, fnv(text, sizeof text) + times_33(text) + rotating(text, text + sizeof text));
    h = hash_word(h, mix_words((uint64_t *)text, sizeof text / 8));
    empty(), empty_chains(), empty_filter(filter, filter + COUNT(filter));
    for (int i = 0; i < 1500; i++) {
        uint32_t key = next_random(&state) % 4000 + 1;
        insert(key, i), mark(key);
        h += look_up(key + 1);
    }
    h = hash_word(h, used() + last_key() + find_free(7) + add_words(values, SLOTS));
    grow(chain, keys, SLOTS);
    for (int i = 0; i < SLOTS; i++) keys[i] = 1;
    h = hash_word(h, find_free(0) + add_words(chain, SLOTS));
    for (int i = 0; i < 100; i++) h = hash_word(h, fnv(text + i, 12) + rotating(text + i, text + i + 9));
    print("%lx\n", h);
    return 0;
}
