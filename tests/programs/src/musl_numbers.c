// build: -static-pie
// link: musl
// musl's static-PIE start-up, its number parsing at the limits, random numbers, large blocks by mmap, and exit
// handlers.
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "plain.h"

static void parse(const char *text, int base) {
    char *end;
    errno = 0;
    long value = strtol(text, &end, base);
    fputs(text, stdout);
    fputs(" = ", stdout);
    put_number(value);
    fputs(errno == ERANGE ? " (out of range), left '" : ", left '", stdout);
    fputs(end, stdout);
    puts("'");
}

static void last(void) {
    puts("the last words");
}

static void check(const char *name, int ok) {
    fputs(name, stdout);
    puts(ok ? ": ok" : ": WRONG");
}

int main(void) {
    atexit(last);
    parse("42", 10);
    parse("  -9223372036854775808 and more", 10);
    parse("9223372036854775808", 10);
    parse("0x7fffFFFFffffFFFFg", 16);
    parse("0755", 0);
    parse("zz top", 36);
    parse("none", 10);

    srand(7);
    unsigned sum = 0;
    for (int i = 0; i < 100; i++) sum += (unsigned)rand() % 1000;
    fputs("random sum ", stdout);
    put_number(sum);
    putchar('\n');

    size_t size = 600000; // above musl's threshold: its own mapping, moved by mremap when it grows
    char *block = malloc(size);
    if (block == NULL) return 1;
    for (size_t i = 0; i < size; i += 4096) block[i] = (char)(i >> 12);
    block = realloc(block, 2 * size);
    if (block == NULL) return 2;
    int kept = 1;
    for (size_t i = 0; i < size; i += 4096) kept &= block[i] == (char)(i >> 12);
    check("realloc keeps", kept);
    free(block);
    char *zeros = calloc(1000, 100);
    check("calloc", zeros != NULL && memchr(zeros, 1, 100000) == NULL && zeros[99999] == 0);
    free(zeros);
    errno = 0;
    check("malloc of too much", malloc((size_t)1 << 50) == NULL && errno == ENOMEM);

    struct timespec now;
    check("clock", clock_gettime(CLOCK_MONOTONIC, &now) == 0 && now.tv_nsec >= 0 && now.tv_nsec < 1000000000);
    check("isatty", !isatty(STDOUT_FILENO) && errno == ENOTTY);
    check("write to a closed stream", close(9) == -1 && errno == EBADF);
    div_t d = div(-17, 5);
    check("div", d.quot == -3 && d.rem == -2 && labs(LONG_MIN + 1) == LONG_MAX);
    fputs("to standard error\n", stderr);
    exit(3);
}
