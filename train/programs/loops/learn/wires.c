// Packets, rings and buffers of a driver. N scales them.
#include "rt.h"
typedef uint32_t __attribute__((may_alias)) Word;
typedef uint64_t __attribute__((may_alias)) Wide;
typedef struct { uint16_t length, kind; uint32_t sequence; uint8_t body[24]; } Packet;
static Packet ring[N];
static uint8_t wire[32 * N + 64], copy[32 * N + 64];
static Word queue[N];
static uint32_t head, tail, registers[8];
static uint64_t pages[N + 1], stack[N];
static volatile uint32_t status_word;

static void zero(void *to, size_t n) {
    uint8_t *p = to;
    for (size_t i = 0; i < n; ++i) p[i] = 0;
}
static void zero_pairs(uint64_t *p, size_t n) {
    for (size_t i = 0; i + 1 < n; i += 2) p[i] = 0, p[i + 1] = 0;
}
static void move(void *to, const void *from, size_t n) {
    Wide *t = to;
    const Wide *f = from;
    while (n >= 16) {
        t[0] = f[0], t[1] = f[1];
        t += 2, f += 2, n -= 16;
    }
    uint8_t *b = (uint8_t *)t;
    const uint8_t *c = (const uint8_t *)f;
    while (n-- > 0) *b++ = *c++;
}
static void move_by_four(Word *to, const Word *from, int n) {
    for (int i = 0; i < n; i += 4) to[i] = from[i], to[i + 1] = from[i + 1], to[i + 2] = from[i + 2], to[i + 3] = from[i + 3];
}
static void move_up(uint8_t *to, const uint8_t *from, int n) {
    for (int i = n; i-- > 0;) to[i] = from[i];
}
static int serialize(uint8_t *p) {
    uint8_t *start = p;
    for (int i = 0; i < N; i++) {
        *p++ = ring[i].length >> 8, *p++ = ring[i].length;
        for (int k = 0; k < ring[i].length; k++) *p++ = ring[i].body[k];
    }
    return p - start;
}
static int parse(const uint8_t *p, const uint8_t *end) {
    int count = 0;
    while (p + 2 <= end) {
        unsigned length = p[0] << 8 | p[1];
        count += length;
        p += 2 + length;
    }
    return count;
}
static void number_packets(void) {
    for (unsigned i = 0; i < N; i++) ring[i].sequence = i, ring[i].length = i % 24, ring[i].kind = 8;
}
static uint32_t word_sum(const Word *p, size_t n) {
    uint32_t sum = 0;
    for (; n != 0; n--) sum += *p++;
    return sum;
}
static uint64_t byte_sum(const int8_t *p, int n) {
    int64_t sum = 0;
    for (int i = 0; i < n; i++) sum += p[i];
    return sum;
}
static uint32_t scramble(uint8_t *p, int n) {
    uint32_t lfsr = 0xace1;
    for (int i = 0; i < n; i++) {
        lfsr = lfsr >> 1 ^ (-(lfsr & 1) & 0xb400);
        p[i] ^= lfsr;
    }
    return lfsr;
}
static void mask(uint8_t *p, int n, uint32_t key) {
    for (int i = 0; i < n; i++) p[i] ^= key >> i % 4 * 8;
}
static void swap_order(Word *p, int n) {
    for (int i = 0; i < n; i++) p[i] = p[i] >> 24 | (p[i] >> 8 & 0xff00) | (p[i] << 8 & 0xff0000) | p[i] << 24;
}
static void push_all(void) {
    for (int i = 0; i < N; i++) {
        queue[tail % N] = i;
        tail++;
    }
}
static uint32_t pop_all(void) {
    uint32_t sum = 0;
    while (head != tail) sum += queue[head++ % N];
    return sum;
}
static int find_mark(const uint8_t *p, int n) {
    int at = 0;
    while (at < n && p[at] != 0x7e) at++;
    return at;
}
static const uint8_t *find_from_end(const uint8_t *start, const uint8_t *p) {
    while (p > start && *--p != 0x7e) {}
    return p;
}
static int stuffed(uint8_t *to, const uint8_t *from, int n) {
    int used = 0;
    for (int i = 0; i < n; i++) {
        if (from[i] == 0x7e || from[i] == 0x7d) to[used++] = 0x7d, to[used++] = from[i] ^ 0x20;
        else to[used++] = from[i];
        if (used > 32 * N) break;
    }
    return used;
}
static int poll(int tries) {
    while (tries > 0 && !(status_word & 1)) tries--;
    return tries;
}
static void delay(uint32_t n) {
    for (volatile uint32_t i = 0; i < n; i++) {}
}
static void delay_in_register(uint32_t n) {
    do __asm__ volatile("");
    while (--n);
}
static uint64_t count_by(uint64_t n, uint64_t step) {
    uint64_t at = 0, turns = 0;
    while (at < n) {
        at += step;
        turns++;
        __asm__ volatile("" : "+r"(at), "+r"(turns));
    }
    return turns;
}
static void map_pages(uint64_t first) {
    for (int i = 0; i < N; i++) pages[i] = first + i * 4096u + 3;
}
static void unmap(uint64_t *from, uint64_t *to) {
    while (from < to) *from++ = 0;
}
static int mapped(void) {
    int count = 0;
    for (int i = 0; i < N; i++)
        if (pages[i] & 1) count++;
    return count;
}
static uint64_t *free_page(void) {
    uint64_t *p = pages;
    while (*p) p++;
    return p;
}
static int same(const uint8_t *a, const uint8_t *b, int n) {
    while (n > 0 && *a == *b) a++, b++, n--;
    return n;
}
static uint32_t machine(const uint8_t *code, int n) {
    int top = 0;
    for (int i = 0; i < n; i++) {
        switch (code[i] % 5) {
        case 0: stack[top++ % N] = code[i]; break;
        case 1: if (top > 1) top--, stack[(top - 1) % N] += stack[top % N]; break;
        case 2: if (top > 0) stack[(top - 1) % N] *= 3; break;
        case 3: registers[code[i] & 7] ^= top; break;
        default: top = top > 0 ? top - 1 : 0;
        }
    }
    return registers[3] + top;
}

