// Sorts, and what goes with them.
#include "rt.h"
enum { N = 600 };
static uint32_t v[N], spare[N];
static uint16_t many[5000], ordered[5000];
static unsigned places[257], wide_places[65536 / 16];

static void shuffle(uint64_t *state) {
    for (int i = 0; i < N; i++) v[i] = i;
    for (int i = N - 1; i > 0; i--) {
        int j = next_random(state) % (i + 1);
        uint32_t t = v[i];
        v[i] = v[j], v[j] = t;
    }
}
static void insertion(uint32_t *p, int n) {
    for (int i = 1; i < n; i++) {
        uint32_t t = p[i];
        int j = i;
        for (; j > 0 && p[j - 1] > t; j--) p[j] = p[j - 1];
        p[j] = t;
    }
}
static void bubble(uint32_t *p, int n) {
    bool moved;
    do {
        moved = false;
        for (int i = 0; i + 1 < n; i++)
            if (p[i] > p[i + 1]) {
                uint32_t t = p[i];
                p[i] = p[i + 1], p[i + 1] = t;
                moved = true;
            }
        n--;
    } while (moved);
}
static void selection(uint32_t *p, int n) {
    for (int i = 0; i < n; i++) {
        int least = i;
        for (int j = i + 1; j < n; j++)
            if (p[j] < p[least]) least = j;
        uint32_t t = p[i];
        p[i] = p[least], p[least] = t;
    }
}
static void shell(uint32_t *p, int n) {
    for (int gap = n / 2; gap > 0; gap /= 2)
        for (int i = gap; i < n; i++)
            for (int j = i - gap; j >= 0 && p[j] > p[j + gap]; j -= gap) {
                uint32_t t = p[j];
                p[j] = p[j + gap], p[j + gap] = t;
            }
}
static void sift(uint32_t *p, int at, int n) {
    for (int child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n && p[child + 1] > p[child]) child++;
        if (p[at] >= p[child]) return;
        uint32_t t = p[at];
        p[at] = p[child], p[child] = t;
    }
}
static void heap(uint32_t *p, int n) {
    for (int i = n / 2; i-- > 0;) sift(p, i, n);
    while (--n > 0) {
        uint32_t t = p[0];
        p[0] = p[n], p[n] = t;
        sift(p, 0, n);
    }
}
static void merge(uint32_t *p, int n) {
    if (n < 2) return;
    int half = n / 2, i = 0, j = half, k = 0;
    merge(p, half), merge(p + half, n - half);
    while (i < half && j < n) spare[k++] = p[i] <= p[j] ? p[i++] : p[j++];
    while (i < half) spare[k++] = p[i++];
    while (j < n) spare[k++] = p[j++];
    for (i = 0; i < n; i++) p[i] = spare[i];
}
static void counting(int shift, uint16_t *to, const uint16_t *from, int n) {
    for (int i = 0; i <= 256; i++) places[i] = 0;
    for (int i = 0; i < n; i++) places[(from[i] >> shift & 255) + 1]++;
    for (int i = 0; i < 256; i++) places[i + 1] += places[i];
    for (int i = 0; i < n; i++) to[places[from[i] >> shift & 255]++] = from[i];
}
static void buckets(const uint16_t *p, size_t n) {
    for (size_t i = 0; i < COUNT(wide_places); i++) wide_places[i] = 0;
    for (size_t i = 0; i < n; i++) wide_places[p[i] / 16]++;
}
static size_t fullest(void) {
    size_t most = 0;
    for (size_t i = 0; i < COUNT(wide_places); i++)
        if (wide_places[i] > most) most = wide_places[i];
    return most;
}
static int in_order(const uint16_t *p, int n) {
    int i = 1;
    while (i < n && p[i - 1] <= p[i]) i++;
    return i;
}
static unsigned add_up(const uint16_t *p, const uint16_t *end) {
    unsigned sum = 0;
    for (; p < end; p++) sum += *p;
    return sum;
}
static int search(const uint16_t *p, int n, uint16_t wanted) {
    int low = 0, high = n;
    while (low < high) {
        int middle = (low + high) / 2;
        if (p[middle] < wanted) low = middle + 1;
        else high = middle;
    }
    return low;
}
static int unique(uint16_t *p, int n) {
    int kept = 1;
    for (int i = 1; i < n; i++)
        if (p[i] != p[kept - 1]) p[kept++] = p[i];
    return kept;
}

int main(void) {
    uint64_t state = 77, h = HASH_START;
    void (*const sorts[])(uint32_t *, int) = { insertion, bubble, selection, shell, heap, merge };
    for (size_t i = 0; i < COUNT(sorts); i++) {
        shuffle(&state);
        sorts[i](v, N);
        h = hash_word(h, v[5] + v[N - 1]);
    }
    for (int i = 0; i < 5000; i++) many[i] = next_random(&state);
    counting(0, ordered, many, 5000), counting(8, many, ordered, 5000), buckets(many, 5000);
    h = hash_word(h, fullest() + in_order(many, 5000) + add_up(many, many + 5000) + search(many, 5000, 999));
    h = hash_word(h, unique(many, 5000));
    for (int i = 0; i < 300; i++) h = hash_word(h, search(ordered, 5000, i * 200) + add_up(many + i, many + i + 30));
    print("%lx\n", h);
    return 0;
}
