// Cells: rule 110 on a line, life on a torus of bytes and of bits.
#include "rt.h"
enum { SIDE = 48, LINE = 2000 };
static uint8_t now[SIDE][SIDE], later[SIDE][SIDE], line[LINE], next_line[LINE];
static uint64_t rows[64], new_rows[64];

static void step_line(unsigned rule) {
    for (int i = 1; i < LINE - 1; i++) next_line[i] = rule >> (line[i - 1] << 2 | line[i] << 1 | line[i + 1]) & 1;
    for (int i = 0; i < LINE; i++) line[i] = next_line[i];
}

static int neighbours(int y, int x) {
    int sum = 0;
    for (int dy = SIDE - 1; dy <= SIDE + 1; dy++)
        for (int dx = SIDE - 1; dx <= SIDE + 1; dx++) sum += now[(y + dy) % SIDE][(x + dx) % SIDE];
    return sum - now[y][x];
}

static void step(void) {
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            int n = neighbours(y, x);
            later[y][x] = n == 3 || (n == 2 && now[y][x]);
        }
    memcpy(now, later, sizeof now);
}

static unsigned alive(const uint8_t *cells, unsigned n) {
    unsigned sum = 0;
    for (unsigned i = 0; i < n; i++) sum += cells[i];
    return sum;
}

static void reset(uint8_t *cells, unsigned n) {
    for (unsigned i = 0; i < n; i++) cells[i] = 0;
}

static uint64_t turn(uint64_t v, int by) {
    return v << (by & 63) | v >> (-by & 63);
}

static void step_bits(void) {
    for (int y = 0; y < 64; y++) {
        uint64_t ones = 0, twos = 0, fours = 0;
        for (int d = -1; d <= 1; d++)
            for (int s = -1; s <= 1; s++) {
                if (d == 0 && s == 0) continue;
                uint64_t cell = turn(rows[(y + d) & 63], s), carry = ones & cell;
                ones ^= cell;
                fours |= twos & carry;
                twos ^= carry;
            }
        new_rows[y] = twos & ~fours & (ones | rows[y]);
    }
    for (int y = 0; y < 64; y++) rows[y] = new_rows[y];
}

int main(void) {
    uint64_t state = 3, h = HASH_START;
    reset(line, LINE), reset(next_line, LINE), reset(&now[0][0], SIDE * SIDE);
    line[LINE - 2] = 1;
    for (int i = 0; i < 6; i++) step_line(110);
    for (int i = 0; i < 900; i++) now[next_random(&state) % SIDE][next_random(&state) % SIDE] = 1;
    for (int i = 0; i < 3; i++) step();
    for (int i = 0; i < 64; i++) rows[i] = (uint64_t)next_random(&state) << 32 | next_random(&state);
    for (int i = 0; i < 8; i++) step_bits();
    h = hash_word(h, alive(line, LINE) + alive(&now[0][0], SIDE * SIDE) + rows[9]);
    print("%lx\n", h);
    return 0;
}
