// Indirect control flow: dense switches, tables of functions, calls through registers, computed gotos, a tail call.
#include "rt.h"

static unsigned price(unsigned day, unsigned base) {
    switch (day) {
    case 0: return base * 3 / 2;
    case 1: return base - 5;
    case 2: return base ^ 0x55;
    case 3: return base << 1;
    case 4: return base + 17;
    case 5: return base * base;
    case 6: return base / 3;
    case 7: return ~base & 0xfff;
    case 9: return 1;
    case 200: return 2;
    case 201: return 3;
    case 202: return 5;
    case 203: return 8;
    case 204: return 13;
    default: return 0;
    }
}

typedef long binary(long, long);
static long add(long a, long b) { return a + b; }
static long subtract(long a, long b) { return a - b; }
static long multiply(long a, long b) { return a * b; }
static long smaller(long a, long b) { return a < b ? a : b; }

static const struct {
    char name;
    binary *apply;
} OPERATIONS[] = {{'+', add}, {'-', subtract}, {'*', multiply}, {'<', smaller}};

static long evaluate(const char *postfix) {
    long stack[8];
    int depth = 0;
    for (; *postfix != 0; postfix++) {
        if (*postfix >= '0' && *postfix <= '9') {
            stack[depth++] = *postfix - '0';
            continue;
        }
        for (size_t i = 0; i < COUNT(OPERATIONS); i++) {
            if (OPERATIONS[i].name != *postfix) continue;
            depth--;
            stack[depth - 1] = OPERATIONS[i].apply(stack[depth - 1], stack[depth]);
        }
    }
    return stack[0];
}

static unsigned by_computed_goto(const uint8_t *code) {
    static const void *const targets[] = {&&stop, &&increment, &&twice, &&square, &&back};
    unsigned value = 1, loops = 3;
    const uint8_t *start = code;
#define NEXT goto *targets[*code++]
    NEXT;
increment:
    value++;
    NEXT;
twice:
    value *= 2;
    NEXT;
square:
    value *= value;
    NEXT;
back:
    if (--loops > 0) code = start;
    NEXT;
stop:
    return value;
#undef NEXT
}

static binary *volatile chosen = subtract;

static long through(binary *f, long a, long b) {
    return f(b, a);
}

int main(void) {
    for (unsigned day = 0; day < 12; day++) print("%u ", price(day, 100 + day));
    for (unsigned day = 198; day < 207; day++) print("%u ", price(day, 0));
    print("\n%ld %ld\n", evaluate("34+5*6-"), evaluate("92<81--3*"));
    print("%u\n", by_computed_goto((const uint8_t[]){1, 2, 4, 3, 0}));
    print("%ld\n", through(chosen, 10, 3));
    return 0;
}
