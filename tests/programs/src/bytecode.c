// A bytecode machine: a stack, locals, calls and branches. It runs a Collatz search and a recursive factorial, and
// stops with a reason on bad code.
#include "rt.h"

enum opcode { PUSH, LOAD, STORE, ADD, SUB, MUL, DIV, MOD, LESS, EQUAL, JUMP, BRANCH_ZERO, CALL, RETURN, PRINT, STOP };

// How many values each opcode takes from the stack.
static const uint8_t TAKES[] = {
    [STORE] = 1, [ADD] = 2,   [SUB] = 2,         [MUL] = 2,   [DIV] = 2,  [MOD] = 2,
    [LESS] = 2,  [EQUAL] = 2, [BRANCH_ZERO] = 1, [PRINT] = 1, [STOP] = 0,
};

struct instruction {
    uint8_t opcode;
    int16_t argument;
};

struct machine {
    const struct instruction *code;
    size_t length, pc;
    int64_t stack[64], locals[8];
    size_t returns[32];
    unsigned depth, calls;
};

static const char *run(struct machine *m) {
    for (unsigned steps = 0; steps < 20000; steps++) {
        if (m->pc >= m->length) return "ran off the code";
        struct instruction i = m->code[m->pc++];
        if (i.opcode > STOP) return "bad opcode";
        if (m->depth < TAKES[i.opcode]) return "stack underflow";
        if (m->depth == COUNT(m->stack)) return "stack overflow";
        m->depth -= TAKES[i.opcode];
        int64_t *top = &m->stack[m->depth];
        switch ((enum opcode)i.opcode) {
        case PUSH: top[0] = i.argument; break;
        case LOAD: top[0] = m->locals[i.argument]; break;
        case STORE: m->locals[i.argument] = top[0]; continue;
        case ADD: top[0] += top[1]; break;
        case SUB: top[0] -= top[1]; break;
        case MUL: top[0] *= top[1]; break;
        case DIV:
            if (top[1] == 0) return "division by zero";
            top[0] /= top[1];
            break;
        case MOD:
            if (top[1] == 0) return "division by zero";
            top[0] %= top[1];
            break;
        case LESS: top[0] = top[0] < top[1]; break;
        case EQUAL: top[0] = top[0] == top[1]; break;
        case JUMP: m->pc = (size_t)i.argument; continue;
        case BRANCH_ZERO:
            if (top[0] == 0) m->pc = (size_t)i.argument;
            continue;
        case CALL:
            if (m->calls == COUNT(m->returns)) return "too many calls";
            m->returns[m->calls++] = m->pc;
            m->pc = (size_t)i.argument;
            continue;
        case RETURN:
            if (m->calls == 0) return "return without a call";
            m->pc = m->returns[--m->calls];
            continue;
        case PRINT: print("%ld ", top[0]); continue;
        case STOP: return "stopped";
        }
        m->depth++;
    }
    return "too many steps";
}

static void attempt(const char *name, const struct instruction *code, size_t length) {
    static struct machine m;
    memset(&m, 0, sizeof m);
    m.code = code;
    m.length = length;
    print("%s: ", name);
    const char *end = run(&m);
    print("(%s at %lu, %u on the stack)\n", end, m.pc, m.depth);
}
#define ATTEMPT(name, code) attempt(name, code, COUNT(code))

// Locals: candidate, value, steps, most steps, best candidate.
static const struct instruction COLLATZ[] = {
    {PUSH, 1}, {STORE, 0},
    /* 2: next candidate */ {LOAD, 0}, {STORE, 1}, {PUSH, 0}, {STORE, 2},
    /* 6: next step */ {LOAD, 1}, {PUSH, 1}, {EQUAL, 0}, {BRANCH_ZERO, 11}, {JUMP, 28},
    /* 11 */ {LOAD, 2}, {PUSH, 1}, {ADD, 0}, {STORE, 2}, {LOAD, 1}, {PUSH, 2}, {MOD, 0}, {BRANCH_ZERO, 23},
    /* 19: odd */ {LOAD, 1}, {CALL, 50}, {STORE, 1}, {JUMP, 6},
    /* 23: even */ {LOAD, 1}, {PUSH, 2}, {DIV, 0}, {STORE, 1}, {JUMP, 6},
    /* 28: arrived at 1 */ {LOAD, 3}, {LOAD, 2}, {LESS, 0}, {BRANCH_ZERO, 36},
    /* 32: a new best */ {LOAD, 2}, {STORE, 3}, {LOAD, 0}, {STORE, 4},
    /* 36 */ {LOAD, 0}, {PUSH, 1}, {ADD, 0}, {STORE, 0}, {LOAD, 0}, {PUSH, 30}, {LESS, 0}, {BRANCH_ZERO, 45}, {JUMP, 2},
    /* 45 */ {LOAD, 4}, {PRINT, 0}, {LOAD, 3}, {PRINT, 0}, {STOP, 0},
    /* 50: triple and add one */ {PUSH, 3}, {MUL, 0}, {PUSH, 1}, {ADD, 0}, {RETURN, 0},
};
static const struct instruction FACTORIAL[] = {
    {PUSH, 20}, {STORE, 0}, {PUSH, 1}, {CALL, 6}, {PRINT, 0}, {STOP, 0},
    /* 6 */ {LOAD, 0}, {BRANCH_ZERO, 15}, {LOAD, 0}, {MUL, 0}, {LOAD, 0}, {PUSH, 1}, {SUB, 0}, {STORE, 0}, {CALL, 6},
    /* 15 */ {RETURN, 0},
};
static const struct instruction UNDERFLOW[] = {{PUSH, 1}, {ADD, 0}};
static const struct instruction OVERFLOW[] = {{PUSH, 1}, {JUMP, 0}};
static const struct instruction ZERO[] = {{PUSH, 1}, {PUSH, 0}, {MOD, 0}};
static const struct instruction DEEP[] = {{CALL, 0}};
static const struct instruction LOST[] = {{JUMP, 99}};
static const struct instruction BAD[] = {{77, 0}};
static const struct instruction ENDLESS[] = {{JUMP, 0}};

int main(void) {
    ATTEMPT("collatz below 30", COLLATZ);
    ATTEMPT("20!", FACTORIAL);
    ATTEMPT("underflow", UNDERFLOW);
    ATTEMPT("overflow", OVERFLOW);
    ATTEMPT("zero", ZERO);
    ATTEMPT("deep", DEEP);
    ATTEMPT("lost", LOST);
    ATTEMPT("bad", BAD);
    ATTEMPT("endless", ENDLESS);
    return 0;
}
