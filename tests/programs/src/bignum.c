// Big integers: 2^521 - 1 and 200! in decimal, a Fibonacci number, and schoolbook multiplication with its check
// by remainders.
#include "rt.h"

enum { WORDS = 32 };

struct number {
    uint64_t word[WORDS]; // least significant first
};

static struct number small(uint64_t value) {
    struct number n = {{value}};
    return n;
}

static void add(struct number *a, const struct number *b) {
    uint64_t carry = 0;
    for (int i = 0; i < WORDS; i++) {
        unsigned __int128 sum = (unsigned __int128)a->word[i] + b->word[i] + carry;
        a->word[i] = (uint64_t)sum;
        carry = (uint64_t)(sum >> 64);
    }
}

static void multiply_small(struct number *a, uint64_t factor) {
    uint64_t carry = 0;
    for (int i = 0; i < WORDS; i++) {
        unsigned __int128 product = (unsigned __int128)a->word[i] * factor + carry;
        a->word[i] = (uint64_t)product;
        carry = (uint64_t)(product >> 64);
    }
}

static struct number multiply(const struct number *a, const struct number *b) {
    struct number product = {{0}};
    for (int i = 0; i < WORDS; i++) {
        uint64_t carry = 0;
        if (a->word[i] == 0) continue;
        for (int j = 0; i + j < WORDS; j++) {
            unsigned __int128 t = (unsigned __int128)a->word[i] * b->word[j] + product.word[i + j] + carry;
            product.word[i + j] = (uint64_t)t;
            carry = (uint64_t)(t >> 64);
        }
    }
    return product;
}

// Divides by a divisor of at most 32 bits, half a word at a time, and gives the remainder.
static uint32_t divide_small(struct number *a, uint32_t divisor) {
    uint64_t rest = 0;
    for (int i = WORDS - 1; i >= 0; i--) {
        uint64_t high = rest << 32 | a->word[i] >> 32;
        uint64_t low = (high % divisor) << 32 | (uint32_t)a->word[i];
        a->word[i] = (high / divisor) << 32 | low / divisor;
        rest = low % divisor;
    }
    return (uint32_t)rest;
}

static bool is_zero(const struct number *a) {
    uint64_t any = 0;
    for (int i = 0; i < WORDS; i++) any |= a->word[i];
    return any == 0;
}

static void show(const char *name, struct number a) {
    uint32_t group[80]; // nine digits each
    int n = 0;
    do {
        group[n++] = divide_small(&a, 1000000000);
    } while (!is_zero(&a));
    print("%s = %u", name, group[--n]);
    while (n > 0) print("%09u", group[--n]);
    print("\n");
}

int main(void) {
    struct number mersenne = small(1);
    for (int i = 0; i < 521; i++) {
        struct number same = mersenne;
        add(&mersenne, &same);
    }
    struct number minus_one;
    memset(&minus_one, 0xff, sizeof minus_one);
    add(&mersenne, &minus_one);
    show("2^521 - 1", mersenne);

    struct number factorial = small(1);
    for (uint64_t i = 2; i <= 200; i++) multiply_small(&factorial, i);
    show("200!", factorial);

    struct number a = small(0), b = small(1);
    for (int i = 0; i < 300; i++) {
        struct number next = a;
        add(&next, &b);
        a = b;
        b = next;
    }
    show("fibonacci(300)", a);

    struct number product = multiply(&mersenne, &a), m = mersenne, f = a, p = product;
    show("product", product);
    uint64_t expected = (uint64_t)divide_small(&m, 999999937) * divide_small(&f, 999999937) % 999999937;
    print("remainders %s\n", divide_small(&p, 999999937) == expected ? "agree" : "differ");
    return 0;
}
