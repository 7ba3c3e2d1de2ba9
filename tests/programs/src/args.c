// What main is given: arguments, environment, and the parts of the auxiliary vector that are the same anywhere.
#include "rt.h"

enum { AT_NULL = 0, AT_PHDR = 3, AT_PHENT = 4, AT_PHNUM = 5, AT_PAGESZ = 6, AT_ENTRY = 9, AT_SECURE = 23, AT_RANDOM = 25 };

void _start(void);
extern const char __ehdr_start[];

int main(int argc, char **argv, char **envp) {
    print("argc %d\n", argc);
    for (int i = 0; i < argc; i++) print("argv[%d] = '%s'\n", i, argv[i]);
    if (argv[argc] != NULL) return 1;
    int variables = 0;
    for (; envp[variables] != NULL; variables++) {
        if (strncmp(envp[variables], "KVRM_", 5) == 0) print("%s\n", envp[variables]);
    }

    const uint64_t *auxv = (const uint64_t *)(envp + variables + 1);
    uint64_t value[64] = {0};
    for (; auxv[0] != AT_NULL; auxv += 2) {
        if (auxv[0] < COUNT(value)) value[auxv[0]] = auxv[1];
    }
    uint64_t phoff, phentsize = (uint8_t)__ehdr_start[54], phnum = (uint8_t)__ehdr_start[56];
    memcpy(&phoff, __ehdr_start + 32, 8);
    print("page size %lu\n", value[AT_PAGESZ]);
    print("entry %s\n", value[AT_ENTRY] == (uintptr_t)_start ? "ok" : "wrong");
    print("program headers %s\n", value[AT_PHDR] == (uintptr_t)__ehdr_start + phoff ? "ok" : "wrong");
    print("their size and number %s\n", value[AT_PHENT] == phentsize && value[AT_PHNUM] == phnum ? "ok" : "wrong");
    print("secure %lu\n", value[AT_SECURE]);
    print("random bytes %s\n", value[AT_RANDOM] != 0 ? "present" : "missing");
    uintptr_t sp = (uintptr_t)__builtin_frame_address(0);
    print("stack %s\n", sp % 16 == 0 && sp < (uintptr_t)argv ? "aligned, below argv" : "wrong");
    return argc;
}
