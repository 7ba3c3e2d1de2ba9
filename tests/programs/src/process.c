// What a process may ask about itself and the system: the parts of the answers that are the same anywhere.
#include "rt.h"

static void check(const char *name, bool ok) {
    print("%s: %s\n", name, ok ? "ok" : "WRONG");
}

static int word;

int main(void) {
    struct {
        char system[65], node[65], release[65], version[65], machine[65], domain[65];
    } name;
    check("uname", syscall(SYS_uname, &name) == 0);
    print("%s on %s\n", name.system, name.machine);

    long pid = syscall(SYS_getpid);
    check("getpid, gettid", pid > 0 && syscall(SYS_gettid) == pid && syscall(SYS_getpid) == pid);
    check("getuid, geteuid", syscall(SYS_getuid) == syscall(SYS_geteuid) && syscall(SYS_getuid) >= 0);
    check("getgid, getegid", syscall(SYS_getgid) == syscall(SYS_getegid) && syscall(SYS_getgid) >= 0);
    check("set_tid_address", syscall(SYS_set_tid_address, &word) == pid);

    uint64_t limit[2] = {0, 0};
    check("prlimit64 of the stack", syscall(SYS_prlimit64, 0, 3, 0, limit) == 0 && limit[0] >= 1 << 20 && limit[1] >= limit[0]);
    check("sched_yield", syscall(SYS_sched_yield) == 0);

    // FUTEX_PRIVATE_FLAG | FUTEX_WAIT with another value than expected, FUTEX_WAKE with nobody waiting.
    check("futex wait", syscall(SYS_futex, &word, 128, 1, 0) == -EAGAIN);
    check("futex wake", syscall(SYS_futex, &word, 129, 1) == 0);

    uint64_t set = 1 << 9, old = ~UINT64_C(0);
    check("block SIGUSR1", syscall(SYS_rt_sigprocmask, 0, &set, &old, 8) == 0 && old == 0);
    check("it is blocked", syscall(SYS_rt_sigprocmask, 0, 0, &old, 8) == 0 && old == set);
    check("unblock it", syscall(SYS_rt_sigprocmask, 1, &set, 0, 8) == 0);
    check("nothing is blocked", syscall(SYS_rt_sigprocmask, 0, 0, &old, 8) == 0 && old == 0);
    uint64_t action[4] = {1, 0, 0, 0}, was[4] = {9, 9, 9, 9}; // SIG_IGN
    check("ignore SIGPIPE", syscall(SYS_rt_sigaction, 13, action, was, 8) == 0 && was[0] == 0);
    check("it is ignored", syscall(SYS_rt_sigaction, 13, 0, was, 8) == 0 && was[0] == 1);
    check("SIGKILL cannot be", syscall(SYS_rt_sigaction, 9, action, 0, 8) == -EINVAL);

    uint64_t thread = 0x1122334455667788, read_back;
    __asm__ volatile("msr tpidr_el0, %1\n\tmrs %0, tpidr_el0" : "=r"(read_back) : "r"(thread));
    check("TPIDR_EL0", read_back == thread);
    uint64_t dczid, ctr;
    __asm__ volatile("mrs %0, dczid_el0\n\tmrs %1, ctr_el0" : "=r"(dczid), "=r"(ctr));
    check("DCZID_EL0, CTR_EL0", (dczid & 0x1f) <= 9 && (ctr >> 31 & 1) == 1);

    flush();
    syscall(SYS_exit, 7);
    return 0;
}
