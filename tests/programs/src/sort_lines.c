// The lines of standard input in the order of their bytes: merge sort of a linked list on the heap.
#include "rt.h"

struct line {
    struct line *next;
    char text[];
};

static struct line *merge(struct line *a, struct line *b) {
    struct line *first = NULL, **link = &first;
    while (a != NULL && b != NULL) {
        struct line **smaller = strcmp(a->text, b->text) <= 0 ? &a : &b;
        *link = *smaller;
        link = &(*smaller)->next;
        *smaller = *link;
    }
    *link = a != NULL ? a : b;
    return first;
}

static struct line *sort(struct line *list) {
    if (list == NULL || list->next == NULL) return list;
    struct line *middle = list;
    for (struct line *fast = list->next; fast != NULL && fast->next != NULL; fast = fast->next->next) {
        middle = middle->next;
    }
    struct line *right = middle->next;
    middle->next = NULL;
    return merge(sort(list), sort(right));
}

int main(void) {
    struct line *lines = NULL;
    char text[256];
    size_t length = 0;
    for (int c; (c = get_byte()) >= 0;) {
        if (c != '\n' && length + 1 < sizeof text) text[length++] = (char)c;
        if (c != '\n') continue;
        text[length++] = 0;
        struct line *line = allocate(sizeof *line + length);
        if (line == NULL) return 1;
        memcpy(line->text, text, length);
        line->next = lines;
        lines = line;
        length = 0;
    }
    for (struct line *line = sort(lines); line != NULL; line = line->next) print("%s\n", line->text);
    return 0;
}
