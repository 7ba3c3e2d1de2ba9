// What processor benchmarks for small devices are made of, argv[1] times (1 when left out): a list that is searched,
// sorted and turned, products of matrices, a machine that reads numbers, and a checksum of it all.
#include "rt.h"

struct node {
    struct node *next;
    int16_t value, index;
};

static uint16_t checksum(uint16_t sum, uint16_t data) {
    for (int i = 0; i < 16; i++, data >>= 1) {
        unsigned odd = (data ^ sum) & 1;
        sum >>= 1;
        if (odd) sum ^= 0xa001;
    }
    return sum;
}

static struct node *merge(struct node *a, struct node *b) {
    struct node *head = 0, **tail = &head;
    while (a && b) {
        struct node **least = a->value <= b->value ? &a : &b;
        *tail = *least;
        tail = &(*least)->next;
        *least = (*least)->next;
    }
    *tail = a ? a : b;
    return head;
}

static struct node *sort(struct node *list) {
    if (!list || !list->next) return list;
    struct node *slow = list, *fast = list->next;
    while (fast && fast->next) slow = slow->next, fast = fast->next->next;
    struct node *second = slow->next;
    slow->next = 0;
    return merge(sort(list), sort(second));
}

static uint16_t lists(uint16_t sum, unsigned round) {
    static struct node nodes[40];
    struct node *list = 0;
    for (int i = 0; i < 40; i++) {
        nodes[i] = (struct node){list, (int16_t)((i * 73 + round * 19) % 211), (int16_t)i};
        list = &nodes[i];
    }
    for (int wanted = 0; wanted < 40; wanted += 5) {
        const struct node *node = list;
        while (node && node->index != wanted) node = node->next;
        sum = checksum(sum, (uint16_t)(node ? node->value : -1));
    }
    list = sort(list);
    struct node *turned = 0;
    while (list) {
        struct node *next = list->next;
        list->next = turned;
        turned = list;
        list = next;
    }
    for (; turned; turned = turned->next) sum = checksum(sum, (uint16_t)turned->value);
    return sum;
}

static uint16_t matrices(uint16_t sum, unsigned round) {
    enum { N = 9 };
    static int16_t a[N][N], b[N][N];
    static int32_t c[N][N];
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) a[i][j] = (int16_t)(i * j + (int)round), b[i][j] = (int16_t)(i - j * 3);
    }
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            int32_t total = 0;
            for (int k = 0; k < N; k++) total += a[i][k] * b[k][j];
            c[i][j] = total;
        }
    }
    for (int i = 0; i < N; i++) sum = checksum(sum, (uint16_t)c[i][N - 1 - i]);
    return sum;
}

enum state { START, SIGN, WHOLE, PART, EXPONENT, POWER, WRONG, STATES };

static enum state step(enum state state, char c) {
    int digit = c >= '0' && c <= '9';
    switch (state) {
    case START: return digit ? WHOLE : c == '-' || c == '+' ? SIGN : c == '.' ? PART : WRONG;
    case SIGN: return digit ? WHOLE : c == '.' ? PART : WRONG;
    case WHOLE: return digit ? WHOLE : c == '.' ? PART : c == 'e' ? EXPONENT : WRONG;
    case PART: return digit ? PART : c == 'e' ? EXPONENT : WRONG;
    case EXPONENT: return digit || c == '-' ? POWER : WRONG;
    case POWER: return digit ? POWER : WRONG;
    default: return WRONG;
    }
}

static uint16_t numbers(uint16_t sum, unsigned round) {
    static const char text[] = "5012,1234,-874,+122,35.54400,.1234500,-110.700,+0.64400,5.500e+3,-.123e-2,8.7e+832,T0.3e-1F,-T.T++Tq";
    unsigned ends[STATES] = {0};
    enum state state = START;
    for (const char *c = text; *c; c++) {
        char seen = (char)((round & 7) == 7 && *c == '5' ? 'x' : *c);
        if (seen == ',') {
            ends[state]++;
            state = START;
        } else {
            state = step(state, seen);
        }
    }
    for (int i = 0; i < STATES; i++) sum = checksum(sum, (uint16_t)ends[i]);
    return sum;
}

int main(int argc, char **argv) {
    long times = argc > 1 ? parse_number(argv[1]) : 1;
    uint16_t sum = 0xffff;
    for (long n = 0; n < times; n++) {
        sum = lists(sum, (unsigned)n & 0xff);
        sum = matrices(sum, (unsigned)n & 0xff);
        sum = numbers(sum, (unsigned)n & 0xff);
    }
    print("%x\n", sum);
    return 0;
}
