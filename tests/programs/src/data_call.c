// Calls an instruction that lies in writable data: SIGSEGV, because that page is not executable.
#include "rt.h"

static uint32_t code[] = {0xd65f03c0}; // ret

int main(void) {
    print("before\n");
    flush();
    void (*volatile f)(void) = (void (*)(void))(uintptr_t)code;
    f();
    print("after\n");
    return 0;
}
