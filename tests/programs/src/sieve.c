// The primes below 20,000 by a sieve of bits; the largest gap, and the factors of a few numbers.
#include "rt.h"

enum { LIMIT = 20000 };
static uint64_t composite[LIMIT / 64 + 1];

static bool is_prime(unsigned n) {
    return n >= 2 && !(composite[n / 64] >> n % 64 & 1);
}

static void factor(uint64_t n) {
    print("%lu =", n);
    for (unsigned p = 2; (uint64_t)p * p <= n && p < LIMIT; p++) {
        if (!is_prime(p)) continue;
        for (; n % p == 0; n /= p) print(" %u", p);
    }
    if (n > 1) print(" %lu", n);
    print("\n");
}

int main(void) {
    for (unsigned p = 2; p * p < LIMIT; p++) {
        if (!is_prime(p)) continue;
        for (unsigned n = p * p; n < LIMIT; n += p) composite[n / 64] |= UINT64_C(1) << n % 64;
    }
    unsigned count = 0, last = 2, gap = 0, before_gap = 0;
    for (unsigned n = 2; n < LIMIT; n++) {
        if (!is_prime(n)) continue;
        count++;
        if (n - last > gap) {
            gap = n - last;
            before_gap = last;
        }
        last = n;
    }
    print("%u primes, the last %u, the largest gap %u after %u\n", count, last, gap, before_gap);
    factor(360360);
    factor(399680063); // 19991 * 19993
    factor(1000000007);
    return 0;
}
