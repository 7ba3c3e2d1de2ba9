// Integer arithmetic at its corners, in both widths: overflow, division by zero, carries, shifts and rotates by
// the width and more, products of 128 bits. The instructions are written out, so that no compiler folds them.
#include "rt.h"

static const uint64_t CORNERS[] = {
    0, 1, 2, 31, 32, 63, 64, 0x7f, 0x80, 0x7fff, 0x8000, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000,
    0x0123456789abcdef, 0x7fffffffffffffff, 0x8000000000000000, 0xfffffffffffffffe, 0xffffffffffffffff,
};

// One row: a hash over all pairs of corners, and the result for the pair that is of most interest.
#define ROW(label, a_interest, b_interest, statement)                  \
    do {                                                               \
        uint64_t a, b, r, hash = HASH_START;                           \
        for (size_t i = 0; i < COUNT(CORNERS); i++) {                  \
            for (size_t j = 0; j < COUNT(CORNERS); j++) {              \
                a = CORNERS[i], b = CORNERS[j], r = a ^ b;             \
                statement;                                             \
                hash = (hash ^ r) * UINT64_C(0x9e3779b97f4a7c15);      \
                hash ^= hash >> 29;                                    \
            }                                                          \
        }                                                              \
        a = (a_interest), b = (b_interest), r = a ^ b;                 \
        statement;                                                     \
        print("%s %016lx %016lx = %016lx, all pairs %016lx\n", label, (uint64_t)(a_interest), (uint64_t)(b_interest), \
              r, hash);                                                \
    } while (0)

#define TWO(op, a_, b_)                                                                                        \
    ROW(op " x", a_, b_, __asm__ volatile(op " %x0, %x1, %x2" : "=r"(r) : "r"(a), "r"(b)));                      \
    ROW(op " w", a_, b_, __asm__ volatile(op " %w0, %w1, %w2" : "=r"(r) : "r"(a), "r"(b)))

#define FLAGS_TWO(op, width, a_, b_)                                                                          \
    ROW(op " " width, a_, b_,                                                                                 \
        uint64_t nzcv;                                                                                        \
        __asm__ volatile(op " %" width "0, %" width "2, %" width "3\n\tmrs %1, nzcv"                           \
                         : "=&r"(r), "=r"(nzcv) : "r"(a), "r"(b) : "cc");                                     \
        r ^= nzcv >> 28)

// SUBS XZR, XZR, XZR sets the carry, ADDS clears it.
#define CARRY_TWO(op, width, setter, a_, b_)                                                                   \
    ROW(op " " width " after " setter, a_, b_,                                                                 \
        uint64_t nzcv;                                                                                        \
        __asm__ volatile(setter " xzr, xzr, xzr\n\t" op " %" width "0, %" width "2, %" width "3\n\tmrs %1, nzcv"  \
                         : "=&r"(r), "=r"(nzcv) : "r"(a), "r"(b) : "cc");                                     \
        r ^= nzcv >> 28)

#define LONG_THREE(op) ROW(op, 0x80000000, 0xffffffff, __asm__ volatile(op " %x0, %w1, %w2, %x1" : "=r"(r) : "r"(a), "r"(b)))
#define ONE(op, a_) \
    ROW(op " x", a_, 0, __asm__ volatile(op " %x0, %x1" : "=r"(r) : "r"(a ^ b)));   \
    ROW(op " w", a_, 0, __asm__ volatile(op " %w0, %w1" : "=r"(r) : "r"(a ^ b)))

static void wide_products(void) {
    unsigned __int128 factorial = 1;
    for (unsigned i = 2; i <= 34; i++) factorial *= i;
    print("34! = %016lx%016lx\n", (uint64_t)(factorial >> 64), (uint64_t)factorial);
    __int128 product = (__int128)INT64_MIN * INT64_MIN;
    print("INT64_MIN squared = %016lx%016lx\n", (uint64_t)(product >> 64), (uint64_t)product);
    product = (__int128)INT64_MIN * INT64_MAX;
    print("INT64_MIN * INT64_MAX = %016lx%016lx\n", (uint64_t)(product >> 64), (uint64_t)product);
    unsigned __int128 sum = (unsigned __int128)UINT64_MAX + UINT64_MAX;
    print("carry into the high half = %016lx%016lx\n", (uint64_t)(sum >> 64), (uint64_t)sum);
}

