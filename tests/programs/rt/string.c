// The string functions that programs and the compiler ask for. Plain loops: the programs that measure or
// test memory accesses bring their own.
#include "rt.h"

void *memcpy(void *restrict to, const void *restrict from, size_t length) {
    char *t = to;
    const char *f = from;
    while (length >= 8) {
        uint64_t word;
        __builtin_memcpy(&word, f, 8);
        __builtin_memcpy(t, &word, 8);
        t += 8, f += 8, length -= 8;
    }
    while (length-- > 0) *t++ = *f++;
    return to;
}

void *memmove(void *to, const void *from, size_t length) {
    char *t = to;
    const char *f = from;
    if ((uintptr_t)t < (uintptr_t)f) {
        while (length-- > 0) *t++ = *f++;
    } else {
        while (length-- > 0) t[length] = f[length];
    }
    return to;
}

void *memset(void *to, int byte, size_t length) {
    char *t = to;
    uint64_t word = (uint8_t)byte * UINT64_C(0x0101010101010101);
    while (length >= 8) {
        __builtin_memcpy(t, &word, 8);
        t += 8, length -= 8;
    }
    while (length-- > 0) *t++ = (char)byte;
    return to;
}

int memcmp(const void *a, const void *b, size_t length) {
    const uint8_t *p = a, *q = b;
    for (size_t i = 0; i < length; i++) {
        if (p[i] != q[i]) return p[i] < q[i] ? -1 : 1;
    }
    return 0;
}

void *memchr(const void *bytes, int byte, size_t length) {
    const uint8_t *p = bytes;
    for (size_t i = 0; i < length; i++) {
        if (p[i] == (uint8_t)byte) return (void *)(p + i);
    }
    return NULL;
}

size_t strlen(const char *s) {
    const char *end = s;
    while (*end != 0) end++;
    return (size_t)(end - s);
}

int strncmp(const char *a, const char *b, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (a[i] != b[i]) return (uint8_t)a[i] < (uint8_t)b[i] ? -1 : 1;
        if (a[i] == 0) break;
    }
    return 0;
}

int strcmp(const char *a, const char *b) {
    return strncmp(a, b, SIZE_MAX);
}

char *strcpy(char *restrict to, const char *restrict from) {
    char *t = to;
    while ((*t++ = *from++) != 0) {}
    return to;
}

char *strcat(char *restrict to, const char *restrict from) {
    strcpy(to + strlen(to), from);
    return to;
}

char *strchr(const char *s, int c) {
    for (;; s++) {
        if (*s == (char)c) return (char *)s;
        if (*s == 0) return NULL;
    }
}

char *strrchr(const char *s, int c) {
    const char *last = NULL;
    for (;; s++) {
        if (*s == (char)c) last = s;
        if (*s == 0) return (char *)last;
    }
}

char *strstr(const char *s, const char *part) {
    size_t length = strlen(part);
    for (;; s++) {
        if (strncmp(s, part, length) == 0) return (char *)s;
        if (*s == 0) return NULL;
    }
}

long parse_number(const char *s) {
    bool negative = *s == '-';
    if (*s == '-' || *s == '+') s++;
    unsigned base = 10;
    if (s[0] == '0' && s[1] == 'x') {
        base = 16;
        s += 2;
    }
    unsigned long value = 0;
    for (;; s++) {
        unsigned digit = (uint8_t)*s - '0';
        if (base == 16 && *s >= 'a' && *s <= 'f') digit = (unsigned)(*s - 'a') + 10;
        if (digit >= base) break;
        value = value * base + digit;
    }
    return (long)(negative ? -value : value);
}
