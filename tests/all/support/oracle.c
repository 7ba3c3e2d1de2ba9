// The oracle of the random-instruction test: runs cases on an AArch64 Linux, real or qemu-aarch64, and tells what became
// of them. A case is any few instruction words with all 31 registers, SP, flags and memory; branches, faults and
// undefined instructions included.
//
// One signal handler does all the work. A case always ends in a signal: memory is zero where nothing was put, and a zero
// word is UDF. The handler takes the outcome from the signal context, puts the next case into that context and into
// memory, and returns, so that sigreturn loads every register and goes straight to the words under test.
//
// Input and output are streams of little-endian 64-bit values:
//   case    = pages pieces | register ... | page address, ascending ... | piece ...
//   piece   = address length | bytes, padded to 8
//   outcome = signal si_code si_addr | register ... | changes | change ...
//   register = value, or two of them where it has 128 bits; in the order of KVRM's table, which REGISTERS(R) is made of
//   change  = address value                        an aligned 64-bit word that differs from what the case began with
//
// There is no libc here: cases may overwrite TPIDR_EL0, in which a libc keeps its thread.

#include <asm/sigcontext.h>
#include <asm/siginfo.h>
#include <asm/signal.h>
#include <asm/ucontext.h>
#include <asm/unistd.h>
#include <linux/mman.h>
#include <stddef.h>
#include <stdint.h>

#ifndef REGISTERS
#error "REGISTERS(R) is R(X, 0) R(X, 1) ... R(SP, 0) ...: the compiler's command line defines it"
#endif

enum {
    PAGE = 4096,
    MAX_PAGES = 64,
    WORDS = PAGE / 8,
    BUFFER = 1 << 16,
    CASE_SECONDS = 20, // a case that takes longer loops; SIGALRM then ends the oracle
};

#define NZCV_SHIFT 28

static long syscall6(long number, long a, long b, long c, long d, long e, long f) {
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
    return x0;
}

static _Noreturn void quit(int status) {
    for (;;) syscall6(__NR_exit_group, status, 0, 0, 0, 0, 0);
}

static _Noreturn void fail(const char *message) {
    size_t length = 0;
    while (message[length]) length++;
    syscall6(__NR_write, 2, (long)message, length, 0, 0, 0);
    quit(2);
}

// The streams.

static uint64_t input[BUFFER / 8], output[BUFFER / 8];
static size_t input_next, input_bytes, output_count;

// Reads one value into `value`; 0 at the end of the input.
static int get(uint64_t *value) {
    if (input_next * 8 == input_bytes) {
        input_next = input_bytes = 0;
        do { // whole values only: a pipe may deliver any number of bytes
            long n = syscall6(__NR_read, 0, (long)input + input_bytes, BUFFER - input_bytes, 0, 0, 0);
            if (n < 0) fail("oracle: cannot read\n");
            if (n == 0) {
                if (input_bytes) fail("oracle: truncated input\n");
                return 0;
            }
            input_bytes += n;
        } while (input_bytes % 8);
    }
    *value = input[input_next++];
    return 1;
}

static uint64_t need(void) {
    uint64_t value;
    if (!get(&value)) fail("oracle: truncated input\n");
    return value;
}

static void flush(void) {
    size_t done = 0;
    while (done < output_count * 8) {
        long n = syscall6(__NR_write, 1, (long)output + done, output_count * 8 - done, 0, 0, 0);
        if (n <= 0) fail("oracle: cannot write\n");
        done += n;
    }
    output_count = 0;
}

static void put(uint64_t value) {
    if (output_count == BUFFER / 8) flush();
    output[output_count++] = value;
}

// Memory of the case that runs: its pages, and what they held at the start.

static uint64_t mapped[MAX_PAGES];
static size_t mapped_count;
static uint64_t before[MAX_PAGES][WORDS];

