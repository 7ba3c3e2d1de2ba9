// A store of eight bytes of which the last four lie on a page that was unmapped: SIGSEGV.
#include "rt.h"

int main(void) {
    enum { PAGE = 4096 };
    char *pages = (char *)syscall(SYS_mmap, 0, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(pages, 'x', 2 * PAGE);
    syscall(SYS_munmap, pages + PAGE, PAGE);
    char *at = pages + PAGE - 8;
    __asm__ volatile("str %0, [%1]" : : "r"(UINT64_C(0x2121212121212121)), "r"(at) : "memory");
    put_bytes(at, 8);
    print(" still fits\n");
    flush();
    __asm__ volatile("str %0, [%1]" : : "r"(UINT64_C(0x3f3f3f3f3f3f3f3f)), "r"(at + 4) : "memory");
    print("this does not\n");
    return 0;
}
