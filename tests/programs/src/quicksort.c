// A generic quicksort with comparison functions, on numbers, strings and structures.
#include "rt.h"

typedef int compare(const void *a, const void *b);

static void swap(char *a, char *b, size_t size) {
    while (size-- > 0) {
        char t = *a;
        *a++ = *b;
        *b++ = t;
    }
}

static void sort(void *base, size_t count, size_t size, compare *order) {
    char *items = base;
    while (count > 1) {
        swap(items, items + count / 2 * size, size);
        size_t smaller = 0;
        for (size_t i = 1; i < count; i++) {
            if (order(items + i * size, items) < 0) swap(items + ++smaller * size, items + i * size, size);
        }
        swap(items, items + smaller * size, size);
        // The smaller side by recursion, the larger by going on: the depth stays logarithmic.
        size_t right = count - smaller - 1;
        if (smaller < right) {
            sort(items, smaller, size, order);
            items += (smaller + 1) * size;
            count = right;
        } else {
            sort(items + (smaller + 1) * size, right, size, order);
            count = smaller;
        }
    }
}

static int by_value(const void *a, const void *b) {
    int x = *(const int *)a, y = *(const int *)b;
    return (x > y) - (x < y);
}

static int by_value_down(const void *a, const void *b) {
    return by_value(b, a);
}

static int by_text(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct point {
    int16_t x, y;
    char name;
} __attribute__((packed));

static int by_y_then_x(const void *a, const void *b) {
    const struct point *p = a, *q = b;
    return p->y != q->y ? p->y - q->y : p->x - q->x;
}

int main(void) {
    static int numbers[500];
    uint64_t seed = 42;
    for (size_t i = 0; i < COUNT(numbers); i++) numbers[i] = (int)next_random(&seed) % 1000;
    sort(numbers, COUNT(numbers), sizeof numbers[0], by_value);
    for (size_t i = 0; i < COUNT(numbers); i += 50) print("%d ", numbers[i]);
    for (size_t i = 1; i < COUNT(numbers); i++) {
        if (numbers[i - 1] > numbers[i]) return 1;
    }
    sort(numbers, 100, sizeof numbers[0], by_value_down);
    print("\n%d %d\n", numbers[0], numbers[99]);

    const char *words[] = {"pear", "fig", "apple", "quince", "figs", "", "plum", "apricot", "Zwetschge"};
    sort(words, COUNT(words), sizeof words[0], by_text);
    for (size_t i = 0; i < COUNT(words); i++) print("'%s' ", words[i]);

    struct point points[] = {{3, 1, 'a'}, {-2, 1, 'b'}, {0, -7, 'c'}, {32767, -32768, 'd'}, {-32768, 32767, 'e'}};
    sort(points, COUNT(points), sizeof points[0], by_y_then_x);
    print("\n");
    for (size_t i = 0; i < COUNT(points); i++) print("%c(%d,%d) ", points[i].name, points[i].x, points[i].y);
    print("\n");
    return 0;
}
