// Tables of records: scans, sums of fields, joins, free lists, indexes. N scales them.
#include "rt.h"
typedef struct Record { uint64_t key; uint32_t amount; uint16_t kind; uint8_t state, mark; struct Record *next; } Record;
static Record table[N];
static Record *list, *free_list;
static uint64_t keys[N], bitmap[N];
static uint32_t amounts[N], index_of[N];
static uint8_t column[4 * N], flags[4 * N];

static void build(uint64_t *state) {
    for (int i = 0; i < N; i++) table[i] = (Record){ .key = next_random(state), .amount = i, .kind = i % 5 };
}
static void link_all(void) {
    list = NULL;
    for (int i = 0; i < N; i++) table[i].next = list, list = &table[i];
}
static void link_free(void) {
    Record *p = table;
    for (; p < table + N - 1; p++) p->next = p + 1;
    p->next = NULL;
    free_list = table;
}
static uint64_t sum_amounts(void) {
    uint64_t sum = 0;
    for (int i = 0; i < N; i++) sum += table[i].amount;
    return sum;
}
static uint64_t sum_list(void) {
    uint64_t sum = 0;
    for (Record *p = list; p; p = p->next) sum += p->amount;
    return sum;
}
static Record *find_key(uint64_t key) {
    for (Record *p = table, *end = table + N; p != end; ++p)
        if (p->key == key) return p;
    return NULL;
}
static int count_kind(uint16_t kind) {
    int count = 0;
    for (int i = 0; i < N; i++)
        if (table[i].kind == kind) count++;
    return count;
}
static void mark_all(uint8_t value) {
    for (size_t i = 0; i < N; i++) table[i].mark = value;
}
static void set_states(void) {
    Record *p = table;
    int n = N;
    do p++->state = 3;
    while (--n);
}
static void gather_keys(void) {
    for (int i = 0; i < N; i++) keys[i] = table[i].key;
}
static void gather_amounts(uint32_t *to) {
    const Record *p = table;
    for (uint32_t *end = to + N; to < end; p++) *to++ = p->amount;
}
static void scatter(const uint32_t *from) {
    for (int i = 0; i < N; i++) table[i].amount = from[i];
}
static uint32_t most(void) {
    uint32_t most = 0;
    for (int i = 0; i < N; i++)
        if (table[i].amount > most) most = table[i].amount;
    return most;
}
static uint64_t group(uint64_t *sums) {
    for (int k = 0; k < 5; k++) sums[k] = 0;
    for (int i = 0; i < N; i++) sums[table[i].kind] += table[i].amount;
    return sums[2];
}
static void clear_bitmap(void) {
    for (unsigned i = 0; i < N; i++) bitmap[i] = 0;
}
static void set_bits(int from, int count) {
    for (int i = from; i < from + count; i++) bitmap[i / 64] |= 1ull << i % 64;
}
static int find_clear_word(void) {
    int i = 0;
    while (i < N && bitmap[i] == ~0ull) ++i;
    return i;
}
static int find_clear_bit(uint64_t word) {
    int bit = 0;
    while (word >> bit & 1) bit++;
    return bit;
}
static void fill_bitmap(uint64_t *p, long n) {
    for (long i = n; --i >= 0;) p[i] = ~0ull;
}
static void unite(uint64_t *a, const uint64_t *b, int n) {
    for (int i = 0; i < n; i++) a[i] |= b[i];
}
static uint64_t meet(const uint64_t *a, int n) {
    uint64_t all = ~0ull;
    for (int i = 0; i < n; i++) all &= a[i];
    return all;
}
static uint64_t fold(const uint64_t *p, const uint64_t *end) {
    uint64_t all = 0;
    while (p != end) all ^= *p++;
    return all;
}
static void index_by(const uint64_t *k) {
    for (int i = 0; i < N; i++) index_of[k[i] % N] = i;
}
static uint64_t follow(uint32_t at) {
    uint64_t sum = 0;
    for (int i = 0; i < N; i++) sum += at = index_of[at];
    return sum;
}
static void copy_column(uint8_t *restrict to, const uint8_t *restrict from) {
    for (unsigned i = 0; i < 4 * N; i++) to[i] = from[i];
}
static int equal_columns(void) {
    for (int i = 0; i < 4 * N; i++)
        if (column[i] != flags[i]) return i;
    return -1;
}
static int first_set(const uint8_t *p) {
    const uint8_t *start = p;
    while (*p == 0) p++;
    return p - start;
}
static void init_column(uint8_t value) {
    uint8_t *p = column;
    while (p < column + 4 * N) *p++ = value;
}
static unsigned bytes_sum(const uint8_t *p, unsigned n) {
    unsigned sum = 0;
    while (n) sum += *p, p++, n--;
    return sum;
}
static int partition(uint64_t pivot) {
    int low = 0, high = N - 1;
    while (low < high) {
        while (low < high && keys[low] < pivot) low++;
        while (low < high && keys[high] >= pivot) high--;
        uint64_t t = keys[low];
        keys[low] = keys[high], keys[high] = t;
    }
    return low;
}

int main(void) {
    uint64_t state = 6, h = HASH_START, sums[5];
    for (int r = 0; r <= 3000 / N; r++) {
        build(&state), link_all(), mark_all(r), set_states(), gather_keys(), gather_amounts(amounts), scatter(amounts);
        h = hash_word(h, sum_amounts() + sum_list() + !find_key(1) + count_kind(3) + most() + group(sums));
        link_free(), clear_bitmap(), set_bits(3, N), fill_bitmap(bitmap, N), unite(bitmap, keys, N);
        h = hash_word(h, find_clear_word() + find_clear_bit(keys[0]) + meet(bitmap, N) + fold(keys, keys + N));
        init_column(0), copy_column(flags, column), column[4 * N - 1] = 1;
        h = hash_word(h, equal_columns() + first_set(column) + bytes_sum(column, 4 * N));
        index_by(keys), h = hash_word(h, follow(1) + partition(1ull << 31));
    }
    print("%lx %lx\n", h, (uint64_t)(free_list - table));
    return 0;
}
