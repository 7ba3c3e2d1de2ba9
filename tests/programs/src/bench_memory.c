// Ways through memory: argv[1] says which (all of them when left out), argv[2] how many KiB (256). Each writes pages that
// were never written before, or goes through them again, and prints a sum of what it finds.
#include "rt.h"

static uint64_t seed = 1;

static void say(const char *name, uint64_t sum) { print("%s %lu\n", name, sum); }

static uint64_t sum_of(const uint64_t *words, size_t count) {
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i += 64) sum = sum * 31 + words[i];
    return sum;
}

// One word after the other.
static uint64_t fill(uint64_t *words, size_t count) {
    for (size_t i = 0; i < count; i++) words[i] = i;
    return sum_of(words, count);
}

// From the end down.
static uint64_t down(uint64_t *words, size_t count) {
    for (size_t i = count; i-- > 0;) words[i] = i;
    return sum_of(words, count);
}

// One word every three pages, until the end, three times.
static uint64_t stride(uint64_t *words, size_t count) {
    for (size_t at = 0; at < 3; at++)
        for (size_t i = at * 512; i < count; i += 1536) {
            words[i] = i;
            for (size_t k = 1; k < 64; k++) words[i + k] = words[i + k - 1] + k;
        }
    return sum_of(words, count);
}

// The columns of a matrix whose rows are 5,000 bytes.
static uint64_t columns(uint64_t *words, size_t count) {
    size_t rows = count / 625;
    for (size_t column = 0; column < 16; column++)
        for (size_t row = 0; row < rows; row++) words[row * 625 + column * 39] = row ^ column;
    return sum_of(words, count);
}

// Two arrays into a third.
static uint64_t add(uint64_t *words, size_t count) {
    size_t third = count / 3;
    for (size_t i = 0; i < third; i++) words[i] = i, words[third + i] = i * 3;
    for (size_t i = 0; i < third; i++) words[2 * third + i] = words[i] + words[third + i];
    return sum_of(words, count);
}

// A list of nodes of 128 bytes, linked as they come, then gone through and changed twice.
static uint64_t list(uint64_t *words, size_t count) {
    uint64_t *head = 0, sum = 0;
    for (size_t i = 0; i + 16 <= count; i += 16) {
        words[i] = (uint64_t)head;
        words[i + 1] = i;
        head = words + i;
    }
    for (int round = 0; round < 2; round++)
        for (uint64_t *node = head; node; node = (uint64_t *)node[0]) sum += node[1]++;
    return sum;
}

// The same in a shuffled order: the next node is anywhere.
static uint64_t chase(uint64_t *words, size_t count) {
    size_t nodes = count / 128, at = 0;
    uint64_t sum = 0;
    for (size_t i = 0; i < nodes; i++) {
        size_t j = (i * 40503 + 7) % nodes;
        words[at * 128] = j;
        at = j;
    }
    for (size_t i = 0; i < 4 * nodes; i++) sum = sum * 5 + at, at = words[at * 128];
    return sum;
}

// Counting in a hash table.
static uint64_t hash(uint64_t *words, size_t count) {
    for (size_t i = 0; i < count / 8; i++) {
        uint64_t key = next_random(&seed);
        words[key % count] += key;
    }
    return sum_of(words, count);
}

// Random words sorted by their lowest byte into a second half.
static uint64_t sort(uint64_t *words, size_t count) {
    size_t half = count / 2, starts[257] = {0};
    for (size_t i = 0; i < half; i++) words[i] = next_random(&seed), starts[(words[i] & 255) + 1]++;
    for (int i = 0; i < 256; i++) starts[i + 1] += starts[i];
    for (size_t i = 0; i < half; i++) words[half + starts[words[i] & 255]++] = words[i];
    return sum_of(words + half, half);
}

static const struct {
    const char *name;
    uint64_t (*run)(uint64_t *, size_t);
} ways[] = {{"fill", fill}, {"down", down}, {"stride", stride}, {"columns", columns}, {"add", add},
            {"list", list}, {"chase", chase}, {"hash", hash}, {"sort", sort}};

int main(int argc, char **argv) {
    size_t count = (argc > 2 ? parse_number(argv[2]) : 256) * 128;
    for (unsigned i = 0; i < COUNT(ways); i++) {
        if (argc > 1 && strcmp(argv[1], ways[i].name) != 0) continue;
        uint64_t *words = allocate((count + 1024) * 8);
        if (!words) return 1;
        say(ways[i].name, ways[i].run(words, count));
    }
    return 0;
}
