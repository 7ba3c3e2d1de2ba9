// The number of ways to place N queens on an N by N board, and the first way for eight.
#include "rt.h"

static unsigned count(unsigned n, unsigned columns, unsigned down, unsigned up) {
    unsigned all = (1u << n) - 1, ways = 0;
    if (columns == all) return 1;
    for (unsigned free = all & ~(columns | down | up); free != 0; free &= free - 1) {
        unsigned queen = free & -free;
        ways += count(n, columns | queen, (down | queen) << 1, (up | queen) >> 1);
    }
    return ways;
}

static bool place(int row, int column_of[8]) {
    if (row == 8) return true;
    for (int column = 0; column < 8; column++) {
        bool attacked = false;
        for (int r = 0; r < row && !attacked; r++) {
            int d = column_of[r] - column;
            attacked = d == 0 || d == row - r || d == r - row;
        }
        column_of[row] = column;
        if (!attacked && place(row + 1, column_of)) return true;
    }
    return false;
}

int main(void) {
    for (unsigned n = 1; n <= 7; n++) print("%u queens: %u ways\n", n, count(n, 0, 0, 0));
    int column_of[8];
    if (!place(0, column_of)) return 1;
    for (int row = 0; row < 8; row++) {
        for (int column = 0; column < 8; column++) print("%c", column_of[row] == column ? 'Q' : '.');
        print("\n");
    }
    return 0;
}
