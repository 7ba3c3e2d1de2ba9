// Deep and wide recursion: Fibonacci, Ackermann, Hanoi, mutual recursion.
#include "rt.h"

static unsigned fibonacci(unsigned n) {
    return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

static unsigned ackermann(unsigned m, unsigned n) {
    if (m == 0) return n + 1;
    return ackermann(m - 1, n == 0 ? 1 : ackermann(m, n - 1));
}

static unsigned hanoi(unsigned discs, unsigned from, unsigned to) {
    if (discs == 0) return 0;
    unsigned spare = 6 - from - to;
    return hanoi(discs - 1, from, spare) + 1 + hanoi(discs - 1, spare, to);
}

static bool is_odd(unsigned n);
static bool is_even(unsigned n) {
    return n == 0 || is_odd(n - 1);
}
static bool is_odd(unsigned n) {
    return n != 0 && is_even(n - 1);
}

int main(void) {
    print("fibonacci(17) = %u\n", fibonacci(17));
    print("ackermann(2, 9) = %u\n", ackermann(2, 9));
    print("ackermann(3, 3) = %u\n", ackermann(3, 3));
    print("hanoi(10) = %u moves\n", hanoi(10, 1, 3));
    print("1001 is %s\n", is_even(1001) ? "even" : "odd");
    return 0;
}
