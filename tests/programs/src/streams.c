// The standard streams by system calls: vectors, offsets, closing, and errors for what is wrong.
#include "rt.h"

struct piece {
    const void *bytes;
    size_t length;
};

static void show(const char *name, long result) {
    print("%s: %ld\n", name, result);
}

int main(void) {
    char first[5], second[7], rest[32];
    struct piece in[] = {{first, sizeof first}, {NULL, 0}, {second, sizeof second}};
    show("readv", syscall(SYS_readv, 0, in, 3));
    put_bytes(first, sizeof first);
    print("|");
    put_bytes(second, sizeof second);
    print("|\n");
    flush();
    struct piece out[] = {{"one ", 4}, {NULL, 0}, {"two ", 4}, {"three\n", 6}};
    show("writev", syscall(SYS_writev, 1, out, 4));
    show("writev of nothing", syscall(SYS_writev, 1, out, 0));
    show("read of nothing", syscall(SYS_read, 0, rest, 0));
    show("lseek on a pipe", syscall(SYS_lseek, 0, 0, 1));
    show("ioctl TCGETS", syscall(SYS_ioctl, 1, 0x5401, rest));
    show("write to 77", syscall(SYS_write, 77, "x", 1));
    show("read from 77", syscall(SYS_read, 77, rest, 1));
    show("close 77", syscall(SYS_close, 77));
    show("write from nowhere", syscall(SYS_write, 1, 8, 1));
    show("read to nowhere", syscall(SYS_read, 0, 8, 4));
    uint32_t stat[32] = {0};
    show("fstat", syscall(SYS_fstat, 1, stat));
    show("newfstatat", syscall(SYS_newfstatat, 0, "", stat, 0x1000));
    show("fstat of 77", syscall(SYS_fstat, 77, stat));
    show("no such call", syscall(9999));
    show("close standard input", syscall(SYS_close, 0));
    show("read after close", syscall(SYS_read, 0, rest, sizeof rest));
    show("close again", syscall(SYS_close, 0));
    return 0;
}
