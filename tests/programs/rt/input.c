// Standard input, read in pieces and handed out byte by byte.
#include "rt.h"

static uint8_t buffer[512];
static long length, next;

int get_byte(void) {
    if (next == length) {
        length = syscall(SYS_read, 0, buffer, sizeof buffer);
        next = 0;
        if (length <= 0) {
            length = 0;
            return -1;
        }
    }
    return buffer[next++];
}
