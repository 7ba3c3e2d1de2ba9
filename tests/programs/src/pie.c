// build: -static-pie
// A static position-independent executable: pointers in its data, which only relocation makes right, to strings,
// functions, and each other.
#include "rt.h"

struct month {
    const char *name;
    const struct month *next;
    unsigned (*days)(unsigned year);
};

static unsigned thirty(unsigned year) {
    (void)year;
    return 30;
}

static unsigned thirty_one(unsigned year) {
    return thirty(year) + 1;
}

static unsigned february(unsigned year) {
    return 28 + (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
}

static const struct month MONTHS[12] = {
    {"January", &MONTHS[1], thirty_one},   {"February", &MONTHS[2], february},     {"March", &MONTHS[3], thirty_one},
    {"April", &MONTHS[4], thirty},         {"May", &MONTHS[5], thirty_one},        {"June", &MONTHS[6], thirty},
    {"July", &MONTHS[7], thirty_one},      {"August", &MONTHS[8], thirty_one},     {"September", &MONTHS[9], thirty},
    {"October", &MONTHS[10], thirty_one},  {"November", &MONTHS[11], thirty},      {"December", NULL, thirty_one},
};

static int counter = 41;
int *pointer_to_data = &counter;

int main(void) {
    unsigned total = 0;
    for (const struct month *m = MONTHS; m != NULL; m = m->next) {
        total += m->days(2024);
        print("%s %u, %u\n", m->name, m->days(2024), total);
    }
    ++*pointer_to_data;
    print("%d\n", counter);
    return total == 366 ? 0 : 1;
}
