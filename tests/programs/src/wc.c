// Counts the lines, words and bytes of standard input.
#include "rt.h"

int main(void) {
    unsigned lines = 0, words = 0, bytes = 0;
    bool in_word = false;
    for (int c; (c = get_byte()) >= 0; bytes++) {
        bool space = c == ' ' || (c >= '\t' && c <= '\r');
        if (c == '\n') lines++;
        if (!space && !in_word) words++;
        in_word = !space;
    }
    print("%u %u %u\n", lines, words, bytes);
    return 0;
}
