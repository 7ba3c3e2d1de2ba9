// Programs that go through much memory, for the memory oracle to learn from: one function each. PROGRAM names the one that
// runs, SIZE scales what it works on (1 is about 1 MiB), SEED changes its numbers.
typedef unsigned char u8;
typedef unsigned u32;
typedef unsigned long u64;
#define UNIT ((u64)SIZE << 20)
static u64 area[3][3 * (1 << 20) / 4];
// Every third seed has all areas at the same places of the translation cache.
#define SHIFT(n) (4096ul * (SEED % 3 * (n) % 64))
#define a ((u8 *)area[0])
#define b ((u8 *)area[1] + SHIFT(23))
#define c ((u8 *)area[2] + SHIFT(43))
static u64 state = SEED * 2654435761ul + 1;
static volatile u64 sink;

static u64 draw(u64 n) {
    state = state * 6364136223846793005ul + 1442695040888963407ul;
    return (state >> 33) % n;
}

struct node { struct node *next, *other; u64 value, more[5]; };
static struct node *bump;
static struct node *make(u64 value) {
    struct node *n = bump++;
    n->next = n->other = 0;
    n->value = value;
    return n;
}

static void fill(void) {
    for (int round = 0; round < 2; round++)
        for (u64 i = 0; i < UNIT / 8; i += 4) ((u64 *)a)[i] = i;
}
static void copy(void) {
    for (u64 i = 0; i < UNIT / 8; i += 2) ((u64 *)b)[i] = ((u64 *)a)[i];
    for (u64 i = 0; i < UNIT / 8; i += 2) ((u64 *)a)[i + 1] = ((u64 *)b)[i];
}
static void sum_of_two(void) {
    for (u64 i = 0; i < UNIT / 8; i += 4) ((u64 *)c)[i] = ((u64 *)a)[i] + ((u64 *)b)[i];
}
static void downwards(void) {
    for (u64 i = UNIT / 8; i > 0; i -= 4) ((u64 *)a)[i - 4] = i;
    for (u64 i = 0, j = UNIT / 8 - 1; i < j; i += 4, j -= 4) ((u64 *)b)[i] = ((u64 *)a)[j];
}
static void columns(void) {
    u64 width = 1024 + 512 * (SEED % 3), rows = UNIT / (8 * width), sum = 0;
    for (u64 x = 0; x < width; x += width / 16)
        for (u64 y = 0; y < rows; y++) sum += ((u64 *)a)[y * width + x]++;
    sink = sum;
}
static void transpose(void) {
    u64 n = 256 << (SIZE > 1);
    for (u64 y = 0; y < n; y++)
        for (u64 x = 0; x < n; x += 8) ((u64 *)b)[x * n + y] = ((u64 *)a)[y * n + x];
}
static void records(void) {
    u64 step = 4096 * (2 + SEED % 5) + 64 * (SEED % 7), sum = 0;
    for (int round = 0; round < 12; round++)
        for (u64 at = round * 64; at + 64 < 3 * UNIT / 2; at += step) {
            a[at] += 1;
            sum += a[at + 8];
        }
    sink = sum;
}
static void two_strides(void) {
    for (int round = 0; round < 10; round++)
        for (u64 i = 0; i < UNIT / 8192; i++) {
            a[i * 8192 + round * 8] = 1;
            b[i * 4096 * 3 % (3 * UNIT / 2) + round * 8] = 2;
        }
}
static void stencil(void) {
    u64 width = 512 + 256 * (SEED % 3), rows = UNIT / (8 * width);
    u64 *from = (u64 *)a, *to = (u64 *)b;
    for (u64 y = 1; y + 1 < rows; y++)
        for (u64 x = 1; x + 1 < width; x += 8)
            to[y * width + x] = from[(y - 1) * width + x] + from[(y + 1) * width + x] + from[y * width + x - 1];
}
static void merge_sort(void) {
    u32 n = UNIT / 16, *from = (u32 *)a, *to = (u32 *)b;
    for (u32 i = 0; i < n; i++) from[i] = draw(1 << 30);
    for (u32 width = n / 8; width < n; width *= 2) {
        for (u32 low = 0; low < n; low += 2 * width) {
            u32 i = low, middle = low + width < n ? low + width : n, end = low + 2 * width < n ? low + 2 * width : n, j = middle;
            for (u32 k = low; k < end; k++) to[k] = j >= end || (i < middle && from[i] <= from[j]) ? from[i++] : from[j++];
        }
        u32 *t = from;
        from = to;
        to = t;
    }
}
static void radix_sort(void) {
    static u32 at[17];
    u32 n = UNIT / 16, *from = (u32 *)a, *to = (u32 *)b;
    for (u32 i = 0; i < n; i++) from[i] = draw(1 << 16);
    for (u32 i = 0; i < n; i++) at[(from[i] >> 12) + 1]++;
    for (u32 i = 0; i < 16; i++) at[i + 1] += at[i];
    for (u32 i = 0; i < n; i++) to[at[from[i] >> 12]++] = from[i];
}
static void sort_part(u32 *first, u32 *end) {
    while (end - first > 1024) {
        u32 pivot = first[(end - first) / 2], *low = first, *high = end - 1;
        while (low <= high) {
            while (*low < pivot) low++;
            while (pivot < *high) high--;
            if (low <= high) {
                u32 t = *low;
                *low++ = *high;
                *high-- = t;
            }
        }
        sort_part(first, high + 1);
        first = low;
    }
}
static void quick_sort(void) {
    u32 n = UNIT / 8, *numbers = (u32 *)a;
    for (u32 i = 0; i < n; i++) numbers[i] = draw(1 << 30);
    sort_part(numbers, numbers + n);
}
static void heap_sort(void) {
    u32 n = UNIT / 8, *h = (u32 *)a;
    for (u32 i = 0; i < n; i++) h[i] = draw(1 << 30);
    for (u32 end = n; end-- > n - 3000;) {
        u32 t = h[end], at = 0;
        h[end] = h[0];
        while (2 * at + 1 < end) {
            u32 child = 2 * at + 1;
            child += child + 1 < end && h[child + 1] > h[child];
            h[at] = h[child];
            at = child;
        }
        h[at] = t;
    }
}
static void hash_table(void) {
    u64 n = UNIT / 8, *table = (u64 *)a;
    for (u64 i = 0; i < 6000; i++) {
        u64 key = draw(1 << 30) + 1, at = key * 0x9e3779b97f4a7c15ul >> 20;
        while (table[at % n] && table[at % n] != key) at++;
        table[at % n] = key;
    }
}
static void chained_hash(void) {
    struct node **heads = (struct node **)b;
    bump = (struct node *)a;
    for (u64 i = 0; i < UNIT / 64; i++) {
        struct node *n = make(draw(1 << 30));
        u64 at = n->value % (UNIT / 32);
        n->next = heads[at];
        heads[at] = n;
    }
}
static void list_in_order(void) {
    bump = (struct node *)a;
    struct node *first = make(0), *last = first;
    for (u64 i = 0; i < UNIT / 64; i++) last = last->next = make(i);
    u64 sum = 0;
    for (int round = 0; round < 3; round++)
        for (struct node *n = first; n; n = n->next) sum += n->value;
    sink = sum;
}
static void list_shuffled(void) {
    u64 n = UNIT / 512;
    u32 *order = (u32 *)b;
    for (u64 i = 0; i < n; i++) {
        u64 j = draw(i + 1);
        order[i] = order[j];
        order[j] = i;
    }
    for (u64 i = 0; i < n; i++) ((struct node *)(a + 512 * order[i]))->next = (struct node *)(a + 512 * order[(i + 1) % n]);
    u64 sum = 0;
    struct node *at = (struct node *)a;
    for (u64 i = 0; i < 3 * n; i++, at = at->next) sum += at->value;
    sink = sum;
}
static void circle(void) {
    // A short circle of pages, gone around again and again.
    u64 n = 68 + 9 * (SEED % 4), sum = 0;
    for (u64 i = 0; i < n; i++) *(u8 **)(a + 4096 * (i * 29 % n) + 8 * (i % 100)) = a + 4096 * ((i + 1) * 29 % n) + 8 * ((i + 1) % n % 100);
    u8 *at = a;
    for (u64 i = 0; i < 3000; i++, at = *(u8 **)at) sum += (u64)at;
    sink = sum;
}
static void tree(void) {
    bump = (struct node *)a;
    struct node *root = make(1 << 29);
    for (u64 i = 0; i < UNIT / 128; i++) {
        u64 value = draw(1 << 30);
        struct node **at = &root;
        while (*at) at = value < (*at)->value ? &(*at)->next : &(*at)->other;
        *at = make(value);
    }
}
static void several_lists(void) {
    struct node *last[6] = {0};
    bump = (struct node *)a;
    for (u64 i = 0; i < UNIT / 64; i++) {
        struct node *n = make(i);
        n->next = last[i % 6];
        last[i % 6] = n;
    }
    u64 sum = 0;
    for (int list = 0; list < 6; list++)
        for (struct node *n = last[list]; n; n = n->next) sum += n->value;
    sink = sum;
}
static void growing_string(void) {
    u8 *text = a, *other = b;
    u64 room = 4096;
    for (u64 length = 0; length < UNIT; length += 8) {
        if (length == room) {
            for (u64 i = 0; i < length; i += 8) *(u64 *)(other + i) = *(u64 *)(text + i);
            u8 *t = text;
            text = other;
            other = t;
            room *= 2;
        }
        *(u64 *)(text + length) = draw(256);
    }
}
static void find_in_text(void) {
    for (u64 i = 0; i < UNIT / 2; i++) a[i] = 'a' + draw(4);
    u64 found = 0;
    for (u64 i = 0; i + 4 < UNIT / 2; i += 3)
        if (a[i] == 'a' && a[i + 1] == 'b') ((u32 *)b)[found++] = i;
    sink = found;
}
static void compress(void) {
    u32 *heads = (u32 *)c;
    u8 *out = b;
    for (u64 i = 0; i < UNIT / 4; i++) a[i] = draw(i % 4096 < 2048 ? 3 : 64);
    for (u64 i = 0; i + 4 < UNIT / 4;) {
        u32 word = *(u32 *)(a + i), at = word * 2654435761u >> 18;
        u64 before = heads[at], length = 0;
        heads[at] = i;
        while (before && length < 64 && a[before + length] == a[i + length]) length++;
        *out++ = length;
        if (length < 4) *out++ = a[i++];
        else i += length;
    }
}
static void run_lengths(void) {
    u8 *out = b;
    for (u64 i = 0; i < UNIT / 2; i++) a[i] = (i >> draw(6)) & 3;
    for (u64 i = 0; i < UNIT / 2;) {
        u64 n = 1;
        while (i + n < UNIT / 2 && a[i + n] == a[i] && n < 255) n++;
        *out++ = a[i];
        *out++ = n;
        i += n;
    }
}
static void queue(void) {
    u64 n = UNIT / 16, head = 0, tail = 0, sum = 0;
    for (u64 i = 0; i < 3 * n / 2; i++) {
        ((u64 *)a)[head++ % n] = i;
        ((u64 *)b)[(i * 2) % n] = i;
        if (i % 3) sum += ((u64 *)a)[tail++ % n];
    }
    sink = sum;
}
static void grid_search(void) {
    u32 side = 512, *queue = (u32 *)b, head = 1, tail = 0;
    u8 *seen = a;
    queue[0] = side * side / 2 + side / 2;
    while (tail < head && head < 120000) {
        u32 at = queue[tail++];
        u32 near[4] = {at - 1, at + 1, at - side, at + side};
        for (int i = 0; i < 4; i++)
            if (near[i] < side * side && !seen[near[i] * 4]) {
                seen[near[i] * 4] = 1;
                queue[head++] = near[i];
            }
    }
}
static void sieve(void) {
    u64 n = UNIT;
    for (u64 p = 1009 * (1 + SEED % 3); p < 9000; p += 1502)
        for (u64 i = p; i < n; i += p) a[i] = 1;
}
static void multiply(void) {
    u64 n = 160 + 64 * (SEED % 3), *x = (u64 *)a, *y = (u64 *)b, *z = (u64 *)c;
    for (u64 i = 0; i < n; i += 8)
        for (u64 j = 0; j < n; j += 8) {
            u64 sum = 0;
            for (u64 k = 0; k < n; k++) sum += x[i * n + k] * y[k * n + j];
            z[i * n + j] = sum;
        }
}
static void counting_sort(void) {
    u32 n = UNIT / 16, keys = UNIT / 16, *from = (u32 *)a, *counts = (u32 *)b, *to = (u32 *)c;
    for (u32 i = 0; i < n; i++) from[i] = draw(keys);
    for (u32 i = 0; i < n / 16; i++) counts[from[i]]++;
    for (u32 k = 1; k < keys; k++) counts[k] += counts[k - 1];
    for (u32 i = 0; i < n / 16; i++) to[--counts[from[i]]] = from[i];
}
static void fields(void) {
    struct wide { u64 part[96]; } *w = (struct wide *)a;
    u64 n = UNIT / sizeof(*w), sum = 0;
    for (u64 i = 0; i < n; i++) w[i].part[SEED % 90] = i;
    for (u64 i = 0; i < n; i++) sum += w[n - 1 - i].part[SEED % 90] + ((u64 *)b)[i * 64];
    sink = sum;
}

__attribute__((noreturn)) void _start(void) {
    PROGRAM();
    register long status asm("x0") = 0;
    register long number asm("x8") = 94;
    asm volatile("svc 0" : : "r"(status), "r"(number));
    __builtin_unreachable();
}
