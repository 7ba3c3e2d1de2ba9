// Recursion without an end: SIGSEGV when the stack is used up.
#include "rt.h"

static volatile unsigned limit;

__attribute__((noinline)) static unsigned deeper(unsigned depth) {
    volatile char frame[1000];
    frame[0] = (char)depth;
    if (depth == limit - 1) return 0;
    return deeper(depth + 1) + (unsigned char)frame[0];
}

int main(void) {
    print("going down\n");
    flush();
    print("came back with %u\n", deeper(0));
    return 0;
}
