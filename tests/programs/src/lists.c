// Linked structures: a list built, reversed and filtered in place, a doubly linked ring (Josephus), a binary
// search tree with deletion.
#include "rt.h"

struct item {
    struct item *next;
    int value;
};

static struct item *push(struct item *list, int value) {
    struct item *item = allocate(sizeof *item);
    item->next = list;
    item->value = value;
    return item;
}

static struct item *reverse(struct item *list) {
    struct item *done = NULL;
    while (list != NULL) {
        struct item *next = list->next;
        list->next = done;
        done = list;
        list = next;
    }
    return done;
}

static void keep_odd(struct item **link) {
    while (*link != NULL) {
        struct item *item = *link;
        if (item->value % 2 == 0) {
            *link = item->next;
            release(item);
        } else {
            link = &item->next;
        }
    }
}

static void show(const char *name, const struct item *list) {
    print("%s:", name);
    for (; list != NULL; list = list->next) print(" %d", list->value);
    print("\n");
}

struct person {
    struct person *left, *right;
    int number;
};

static int last_of_ring(int people, int step) {
    struct person *ring = NULL;
    for (int i = 1; i <= people; i++) {
        struct person *p = allocate(sizeof *p);
        p->number = i;
        if (ring == NULL) {
            ring = p->left = p->right = p;
        } else {
            p->left = ring->left;
            p->right = ring;
            p->left->right = p;
            ring->left = p;
        }
    }
    while (ring->right != ring) {
        for (int i = 1; i < step; i++) ring = ring->right;
        struct person *out = ring;
        out->left->right = out->right;
        out->right->left = out->left;
        ring = out->right;
        release(out);
    }
    int number = ring->number;
    release(ring);
    return number;
}

struct node {
    struct node *child[2];
    unsigned key;
};

static struct node **find(struct node **link, unsigned key) {
    while (*link != NULL && (*link)->key != key) link = &(*link)->child[key > (*link)->key];
    return link;
}

static void insert(struct node **root, unsigned key) {
    struct node **link = find(root, key);
    if (*link != NULL) return;
    *link = allocate(sizeof **link);
    (*link)->child[0] = (*link)->child[1] = NULL;
    (*link)->key = key;
}

static void delete(struct node **root, unsigned key) {
    struct node **link = find(root, key), *node = *link;
    if (node == NULL) return;
    if (node->child[0] != NULL && node->child[1] != NULL) {
        struct node **successor = &node->child[1];
        while ((*successor)->child[0] != NULL) successor = &(*successor)->child[0];
        node->key = (*successor)->key;
        link = successor;
        node = *link;
    }
    *link = node->child[node->child[0] == NULL];
    release(node);
}

static unsigned walk(const struct node *tree, unsigned depth, unsigned *deepest) {
    if (tree == NULL) return 0;
    if (depth > *deepest) *deepest = depth;
    unsigned left = walk(tree->child[0], depth + 1, deepest);
    return left + 1 + walk(tree->child[1], depth + 1, deepest);
}

int main(void) {
    struct item *list = NULL;
    for (int i = 0; i < 20; i++) list = push(list, i * i % 23);
    show("built", list);
    list = reverse(list);
    show("reversed", list);
    keep_odd(&list);
    show("odd", list);
    print("josephus(41, 3) = %d\n", last_of_ring(41, 3));

    struct node *tree = NULL;
    uint64_t seed = 99;
    for (int i = 0; i < 300; i++) insert(&tree, next_random(&seed) % 500);
    unsigned deepest = 0, nodes = walk(tree, 1, &deepest);
    print("tree: %u nodes, %u deep\n", nodes, deepest);
    for (unsigned key = 0; key < 500; key += 2) delete(&tree, key);
    deepest = 0;
    nodes = walk(tree, 1, &deepest);
    print("odd keys: %u nodes, %u deep, 250 %s, 251 %s\n", nodes, deepest, *find(&tree, 250) ? "in" : "out",
          *find(&tree, 251) ? "in" : "out");
    return 0;
}
