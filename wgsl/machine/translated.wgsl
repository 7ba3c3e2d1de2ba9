// Between the interpreter and translated code, which src/translate makes: `translated` takes a lane from the head of a
// block as far as it can, and leaves it as the interpreter would have.

const TRANSLATION_LEAVE = NONE;

// Control words of heads, in whose place SYSTEM_TRANSLATED stands, and of instructions that set flags.
@group(1) @binding(9) var<storage, read> translated_words: array<vec4<u32>>;

// Translated code has left at an instruction that the interpreter has to do, or may do alone before the slice ends.
var<private> held: bool;

// Control word SYSTEM_TRANSLATED: y is the place of the instruction's own in translated_words, z the number of the
// block, w whether the block reads the flags.
fn translation_is_head(c: vec4<u32>) -> bool {
    return (c.x & 0xffffu) == (SYSTEM | (SYSTEM_TRANSLATED << OPERATION_SHIFT));
}

// The block at `jump_pc`. One that reads flags is not entered before they are made.
fn translation_find(flag_word: u32) -> u32 {
    event = EVENT_JUMP;
    if (!code_near()) {
        return TRANSLATION_LEAVE;
    }
    event = 0u;
    let c = control_words[code];
    return select(TRANSLATION_LEAVE, c.z, translation_is_head(c) && (c.w == 0u || flag_word == NONE));
}

// Makes the flags that an instruction set, if nobody has yet.
fn translation_flags(flag_word: u32, a: vec2<u32>, b: vec2<u32>) {
    if (flag_word != NONE) {
        let c = translated_words[flag_word];
        if ((c.x & KERNEL_MASK) == LOGICAL) {
            let result = logical(c, a, b);
        } else {
            let result = arithmetic(c, a, b);
        }
    }
}

// Whether the slice has ended with that: the jump that came last is then the next slice's to look at.
fn translation_attend() -> bool {
    if (event == EVENT_TRANSLATED) {
        event = 0u;
        translated(control_words[code].z);
    }
    return retired >= budget;
}

// Whether the interpreter has to execute an instruction now, though a block may begin there.
fn translation_held() -> bool {
    let now = held && retired < budget;
    held = false;
    return now;
}

// The control word of the instruction at hand.
fn translation_word() -> vec4<u32> {
    let c = control_words[code];
    if (translation_is_head(c)) {
        return translated_words[c.y];
    }
    return c;
}
