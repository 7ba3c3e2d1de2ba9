// Loops that people run: bodies under gravity, a fractal, products of matrices, a Fourier transform, the spectral norm.
#include <complex.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static uint64_t hash;

static void add(double d) {
    uint64_t bits;
    memcpy(&bits, &d, 8);
    hash = (hash ^ bits) * 0x9e3779b97f4a7c15;
}

static void say(const char *what) {
    printf("%s %016llx\n", what, (unsigned long long)hash);
    hash = 0;
}

static void bodies(void) {
    double x[3][3] = {{0, 0, 0}, {4.84, -1.16, -.1}, {8.34, 4.12, -.4}}, v[3][3] = {{0}, {.6, 2.8, -.02}, {-1, 1.8, .008}};
    const double m[3] = {39.47, .037, .011};
    for (int step = 0; step < 30; step++)
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++) {
                if (i == j) continue;
                double d[3], square = 0;
                for (int k = 0; k < 3; k++) d[k] = x[j][k] - x[i][k], square += d[k] * d[k];
                for (int k = 0; k < 3; k++) v[i][k] += .01 * m[j] * d[k] / (square * sqrt(square)), x[i][k] += .01 * v[i][k];
            }
    for (int i = 0; i < 9; i++) add(x[i / 3][i % 3]);
    say("bodies");
}

static void fractal(void) {
    for (int y = 0; y < 12; y++)
        for (int x = 0; x < 16; x++) {
            float re = 0, im = 0;
            double complex z = 0;
            int i = 0, j = 0;
            for (; i < 40 && re * re + im * im < 4; i++) {
                const float next = re * re - im * im + x * .2f - 2.2f;
                im = 2 * re * im + y * .2f - 1.1f;
                re = next;
            }
            for (; j < 10 && cabs(z) < 2; j++) z = z * z + (x * .2 - 2.2) + (y * .2 - 1.1) * I;
            add(i * 100 + j);
        }
    say("fractal");
}

#define PRODUCT(type, name) static void name(void) { \
        static type a[17][17], b[17][17], c[17][17]; \
        for (int i = 0; i < 17; i++) \
            for (int j = 0; j < 17; j++) a[i][j] = (type)(i * 3 + j) / 7, b[i][j] = (type)(i - j) / 5; \
        for (int i = 0; i < 17; i++) \
            for (int k = 0; k < 17; k++) \
                for (int j = 0; j < 17; j++) c[i][j] += a[i][k] * b[k][j]; \
        for (int i = 0; i < 17; i++) \
            for (int j = 0; j < 17; j++) add(c[i][j]); \
        say(#name); \
    }
PRODUCT(float, product_f32)
PRODUCT(double, product_f64)
PRODUCT(int16_t, product_i16)
PRODUCT(uint8_t, product_u8)

static void transform(void) {
    double complex z[64];
    for (int i = 0; i < 64; i++) z[i] = i % 7 - 3 + I * (i % 5);
    for (int i = 1, j = 0; i < 64; i++) {
        int bit = 32;
        for (; j & bit; bit >>= 1) j ^= bit;
        j ^= bit;
        if (i < j) {
            const double complex t = z[i];
            z[i] = z[j];
            z[j] = t;
        }
    }
    for (int size = 2; size <= 64; size *= 2)
        for (int start = 0; start < 64; start += size)
            for (int k = 0; k < size / 2; k++) {
                const double complex t = cexp(-2 * I * M_PI * k / size) * z[start + k + size / 2];
                z[start + k + size / 2] = z[start + k] - t;
                z[start + k] += t;
            }
    for (int i = 0; i < 64; i++) add(creal(z[i])), add(cimag(z[i]));
    say("transform");
}

static void norm(void) {
    double u[24], v[24];
    for (int i = 0; i < 24; i++) u[i] = 1;
    for (int round = 0; round < 4; round++) {
        for (int i = 0; i < 24; i++) {
            v[i] = 0;
            for (int j = 0; j < 24; j++) v[i] += u[j] / ((i + j) * (i + j + 1) / 2 + i + 1);
        }
        memcpy(u, v, sizeof u);
    }
    for (int i = 0; i < 24; i++) add(u[i]);
    say("norm");
}

int main(void) {
    bodies();
    fractal();
    product_f32();
    product_f64();
    product_i16();
    product_u8();
    transform();
    norm();
    return 0;
}
