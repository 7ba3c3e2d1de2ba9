// Where a lane executes. The image's executable pages have control words, in runs of pages side by side, each run ended
// by SYSTEM_LEAVE. A lane whose code is not as the image has it decodes each instruction when it comes to it, into
// the first of its own two control words; the second is SYSTEM_LEAVE.

// Where a run's instruction words stand in `memory`, less the index of their control words.
var<private> code_words: u32;

// Goes on at `jump_pc` if that is in the same run, as most jumps are.
fn code_near() -> bool {
    let distance = u64_sub(jump_pc, x[CODE_BASE]);
    let index = (distance.x >> 2u) | (distance.y << 30u);
    let near = (distance.x & 3u) == 0u && (distance.y >> 2u) == 0u && index >= x[CODE_RUN].x && index < x[CODE_RUN].y;
    code = select(code, index, near);
    return near;
}

// Goes on at `jump_pc`, which is in this page.
fn code_enter(page: Page) {
    event = 0u;
    code_leave(jump_pc);
    if ((jump_pc.x & 3u) != 0u) {
        lane_stop(REASON_PC_ALIGNMENT, vec3<u32>(0u));
        return;
    }
    if (page.permissions == NONE) {
        memory_fault(jump_pc, ACCESS_EXECUTE, FAULT_UNMAPPED);
        return;
    }
    if ((page.permissions & ACCESS_EXECUTE) == 0u) {
        memory_fault(jump_pc, ACCESS_EXECUTE, FAULT_PERMISSION);
        return;
    }
    let word_ix = memory_word(page.place, (jump_pc.x >> 2u) & 1023u);
    if (page.image != NONE && page.image <= params.code_pages && lane_field(LANE_LAYOUT_INTACT) != 0u
        && lane_field(LANE_CODE_WRITTEN) == 0u) {
        let run = control_words[code_run_ix(page.image)];
        x[CODE_BASE] = run.xy;
        x[CODE_RUN] = run.zw;
        code = u64_sub(jump_pc, run.xy).x >> 2u;
        code_words = word_ix - code;
        return;
    }
    let word = memory[word_ix];
    control_words[code] = decode(word, Site(code, jump_pc.x & 0xfffu, code, code));
    inst[lane] = word;
}

// Puts the lane on its own control word, at `pc`.
fn code_leave(pc: vec2<u32>) {
    code_record();
    code = params.lane_code + (lane << 1u);
    x[CODE_BASE] = u64_sub(pc, vec2<u32>(code << 2u, code >> 30u));
    code_words = NONE;
    x[CODE_RUN] = U64_ZERO;
}

// Buffer 3 of a lane in a run; a lane that decodes for itself writes it then.
fn code_record() {
    if (code_words != NONE) {
        inst[lane] = memory[code_words + last_code];
    }
}
