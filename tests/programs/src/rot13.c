// Standard input with every letter moved by half the alphabet.
#include "rt.h"

int main(void) {
    for (int c; (c = get_byte()) >= 0;) {
        int lower = c | 0x20;
        if (lower >= 'a' && lower <= 'z') c += lower < 'n' ? 13 : -13;
        print("%c", c);
    }
    return 0;
}
