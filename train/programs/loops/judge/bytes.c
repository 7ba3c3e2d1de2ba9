// The functions of string.h, in the several ways in which libraries write them.
#include "rt.h"
static char one[9000], two[9000], three[9000];

static void *set_bytes(void *s, int c, size_t n) {
    unsigned char *p = s;
    for (; n; n--) *p++ = c;
    return s;
}

static void *set_words(void *s, int c, size_t n) {
    uint64_t *w = s, pattern = 0x0101010101010101u * (unsigned char)c;
    for (; n >= 32; n -= 32, w += 4) w[0] = w[1] = w[2] = w[3] = pattern;
    unsigned char *p = (unsigned char *)w;
    while (n--) *p++ = c;
    return s;
}

static void *copy_forward(void *restrict d, const void *restrict s, size_t n) {
    char *a = d;
    const char *b = s;
    for (; n; n--) *a++ = *b++;
    return d;
}

static void *copy_words(void *restrict d, const void *restrict s, size_t n) {
    uint64_t *a = d;
    const uint64_t *b = s;
    for (size_t i = 0; i < n / 8; i++) a[i] = b[i];
    return d;
}

static void *move_bytes(void *d, const void *s, size_t n) {
    char *a = d;
    const char *b = s;
    if (a < b)
        while (n--) *a++ = *b++;
    else
        while (n--) a[n] = b[n];
    return d;
}

static size_t length(const char *s) {
    const char *p = s;
    for (; *p; p++) {}
    return p - s;
}

static size_t length_at_most(const char *s, size_t n) {
    size_t i;
    for (i = 0; i < n && s[i]; i++) {}
    return i;
}

static int compare(const char *a, const char *b) {
    for (; *a == *b && *a; a++, b++) {}
    return *(unsigned char *)a - *(unsigned char *)b;
}

static int compare_bytes(const void *a, const void *b, size_t n) {
    const unsigned char *l = a, *r = b;
    for (; n && *l == *r; n--, l++, r++) {}
    return n ? *l - *r : 0;
}

static char *find(const char *s, int c) {
    while (*s && *s != (char)c) s++;
    return *s == (char)c ? (char *)s : NULL;
}

static void *find_byte(const void *s, int c, size_t n) {
    const unsigned char *p = s;
    for (; n && *p != (unsigned char)c; p++, n--) {}
    return n ? (void *)p : NULL;
}

static void *find_last(const void *s, int c, size_t n) {
    const unsigned char *p = s;
    while (n--)
        if (p[n] == (unsigned char)c) return (void *)(p + n);
    return NULL;
}

static char *copy_string(char *restrict d, const char *restrict s) {
    char *start = d;
    for (; (*d = *s); s++, d++) {}
    return start;
}

static char *copy_at_most(char *restrict d, const char *restrict s, size_t n) {
    char *start = d;
    for (; n && (*d = *s); n--, s++, d++) {}
    set_bytes(d, 0, n);
    return start;
}

static size_t span(const char *s, const char *accept) {
    const char *p = s;
    for (; *p && find(accept, *p); p++) {}
    return p - s;
}

static int compare_letters(const char *a, const char *b) {
    for (;; a++, b++) {
        int l = *a >= 'A' && *a <= 'Z' ? *a + 32 : *a, r = *b >= 'A' && *b <= 'Z' ? *b + 32 : *b;
        if (l != r || !l) return l - r;
    }
}

static void swap_bytes(char *a, char *b, size_t n) {
    while (n--) {
        char c = *a;
        *a++ = *b;
        *b++ = c;
    }
}

static char *find_text(const char *s, const char *part) {
    for (; *s; s++) {
        const char *a = s, *b = part;
        while (*b && *a == *b) a++, b++;
        if (!*b) return (char *)s;
    }
    return NULL;
}

int main(void) {
    uint64_t h = HASH_START;
    set_bytes(one, 'a', 8999), set_words(two, 'a', 8992), copy_forward(three, one, 7000), copy_words(three, two, 8000);
    h = hash_word(h, length(one) + length_at_most(two, 5000) + compare(one, two) + compare_bytes(one, three, 6000));
    h = hash_word(h, !find(one, 'b') + !find_byte(two, 'z', 8000) + !find_last(three, 'q', 7777));
    move_bytes(one + 8, one, 6000), move_bytes(two, two + 100, 5000), copy_string(three, one);
    copy_at_most(two, one + 4000, 8500);
    h = hash_word(h, span(one, "xyza") + compare_letters(one, three) + !find_text(two, "aab"));
    swap_bytes(one, two, 4000);
    for (int i = 0; i < 300; i++) {
        // Words, which is what such functions mostly get.
        size_t n = 3 + i % 20;
        set_bytes(one + 64 * (i % 30), 'k' + i % 7, n), copy_forward(two + n, one, n + 2), one[n + 9] = 0;
        h = hash_word(h, length(one + i) + compare(one + 3, two + 3) + (find(two, 'm') != NULL));
    }
    print("%lx %lx\n", h, hash_word(h, (uint64_t)one[100] + two[100]));
    return 0;
}
