// Load-exclusive and store-exclusive: loops as a compiler makes them, every size, pairs, and the cases in which
// the store must fail.
#include "rt.h"

static uint64_t cell[2] __attribute__((aligned(16)));

#define UPDATE(load, store, width, start)                                                                   \
    do {                                                                                                    \
        uint64_t value;                                                                                     \
        unsigned status;                                                                                    \
        cell[0] = (start);                                                                                  \
        __asm__ volatile("1:\t" load " %" width "0, [%2]\n\tadd %0, %0, #1\n\t" store " %w1, %" width "0, [%2]\n\tcbnz %w1, 1b" \
                         : "=&r"(value), "=&r"(status) : "r"(cell) : "memory");                             \
        print("%s/%s %s: %016lx\n", load, store, width, cell[0]);                                           \
    } while (0)

#define UPDATE_PAIR(load, store, width)                                                                     \
    do {                                                                                                    \
        uint64_t a, b;                                                                                      \
        unsigned status;                                                                                    \
        cell[0] = 0x0000000200000001, cell[1] = 0x0000000400000003;                                         \
        __asm__ volatile("1:\t" load " %" width "0, %" width "1, [%3]\n\t" store " %w2, %" width "1, %" width "0, [%3]\n\tcbnz %w2, 1b" \
                         : "=&r"(a), "=&r"(b), "=&r"(status) : "r"(cell) : "memory");                       \
        print("%s/%s %s swaps: %016lx %016lx\n", load, store, width, cell[0], cell[1]);                     \
    } while (0)

static unsigned store_after_clear(void) {
    uint64_t value;
    unsigned status;
    __asm__ volatile("ldxr %0, [%2]\n\tclrex\n\tstxr %w1, %0, [%2]" : "=&r"(value), "=&r"(status) : "r"(cell) : "memory");
    return status;
}

static unsigned store_without_load(void) {
    unsigned status;
    __asm__ volatile("clrex\n\tstxr %w0, xzr, [%1]" : "=&r"(status) : "r"(cell) : "memory");
    return status;
}

static unsigned second_store(void) {
    uint64_t value;
    unsigned first, second;
    __asm__ volatile("ldaxr %0, [%3]\n\tstlxr %w1, %0, [%3]\n\tstlxr %w2, %0, [%3]"
                     : "=&r"(value), "=&r"(first), "=&r"(second) : "r"(cell) : "memory");
    return first << 1 | second;
}

struct stack {
    struct stack *next;
    int value;
};

static struct stack *top;

static void push(struct stack *item) {
    item->next = __atomic_load_n(&top, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(&top, &item->next, item, true, __ATOMIC_RELEASE, __ATOMIC_RELAXED)) {}
}

static struct stack *pop(void) {
    struct stack *item = __atomic_load_n(&top, __ATOMIC_ACQUIRE);
    while (item != NULL && !__atomic_compare_exchange_n(&top, &item, item->next, true, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)) {}
    return item;
}

int main(void) {
    UPDATE("ldxrb", "stxrb", "w", 0x1ff);
    UPDATE("ldaxrh", "stlxrh", "w", 0x1ffff);
    UPDATE("ldxr", "stlxr", "w", 0x1ffffffff);
    UPDATE("ldaxr", "stxr", "x", 0xffffffffffffffff);
    UPDATE_PAIR("ldxp", "stxp", "x");
    UPDATE_PAIR("ldaxp", "stlxp", "x");
    UPDATE_PAIR("ldxp", "stlxp", "w");
    print("store after CLREX: %u\n", store_after_clear());
    print("store without a load: %u\n", store_without_load());
    print("two stores after one load: %u\n", second_store());

    static unsigned counter;
    static uint16_t half = 0xfff0;
    for (int i = 0; i < 50; i++) {
        __atomic_fetch_add(&counter, 3u, __ATOMIC_SEQ_CST);
        __atomic_fetch_xor(&half, (uint16_t)(i * 257), __ATOMIC_ACQ_REL);
    }
    unsigned previous = __atomic_exchange_n(&counter, 5u, __ATOMIC_ACQUIRE);
    print("counter %u then %u, half %x\n", previous, counter, half);

    static struct stack items[5];
    for (int i = 0; i < 5; i++) {
        items[i].value = i;
        push(&items[i]);
    }
    for (struct stack *item; (item = pop()) != NULL;) print("%d ", item->value);
    print("\n");
    return 0;
}
