// The runtime of the test programs: what a C program needs from below when there is no C library.
// Output is collected and written in large pieces, because a system call costs far more than an instruction.
#pragma once
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

// System calls: Linux numbers for AArch64, and the raw call, which returns -errno on failure.
enum {
    SYS_ioctl = 29, SYS_close = 57, SYS_lseek = 62, SYS_read = 63, SYS_write = 64, SYS_readv = 65, SYS_writev = 66,
    SYS_readlinkat = 78, SYS_newfstatat = 79, SYS_fstat = 80, SYS_exit = 93, SYS_exit_group = 94,
    SYS_set_tid_address = 96, SYS_futex = 98, SYS_set_robust_list = 99, SYS_clock_gettime = 113,
    SYS_clock_getres = 114, SYS_sched_yield = 124, SYS_rt_sigaction = 134, SYS_rt_sigprocmask = 135,
    SYS_uname = 160, SYS_gettimeofday = 169, SYS_getpid = 172, SYS_getppid = 173, SYS_getuid = 174,
    SYS_geteuid = 175, SYS_getgid = 176, SYS_getegid = 177, SYS_gettid = 178, SYS_sysinfo = 179, SYS_brk = 214,
    SYS_munmap = 215, SYS_mremap = 216, SYS_mmap = 222, SYS_mprotect = 226, SYS_prlimit64 = 261,
    SYS_getrandom = 278,
};
enum { EBADF = 9, EAGAIN = 11, ENOMEM = 12, EFAULT = 14, EINVAL = 22, ENOTTY = 25, ESPIPE = 29, ENOSYS = 38 };
enum { PROT_NONE = 0, PROT_READ = 1, PROT_WRITE = 2, PROT_EXEC = 4 };
enum { MAP_PRIVATE = 0x02, MAP_FIXED = 0x10, MAP_ANONYMOUS = 0x20 };

long syscall6(long number, long a, long b, long c, long d, long e, long f);
#define SYSCALL_PICK(_0, _1, _2, _3, _4, _5, _6, name, ...) name
#define SYSCALL0(n) syscall6(n, 0, 0, 0, 0, 0, 0)
#define SYSCALL1(n, a) syscall6(n, (long)(a), 0, 0, 0, 0, 0)
#define SYSCALL2(n, a, b) syscall6(n, (long)(a), (long)(b), 0, 0, 0, 0)
#define SYSCALL3(n, a, b, c) syscall6(n, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define SYSCALL4(n, a, b, c, d) syscall6(n, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define SYSCALL5(n, a, b, c, d, e) syscall6(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)
#define SYSCALL6(n, a, b, c, d, e, f) syscall6(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#define syscall(...) \
    SYSCALL_PICK(__VA_ARGS__, SYSCALL6, SYSCALL5, SYSCALL4, SYSCALL3, SYSCALL2, SYSCALL1, SYSCALL0)(__VA_ARGS__)

// Writes what was collected and ends the process.
_Noreturn void quit(int status);

// Output (print.c). `print` knows %d %u %x %ld %lu %lx with an optional width, padded with zeros after a 0, and
// %s %c %%.
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));
void put_bytes(const void *bytes, size_t length);
void put_hex(const void *bytes, size_t length);
void flush(void);

// Input (input.c): one byte of standard input, or -1 at its end.
int get_byte(void);

// Strings (string.c), with the meaning that the C standard gives them.
void *memcpy(void *restrict to, const void *restrict from, size_t length);
void *memmove(void *to, const void *from, size_t length);
void *memset(void *to, int byte, size_t length);
int memcmp(const void *a, const void *b, size_t length);
void *memchr(const void *bytes, int byte, size_t length);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t length);
char *strcpy(char *restrict to, const char *restrict from);
char *strcat(char *restrict to, const char *restrict from);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
char *strstr(const char *s, const char *part);
// A decimal or 0x number with an optional sign; stops at the first character that is none of it.
long parse_number(const char *s);

// Memory (allocate.c): first fit over a free list in address order, grown with brk. Aligned to 16 bytes.
void *allocate(size_t size);
void release(void *block);

// A linear congruential generator: the same numbers in every run.
uint32_t next_random(uint64_t *state);

// FNV-1a, to print one word for many results.
#define HASH_START UINT64_C(0xcbf29ce484222325)
uint64_t hash_word(uint64_t hash, uint64_t word);
