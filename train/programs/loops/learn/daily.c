// What programs do all the time: lines, words, numbers as text, arrays that grow. N scales them.
#include "rt.h"
static char text[16 * N + 32], out[32 * N + 64], word[64];
static char *lines[N + 1];
static int counts[256], table[N], sorted[N];
static unsigned short shorts[4 * N];
static long longs[2 * N];
struct vector { int *data; int size, room; };

static int put_number(char *to, unsigned value) {
    char digits[12];
    int n = 0, at = 0;
    do digits[n++] = '0' + value % 10;
    while (value /= 10);
    while (n > 0) to[at++] = digits[--n];
    to[at] = 0;
    return at;
}
static unsigned get_number(const char *s) {
    unsigned value = 0;
    while (*s >= '0' && *s <= '9') value = value * 10 + (*s++ - '0');
    return value;
}
static int cut_lines(char *s) {
    int n = 0;
    while (*s && n < N) {
        lines[n++] = s;
        while (*s && *s != '\n') s++;
        if (*s) *s++ = 0;
    }
    return n;
}
static size_t line_bytes(int n) {
    size_t sum = 0;
    for (int i = 0; i < n; i++) sum += strlen(lines[i]);
    return sum;
}
static void rotate(char *s, int by) {
    for (; *s; s++)
        if (*s >= 'a' && *s <= 'z') *s = 'a' + (*s - 'a' + by) % 26;
}
static int get_word(const char **s) {
    int n = 0;
    while (**s == ' ') ++*s;
    while (**s && **s != ' ' && n < 63) word[n++] = *(*s)++;
    word[n] = 0;
    return n;
}
static int all_words(const char *s) {
    int n = 0;
    while (get_word(&s)) n++;
    return n;
}
static void append(struct vector *v, int value) {
    if (v->size == v->room) {
        int room = v->room ? v->room * 2 : 4;
        int *data = allocate(room * sizeof(int));
        for (int i = 0; i < v->size; i++) data[i] = v->data[i];
        if (v->data) release(v->data);
        v->data = data, v->room = room;
    }
    v->data[v->size++] = value;
}
static int grow(void) {
    struct vector v = { 0 };
    for (int i = 0; i < 4 * N; i++) append(&v, i);
    int sum = 0;
    for (int i = 0; i < v.size; i++) sum += v.data[i];
    release(v.data);
    return sum;
}
static void repeat(char *to, char c, int n) {
    char *end = to + n;
    while (to != end) *to++ = c;
    *to = 0;
}
static void pad(char *s, int from, int width) {
    for (; from < width; from++) s[from] = '.';
    s[width] = 0;
}
static char *join(char *to, const char *from) {
    while (*to) to++;
    while ((*to++ = *from++)) {}
    return to;
}
static int index_of(const char *s, char c) {
    for (int i = 0; s[i]; i++)
        if (s[i] == c) return i;
    return -1;
}
static int prefix(const char *a, const char *b) {
    int n = 0;
    while (a[n] && a[n] == b[n]) n++;
    return n;
}
static void turn_around(char *s) {
    char *e = s + strlen(s) - 1;
    while (s < e) {
        char c = *s;
        *s++ = *e, *e-- = c;
    }
}
static void letters(const char *s) {
    for (int i = 0; i < 256; i++) counts[i] = 0;
    for (; *s; s++) counts[(unsigned char)*s]++;
}
static void ladder(int *a, int n) {
    int *p = a;
    for (int i = 0; i < n; i++) *p++ = 3 * i + 1;
}
static void down(int *a, int n) {
    for (int i = n - 1; i >= 0; i--) a[i] = 0;
}
static void copy_back(int *to, const int *from, int n) {
    to += n, from += n;
    while (n--) *--to = *--from;
}
static void powers(long *a, int n) {
    long p = 1;
    for (int i = 0; i < n; i++) a[i] = p, p *= 3;
}
static void set_shorts(unsigned short value) {
    for (unsigned i = 0; i < 4 * N; i++) shorts[i] = value;
}
static unsigned sum_shorts(void) {
    unsigned sum = 0;
    for (unsigned short *p = shorts; p < shorts + 4 * N; p++) sum += *p;
    return sum;
}
static long maximum(const long *a, int n) {
    long most = a[0];
    for (int i = 1; i < n; i++)
        if (a[i] > most) most = a[i];
    return most;
}
static long difference(const long *a, int n) {
    long d = 0;
    for (const long *e = a + n; a < e; a++) d -= *a;
    return d;
}
static int negative(const long *a, int n) {
    int i = 0;
    for (; i < n; i++)
        if (a[i] < 0) break;
    return i;
}
static long both(const long *a, int n) {
    long sum = 0, all = 0;
    for (int i = 0; i < n; i++) sum += a[i], all |= a[i];
    return sum ^ all;
}
static int hanoi(int n, int from, int to) {
    return n == 0 ? 0 : hanoi(n - 1, from, 6 - from - to) + 1 + hanoi(n - 1, 6 - from - to, to);
}
static unsigned fibonacci(unsigned n) {
    unsigned a = 0, b = 1;
    while (n--) {
        unsigned t = a + b;
        a = b, b = t;
    }
    return a;
}
static int leap_years(int from, int to) {
    int n = 0;
    for (int y = from; y < to; y++) n += (y % 4 == 0 && y % 100) || y % 400 == 0;
    return n;
}
static int weigh(unsigned long bits) {
    int n = 0;
    for (; bits; bits >>= 1) n += bits & 1;
    return n;
}
static unsigned long spin(unsigned long n) {
    unsigned long i = 0;
    for (; i != n; i++) __asm__ volatile("" : "+r"(i));
    return i;
}
static int spin_down(int n) {
    int left = n, steps = 0;
    while (left > 0) {
        left -= 7, steps++;
        __asm__ volatile("" : "+r"(left), "+r"(steps));
    }
    return steps;
}
static unsigned square(unsigned n) {
    unsigned sum = 0;
    for (unsigned i = 0; i < n; i++) {
        sum += i;
        __asm__ volatile("" : "+r"(sum));
    }
    return sum;
}

int main(void) {
    uint64_t h = HASH_START;
    for (int r = 0; r <= 2000 / N; r++) {
        repeat(text, 'x', 16 * N), h = hash_word(h, index_of(text, 'y') + prefix(text, text + 1) + strlen(text));
        for (int i = 0; i < 16 * N; i++) text[i] = i % 37 == 36 ? '\n' : i % 7 ? 'a' + i % 23 : ' ';
        h = hash_word(h, all_words(text)), letters(text), rotate(text, 5), turn_around(text), pad(out, 9, 30 * N);
        out[8 * N] = 0, join(out, text);
        int n = cut_lines(text);
        h = hash_word(h, line_bytes(n) + grow() + counts['e']);
        for (int i = 0; i < N; i++) h += put_number(word, i * 977 + r) + get_number(word);
        ladder(table, N), copy_back(sorted, table, N), down(table, N), powers(longs, 2 * N), set_shorts(3);
        h = hash_word(h, sum_shorts() + maximum(longs, 2 * N) + difference(longs, 2 * N) + negative(longs, 2 * N) + both(longs, 2 * N));
        h = hash_word(h, hanoi(6, 1, 3) + fibonacci(r + 3 * N) + leap_years(1600, 1600 + N) + weigh(h) + spin(20 * N));
        h = hash_word(h, spin_down(60 * N) + square(9 * N) + sorted[N / 2]);
    }
    print("%lx\n", h);
    return 0;
}
