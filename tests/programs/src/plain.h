// What keeps programs that are linked with musl free of SIMD: musl's memset stores SIMD registers, its printf copies
// argument lists through them. The linker takes this memset and leaves the library's out.
#pragma once
#include <stddef.h>
#include <stdio.h>

void *memset(void *to, int byte, size_t length) {
    char *t = to;
    while (length-- > 0) *t++ = (char)byte;
    return to;
}

static void put_number(long number) {
    unsigned long value = number < 0 ? -(unsigned long)number : (unsigned long)number;
    char digits[24], *first = digits + sizeof digits;
    *--first = 0;
    do *--first = (char)('0' + value % 10);
    while ((value /= 10) != 0);
    if (number < 0) *--first = '-';
    fputs(first, stdout);
}
