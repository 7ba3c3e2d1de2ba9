// Matrices of integers: products in two loop orders, transposition, a determinant modulo a prime, and Fibonacci
// numbers by powers of a matrix.
#include "rt.h"

enum { N = 16, PRIME = 1000003 };

typedef int32_t matrix[N][N];

static void multiply(matrix c, matrix a, matrix b) {
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            int32_t sum = 0;
            for (int k = 0; k < N; k++) sum += a[i][k] * b[k][j];
            c[i][j] = sum;
        }
    }
}

static void multiply_by_rows(matrix c, matrix a, matrix b) {
    memset(c, 0, sizeof(matrix));
    for (int i = 0; i < N; i++) {
        for (int k = 0; k < N; k++) {
            for (int j = 0; j < N; j++) c[i][j] += a[i][k] * b[k][j];
        }
    }
}

static int64_t power(int64_t base, int64_t exponent) {
    int64_t result = 1;
    for (; exponent > 0; exponent >>= 1) {
        if (exponent & 1) result = result * base % PRIME;
        base = base * base % PRIME;
    }
    return result;
}

static int64_t determinant(matrix a) {
    int64_t result = 1;
    for (int i = 0; i < N; i++) {
        int pivot = i;
        while (pivot < N && a[pivot][i] == 0) pivot++;
        if (pivot == N) return 0;
        for (int j = 0; j < N && pivot != i; j++) {
            int32_t t = a[i][j];
            a[i][j] = a[pivot][j];
            a[pivot][j] = t;
        }
        if (pivot != i) result = PRIME - result;
        result = result * a[i][i] % PRIME;
        int64_t inverse = power(a[i][i], PRIME - 2);
        for (int r = i + 1; r < N; r++) {
            int64_t factor = a[r][i] * inverse % PRIME;
            for (int j = i; j < N; j++) {
                int64_t value = (a[r][j] - factor * a[i][j]) % PRIME;
                a[r][j] = (int32_t)(value < 0 ? value + PRIME : value);
            }
        }
    }
    return result;
}

static void multiply_two(uint64_t a[4], const uint64_t b[4]) {
    uint64_t c[4] = {a[0] * b[0] + a[1] * b[2], a[0] * b[1] + a[1] * b[3], a[2] * b[0] + a[3] * b[2], a[2] * b[1] + a[3] * b[3]};
    memcpy(a, c, sizeof c);
}

int main(void) {
    static matrix a, b, c, d;
    uint64_t seed = 5;
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            a[i][j] = (int32_t)(next_random(&seed) % 200) - 100;
            b[i][j] = (int32_t)(next_random(&seed) % 200) - 100;
        }
    }
    multiply(c, a, b);
    multiply_by_rows(d, a, b);
    print("both orders %s\n", memcmp(c, d, sizeof c) == 0 ? "agree" : "differ");
    int64_t trace = 0;
    for (int i = 0; i < N; i++) trace += c[i][i];
    print("trace %ld, corners %d %d %d %d\n", trace, c[0][0], c[0][N - 1], c[N - 1][0], c[N - 1][N - 1]);
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) d[j][i] = (a[i][j] + PRIME) % PRIME;
        for (int j = 0; j < N; j++) c[i][j] = (a[i][j] + PRIME) % PRIME;
    }
    print("determinant %ld, transposed %ld\n", determinant(c), determinant(d));

    uint64_t result[4] = {1, 0, 0, 1}, base[4] = {1, 1, 1, 0};
    for (unsigned n = 93; n > 0; n >>= 1) {
        if (n & 1) multiply_two(result, base);
        multiply_two(base, base);
    }
    print("fibonacci(93) = %lu\n", result[1]);
    return 0;
}
