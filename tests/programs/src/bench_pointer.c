// Pointer chasing: argv[1] steps (1,000,000 when left out) through 4,096 nodes of 32 bytes, linked in one shuffled
// circle, so that every load waits for the one before. Prints a sum over the nodes met.
#include "rt.h"

struct node {
    struct node *next;
    uint64_t value;
    uint64_t unused[2];
};

int main(int argc, char **argv) {
    long steps = argc > 1 ? parse_number(argv[1]) : 1000000;
    static struct node nodes[4096];
    static uint16_t order[COUNT(nodes)];
    uint64_t seed = 1;
    for (unsigned i = 0; i < COUNT(nodes); i++) {
        unsigned j = next_random(&seed) % (i + 1);
        order[i] = order[j];
        order[j] = (uint16_t)i;
    }
    for (unsigned i = 0; i < COUNT(nodes); i++) {
        nodes[order[i]].next = &nodes[order[(i + 1) % COUNT(nodes)]];
        nodes[order[i]].value = i;
    }
    uint64_t sum = 0;
    for (const struct node *n = nodes; steps > 0; steps--) {
        sum += n->value;
        n = n->next;
    }
    print("%lu\n", sum);
    return 0;
}
