// Dynamic programming, graphs, and text that is compressed. N scales them.
#include "rt.h"
enum { SIDE = N < 200 ? N : 200 };
static int32_t cost[SIDE + 1][SIDE + 1], best[N + 1], gains[N];
static uint8_t text[8 * N + 16], packed[16 * N + 64], other[8 * N + 16];
static uint16_t edges[N][4], distance[N], queue[N];
static uint32_t frequency[256], parent[N], order[N];
static int64_t long_sums[N];

static int edit_distance(const uint8_t *a, const uint8_t *b) {
    for (int i = 0; i <= SIDE; i++) cost[i][0] = i;
    for (int j = 0; j <= SIDE; j++) cost[0][j] = j;
    for (int i = 1; i <= SIDE; i++)
        for (int j = 1; j <= SIDE; j++) {
            int least = cost[i - 1][j - 1] + (a[i] != b[j]);
            if (cost[i - 1][j] + 1 < least) least = cost[i - 1][j] + 1;
            if (cost[i][j - 1] + 1 < least) least = cost[i][j - 1] + 1;
            cost[i][j] = least;
        }
    return cost[SIDE][SIDE];
}
static int knapsack(int items) {
    for (int w = 0; w <= N; w++) best[w] = 0;
    for (int i = 0; i < items; i++)
        for (int w = N; w >= i + 3; w--)
            if (best[w - i - 3] + gains[i % N] > best[w]) best[w] = best[w - i - 3] + gains[i % N];
    return best[N];
}
static uint64_t ways(int coin) {
    for (int i = 0; i < N; i++) long_sums[i] = 1;
    for (int i = coin; i < N; i++) long_sums[i] += long_sums[i - coin];
    return long_sums[N - 1];
}
static void connect(uint64_t *state) {
    for (int i = 0; i < N; i++)
        for (int k = 0; k < 4; k++) edges[i][k] = next_random(state) % N;
}
static int breadth_first(void) {
    int head = 0, tail = 0, seen = 0;
    for (int i = 0; i < N; i++) distance[i] = 0xffff;
    queue[tail++] = 0, distance[0] = 0;
    while (head < tail) {
        int at = queue[head++];
        seen++;
        for (int k = 0; k < 4; k++) {
            int to = edges[at][k];
            if (distance[to] == 0xffff) distance[to] = distance[at] + 1, queue[tail++] = to;
        }
    }
    return seen;
}
static void alone(void) {
    for (uint32_t i = 0; i < N; i++) parent[i] = i;
}
static uint32_t root(uint32_t i) {
    while (parent[i] != i) i = parent[i];
    return i;
}
static void join(void) {
    for (int i = 0; i < N; i++) parent[root(i)] = root(edges[i][0]);
}
static int farthest(void) {
    int most = 0;
    for (int i = 0; i < N; i++)
        if (distance[i] != 0xffff && distance[i] > most) most = distance[i];
    return most;
}
static uint16_t far(const uint16_t *p, const uint16_t *end) {
    uint16_t most = 0;
    for (; p != end; p++) most = *p > most ? *p : most;
    return most;
}
static int run_lengths(uint8_t *to, const uint8_t *from, int n) {
    int used = 0;
    for (int i = 0; i < n;) {
        int run = 1;
        while (i + run < n && run < 255 && from[i + run] == from[i]) run++;
        to[used++] = run, to[used++] = from[i];
        i += run;
    }
    return used;
}
static int expand(uint8_t *to, const uint8_t *from, int n) {
    uint8_t *start = to;
    for (const uint8_t *end = from + n; from < end; from += 2)
        for (int k = from[0]; k > 0; k--) *to++ = from[1];
    return to - start;
}
static void count(const uint8_t *p, int n) {
    for (int i = 0; i < 256; i++) frequency[i] = 0;
    while (n-- > 0) frequency[*p++]++;
}
static int lz_match(const uint8_t *a, const uint8_t *b, int most) {
    int n = 0;
    while (n < most && a[n] == b[n]) n++;
    return n;
}
static int lz(uint8_t *to, const uint8_t *from, int n) {
    int used = 0;
    for (int i = 0; i < n && used < 16 * N;) {
        int longest = 0, where = 0;
        for (int back = 1; back <= 16 && back <= i; back++) {
            int length = lz_match(from + i, from + i - back, n - i < 200 ? n - i : 200);
            if (length > longest) longest = length, where = back;
        }
        if (longest > 2) to[used++] = 0x80 | where, to[used++] = longest, i += longest;
        else to[used++] = from[i++];
    }
    return used;
}
static void front(const uint8_t *from, uint8_t *to, int n) {
    uint8_t letters[256];
    for (int i = 0; i < 256; i++) letters[i] = i;
    for (int i = 0; i < n; i++) {
        int at = 0;
        while (letters[at] != from[i]) at++;
        to[i] = at;
        for (; at > 0; at--) letters[at] = letters[at - 1];
        letters[0] = from[i];
    }
}
static void differences(uint8_t *p, int n) {
    for (int i = n - 1; i > 0; i--) p[i] -= p[i - 1];
}
static void first_numbers(uint32_t *p, uint32_t n) {
    uint32_t *end = p + n;
    for (uint32_t value = 0; p < end; value++) *p++ = value;
}
static void blank(uint8_t *p, int n) {
    int i;
    for (i = 0; i < n - 7; i += 8) *(uint64_t *)(p + i) = 0x2020202020202020u;
    for (; i < n; i++) p[i] = ' ';
}
static int letters(const uint8_t *p) {
    int n = 0;
    for (; *p; ++p) n += *p >= 'a' && *p <= 'z';
    return n;
}
static const uint8_t *not_blank(const uint8_t *p) {
    for (; *p == ' '; p++) {}
    return p;
}
static bool palindrome(const uint8_t *p, int n) {
    for (int i = 0, j = n - 1; i < j; i++, j--)
        if (p[i] != p[j]) return false;
    return true;
}
static int64_t total(const int64_t *p, unsigned n) {
    int64_t sum = 0;
    for (unsigned i = 0; i < n; i++) sum += p[i];
    return sum;
}
static uint32_t low_gain(void) {
    int32_t least = gains[0];
    for (int i = 1; i < N; i++)
        if (gains[i] < least) least = gains[i];
    return least;
}
static void set_gains(int32_t value) {
    int n = N;
    while (n > 0) gains[--n] = value;
}

int main(void) {
    uint64_t state = 9, h = HASH_START;
    for (int r = 0; r <= 1500 / N; r++) {
        blank(text, 8 * N), h = hash_word(h, not_blank(text) - text + palindrome(text, 8 * N)), set_gains(4);
        for (int i = 0; i < 8 * N; i++) text[i] = next_random(&state) % 3 ? 'e' : 'a' + i % 20;
        for (int i = 0; i < 8 * N; i++) other[i] = 'a' + i % 11;
        for (int i = 0; i < N; i++) gains[i] = next_random(&state) % 50;
        h = hash_word(h, edit_distance(text, other) + knapsack(8) + ways(3) + low_gain() + letters(text));
        connect(&state), h = hash_word(h, breadth_first() + farthest() + far(queue, queue + N)), alone(), join();
        int used = run_lengths(packed, text, 8 * N);
        h = hash_word(h, expand(other, packed, used) + lz(packed, text, 2 * N)), count(text, 8 * N), front(text, other, N);
        differences(other, 8 * N), first_numbers(order, N), h = hash_word(h, total(long_sums, N) + order[N / 2] + root(3));
    }
    print("%lx\n", hash_word(h, frequency['e']));
    return 0;
}
