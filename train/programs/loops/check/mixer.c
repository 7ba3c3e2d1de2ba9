// Sound: mixing, filters, meters. N scales its buffers.
#include "rt.h"
static int16_t left[N], right[N], both[2 * N];
static int32_t bus[N], delay[N];
static int ring_at;

static void silence(int16_t *s, unsigned n) {
    for (unsigned i = 0; i < n; i++) s[i] = 0;
}
static void dc(int32_t *s, int n, int32_t level) {
    int32_t *end = s + n;
    while (s < end) *s++ = level;
}
static void tone(int16_t *s, int n, int step) {
    int phase = 0;
    for (int i = 0; i < n; i++) s[i] = phase += step;
}
static void saw(int16_t *s, int n, int period) {
    for (int i = 0; i < n; i++) s[i] = i % period * 64;
}
static void mix(const int16_t *s, int gain) {
    for (int i = 0; i < N; i++) bus[i] += s[i] * gain >> 8;
}
static void clip(int16_t *to) {
    for (int i = 0; i < N; i++) to[i] = bus[i] > 32767 ? 32767 : bus[i] < -32768 ? -32768 : bus[i];
}
static void interleave(void) {
    for (int i = 0; i < N; i++) both[2 * i] = left[i], both[2 * i + 1] = right[i];
}
static void split(void) {
    const int16_t *p = both;
    for (int i = 0; i < N; i++) left[i] = *p++, right[i] = *p++;
}
static int peak(const int16_t *s, int n) {
    int most = 0;
    for (int i = 0; i < n; i++) {
        int size = s[i] < 0 ? -s[i] : s[i];
        if (size > most) most = size;
    }
    return most;
}
static int highest(const int16_t *s, int n) {
    int most = s[0];
    for (int i = 1; i < n; i++) most = s[i] > most ? s[i] : most;
    return most;
}
static int64_t power(const int16_t *s, int n) {
    int64_t sum = 0;
    while (n-- > 0) sum += *s * *s, s++;
    return sum;
}
static int32_t mean(const int32_t *s, int n) {
    int32_t sum = 0;
    for (int i = 0; i < n; i++) sum += s[i];
    return sum / n;
}
static void low_pass(int32_t *s, int n) {
    int32_t y = 0;
    for (int i = 0; i < n; i++) y += (s[i] - y) / 8, s[i] = y;
}
static void fir(int32_t *to, const int16_t *s, int n) {
    static const int8_t taps[8] = { 1, 3, 8, 12, 12, 8, 3, 1 };
    for (int i = 7; i < n; i++) {
        int32_t sum = 0;
        for (int k = 0; k < 8; k++) sum += taps[k] * s[i - k];
        to[i] = sum;
    }
}
static void echo(const int16_t *s, int n) {
    for (int i = 0; i < n; i++) {
        delay[ring_at] = delay[ring_at] / 2 + s[i];
        ring_at = ring_at + 1 == N ? 0 : ring_at + 1;
    }
}
static void keep(int32_t *restrict to, const int32_t *restrict from, size_t n) {
    while (n--) *to++ = *from++;
}
static int crossings(const int16_t *s, int n) {
    int count = 0;
    for (int i = 1; i < n; i++) count += (s[i] ^ s[i - 1]) < 0;
    return count;
}
static int onset(const int16_t *s, int n) {
    int i = 0;
    while (i < n && s[i] == 0) i++;
    return i;
}
static void decimate(int16_t *s, int n) {
    for (int i = 0; i < n / 4; i++) s[i] = s[4 * i];
}

int main(void) {
    uint64_t h = HASH_START;
    for (int r = 0; r <= 4000 / N; r++) {
        silence(left, N), silence(right, N), dc(bus, N, r);
        h = hash_word(h, onset(left, N));
        tone(left, N, 300), saw(right, N, 50), mix(left, 200), mix(right, 90), interleave(), clip(left), split();
        h = hash_word(h, peak(left, N) + highest(right, N) + power(left, N) + mean(bus, N) + crossings(left, N));
        low_pass(bus, N), fir(bus, right, N), echo(left, N), keep(bus, delay, N), decimate(left, N);
    }
    print("%lx\n", hash_word(h, bus[N / 2]));
    return 0;
}
