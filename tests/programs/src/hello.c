// The first program: a line on standard output, one on standard error, status 0.
#include "rt.h"

int main(void) {
    static const char note[] = "this line goes to standard error\n";
    print("Hello from AArch64!\n");
    syscall(SYS_write, 2, note, sizeof note - 1);
    return 0;
}
