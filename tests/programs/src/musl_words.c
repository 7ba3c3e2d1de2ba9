// link: musl
// A C library under a program: the words of standard input by frequency, with musl's streams, allocator, sorting,
// searching and string functions.
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "plain.h"

struct word {
    char *text;
    long count;
};

static int by_text(const void *a, const void *b) {
    return strcmp(((const struct word *)a)->text, ((const struct word *)b)->text);
}

static int by_count(const void *a, const void *b) {
    const struct word *p = a, *q = b;
    return p->count != q->count ? (p->count < q->count) - (p->count > q->count) : by_text(a, b);
}

int main(int argc, char **argv) {
    struct word *words = NULL;
    size_t length = 0, room = 0;
    char *line = NULL;
    size_t line_room = 0;
    while (getline(&line, &line_room, stdin) > 0) {
        for (char *c = line; *c != 0; c++) *c = isalpha((unsigned char)*c) ? (char)tolower((unsigned char)*c) : ' ';
        char *rest = line;
        for (char *text; (text = strsep(&rest, " ")) != NULL;) {
            if (*text == 0) continue;
            struct word key = {text, 1}, *found = bsearch(&key, words, length, sizeof key, by_text);
            if (found != NULL) {
                found->count++;
                continue;
            }
            if (length == room) {
                room = room == 0 ? 4 : room * 2;
                words = realloc(words, room * sizeof *words);
                if (words == NULL) return 1;
            }
            key.text = strdup(text);
            words[length++] = key;
            qsort(words, length, sizeof *words, by_text);
        }
    }
    free(line);
    qsort(words, length, sizeof *words, by_count);
    long most = argc > 1 ? strtol(argv[1], NULL, 10) : 1000;
    for (size_t i = 0; i < length; i++) {
        if ((long)i < most) {
            fputs(words[i].text, stdout);
            putchar(' ');
            put_number(words[i].count);
            putchar('\n');
        }
        free(words[i].text);
    }
    free(words);
    errno = 0;
    FILE *file = fopen("/no/such/file", "r");
    const char *limit = getenv("KVRM_LIMIT");
    fputs(file == NULL && errno != 0 ? "no file, limit " : "a file, limit ", stdout);
    puts(limit != NULL ? limit : "none");
    return 0;
}
