// Numbers of many words, primes, and counting. N scales their length.
#include "rt.h"
static uint64_t x[N + 1], y[N + 1], z[2 * N + 2];
static uint32_t digits[N], primes[N];
static uint8_t composite[8 * N];
static volatile uint64_t clock_ticks;

static void clear(uint64_t *p, int words) {
    while (words--) *p++ = 0;
}
static void ones(uint64_t *p, int words) {
    for (int i = 0; i < words; i++) p[i] = ~0ull;
}
static uint64_t add(uint64_t *to, const uint64_t *from, int words) {
    uint64_t carry = 0;
    for (int i = 0; i < words; i++) {
        uint64_t sum = to[i] + carry;
        carry = sum < carry;
        to[i] = sum + from[i];
        carry += to[i] < sum;
    }
    return carry;
}
static void shift(uint64_t *p, int words) {
    for (int i = words - 1; i > 0; i--) p[i] = p[i] << 1 | p[i - 1] >> 63;
    p[0] <<= 1;
}
static int compare(const uint64_t *a, const uint64_t *b, int words) {
    for (int i = words - 1; i >= 0; i--)
        if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
    return 0;
}
static bool is_zero(const uint64_t *p, int words) {
    int i = 0;
    while (i < words && p[i] == 0) i++;
    return i == words;
}
static int top(const uint64_t *p, int words) {
    while (words > 0 && p[words - 1] == 0) words--;
    return words;
}
static uint32_t remainder(const uint64_t *p, int words, uint32_t by) {
    uint64_t rest = 0;
    for (int i = words - 1; i >= 0; i--) {
        rest = (rest << 32 | p[i] >> 32) % by;
        rest = (rest << 32 | (uint32_t)p[i]) % by;
    }
    return rest;
}
static void multiply_small(uint32_t *p, int n, uint32_t by) {
    uint64_t carry = 0;
    for (int i = 0; i < n; i++) {
        carry += (uint64_t)p[i] * by;
        p[i] = carry;
        carry >>= 32;
    }
}
static void exclusive_or(uint64_t *a, const uint64_t *b, int n) {
    for (int i = 0; i < n; i++) a[i] ^= b[i];
}
static void complement(uint64_t *a, int n) {
    for (uint64_t *end = a + n; a < end; a++) *a = ~*a;
}
static int count_primes(void) {
    int found = 0;
    for (int i = 0; i < 8 * N; i++) composite[i] = i < 2;
    for (int i = 2; i * i < 8 * N; i++)
        if (!composite[i])
            for (int j = i * i; j < 8 * N; j += i) composite[j] = 1;
    for (int i = 0; i < 8 * N && found < N; i++)
        if (!composite[i]) primes[found++] = i;
    return found;
}
static unsigned collatz(uint64_t n) {
    unsigned steps = 0;
    for (; n != 1; steps++) n = n & 1 ? 3 * n + 1 : n >> 1;
    return steps;
}
static uint64_t divisor(uint64_t a, uint64_t b) {
    while (b) {
        uint64_t t = a % b;
        a = b, b = t;
    }
    return a;
}
static void wait(unsigned ticks) {
    while (ticks--) __asm__ volatile("");
}
static void tick(unsigned n) {
    for (unsigned i = 0; i < n; i++) clock_ticks++;
}
static uint64_t steps(uint64_t from, uint64_t to, uint64_t by) {
    uint64_t count = 0;
    for (uint64_t at = from; at < to; at += by) {
        __asm__ volatile("" : "+r"(count));
        count += 2;
    }
    return count;
}
static uint64_t root(uint64_t n) {
    uint64_t r = 0;
    for (uint64_t odd = 1; n >= odd; odd += 2) n -= odd, r++;
    return r;
}

int main(void) {
    uint64_t h = HASH_START;
    for (int r = 0; r <= 5000 / N; r++) {
        clear(x, N), ones(y, N), clear(z, 2 * N);
        h = hash_word(h, is_zero(x, N) + top(x, N) + add(x, y, N) + compare(x, y, N));
        shift(x, N), exclusive_or(y, x, N), complement(z, 2 * N);
        for (int i = 0; i < N; i++) digits[i] = i + r;
        multiply_small(digits, N, 10);
        h = hash_word(h, remainder(x, N, 97) + count_primes() + digits[N / 2] + collatz(27 + r) + divisor(N * 91, 35 + r));
        wait(5 * N), tick(N), h = hash_word(h, steps(r, 40 * N, 5) + root(N * N));
    }
    print("%lx\n", hash_word(h, y[1]));
    return 0;
}
