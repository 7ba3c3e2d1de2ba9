// Collected output, and the formatted printing of integers and strings.
#include "rt.h"

static char pending[1024];
static size_t pending_length;

void flush(void) {
    size_t done = 0;
    while (done < pending_length) {
        long n = syscall(SYS_write, 1, pending + done, pending_length - done);
        if (n <= 0) break;
        done += (size_t)n;
    }
    pending_length = 0;
}

static void put_char(char c) {
    if (pending_length == sizeof pending) flush();
    pending[pending_length++] = c;
}

void put_bytes(const void *bytes, size_t length) {
    const char *from = bytes;
    for (size_t i = 0; i < length; i++) put_char(from[i]);
}

void put_hex(const void *bytes, size_t length) {
    const uint8_t *from = bytes;
    for (size_t i = 0; i < length; i++) {
        put_char("0123456789abcdef"[from[i] >> 4]);
        put_char("0123456789abcdef"[from[i] & 15]);
    }
}

static void put_number(uint64_t value, bool negative, unsigned base, int width, char pad) {
    char digits[24];
    int n = 0;
    do {
        digits[n++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    int length = n + negative;
    if (negative && pad == '0') put_char('-');
    for (; length < width; length++) put_char(pad);
    if (negative && pad != '0') put_char('-');
    while (n > 0) put_char(digits[--n]);
}

void print(const char *format, ...) {
    va_list args;
    va_start(args, format);
    for (const char *f = format; *f != 0; f++) {
        if (*f != '%') {
            put_char(*f);
            continue;
        }
        f++;
        char pad = ' ';
        int width = 0;
        bool is_long = false;
        if (*f == '0') pad = *f++;
        while (*f >= '0' && *f <= '9') width = width * 10 + (*f++ - '0');
        if (*f == 'l') {
            is_long = true;
            f++;
        }
        if (*f == 'd') {
            int64_t value = is_long ? va_arg(args, long) : va_arg(args, int);
            put_number(value < 0 ? -(uint64_t)value : (uint64_t)value, value < 0, 10, width, pad);
        } else if (*f == 'u' || *f == 'x') {
            uint64_t value = is_long ? va_arg(args, unsigned long) : va_arg(args, unsigned);
            put_number(value, false, *f == 'x' ? 16 : 10, width, pad);
        } else if (*f == 's') {
            const char *s = va_arg(args, const char *);
            put_bytes(s, strlen(s));
        } else if (*f == 'c') {
            put_char((char)va_arg(args, int));
        } else {
            put_char(*f);
        }
    }
    va_end(args);
}
