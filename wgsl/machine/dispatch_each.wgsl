// Dispatch per instruction: the kernel is chosen each time that an instruction is executed.

// (lanes): whether the last prediction's kernel owned the instruction; how many did not, as 64 bits.
@group(0) @binding(5) var<storage, read_write> handled_out: array<vec4<u32>>;
// (lanes): kernel predicted last, PREDICTION_OWNED, PREDICTION_MADE.
@group(0) @binding(9) var<storage, read_write> kernel_prediction: array<u32>;

var<private> prediction: u32;
var<private> rescues: u32;

// The control word as the kernel gets it that executes it.
fn dispatch(c: vec4<u32>) -> vec4<u32> {
    // Not an instruction: the end of a run. Or one that is executed when the interpreter has been replaced.
    if (control_system(c) == SYSTEM_LEAVE || (!HAS_VECTORS && control_has(c, VECTOR))) {
        return c;
    }
    var word = inst[lane];
    if (code_words != NONE) {
        word = memory[code_words + code];
    }
    let predicted = dispatch_choose(word);
    let owner = control_kernel(c);
    let owned = predicted == owner;
    prediction = predicted | select(PREDICTION_MADE, PREDICTION_MADE | PREDICTION_OWNED, owned);
    // A kernel that does not own the instruction hands it back, and the table's takes it.
    rescues += u32(!owned);
    return control_with_kernel(c, select(owner, predicted, owned));
}

fn dispatch_record() {
    if (prediction != 0u) {
        kernel_prediction[lane] = prediction;
        let before = handled_out[lane].yz;
        handled_out[lane] = vec4<u32>(u32((prediction & PREDICTION_OWNED) != 0u), u64_add(before, vec2<u32>(rescues, 0u)), 0u);
    }
}
