// The C library's string functions over all alignments, and up to the end of what is mapped.
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static uint64_t hash;

static void add(uint64_t value) {
    hash = (hash ^ value) * 0x9e3779b97f4a7c15;
}

static int order(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(void) {
    char *const pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(pages + 4096, 4096);
    char *const end = pages + 4096;
    for (int length = 0; length < 70; length++) {
        char *const s = end - length - 1;
        memset(s, 'a', length);
        s[length] = 0;
        add(strlen(s));
        add(strchr(s, 'b') != NULL);
        add((uint64_t)((char *)memchr(s, 0, length + 1) - s));
        add((uint64_t)(strrchr(s, 0) - s));
        add(strnlen(s, length / 2));
    }
    static char from[300], to[300];
    for (int i = 0; i < 300; i++) from[i] = i * 7;
    for (int offset = 0; offset < 18; offset++)
        for (int length = 0; length < 130; length += 1 + length / 9) {
            memset(to, offset, sizeof to);
            memcpy(to + offset, from + (offset * 5) % 16, length);
            memmove(to + offset + 3, to + offset, length);
            for (int i = 0; i < 300; i++) add(to[i]);
            add(memcmp(to + offset, from, length) > 0);
            add(strcmp("equal to the last byte, which is a", offset & 1 ? "equal to the last byte, which is b" : "equal") > 0);
        }
    printf("%016llx\n", (unsigned long long)hash);
    double values[200];
    for (int i = 0; i < 200; i++) values[i] = ((i * 7919) % 211) / 8.0 - 9;
    qsort(values, 200, sizeof *values, order);
    printf("%g %g %g\n", values[0], values[100], values[199]);
    jmp_buf back;
    volatile double kept = 2.5;
    if (setjmp(back) == 0) {
        kept *= 3;
        longjmp(back, 1);
    }
    printf("%g %s\n", kept, strstr("find the needle here", "needle"));
    return 0;
}
