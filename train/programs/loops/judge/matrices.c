// Matrices of integers and of residues, and shortest ways.
#include "rt.h"
enum { N = 40, BIG = 64 };
typedef int32_t Matrix[N][N];
static Matrix a, b, c;
static uint64_t far[BIG][BIG];
static uint32_t flat[BIG * BIG];

// Its elements one after the other.
static int32_t *cells(Matrix m) {
    return (int32_t *)m;
}
static void identity(Matrix m) {
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) m[i][j] = i == j;
}
static void multiply(Matrix to, Matrix x, Matrix y) {
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            int32_t sum = 0;
            for (int k = 0; k < N; k++) sum += x[i][k] * y[k][j];
            to[i][j] = sum;
        }
}
static void multiply_rows(Matrix to, Matrix x, Matrix y) {
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) to[i][j] = 0;
        for (int k = 0; k < N; k++)
            for (int j = 0; j < N; j++) to[i][j] += x[i][k] * y[k][j];
    }
}
static void transpose(Matrix m) {
    for (int i = 0; i < N; i++)
        for (int j = 0; j < i; j++) {
            int32_t t = m[i][j];
            m[i][j] = m[j][i], m[j][i] = t;
        }
}
static int32_t trace(Matrix m) {
    int32_t sum = 0;
    for (int i = 0; i < N; i++) sum += m[i][i];
    return sum;
}
static void add(int32_t *to, const int32_t *x) {
    for (int i = 0; i < N * N; i++) to[i] += x[i];
}
static void copy(int32_t *restrict to, const int32_t *restrict from) {
    for (int i = 0; i < N * N; i++) to[i] = from[i];
}
static void zero(uint32_t *m, size_t n) {
    for (size_t i = 0; i < n; i++) m[i] = 0;
}
static void set_diagonal(uint32_t *m, size_t n, uint32_t value) {
    for (size_t i = 0; i < n * n; i += n + 1) m[i] = value;
}
static void shortest(void) {
    for (int k = 0; k < BIG; k++)
        for (int i = 0; i < BIG; i++)
            for (int j = 0; j < BIG; j++)
                if (far[i][k] + far[k][j] < far[i][j]) far[i][j] = far[i][k] + far[k][j];
}
static void unreachable(void) {
    uint64_t *p = (uint64_t *)far;
    for (int i = 0; i < BIG * BIG; i++) *p++ = 1ull << 40;
}
static int64_t sum(const int32_t *m, int n) {
    int64_t all = 0;
    for (int i = 0; i < n; i++) all += m[i];
    return all;
}
static uint64_t column_sum(int column) {
    uint64_t all = 0;
    for (int i = 0; i < BIG; i++) all += far[i][column];
    return all;
}
static int32_t row_most(const int32_t *row) {
    int32_t most = row[0];
    for (int j = 1; j < N; j++) most = row[j] > most ? row[j] : most;
    return most;
}
static uint32_t power(uint32_t base, uint32_t exponent, uint32_t modulus) {
    uint64_t result = 1, square = base;
    for (; exponent; exponent >>= 1) {
        if (exponent & 1) result = result * square % modulus;
        square = square * square % modulus;
    }
    return result;
}
static void eliminate(uint32_t p) {
    for (int k = 0; k < 20; k++) {
        uint32_t inverse = power(flat[k * 64 + k] | 1, p - 2, p);
        for (int i = k + 1; i < 20; i++) {
            uint64_t factor = (uint64_t)flat[i * 64 + k] * inverse % p;
            for (int j = k; j < 20; j++)
                flat[i * 64 + j] = (flat[i * 64 + j] + p - factor * flat[k * 64 + j] % p) % p;
        }
    }
}
static bool symmetric(Matrix m) {
    for (int i = 0; i < N; i++)
        for (int j = 0; j < i; j++)
            if (m[i][j] != m[j][i]) return false;
    return true;
}

int main(void) {
    uint64_t state = 5, h = HASH_START;
    for (int i = 0; i < N * N; i++) cells(a)[i] = (int32_t)(next_random(&state) % 100) - 50;
    identity(b), multiply(c, a, b), multiply_rows(b, a, c), transpose(b), add(cells(c), cells(b)), copy(cells(a), cells(c));
    h = hash_word(h, trace(a) + sum(cells(a), N * N) + symmetric(b));
    unreachable();
    for (int i = 0; i < 400; i++) far[next_random(&state) % BIG][next_random(&state) % BIG] = next_random(&state) % 100;
    shortest();
    zero(flat, COUNT(flat)), set_diagonal(flat, 64, 9);
    for (int i = 0; i < 20; i++)
        for (int j = 0; j < 20; j++) flat[i * 64 + j] = next_random(&state) % 10007;
    eliminate(10007);
    for (int i = 0; i < N; i++) h = hash_word(h, column_sum(i) + row_most(a[i]));
    print("%lx %x\n", h, flat[64 * 19 + 19]);
    return 0;
}