static void read_pages(size_t count) {
    static uint64_t wanted[MAX_PAGES];
    if (count > MAX_PAGES) fail("oracle: too many pages\n");
    for (size_t i = 0; i < count; i++) wanted[i] = need();

    // Both lists ascend. Pages that the last case had too stay mapped.
    for (size_t i = 0, w = 0; i < mapped_count; i++) {
        while (w < count && wanted[w] < mapped[i]) w++;
        if (w == count || wanted[w] != mapped[i]) syscall6(__NR_munmap, mapped[i], PAGE, 0, 0, 0, 0);
    }
    for (size_t w = 0, i = 0; w < count; w++) {
        while (i < mapped_count && mapped[i] < wanted[w]) i++;
        if (i < mapped_count && mapped[i] == wanted[w]) continue;
        long at = syscall6(__NR_mmap, wanted[w], PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
        if ((uint64_t)at != wanted[w]) fail("oracle: a page of the case cannot be mapped\n");
    }
    mapped_count = count;
    for (size_t i = 0; i < count; i++) {
        mapped[i] = wanted[i];
        uint64_t *page = (uint64_t *)mapped[i];
        for (size_t w = 0; w < WORDS; w++) page[w] = 0;
    }
}

static void read_piece(void) {
    uint64_t address = need(), length = need(), value = 0;
    uint8_t *to = (uint8_t *)address;
    for (uint64_t i = 0; i < length; i++) {
        if (i % 8 == 0) value = need();
        to[i] = value >> (i % 8 * 8);
    }
}

static void put_changes(void) {
    uint64_t count = 0;
    for (size_t i = 0; i < mapped_count; i++)
        for (size_t w = 0; w < WORDS; w++) count += ((uint64_t *)mapped[i])[w] != before[i][w];
    put(count);
    for (size_t i = 0; count && i < mapped_count; i++)
        for (size_t w = 0; w < WORDS; w++) {
            uint64_t value = ((uint64_t *)mapped[i])[w];
            if (value == before[i][w]) continue;
            put(mapped[i] + w * 8);
            put(value);
        }
}

// The handler.

// Where the frame keeps what is of floating point; sigreturn takes it from there.
static struct fpsimd_context *floating(struct sigcontext *context) {
    struct _aarch64_ctx *record = (struct _aarch64_ctx *)context->__reserved;
    while (record->magic != FPSIMD_MAGIC) {
        if (!record->magic) fail("oracle: a frame without floating point\n");
        record = (struct _aarch64_ctx *)((char *)record + record->size);
    }
    return (struct fpsimd_context *)record;
}

static uint64_t thread(void) {
    uint64_t value;
    __asm__ volatile("mrs %0, tpidr_el0" : "=r"(value));
    return value;
}

static void set_thread(uint64_t value) {
    __asm__ volatile("msr tpidr_el0, %0" : : "r"(value));
}

// How each kind of register is told and set; `context` and `fpsimd` are the frame's.
#define PUT_X(n) put(context->regs[n])
#define PUT_SP(n) put(context->sp)
#define PUT_PC(n) put(context->pc)
#define PUT_NZCV(n) put(context->pstate >> NZCV_SHIFT & 15)
#define PUT_TPIDR_EL0(n) put(thread())
#define PUT_FPCR(n) put(fpsimd->fpcr)
#define PUT_FPSR(n) put(fpsimd->fpsr)
#define PUT_V(n) put(fpsimd->vregs[n]), put(fpsimd->vregs[n] >> 64)

#define SET_X(n) context->regs[n] = need()
#define SET_SP(n) context->sp = need()
#define SET_PC(n) context->pc = need()
#define SET_NZCV(n) context->pstate = need() << NZCV_SHIFT
#define SET_TPIDR_EL0(n) set_thread(need())
#define SET_FPCR(n) fpsimd->fpcr = need()
#define SET_FPSR(n) fpsimd->fpsr = need()
#define SET_V(n) fpsimd->vregs[n] = need(), fpsimd->vregs[n] |= (__uint128_t)need() << 64

static void put_outcome(const siginfo_t *info, struct sigcontext *context) {
    put(info->si_signo);
    put(info->si_code);
    put((uint64_t)info->si_addr);
    const struct fpsimd_context *fpsimd = floating(context);
#define R(name, n) PUT_##name(n);
    REGISTERS(R)
#undef R
    put_changes();
}

// Takes the next case; 0 when there is none.
static int next_case(struct sigcontext *context) {
    uint64_t pages;
    if (!get(&pages)) return 0;
    uint64_t pieces = need();
    struct fpsimd_context *fpsimd = floating(context);
#define R(name, n) SET_##name(n);
    REGISTERS(R)
#undef R

    read_pages(pages);
    while (pieces--) read_piece();
    for (size_t i = 0; i < mapped_count; i++) {
        const uint64_t *page = (const uint64_t *)mapped[i];
        for (size_t w = 0; w < WORDS; w++) before[i][w] = page[w];
        __builtin___clear_cache((char *)mapped[i], (char *)mapped[i] + PAGE);
    }

    return 1;
}

static void handler(int signal, const siginfo_t *info, struct ucontext *context) {
    static int running;
    (void)signal;
    if (running) put_outcome(info, &context->uc_mcontext);
    running = 1;
    if (!next_case(&context->uc_mcontext)) {
        flush();
        quit(0);
    }
    struct { long interval[2], value[2]; } timer = {{0, 0}, {CASE_SECONDS, 0}};
    syscall6(__NR_setitimer, 0, (long)&timer, 0, 0, 0, 0);
}

_Noreturn void _start(void) {
    static char stack[1 << 20] __attribute__((aligned(16)));
    const stack_t alternate = {.ss_sp = stack, .ss_flags = 0, .ss_size = sizeof stack};
    syscall6(__NR_sigaltstack, (long)&alternate, 0, 0, 0, 0, 0);

    const int signals[] = {SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        const struct sigaction action = {
            .sa_handler = (__sighandler_t)(void *)handler,
            .sa_flags = SA_SIGINFO | SA_ONSTACK,
        };
        if (syscall6(__NR_rt_sigaction, signals[i], (long)&action, 0, sizeof(sigset_t), 0, 0)) fail("oracle: no handler\n");
    }
    __asm__ volatile("udf #0");
    fail("oracle: the first trap returned\n");
}
