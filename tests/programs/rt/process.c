// The system call, the end of the process, and the numbers that tests are made of.
#include "rt.h"

long syscall6(long number, long a, long b, long c, long d, long e, long f) {
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory", "cc");
    return x0;
}

_Noreturn void quit(int status) {
    flush();
    for (;;) syscall(SYS_exit_group, status);
}

uint32_t next_random(uint64_t *state) {
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 32);
}

uint64_t hash_word(uint64_t hash, uint64_t word) {
    for (int i = 0; i < 8; i++) {
        hash = (hash ^ (word >> (8 * i) & 0xff)) * UINT64_C(0x100000001b3);
    }
    return hash;
}
