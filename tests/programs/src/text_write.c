// Writes to its own code, which is mapped read-only: SIGSEGV.
#include "rt.h"

int main(void) {
    volatile uint32_t *code = (volatile uint32_t *)(uintptr_t)main;
    print("the first word can be read: %s\n", *code != 0 ? "yes" : "no");
    flush();
    *code = 0;
    print("and written\n");
    return 0;
}
