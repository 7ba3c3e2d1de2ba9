// Between the interpreter and translated code, which src/translate makes: `translated` takes a lane from the head of a
// block as far as it can, and leaves it as the interpreter would have.

const TRANSLATION_LEAVE = NONE;

// Control words of heads, in whose place SYSTEM_TRANSLATED stands, and of instructions that set flags.
@group(1) @binding(9) var<storage, read> translated_words: array<vec4<u32>>;

// Translated code has left at an instruction that the interpreter has to do, or may do alone before the slice ends.
var<private> held: bool;

// The block at hand, or that it leaves; instructions that the slice still has.
var<private> block: u32;
var<private> left: u32;
// Who set the flags last, if nobody has made them yet: its place in translated_words, and the halves of its operands.
var<private> flag_word: u32;
var<private> flag_al: u32;
var<private> flag_ah: u32;
var<private> flag_bl: u32;
var<private> flag_bh: u32;

// Instructions of this slice that ran translated.
var<private> translated_count: u32;

fn translation_is_head(c: vec4<u32>) -> bool {
    return control_system(c) == SYSTEM_TRANSLATED;
}

// The block at `jump_pc`. One that reads flags is not entered before they are made.
fn translation_find(waiting: u32) -> u32 {
    event = EVENT_JUMP;
    if (!code_near()) {
        return TRANSLATION_LEAVE;
    }
    event = 0u;
    let c = control_words[code];
    let fits = translation_is_head(c) && (control_translated_flags(c) == 0u || waiting == NONE);
    return select(TRANSLATION_LEAVE, control_translated_block(c), fits);
}

// Makes the flags that an instruction set, if nobody has yet.
fn translation_flags() {
    if (flag_word != NONE) {
        let c = translated_words[flag_word];
        let a = vec2<u32>(flag_al, flag_ah);
        let b = vec2<u32>(flag_bl, flag_bh);
        switch control_datapath(c) {
            case LOGICAL: {
                let result = logical(c, a, b);
            }
            case ARITHMETIC: {
                let result = arithmetic(c, a, b);
            }
            // Nobody else leaves flags to be made.
            default: {
            }
        }
    }
}

// Whether the slice has ended with that: the jump that came last is then the next slice's to look at.
fn translation_attend() -> bool {
    if (event == EVENT_TRANSLATED) {
        event = 0u;
        let before = retired;
        translated(control_translated_block(control_words[code]));
        translated_count += retired - before;
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
        return translated_words[control_translated_word(c)];
    }
    return c;
}

// Adds to what the status says of translated code.
fn translation_record() {
    if (translated_count != 0u) {
        let before = atomicAdd(&status[STATUS_TRANSLATED_LOW], translated_count);
        atomicAdd(&status[STATUS_TRANSLATED_HIGH], u32(before + translated_count < before));
    }
}
