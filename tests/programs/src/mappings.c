// The calls that change the address space: brk, mmap, munmap, mprotect, mremap; what they give, and what memory
// holds after them. Addresses differ from machine to machine and are not printed.
#include "rt.h"

enum { PAGE = 4096, MREMAP_MAYMOVE = 1 };

static void check(const char *name, bool ok) {
    print("%s: %s\n", name, ok ? "ok" : "WRONG");
}

static char *map(void *at, size_t length, int protection, int flags) {
    return (char *)syscall(SYS_mmap, at, length, protection, flags | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static bool failed(const void *address) {
    return (unsigned long)address > -(unsigned long)PAGE;
}

static bool all(const char *bytes, size_t length, char value) {
    for (size_t i = 0; i < length; i += 64) {
        if (bytes[i] != value) return false;
    }
    return bytes[length - 1] == value;
}

static void break_moves(void) {
    char *start = (char *)syscall(SYS_brk, 0);
    char *end = start + 5 * PAGE + 100;
    check("brk grows", (char *)syscall(SYS_brk, end) == end && (char *)syscall(SYS_brk, 0) == end);
    check("new memory is zero", all(start, 5 * PAGE, 0));
    memset(start, 'b', 5 * PAGE);
    check("brk shrinks", (char *)syscall(SYS_brk, start + PAGE) == start + PAGE);
    check("what is left is kept", all(start, PAGE, 'b'));
    check("brk grows again", (char *)syscall(SYS_brk, end) == end);
    check("what was given back is zero", all(start + PAGE, 4 * PAGE, 0));
    check("brk below its start is refused", (char *)syscall(SYS_brk, 1) == end);
}

int main(void) {
    break_moves();

    char *a = map(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, 0);
    check("mmap", !failed(a) && (uintptr_t)a % PAGE == 0);
    check("mapped memory is zero", all(a, 4 * PAGE, 0));
    memset(a, 'a', 4 * PAGE);
    char *b = map(NULL, 100, PROT_READ | PROT_WRITE, 0);
    check("a second mapping is elsewhere", !failed(b) && (b + PAGE <= a || b >= a + 4 * PAGE));
    b[PAGE - 1] = 'z';
    check("lengths are rounded up", b[PAGE - 1] == 'z');

    check("mprotect", syscall(SYS_mprotect, a + PAGE, PAGE, PROT_READ) == 0 && a[PAGE] == 'a');
    check("a protected page refuses the kernel too", syscall(SYS_getrandom, a + PAGE, 8, 0) == -EFAULT && a[PAGE] == 'a');
    check("mprotect back", syscall(SYS_mprotect, a + PAGE, PAGE, PROT_READ | PROT_WRITE) == 0);
    a[PAGE] = 'm';
    check("then it is writable", a[PAGE] == 'm' && a[PAGE - 1] == 'a');

    check("munmap inside", syscall(SYS_munmap, a + PAGE, 2 * PAGE) == 0 && a[0] == 'a' && a[3 * PAGE] == 'a');
    check("mprotect of a hole is refused", syscall(SYS_mprotect, a, 4 * PAGE, PROT_READ | PROT_WRITE) == -ENOMEM);
    check("reading a hole is refused", syscall(SYS_write, 1, a + PAGE, 1) == -EFAULT);
    char *c = map(a + PAGE, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_FIXED);
    check("mmap fixed fills the hole", c == a + PAGE && all(c, 2 * PAGE, 0));
    c[0] = 'c';
    c = map(a + PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_FIXED);
    check("mmap fixed replaces", c == a + PAGE && c[0] == 0 && a[0] == 'a');
    check("munmap of nothing is fine", syscall(SYS_munmap, b, PAGE) == 0 && syscall(SYS_munmap, b, PAGE) == 0);

    memset(a, 'r', 4 * PAGE);
    char *moved = (char *)syscall(SYS_mremap, a, 4 * PAGE, 9 * PAGE, MREMAP_MAYMOVE);
    check("mremap grows", !failed(moved) && all(moved, 4 * PAGE, 'r') && all(moved + 4 * PAGE, 5 * PAGE, 0));
    char *same = (char *)syscall(SYS_mremap, moved, 9 * PAGE, 2 * PAGE, 0);
    check("mremap shrinks in place", same == moved && all(same, 2 * PAGE, 'r'));
    check("its tail is gone", syscall(SYS_write, 1, moved + 2 * PAGE, 1) == -EFAULT);

    check("mmap of length 0", syscall(SYS_mmap, 0, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == -EINVAL);
    check("mmap of too much", failed(map(NULL, (size_t)1 << 60, PROT_READ, 0)));
    check("munmap off a page", syscall(SYS_munmap, same + 1, PAGE) == -EINVAL);
    check("mprotect off a page", syscall(SYS_mprotect, same + 1, PAGE, PROT_READ) == -EINVAL);
    return 0;
}
