// build: -march=armv8.1-a
// The atomic instructions of FEAT_LSE in every size and ordering: what they return and what they leave.
#include "rt.h"

static uint64_t cell[2] __attribute__((aligned(16)));
static uint64_t hash;

static const uint64_t OPERANDS[] = {0, 1, 0x80, 0x7fff, 0xffffffff80000000, 0x8000000000000000, 0x5555aaaa0f0ff0f0};

#define ATOMIC(op, width, name)                                                                               \
    for (size_t i = 0; i < COUNT(OPERANDS); i++) {                                                            \
        uint64_t old = 0xdeadbeefdeadbeef;                                                                    \
        cell[0] = 0x7ffffffe80017f80 + i;                                                                     \
        __asm__ volatile(op " %" width "1, %" width "0, [%2]" : "=r"(old) : "r"(OPERANDS[i]), "r"(cell) : "memory"); \
        hash = hash_word(hash_word(hash, old), cell[0]);                                                      \
    }
#define ORDERINGS(op, size, width, name) \
    ATOMIC(op size, width, name) ATOMIC(op "a" size, width, name) ATOMIC(op "l" size, width, name) ATOMIC(op "al" size, width, name)
#define SIZES(op)                                                                                           \
    hash = HASH_START;                                                                                      \
    ORDERINGS(op, "b", "w", op) ORDERINGS(op, "h", "w", op) ORDERINGS(op, "", "w", op) ORDERINGS(op, "", "x", op) \
    print("%s: last left %016lx, all %016lx\n", op, cell[0], hash)

#define COMPARE(op, width, found, expected)                                                                   \
    do {                                                                                                      \
        uint64_t old = (expected);                                                                            \
        cell[0] = (found);                                                                                    \
        __asm__ volatile(op " %" width "0, %" width "1, [%2]" : "+r"(old) : "r"(0x1122334455667788), "r"(cell) : "memory"); \
        print("%s %s: %016lx, left %016lx\n", op, width, old, cell[0]);                                       \
    } while (0)

#define COMPARE_PAIR(op, width, low, high)                                                                    \
    do {                                                                                                      \
        register uint64_t a __asm__("x4") = (low), b __asm__("x5") = (high);                                  \
        register uint64_t c __asm__("x6") = 0x1122334455667788, d __asm__("x7") = 0x99aabbccddeeff00;         \
        cell[0] = 0x0000000200000001, cell[1] = 3;                                                            \
        __asm__ volatile(op " " width "4, " width "5, " width "6, " width "7, [%4]"                           \
                         : "+r"(a), "+r"(b) : "r"(c), "r"(d), "r"(cell) : "memory");                          \
        print("%s %s: %016lx %016lx, left %016lx %016lx\n", op, width, a, b, cell[0], cell[1]);               \
    } while (0)

int main(void) {
    SIZES("ldadd");
    SIZES("ldclr");
    SIZES("ldeor");
    SIZES("ldset");
    SIZES("ldsmax");
    SIZES("ldsmin");
    SIZES("ldumax");
    SIZES("ldumin");
    SIZES("swp");
    COMPARE("cas", "x", 5, 5);
    COMPARE("casa", "x", 5, 6);
    COMPARE("casl", "w", 0xffffffff00000005, 5);
    COMPARE("casal", "w", 0xffffffff00000005, 0xfffffff00000005);
    COMPARE("casb", "w", 0x1ff, 0xff);
    COMPARE("casalb", "w", 0x1ff, 0x1fe);
    COMPARE("cash", "w", 0x18000, 0xffff8000);
    COMPARE("casah", "w", 0x18000, 0x8001);
    COMPARE_PAIR("casp", "x", 0x0000000200000001, 3);
    COMPARE_PAIR("caspal", "x", 0x0000000200000001, 4);
    COMPARE_PAIR("caspa", "w", 1, 2);
    COMPARE_PAIR("caspl", "w", 1, 3);

    // What a compiler makes of atomic operations.
    static unsigned counter;
    static uint64_t *published;
    for (int i = 0; i < 100; i++) __atomic_fetch_add(&counter, (unsigned)i, __ATOMIC_SEQ_CST);
    __atomic_store_n(&published, cell, __ATOMIC_RELEASE);
    uint64_t *seen = __atomic_load_n(&published, __ATOMIC_ACQUIRE);
    unsigned expected = 4950;
    bool swapped = __atomic_compare_exchange_n(&counter, &expected, 7u, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
    print("counter %u, %s, %s\n", counter, swapped ? "swapped" : "kept", seen == cell ? "published" : "lost");
    return 0;
}