int main(void) {
    uint64_t h = HASH_START, state = 2;
    for (int r = 0; r <= 2000 / N; r++) {
        zero(ring, sizeof ring), zero(wire, 32 * N), zero_pairs(pages, N & ~1), h = hash_word(h, free_page() == pages);
        h = hash_word(h, find_mark(wire, 32 * N) + (find_from_end(wire, wire + 32 * N) - wire));
        number_packets();
        for (int i = 0; i < 32 * N; i++) copy[i] = next_random(&state) >> 3;
        move(wire, copy, 32 * N - 5), h = hash_word(h, same(wire, copy, 32 * N - 5));
        int used = serialize(wire);
        h = hash_word(h, parse(wire, wire + used) + word_sum((Word *)wire, 8 * N) + byte_sum((int8_t *)copy, 32 * N));
        h = hash_word(h, scramble(wire, used)), mask(wire, used, 0x12345678), swap_order((Word *)wire, 8 * N);
        push_all(), h = hash_word(h, pop_all() + stuffed(wire, copy, 20 * N)), move_by_four(queue, (Word *)wire, N & ~3);
        move_up(wire + 3, wire, 30 * N), h = hash_word(h, poll(20 * N)), delay(3 * N), delay_in_register(30 * N);
        h = hash_word(h, count_by(50 * N, 3)), map_pages(1 << 20), h = hash_word(h, mapped() + (free_page() - pages));
        unmap(pages, pages + N), h = hash_word(h, machine(copy, 8 * N) + wire[N]);
    }
    print("%lx\n", h);
    return 0;
}
