// A screen of text: cells, scrolling, lines, escapes. N scales its width.
#include "rt.h"
enum { HIGH = 24, WIDE = N };
typedef struct { uint16_t letter; uint8_t color, flags; } Cell;
static Cell screen[HIGH][WIDE], shadow[HIGH][WIDE];
static char input[8 * N + 64], line[8 * N + 64];
static uint8_t dirty[HIGH * 8], tabs[WIDE];
static int row, column;

static void erase(Cell *from, Cell *to, uint8_t color) {
    for (; from < to; from++) *from = (Cell){ ' ', color, 0 };
}
static void erase_words(void) {
    uint32_t *p = (uint32_t *)screen, *end = p + HIGH * WIDE;
    while (p != end) *p++ = 0x00070020;
}
static void set_tabs(void) {
    for (int i = 0; i < WIDE; i += 8) tabs[i] = 1;
}
static void scroll(void) {
    for (int y = 1; y < HIGH; y++)
        for (int x = 0; x < WIDE; x++) screen[y - 1][x] = screen[y][x];
}
static void scroll_words(void) {
    uint32_t *to = (uint32_t *)screen;
    const uint32_t *from = (const uint32_t *)screen[1];
    for (int n = (HIGH - 1) * WIDE; n > 0; n--) *to++ = *from++;
}
static void put(char c) {
    if (c == '\n' || column == WIDE) {
        column = 0;
        if (++row == HIGH) scroll(), row = HIGH - 1;
    }
    if (c >= ' ') screen[row][column++] = (Cell){ c, 7, 0 };
}
static int changed(void) {
    int cells = 0;
    for (int y = 0; y < HIGH; y++) {
        for (int x = 0; x < WIDE; x++)
            if (screen[y][x].letter != shadow[y][x].letter) cells++;
        dirty[y] = cells > 0;
    }
    return cells;
}
static size_t first_change(const uint32_t *a, const uint32_t *b, size_t n) {
    size_t i = 0;
    for (; i < n; ++i)
        if (a[i] != b[i]) break;
    return i;
}
static void present(void) {
    uint64_t *to = (uint64_t *)shadow, *from = (uint64_t *)screen;
    for (size_t i = 0; i < sizeof screen / 8; i++) to[i] = from[i];
}
static void insert(char *text, int at, int n) {
    for (int i = n; i > at; i--) text[i] = text[i - 1];
}
static void delete(char *text, int at, int n) {
    for (int i = at; i < n; i++) text[i] = text[i + 1];
}
static int next_tab(int x) {
    do x++;
    while (x < WIDE && !tabs[x]);
    return x;
}
static void upper(char *s) {
    for (; *s; s++)
        if (*s >= 'a' && *s <= 'z') *s -= 32;
}
static int words(const char *s) {
    int count = 0;
    bool in = false;
    for (; *s; s++) {
        bool letter = *s != ' ';
        count += letter && !in;
        in = letter;
    }
    return count;
}
static const char *skip_blanks(const char *s) {
    while (*s == ' ') s++;
    return s;
}
static const char *end_of(const char *s) {
    while (*s++) {}
    return s - 1;
}
static void copy_line(char *to, const char *from) {
    while (*from && *from != '\n') *to++ = *from++;
    *to = 0;
}
static unsigned any_dirty(void) {
    unsigned all = 0;
    for (unsigned i = 0; i < COUNT(dirty); i++) all |= dirty[i];
    return all;
}
static void mark(uint8_t *flags, int n) {
    while (--n >= 0) flags[n] = 1;
}

int main(void) {
    uint64_t h = HASH_START, state = 1;
    for (int r = 0; r <= 600 / N; r++) {
        erase(screen[0], screen[HIGH], 7), erase_words(), set_tabs(), mark(dirty, sizeof dirty);
        for (int i = 0; i < 8 * N; i++) input[i] = ' ';
        h = hash_word(h, skip_blanks(input) - input);
        for (int i = 0; i < 8 * N; i++) input[i] = next_random(&state) % 5 ? 'a' + i % 26 : ' ';
        for (int i = 0; i < 8 * N; i++) put(input[i]);
        h = hash_word(h, changed() + words(input) + (end_of(input) - input) + next_tab(3));
        scroll_words(), present();
        h = hash_word(h, first_change((uint32_t *)screen, (uint32_t *)shadow, HIGH * WIDE) + any_dirty());
        copy_line(line, input), insert(line, 2, 8 * N), delete(line, 4, 8 * N), upper(line);
    }
    print("%lx %lx\n", h, hash_word(h, line[9]));
    return 0;
}
