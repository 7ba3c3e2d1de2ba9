// String functions, on every alignment of both operands where that matters.
#include "rt.h"

static void check(const char *name, bool ok) {
    print("%s %s\n", name, ok ? "ok" : "WRONG");
}

static bool copies_at_all_alignments(bool overlapping) {
    char bytes[64], copy[64];
    for (size_t from = 0; from < 8; from++) {
        for (size_t to = 0; to < 8; to++) {
            for (size_t length = 3; length < 20; length += 8) {
                for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (char)(i + 1);
                memcpy(copy, bytes, sizeof copy);
                size_t target = overlapping ? to : to + 32;
                if (overlapping) memmove(bytes + target, bytes + from, length);
                else memcpy(bytes + target, bytes + from, length);
                for (size_t i = 0; i < sizeof bytes; i++) {
                    bool inside = i >= target && i < target + length;
                    if (bytes[i] != copy[inside ? i - target + from : i]) return false;
                }
            }
        }
    }
    return true;
}

static bool fills_exactly(void) {
    char bytes[48];
    for (size_t at = 0; at < 9; at++) {
        for (size_t length = 0; length < 33; length += 4) {
            memset(bytes, 'x', sizeof bytes);
            memset(bytes + at, 0x1e7, length);
            for (size_t i = 0; i < sizeof bytes; i++) {
                if (bytes[i] != (char)(i >= at && i < at + length ? 0xe7 : 'x')) return false;
            }
        }
    }
    return true;
}

static void reverse(char *s) {
    for (char *a = s, *b = s + strlen(s) - 1; a < b; a++, b--) {
        char c = *a;
        *a = *b;
        *b = c;
    }
}

int main(void) {
    static const char text[] = "She sells sea shells by the sea shore";
    char buffer[64];
    check("memcpy", copies_at_all_alignments(false));
    check("memmove", copies_at_all_alignments(true));
    check("memset", fills_exactly());
    check("strlen", strlen("") == 0 && strlen("abc") == 3 && strlen(text) == sizeof text - 1);
    check("strcmp", strcmp("a", "b") < 0 && strcmp("b", "a") > 0 && strcmp("ab", "ab") == 0 && strcmp("ab", "abc") < 0 &&
                        strcmp("\xff", "\x01") > 0);
    check("strncmp", strncmp("abcx", "abcy", 3) == 0 && strncmp("abcx", "abcy", 4) < 0 && strncmp("a", "a", 9) == 0);
    check("memcmp", memcmp("a\0b", "a\0c", 3) < 0 && memcmp("a\0b", "a\0c", 2) == 0);
    check("strchr", strchr(text, 's') == text + 4 && strchr(text, 0) == text + strlen(text) && !strchr(text, 'z'));
    check("strrchr", strrchr(text, 's') == text + 32 && strrchr(text, 'z') == NULL);
    check("memchr", memchr(text, 'e', 3) == text + 2 && memchr(text, 'e', 2) == NULL);
    check("strstr", strstr(text, "sea") == text + 10 && strstr(text, "seas") == NULL && strstr(text, "") == text);
    print("%s\n", strcat(strcat(strcpy(buffer, "one"), " and "), "two"));
    reverse(strcpy(buffer, text));
    print("%s\n", buffer);
    print("%ld %ld %ld %ld %ld\n", parse_number("0"), parse_number("-123x"), parse_number("0xfeedface"),
          parse_number("9223372036854775807"), parse_number("-9223372036854775808"));
    print("[%5d] [%d] [%05d] [%x] [%08lx] [%lu] [%c] [%%] [%s]\n", -42, 7, -42, 0xbeef, 0xabcUL, UINT64_MAX, '!', "");

    unsigned seen[26] = {0};
    for (const char *s = text; *s != 0; s++) {
        unsigned letter = (unsigned)(*s | 0x20) - 'a';
        if (letter < 26) seen[letter]++;
    }
    for (int i = 0; i < 26; i++) {
        if (seen[i] != 0) print("%c%u ", 'a' + i, seen[i]);
    }
    print("\n");
    return 0;
}
