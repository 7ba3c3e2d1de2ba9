// Code made at run time: instructions written to a page, made visible, called, changed, and called again.
#include "rt.h"

typedef uint64_t function(uint64_t, uint64_t);

static void synchronize(const void *start, size_t length) {
    uint64_t ctr;
    __asm__ volatile("mrs %0, ctr_el0" : "=r"(ctr));
    uintptr_t data_line = (uintptr_t)4 << (ctr >> 16 & 15), code_line = (uintptr_t)4 << (ctr & 15);
    uintptr_t from = (uintptr_t)start, to = from + length;
    for (uintptr_t a = from & -data_line; a < to; a += data_line) __asm__ volatile("dc cvau, %0" : : "r"(a) : "memory");
    __asm__ volatile("dsb ish" : : : "memory");
    for (uintptr_t a = from & -code_line; a < to; a += code_line) __asm__ volatile("ic ivau, %0" : : "r"(a) : "memory");
    __asm__ volatile("dsb ish\n\tisb" : : : "memory");
}

int main(void) {
    enum { PAGE = 4096, RET = 0xd65f03c0 };
    uint32_t *page = (uint32_t *)syscall(SYS_mmap, 0, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if ((unsigned long)page > -4096UL) return 1;
    function *f = (function *)page;

    // ADD, SUB, AND, ORR, EOR, UDIV, SDIV, LSLV, MUL and UMULH of X0 and X1, all in the same place.
    static const uint32_t words[] = {0x8b010000, 0xcb010000, 0x8a010000, 0xaa010000, 0xca010000,
                                     0x9ac10800, 0x9ac10c00, 0x9ac12000, 0x9b017c00, 0x9bc17c00};
    page[1] = RET;
    for (size_t i = 0; i < COUNT(words); i++) {
        page[0] = words[i];
        synchronize(page, 8);
        print("%lx ", f(0xfedcba9876543210, 19));
    }
    print("\n");

    // A polynomial by Horner: MOVZ and MOVK for each coefficient, MADD for each step.
    static const uint32_t coefficients[] = {7, 100000, 65536, 12};
    uint32_t *at = page;
    *at++ = 0xaa0003e2; // mov x2, x0
    *at++ = 0xd2800000; // mov x0, #0
    for (size_t i = 0; i < COUNT(coefficients); i++) {
        *at++ = 0xd2800003 | (coefficients[i] & 0xffff) << 5; // movz x3, #low
        *at++ = 0xf2a00003 | (coefficients[i] >> 16) << 5;    // movk x3, #high, lsl #16
        *at++ = 0x9b020c00;                                   // madd x0, x0, x2, x3
    }
    *at++ = RET;
    synchronize(page, (size_t)((char *)at - (char *)page));
    print("%lu %lu %lu\n", f(1, 0), f(10, 0), f(1000, 0));

    // The page may lose its write permission and still run.
    if (syscall(SYS_mprotect, page, PAGE, PROT_READ | PROT_EXEC) != 0) return 2;
    print("%lu\n", f(2, 0));
    return 0;
}
