// Filters over a picture of 8 and of 32 bits a pixel.
#include "rt.h"
enum { WIDE = 160, HIGH = 100 };
typedef struct { uint8_t red, green, blue, alpha; } Pixel;
static uint8_t gray[HIGH][WIDE], other[HIGH][WIDE];
static Pixel color[HIGH * WIDE], back[HIGH * WIDE];
static uint32_t levels[256];
static uint8_t curve[256];

static void clear(uint8_t *picture, uint8_t value) {
    for (int at = 0; at < WIDE * HIGH; at++) picture[at] = value;
}

static void paint(uint64_t *state) {
    for (size_t at = 0; at < COUNT(color); at++) {
        uint32_t bits = next_random(state);
        color[at] = (Pixel){ bits, bits >> 8, bits >> 16, 255 };
    }
}

static void to_gray(void) {
    const Pixel *from = color;
    for (int y = 0; y < HIGH; y++)
        for (int x = 0; x < WIDE; x++, from++) gray[y][x] = (from->red * 77 + from->green * 151 + from->blue * 28) >> 8;
}

static void invert(uint8_t *picture, size_t size) {
    while (size-- > 0) *picture = 255 - *picture, picture++;
}

static void threshold(unsigned limit) {
    for (int y = 0; y < HIGH; y++)
        for (int x = 0; x < WIDE; x++) other[y][x] = gray[y][x] >= limit ? 255 : 0;
}

static void brighten(int by) {
    uint8_t *p = &gray[0][0];
    for (int at = 0; at < WIDE * HIGH; at++) {
        int value = p[at] + by;
        p[at] = value > 255 ? 255 : value < 0 ? 0 : value;
    }
}

static void blur(void) {
    for (int y = 1; y < HIGH - 1; y++)
        for (int x = 1; x < WIDE - 1; x++) {
            int sum = 0;
            for (int dy = -1; dy <= 1; dy++)
                for (int dx = -1; dx <= 1; dx++) sum += gray[y + dy][x + dx];
            other[y][x] = sum / 9;
        }
}

static void flip(void) {
    for (int y = 0; y < HIGH; y++)
        for (int x = 0; x < WIDE / 2; x++) {
            uint8_t left = gray[y][x];
            gray[y][x] = gray[y][WIDE - 1 - x];
            gray[y][WIDE - 1 - x] = left;
        }
}

static void upside_down(void) {
    for (int y = 0; y < HIGH; y++)
        for (int x = 0; x < WIDE; x++) other[HIGH - 1 - y][x] = gray[y][x];
}

static void count_levels(void) {
    for (int at = 0; at < 256; at++) levels[at] = 0;
    for (const uint8_t *p = gray[0]; p < gray[0] + sizeof gray; p++) levels[*p]++;
}

static void equalize(void) {
    uint32_t below = 0;
    for (int at = 0; at < 256; at++) {
        below += levels[at];
        curve[at] = below * 255 / (WIDE * HIGH);
    }
    for (int y = 0; y < HIGH; y++)
        for (int x = 0; x < WIDE; x++) gray[y][x] = curve[gray[y][x]];
}

static uint8_t brightest(const uint8_t *p, size_t size) {
    uint8_t most = 0;
    for (size_t at = 0; at < size; at++)
        if (p[at] > most) most = p[at];
    return most;
}

static uint64_t total(const uint8_t *p, size_t size) {
    uint64_t sum = 0;
    for (size_t at = 0; at < size; at++) sum += p[at];
    return sum;
}

static void blend(void) {
    for (size_t at = 0; at < COUNT(color); at++) {
        unsigned share = color[at].alpha;
        back[at].red = (color[at].red * share + back[at].red * (255 - share)) / 255;
        back[at].green = (color[at].green * share + back[at].green * (255 - share)) / 255;
    }
}

static void copy_pixels(uint32_t *restrict to, const uint32_t *restrict from, int count) {
    for (int at = 0; at < count; at++) to[at] = from[at];
}

static size_t first_white(const uint8_t *p, const uint8_t *end) {
    const uint8_t *start = p;
    while (p != end && *p != 255) p++;
    return p - start;
}

static bool same(const uint32_t *a, const uint32_t *b, size_t count) {
    for (size_t at = 0; at < count; at++)
        if (a[at] != b[at]) return false;
    return true;
}

static void shrink(void) {
    for (int y = 0; y < HIGH / 2; y++)
        for (int x = 0; x < WIDE / 2; x++) other[y][x] = gray[2 * y][2 * x];
}

int main(void) {
    uint64_t state = 4, hash = HASH_START;
    clear(&gray[0][0], 17);
    clear(&other[0][0], 255);
    hash = hash_word(hash, first_white(gray[0], gray[0] + sizeof gray));
    paint(&state), to_gray(), invert(&gray[0][0], sizeof gray), threshold(99), brighten(12), blur(), flip(), upside_down();
    count_levels(), equalize(), blend(), shrink();
    copy_pixels((uint32_t *)back, (const uint32_t *)color, WIDE * HIGH);
    hash = hash_word(hash, same((uint32_t *)back, (uint32_t *)color, COUNT(color)));
    hash = hash_word(hash, brightest(&gray[0][0], sizeof gray) + total(&gray[0][0], sizeof gray));
    print("%lx\n", hash);
    return 0;
}
