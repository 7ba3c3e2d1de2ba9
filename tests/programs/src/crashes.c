// Crashes in the way that its first argument names: by a signal to itself from two callers, by a return to what an overflow
// left on the stack, by a call of an address that is none. What a stack trace has to tell apart, and what it has not.
#include "rt.h"

enum { SYS_tgkill = 131, SIGABRT = 6 };

__attribute__((noinline)) _Noreturn void abort(void) {
    for (;;) syscall(SYS_tgkill, syscall(SYS_getpid), syscall(SYS_gettid), SIGABRT);
}

__attribute__((noinline)) static int parse(const char *text) {
    if (text[0] == 'p') abort();
    return text[0];
}

__attribute__((noinline)) static int check(const char *text) {
    if (text[0] == 'c') abort();
    return parse(text) + 1;
}

// The record of the caller is what is above.
__attribute__((noinline)) static void copy(const char *text) {
    char buffer[16];
    memcpy(buffer, text, strlen(text));
    __asm__ volatile("" ::"r"(buffer) : "memory");
}

__attribute__((noinline)) static int smash(const char *text) {
    copy(text);
    return 1;
}

__attribute__((noinline)) static int call(uintptr_t address) {
    ((void (*)(void))address)();
    return 1;
}

int main(int argc, char **argv) {
    int sum = 0;
    if (argc == 2) sum += check(argv[1]);
    if (argc == 3 && argv[1][0] == 's') sum += smash(argv[2]);
    if (argc == 3 && argv[1][0] == 'j') sum += call((uintptr_t)argv[2][0] << 40);
    print("sum %d\n", sum);
    return 0;
}
