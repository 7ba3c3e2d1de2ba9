// Reads address 16, where nothing is mapped: SIGSEGV. What was printed before stays printed.
#include "rt.h"

int main(void) {
    print("before\n");
    flush();
    uintptr_t address = 16;
    __asm__("" : "+r"(address));
    int value = *(volatile int *)address;
    print("after: %d\n", value);
    return 0;
}
