// A first-fit allocator over memory that brk provides. Free blocks form a list in address order, so that a
// released block can join the free neighbours on both sides.
#include "rt.h"

struct block {
    size_t size; // of the whole block, this header included
    struct block *next;
};

enum { STEP = 16384 };
static struct block *free_list;
static char *heap_end;

static struct block *grow(size_t size) {
    if (heap_end == NULL) {
        uintptr_t start = (uintptr_t)syscall(SYS_brk, 0);
        heap_end = (char *)((start + 15) & ~(uintptr_t)15);
    }
    size = (size + STEP - 1) / STEP * STEP;
    if ((char *)syscall(SYS_brk, heap_end + size) != heap_end + size) return NULL;
    struct block *block = (struct block *)heap_end;
    heap_end += size;
    block->size = size;
    return block;
}

static void insert(struct block *block) {
    struct block **link = &free_list, *before = NULL;
    while (*link != NULL && *link < block) {
        before = *link;
        link = &before->next;
    }
    block->next = *link;
    *link = block;
    if ((char *)block + block->size == (char *)block->next) {
        block->size += block->next->size;
        block->next = block->next->next;
    }
    if (before != NULL && (char *)before + before->size == (char *)block) {
        before->size += block->size;
        before->next = block->next;
    }
}

void *allocate(size_t size) {
    if (size > PTRDIFF_MAX) return NULL;
    size = (size + sizeof(struct block) + 15) & ~(size_t)15;
    for (;;) {
        for (struct block **link = &free_list; *link != NULL; link = &(*link)->next) {
            struct block *block = *link;
            if (block->size < size) continue;
            if (block->size >= size + 2 * sizeof(struct block)) {
                struct block *rest = (struct block *)((char *)block + size);
                rest->size = block->size - size;
                rest->next = block->next;
                *link = rest;
                block->size = size;
            } else {
                *link = block->next;
            }
            return block + 1;
        }
        struct block *block = grow(size);
        if (block == NULL) return NULL;
        insert(block);
    }
}

void release(void *block) {
    if (block != NULL) insert((struct block *)block - 1);
}
