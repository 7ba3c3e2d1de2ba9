// Executes floating-point instructions, each alone, on an AArch64 Linux, real or qemu-aarch64.
//
// Input, little-endian words of 64 bits: how many instruction words, these, then cases:
//   case    = index of the word | FPCR << 32, a, b, c
//   outcome = D3, X3, FPSR | NZCV << 32
// a is in D0 and X0, b in D1, c in D2 and D3.

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

enum { MOST = 4096 };

int main(void) {
    uint32_t *code = mmap(0, MOST * 8, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uint64_t count, word, in[4], out[3];
    if (code == MAP_FAILED || fread(&count, 8, 1, stdin) != 1 || count > MOST) return 1;
    for (uint64_t i = 0; i < count; i++) {
        if (fread(&word, 8, 1, stdin) != 1) return 1;
        code[2 * i] = word;
        code[2 * i + 1] = 0xd65f03c0; // ret
    }
    __builtin___clear_cache((char *)code, (char *)(code + 2 * count));
    while (fread(in, sizeof in, 1, stdin) == 1) {
        if ((uint32_t)in[0] >= count) return 1;
        register uint64_t x0 __asm__("x0") = in[1];
        register uint64_t x3 __asm__("x3") = 0;
        register uint64_t x4 __asm__("x4") = in[0] >> 32;
        register uint32_t *x5 __asm__("x5") = code + 2 * (uint32_t)in[0];
        register uint64_t x6 __asm__("x6") = in[2];
        register uint64_t x7 __asm__("x7") = in[3];
        __asm__ volatile(
            "msr fpsr, xzr\n"
            "msr fpcr, x4\n"
            "fmov d0, x0\n"
            "fmov d1, x6\n"
            "fmov d2, x7\n"
            "fmov d3, x7\n"
            "cmp xzr, xzr\n"
            "blr x5\n"
            "mrs x6, nzcv\n"
            "mrs x7, fpsr\n"
            "msr fpcr, xzr\n"
            "fmov x4, d3\n"
            : "+r"(x0), "+r"(x3), "+r"(x4), "+r"(x5), "+r"(x6), "+r"(x7)
            :
            : "v0", "v1", "v2", "v3", "x30", "cc", "memory");
        out[0] = x4;
        out[1] = x3;
        out[2] = (x7 & 0xffffffff) | (x6 >> 28) << 32;
        if (fwrite(out, sizeof out, 1, stdout) != 1) return 1;
    }
    return fflush(stdout) != 0;
}
