// Arithmetic on vectors of integers.
#include "rt.h"
enum { N = 4000 };
static int32_t a[N], b[N], c[N];
static int64_t wide[N], sums[N + 1];
static uint16_t small[N];

static void iota(int32_t *v, int n, int start) {
    for (int i = 0; i < n; i++) v[i] = start + i;
}
static void fill(int64_t *v, size_t n, int64_t value) {
    for (size_t i = 0; i != n; ++i) v[i] = value;
}
static void axpy(int32_t *restrict y, const int32_t *restrict x, int32_t k, int n) {
    for (int i = 0; i < n; i++) y[i] += k * x[i];
}
static void add(int32_t *restrict z, const int32_t *restrict x, const int32_t *restrict y, int n) {
    for (int i = 0; i < n; i++) z[i] = x[i] + y[i];
}
static int64_t dot(const int32_t *x, const int32_t *y, int n) {
    int64_t sum = 0;
    for (int i = 0; i < n; i++) sum += (int64_t)x[i] * y[i];
    return sum;
}
static int64_t sum_all(const int64_t *v, int n) {
    int64_t sum = 0;
    for (int i = 0; i < n; i++) sum += v[i];
    return sum;
}
static int32_t sum_narrow(const int32_t *v, int n) {
    int32_t sum = 0;
    while (n-- > 0) sum += *v++;
    return sum;
}
static int32_t smallest(const int32_t *v, size_t n) {
    int32_t least = v[0];
    for (size_t i = 1; i < n; i++) least = v[i] < least ? v[i] : least;
    return least;
}
static uint16_t largest(const uint16_t *v, size_t n) {
    uint16_t most = v[0];
    for (size_t i = 1; i < n; i++) most = v[i] > most ? v[i] : most;
    return most;
}
static size_t where_largest(const int32_t *v, size_t n) {
    size_t at = 0;
    for (size_t i = 1; i < n; i++)
        if (v[i] > v[at]) at = i;
    return at;
}
static void prefix(const int64_t *v, size_t n) {
    for (size_t i = 0; i < n; i++) sums[i + 1] = sums[i] + v[i];
}
static void prefix_in_register(int64_t *v, size_t n) {
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++) v[i] = sum += v[i];
}
static void reverse(int32_t *v, int n) {
    for (int i = 0, j = n - 1; i < j; i++, j--) {
        int32_t t = v[i];
        v[i] = v[j], v[j] = t;
    }
}
static void scale(int32_t *v, int n, int by) {
    for (int32_t *p = v, *end = v + n; p < end; p++) *p *= by;
}
static void absolute(int32_t *v, int n) {
    for (int i = 0; i < n; i++)
        if (v[i] < 0) v[i] = -v[i];
}
static int positive(const int32_t *v, int n) {
    int count = 0;
    for (int i = 0; i < n; i++) count += v[i] > 0;
    return count;
}
static void widen(int64_t *restrict to, const int32_t *restrict from, int n) {
    for (int i = 0; i < n; i++) to[i] = from[i];
}
static void narrow(uint16_t *restrict to, const int32_t *restrict from, int n) {
    for (int i = 0; i < n; i++) to[i] = (uint16_t)from[i];
}
static void copy_down(int64_t *v, int n) {
    for (int i = 0; i < n - 1; i++) v[i] = v[i + 1];
}
static void copy_up(int64_t *v, int n) {
    for (int i = n - 1; i > 0; i--) v[i] = v[i - 1];
}
static void every_other(int32_t *restrict to, const int32_t *restrict from, int n) {
    for (int i = 0; i < n / 2; i++) to[i] = from[2 * i];
}
static void convolve(int n) {
    for (int i = 2; i < n - 2; i++) c[i] = a[i - 2] + 4 * a[i - 1] + 6 * a[i] + 4 * a[i + 1] + a[i + 2];
}
static bool sorted(const int32_t *v, int n) {
    for (int i = 1; i < n; i++)
        if (v[i] < v[i - 1]) return false;
    return true;
}
static bool equal(const int64_t *x, const int64_t *y, int n) {
    int i = 0;
    while (i < n && x[i] == y[i]) i++;
    return i == n;
}
static int find(const int32_t *v, int n, int32_t value) {
    for (int i = 0; i < n; i++)
        if (v[i] == value) return i;
    return -1;
}
static uint64_t triangle(uint64_t n) {
    uint64_t sum = 0;
    for (uint64_t i = 1; i <= n; i++) {
        // As if somebody looked at it each time.
        __asm__ volatile("" : "+r"(sum));
        sum += i;
    }
    return sum;
}

int main(void) {
    uint64_t h = HASH_START;
    iota(a, N, -100), iota(b, N, 7), fill(wide, N, 5), axpy(a, b, 3, N), add(c, a, b, N);
    h = hash_word(h, dot(a, c, N) + sum_all(wide, N) + sum_narrow(a, N) + smallest(b, N) + where_largest(c, N));
    prefix(wide, N), prefix_in_register(wide, N), reverse(a, N), scale(b, N, 3), absolute(a, N), narrow(small, b, N);
    h = hash_word(h, positive(a, N) + largest(small, N) + sorted(b, N) + find(b, N, -5) + triangle(9000));
    widen(wide, a, N), copy_down(wide, N), copy_up(sums, N), every_other(c, a, N), convolve(N);
    fill(wide, N, 1), fill(sums, N, 1);
    h = hash_word(h, equal(wide, sums, N) + c[77] + wide[10]);
    for (int i = 0; i < 100; i++) axpy(c + i, b, 2, 16), h = hash_word(h, sum_all(wide + i, 12) + dot(a + i, b, 8));
    print("%lx\n", h);
    return 0;
}
