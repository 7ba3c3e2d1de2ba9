// Sorts 512 numbers argv[1] times (2 when left out), other numbers each time: quicksort, short parts by insertion.
#include "rt.h"

static void sort(uint32_t *first, uint32_t *end) {
    while (end - first > 8) {
        uint32_t pivot = first[(end - first) / 2];
        uint32_t *low = first, *high = end - 1;
        while (low <= high) {
            while (*low < pivot) low++;
            while (pivot < *high) high--;
            if (low <= high) {
                uint32_t t = *low;
                *low++ = *high;
                *high-- = t;
            }
        }
        // The smaller part by recursion.
        if (high + 1 - first < end - low) {
            sort(first, high + 1);
            first = low;
        } else {
            sort(low, end);
            end = high + 1;
        }
    }
    for (uint32_t *next = first + 1; next < end; next++) {
        uint32_t value = *next, *hole = next;
        for (; hole > first && value < hole[-1]; hole--) *hole = hole[-1];
        *hole = value;
    }
}

int main(int argc, char **argv) {
    long times = argc > 1 ? parse_number(argv[1]) : 2;
    static uint32_t numbers[512];
    uint32_t x = 1, sum = 0;
    for (long n = 0; n < times; n++) {
        for (size_t i = 0; i < COUNT(numbers); i++) numbers[i] = x = x * 1664525 + 1013904223;
        sort(numbers, numbers + COUNT(numbers));
        for (size_t i = 1; i < COUNT(numbers); i++) {
            if (numbers[i - 1] > numbers[i]) return 1;
        }
        sum = sum * 31 + numbers[n & 511];
    }
    print("%x\n", sum);
    return 0;
}
