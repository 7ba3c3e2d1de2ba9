// Standard input to standard output, by plain system calls and an uneven buffer; the status counts the pieces.
#include "rt.h"

int main(void) {
    char buffer[77];
    int pieces = 0;
    for (long n; (n = syscall(SYS_read, 0, buffer, sizeof buffer)) > 0; pieces++) {
        for (long done = 0; done < n;) {
            long written = syscall(SYS_write, 1, buffer + done, n - done);
            if (written <= 0) return 100;
            done += written;
        }
    }
    return pieces;
}