int main(void) {
    TWO("sdiv", INT64_MIN, -1);
    TWO("udiv", 12345, 0);
    TWO("sdiv", -7, 2);
    TWO("mul", 0xffffffff, 0xffffffff);
    TWO("lslv", 1, 65);
    TWO("lsrv", 0x8000000000000000, 63);
    TWO("asrv", 0x8000000080000000, 95);
    TWO("rorv", 0x0123456789abcdef, 36);
    TWO("bic", -1, 0x8000);
    TWO("orn", 0, 0x8000);
    TWO("eon", 0x7f, 0x80);
    ROW("umulh", -1, -1, __asm__ volatile("umulh %0, %1, %2" : "=r"(r) : "r"(a), "r"(b)));
    ROW("smulh", -1, -1, __asm__ volatile("smulh %0, %1, %2" : "=r"(r) : "r"(a), "r"(b)));
    LONG_THREE("smaddl");
    LONG_THREE("umaddl");
    LONG_THREE("smsubl");
    LONG_THREE("umsubl");
    FLAGS_TWO("adds", "x", INT64_MAX, 1);
    FLAGS_TWO("adds", "w", 0x7fffffff, 1);
    FLAGS_TWO("subs", "x", INT64_MIN, 1);
    FLAGS_TWO("subs", "w", 0x80000000, 1);
    FLAGS_TWO("ands", "x", INT64_MIN, -1);
    FLAGS_TWO("bics", "w", 0xffffffff, 0x7fffffff);
    CARRY_TWO("adcs", "x", "subs", -1, 0);
    CARRY_TWO("adcs", "w", "subs", 0xffffffff, 0xffffffff);
    CARRY_TWO("adcs", "x", "adds", -1, 1);
    CARRY_TWO("sbcs", "x", "subs", 0, 0);
    CARRY_TWO("sbcs", "x", "adds", 0, -1);
    CARRY_TWO("sbcs", "w", "adds", 0x80000000, 0);
    ROW("extr x", 1, 2, __asm__ volatile("extr %x0, %x1, %x2, #13" : "=r"(r) : "r"(a), "r"(b)));
    ROW("extr w", 1, 2, __asm__ volatile("extr %w0, %w1, %w2, #31" : "=r"(r) : "r"(a), "r"(b)));
    ROW("bfi x", -1, 0, __asm__ volatile("bfi %x0, %x1, #60, #4" : "+r"(r) : "r"(a)));
    ROW("bfxil w", -1, 0, __asm__ volatile("bfxil %w0, %w1, #7, #11" : "+r"(r) : "r"(a)));
    ROW("sbfx x", 0x8000, 0, __asm__ volatile("sbfx %x0, %x1, #15, #1" : "=r"(r) : "r"(a)));
    ROW("ubfiz w", -1, 0, __asm__ volatile("ubfiz %w0, %w1, #20, #12" : "=r"(r) : "r"(a)));
    ROW("add uxtb", 0, -1, __asm__ volatile("add %x0, %x1, %w2, uxtb #4" : "=r"(r) : "r"(a), "r"(b)));
    ROW("sub sxtw", 0, 0x80000000, __asm__ volatile("sub %x0, %x1, %w2, sxtw #1" : "=r"(r) : "r"(a), "r"(b)));
    ROW("adds w sxth", 0, 0x8000, __asm__ volatile("adds %w0, %w1, %w2, sxth" : "=r"(r) : "r"(a), "r"(b) : "cc"));
    ONE("clz", 1);
    ONE("cls", -1);
    ONE("rbit", 1);
    ONE("rev", 0x0123456789abcdef);
    ONE("rev16", 0x0123456789abcdef);
    ROW("rev32", 0x0123456789abcdef, 0, __asm__ volatile("rev32 %x0, %x1" : "=r"(r) : "r"(a ^ b)));
    wide_products();
    return 0;
}
