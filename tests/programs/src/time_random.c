// Clocks and random numbers: nothing here depends on their values, only on what must hold for any.
#include "rt.h"

struct timespec {
    int64_t seconds, nanoseconds;
};

static void check(const char *name, bool ok) {
    print("%s: %s\n", name, ok ? "ok" : "WRONG");
}

static bool later_or_same(const struct timespec *a, const struct timespec *b) {
    return a->seconds > b->seconds || (a->seconds == b->seconds && a->nanoseconds >= b->nanoseconds);
}

int main(void) {
    static const char *const names[] = {"realtime", "monotonic"};
    for (int clock = 0; clock < 2; clock++) {
        struct timespec before = {-1, -1}, after = {-1, -1};
        long first = syscall(SYS_clock_gettime, clock, &before);
        for (volatile int i = 0; i < 1000; i++) {}
        long second = syscall(SYS_clock_gettime, clock, &after);
        check(names[clock], first == 0 && second == 0 && before.seconds >= 0 && before.nanoseconds >= 0 &&
                                after.nanoseconds < 1000000000 && later_or_same(&after, &before));
    }
    struct timespec unused;
    check("an unknown clock", syscall(SYS_clock_gettime, 99, &unused) == -EINVAL);
    int64_t timeval[2] = {-1, -1};
    check("gettimeofday", syscall(SYS_gettimeofday, timeval, 0) == 0 && timeval[0] >= 0 && timeval[1] >= 0 && timeval[1] < 1000000);

    uint64_t frequency, ticks, later;
    __asm__ volatile("mrs %0, cntfrq_el0" : "=r"(frequency));
    __asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(ticks));
    for (volatile int i = 0; i < 1000; i++) {}
    __asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(later));
    check("counter", frequency > 0 && later >= ticks);

    uint8_t bytes[3][32] = {{0}};
    check("getrandom", syscall(SYS_getrandom, bytes[0], 32, 0) == 32 && syscall(SYS_getrandom, bytes[1], 31, 0) == 31);
    check("it repeats nothing", memcmp(bytes[0], bytes[1], 31) != 0);
    check("it writes no more than asked", bytes[1][31] == 0 && memcmp(bytes[2], "\0\0\0\0\0\0\0", 8) == 0);
    check("to nowhere", syscall(SYS_getrandom, 8, 8, 0) == -EFAULT);
    unsigned ones = 0;
    for (int i = 0; i < 32; i++) {
        for (uint8_t byte = bytes[0][i]; byte != 0; byte &= byte - 1) ones++;
    }
    check("its bits are mixed", ones > 60 && ones < 196);
    return 0;
}
