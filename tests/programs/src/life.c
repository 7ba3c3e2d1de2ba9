// Conway's Life on a torus of 64 by 20 cells, a row in a register: all 64 cells of a row are counted at once, with
// sums of single bits.
#include "rt.h"

enum { ROWS = 20 };

static uint64_t left(uint64_t row) {
    return row << 1 | row >> 63;
}

static uint64_t right(uint64_t row) {
    return row >> 1 | row << 63;
}

static void step(uint64_t world[ROWS]) {
    uint64_t next[ROWS];
    for (int r = 0; r < ROWS; r++) {
        uint64_t above = world[(r + ROWS - 1) % ROWS], here = world[r], below = world[(r + 1) % ROWS];
        uint64_t neighbours[] = {left(above), above, right(above), left(here), right(here), left(below), below, right(below)};
        uint64_t ones = 0, twos = 0, fours = 0; // the count modulo 8, in three planes; 8 itself counts as 0: dead anyway
        for (size_t i = 0; i < COUNT(neighbours); i++) {
            uint64_t carry = ones & neighbours[i];
            ones ^= neighbours[i];
            fours ^= twos & carry;
            twos ^= carry;
        }
        next[r] = ~fours & twos & (ones | here);
    }
    memcpy(world, next, sizeof next);
}

static unsigned population(const uint64_t world[ROWS]) {
    unsigned cells = 0;
    for (int r = 0; r < ROWS; r++) {
        for (uint64_t row = world[r]; row != 0; row &= row - 1) cells++;
    }
    return cells;
}

static void draw(unsigned generation, const uint64_t world[ROWS]) {
    print("generation %u, %u cells\n", generation, population(world));
    for (int r = 0; r < ROWS; r++) {
        for (int c = 63; c >= 0; c--) print("%c", world[r] >> c & 1 ? '#' : '.');
        print("\n");
    }
}

int main(void) {
    uint64_t world[ROWS] = {0};
    // A glider that meets the edges, an R pentomino, a blinker, a block.
    world[1] = UINT64_C(2) << 58, world[2] = UINT64_C(1) << 58, world[3] = UINT64_C(7) << 58;
    world[9] = UINT64_C(3) << 30, world[10] = UINT64_C(6) << 30, world[11] = UINT64_C(2) << 30;
    world[16] |= UINT64_C(7) << 5;
    world[17] |= UINT64_C(3) << 50, world[18] |= UINT64_C(3) << 50;
    draw(0, world);
    for (int i = 0; i < 60; i++) step(world);
    draw(60, world);
    return 0;
}
