// DC ZVA: zeroes exactly the aligned block around its address, however large DCZID_EL0 says that blocks are.
#include "rt.h"

static uint8_t bytes[8192] __attribute__((aligned(4096)));

int main(void) {
    uint64_t dczid;
    __asm__ volatile("mrs %0, dczid_el0" : "=r"(dczid));
    if (dczid & 16) {
        print("prohibited\n");
        return 1;
    }
    size_t block = (size_t)4 << (dczid & 15);
    memset(bytes, 0xff, sizeof bytes);
    uint8_t *inside = bytes + 4096 + block / 2 + 3;
    __asm__ volatile("dc zva, %0" : : "r"(inside) : "memory");
    size_t zeros = 0, wrong = 0;
    for (size_t i = 0; i < sizeof bytes; i++) {
        bool should = i >= 4096 && i < 4096 + block;
        zeros += bytes[i] == 0;
        wrong += should != (bytes[i] == 0);
    }
    print("%s, %lu wrong\n", zeros == block ? "one block" : "another size", wrong);
    return 0;
}
