//! The machine's shaders, assembled from `wgsl/`.

use crate::abi;
use crate::gpu::Shader;
use crate::isa::{self, control, system_registers};
use crate::machine::code::dispatch::{Dispatch, DispatchMode};
use crate::machine::companions::coverage::Coverage;
use crate::machine::companions::loops::judges::{JUDGE_CONFIDENCE, JUDGE_INSTRUCTIONS};
use crate::machine::companions::prefetch::{Guess, Kept};
use crate::neural::{self, LOOP_TYPES, LayerWeights, LoopNetwork};
use std::borrow::Cow;

type Chunk = (&'static str, Cow<'static, str>);

/// WGSL files that define `call_serve`: what the interpreter does for SVC.
pub(crate) type CallText = fn() -> Vec<Chunk>;

/// Everything that `name` needs, in order, its own file last, and `hooks` just before that.
fn assemble(name: &'static str, files: &[(&'static str, &'static str)], mut hooks: Vec<Chunk>) -> Shader {
    let ahead = "const PAGES_AHEAD = true;\nfn memory_note(kind: u32) {}\n";
    hooks.push(("generated notice of no access", ahead.into()));
    assemble_all(name, files, hooks)
}

/// The same without what `memory/memory.wgsl` needs.
fn assemble_all(name: &'static str, files: &[(&'static str, &'static str)], hooks: Vec<Chunk>) -> Shader {
    let lookup = isa::lookup();
    let generated = format!(
        "{}{}const LOOKUP_BUCKETS = {}u;\nconst LOOKUP_REJECTS_AT = {}u;\n",
        abi::machine(),
        control::wgsl_constants(),
        isa::LOOKUP_BUCKETS,
        lookup.rejects_at
    );
    let mut chunks: Vec<Chunk> = vec![("generated constants", generated.into())];
    chunks.push(("generated system registers", system_registers::wgsl_system_registers().into()));
    chunks.extend(files.iter().map(|(file, text)| (*file, (*text).into())));
    let own = chunks.pop();
    chunks.extend(hooks);
    chunks.extend(own);
    Shader { name, chunks }
}

/// `dispatch_choose` of a mode, with the networks that it needs.
fn choosing(mode: DispatchMode, per_instruction: bool) -> Vec<Chunk> {
    let network = match mode {
        DispatchMode::Opcode => {
            let table = "fn dispatch_choose(word: u32) -> u32 { return decode_find(word).control & KERNEL_MASK; }\n";
            return vec![("generated dispatch by the table", table.into())];
        }
        DispatchMode::Hybrid => "dispatch_hybrid",
        DispatchMode::Embedded => "dispatch_embedded",
    };
    if !per_instruction {
        let mut chunks = neural::dispatch_chunks(LayerWeights::Staged);
        let choice = format!("fn dispatch_choose(word: u32) -> u32 {{ return {network}(word); }}\n");
        chunks.push(("generated dispatch mode", choice.into()));
        return chunks;
    }
    let mut chunks = neural::dispatch_chunks(LayerWeights::Direct);
    let choice = format!("fn dispatch_evaluate(word: u32) -> u32 {{ return {network}(word); }}\n");
    chunks.push(("generated dispatch mode", choice.into()));
    let shared = include_str!("../../wgsl/neural/dispatch_shared.wgsl");
    chunks.push(("neural/dispatch_shared.wgsl", shared.into()));
    chunks
}

/// What the interpreter calls for each instruction.
fn instruction_hooks(dispatch: Dispatch) -> Vec<Chunk> {
    if dispatch.per_instruction {
        let mut chunks = choosing(dispatch.mode, true);
        let each = include_str!("../../wgsl/machine/dispatch_each.wgsl");
        chunks.push(("machine/dispatch_each.wgsl", each.into()));
        return chunks;
    }
    let nothing = "fn dispatch(c: vec4<u32>) -> vec4<u32> { return c; }\nfn dispatch_record() {}\n";
    vec![("generated dispatch by control word", nothing.into())]
}

/// What the interpreter calls to notice hot loops.
fn loop_hooks(loops: bool) -> Vec<Chunk> {
    if loops {
        return vec![("companions/loops/notice.wgsl", include_str!("../../wgsl/companions/loops/notice.wgsl").into())];
    }
    let nothing = "fn loop_begin() {}\nfn loop_mark() -> u32 { return budget; }\nfn loop_watch() {}\n\
        fn loop_attend() -> bool { return false; }\n";
    vec![("generated notice of nothing", nothing.into()), unwatched()]
}

/// Branches that nobody watches.
fn unwatched() -> Chunk {
    let text = "fn loop_watched() -> u32 { return BRANCH_FAR | SF; }\nfn loop_meet(c: vec4<u32>, taken: bool) {}\n";
    ("generated unwatched branches", text.into())
}

/// What the interpreter calls to note what is covered.
fn coverage_hooks(coverage: Option<Coverage>) -> Vec<Chunk> {
    let Some(coverage) = coverage else {
        let nothing = "fn cover_start() {}\nfn cover(c: vec4<u32>) {}\nfn cover_end() {}\n";
        return vec![("generated coverage of nothing", nothing.into())];
    };
    let blocks = coverage == Coverage::Blocks;
    vec![
        ("generated kind of coverage", format!("const COVER_BLOCKS = {blocks};\n").into()),
        ("companions/coverage/coverage.wgsl", include_str!("../../wgsl/companions/coverage/coverage.wgsl").into()),
    ]
}

/// What the interpreter calls to remember accesses that missed the translation cache.
fn prefetch_hooks(kept: Option<Kept>, trace: bool) -> Vec<Chunk> {
    if trace {
        let nothing = "const PAGES_AHEAD = false;\n";
        let trace = include_str!("../../wgsl/companions/prefetch/trace.wgsl");
        return vec![("generated no pages ahead", nothing.into()), ("companions/prefetch/trace.wgsl", trace.into())];
    }
    if let Some(kept) = kept {
        let ahead = format!(
            "const PAGES_AHEAD = true;\nconst KEPT_NOTHING = 0u;\nconst KEPT_FIRST = 1u;\nconst KEPT_ALL = 2u;\n\
             const HISTORY_KEPT = {}u;\n",
            kept as u32
        );
        let notice = include_str!("../../wgsl/companions/prefetch/notice.wgsl");
        return vec![("generated pages ahead", ahead.into()), ("companions/prefetch/notice.wgsl", notice.into())];
    }
    let nothing =
        "const PAGES_AHEAD = false;\nfn memory_note(kind: u32) {}\nfn history_start() {}\nfn history_end() {}\n";
    vec![("generated history of nothing", nothing.into())]
}

/// What predecode calls for each word of code.
fn word_hooks(dispatch: Dispatch) -> Vec<Chunk> {
    if dispatch.per_instruction || dispatch.mode == DispatchMode::Opcode {
        let nothing = "fn layers_begin(invocation: u32) {}\nfn predict(index: u32, word: u32, c: vec4<u32>) {}\n";
        return vec![("generated dispatch without prediction", nothing.into())];
    }
    words_of(dispatch.mode)
}

fn words_of(mode: DispatchMode) -> Vec<Chunk> {
    let mut chunks = choosing(mode, false);
    let words = include_str!("../../wgsl/machine/dispatch_words.wgsl");
    chunks.push(("machine/dispatch_words.wgsl", words.into()));
    chunks
}

macro_rules! files {
    ($($file:literal),* $(,)?) => {
        &[$(($file, include_str!(concat!("../../wgsl/", $file)))),*]
    };
}

/// What the fetch-decode-execute loop does besides.
#[derive(Clone, Copy, Default)]
pub(crate) struct Variant {
    pub dispatch: Dispatch,
    pub calls: Option<CallText>,
    pub coverage: Option<Coverage>,
    /// Hot loops are noticed.
    pub loops: bool,
    /// Pages may be copied ahead, and accesses that missed the translation cache are counted.
    pub prefetch: Option<Kept>,
    /// All such accesses of lane 0 are kept.
    pub trace: bool,
}

/// The fetch-decode-execute loop.
pub(crate) fn interpreter(variant: Variant) -> Shader {
    let nothing = "fn translation_attend() -> bool { return false; }\nfn translation_held() -> bool { return false; }\n\
        fn translation_word() -> vec4<u32> { return control_words[code]; }\nfn translation_record() {}\n";
    let hooks = vec![("generated without translation", nothing.into())];
    interpreter_with("interpreter", variant, hooks)
}

/// The same with translated code; `translated` is the function that src/translate made.
pub(crate) fn translated(variant: Variant, translated: String) -> Shader {
    let between = include_str!("../../wgsl/companions/translation/translated.wgsl");
    let hooks =
        vec![("companions/translation/translated.wgsl", between.into()), ("generated translation", translated.into())];
    let variant = Variant { coverage: None, loops: false, ..variant };
    interpreter_with("translated", variant, hooks)
}

fn interpreter_with(name: &'static str, variant: Variant, translation: Vec<Chunk>) -> Shader {
    let mut hooks = instruction_hooks(variant.dispatch);
    hooks.extend(translation);
    hooks.extend(loop_hooks(variant.loops));
    hooks.extend(coverage_hooks(variant.coverage));
    hooks.extend(prefetch_hooks(variant.prefetch, variant.trace));
    hooks.extend(match variant.calls {
        Some(text) => text(),
        None => vec![("generated calls of the host", "fn call_serve() -> u32 { return CALL_HOST; }\n".into())],
    });
    assemble_all(
        name,
        files![
            "machine/bindings.wgsl",
            "machine/lane.wgsl",
            "lib/u64.wgsl",
            "memory/memory.wgsl",
            "isa/operand.wgsl",
            "isa/decode.wgsl",
            "isa/arithmetic.wgsl",
            "isa/logical.wgsl",
            "isa/loadstore.wgsl",
            "isa/branch.wgsl",
            "isa/muldiv.wgsl",
            "isa/extend_shift.wgsl",
            "isa/system.wgsl",
            "machine/code.wgsl",
            "machine/interpreter.wgsl",
        ],
        hooks,
    )
}

/// The interpreter with system calls served by `calls`.
pub(crate) fn interpreter_serving(dispatch: Dispatch, calls: CallText, coverage: Option<Coverage>) -> Shader {
    interpreter(Variant { dispatch, calls: Some(calls), coverage, ..Variant::default() })
}

/// Control words of the image's executable pages.
pub fn predecode(dispatch: Dispatch) -> Shader {
    assemble(
        "predecode",
        files![
            "machine/bindings.wgsl",
            "machine/lane.wgsl",
            "lib/u64.wgsl",
            "isa/decode.wgsl",
            "machine/predecode.wgsl",
        ],
        word_hooks(dispatch),
    )
}

/// Copies between the host and guest memory.
pub fn transfer() -> Shader {
    assemble(
        "transfer",
        files![
            "machine/bindings.wgsl",
            "machine/lane.wgsl",
            "lib/u64.wgsl",
            "memory/memory.wgsl",
            "machine/transfer.wgsl",
        ],
        Vec::new(),
    )
}

/// Drops lanes' own copies of pages.
pub fn discard() -> Shader {
    assemble(
        "discard",
        files![
            "machine/bindings.wgsl",
            "machine/lane.wgsl",
            "lib/u64.wgsl",
            "memory/memory.wgsl",
            "machine/discard.wgsl",
        ],
        Vec::new(),
    )
}

/// A lane's state into a snapshot.
pub fn capture() -> Shader {
    let files = files![
        "machine/bindings.wgsl",
        "machine/lane.wgsl",
        "lib/u64.wgsl",
        "machine/snapshot.wgsl",
        "machine/capture.wgsl",
    ];
    assemble("capture", files, Vec::new())
}

/// A snapshot into the state of lanes.
pub fn restore() -> Shader {
    let files = files![
        "machine/bindings.wgsl",
        "machine/lane.wgsl",
        "lib/u64.wgsl",
        "machine/snapshot.wgsl",
        "machine/restore.wgsl",
    ];
    assemble("restore", files, Vec::new())
}

/// Drops all copies of pages that lanes have.
pub fn release() -> Shader {
    let files = files!["machine/bindings.wgsl", "machine/lane.wgsl", "lib/u64.wgsl", "machine/release.wgsl"];
    assemble("release", files, Vec::new())
}

/// Frames for lanes that do again what they did.
pub fn refill() -> Shader {
    let files = files![
        "machine/bindings.wgsl",
        "machine/lane.wgsl",
        "lib/u64.wgsl",
        "memory/memory.wgsl",
        "machine/refill.wgsl",
    ];
    assemble("refill", files, Vec::new())
}

/// What all lanes have retired.
pub fn tally() -> Shader {
    let files = files!["machine/bindings.wgsl", "machine/lane.wgsl", "lib/u64.wgsl", "machine/tally.wgsl"];
    assemble("tally", files, Vec::new())
}

/// Counts what lanes have copied.
pub fn survey() -> Shader {
    let files = files!["machine/bindings.wgsl", "machine/lane.wgsl", "lib/u64.wgsl", "machine/survey.wgsl"];
    assemble("survey", files, Vec::new())
}

/// Frames from one pool into another.
pub fn move_frames() -> Shader {
    let files = files![
        "machine/bindings.wgsl",
        "machine/lane.wgsl",
        "lib/u64.wgsl",
        "memory/memory.wgsl",
        "machine/move_frames.wgsl",
    ];
    assemble("move_frames", files, Vec::new())
}

/// Maps of all lanes joined.
pub fn join_coverage() -> Shader {
    let files =
        files!["machine/bindings.wgsl", "machine/lane.wgsl", "lib/u64.wgsl", "companions/coverage/join_coverage.wgsl"];
    assemble("join_coverage", files, Vec::new())
}

/// Rows of the host's, one to a lane.
pub fn write_rows() -> Shader {
    let files = files![
        "machine/bindings.wgsl",
        "machine/lane.wgsl",
        "lib/u64.wgsl",
        "memory/memory.wgsl",
        "machine/write_rows.wgsl",
    ];
    assemble("write_rows", files, Vec::new())
}

/// Hot loops as a whole.
pub fn loops() -> Shader {
    let files = files![
        "machine/bindings.wgsl",
        "machine/lane.wgsl",
        "lib/u64.wgsl",
        "memory/memory.wgsl",
        "isa/operand.wgsl",
        "isa/arithmetic.wgsl",
        "isa/logical.wgsl",
        "isa/loadstore.wgsl",
        "isa/branch.wgsl",
        "isa/muldiv.wgsl",
        "isa/extend_shift.wgsl",
        "companions/loops/value.wgsl",
        "companions/loops/body.wgsl",
        "companions/loops/exit.wgsl",
        "companions/loops/streams.wgsl",
        "companions/loops/bulk.wgsl",
        "companions/loops/sample.wgsl",
        "companions/loops/loops.wgsl",
    ];
    assemble("loops", files, vec![unwatched()])
}

/// What is to be copied ahead, as a mode guesses it.
pub fn plan(guess: Guess, ask_price: u32) -> Shader {
    let files = files![
        "machine/bindings.wgsl",
        "machine/lane.wgsl",
        "lib/u64.wgsl",
        "memory/memory.wgsl",
        "companions/prefetch/plan.wgsl",
    ];
    let next = ("companions/prefetch/next.wgsl", include_str!("../../wgsl/companions/prefetch/next.wgsl").into());
    let stride = ("companions/prefetch/stride.wgsl", include_str!("../../wgsl/companions/prefetch/stride.wgsl").into());
    let oracle = ("companions/prefetch/oracle.wgsl", include_str!("../../wgsl/companions/prefetch/oracle.wgsl").into());
    let alone = "fn stream_plan(count: u32, new_events: u32) {\n    let known = stride_plan(count, new_events);\n}\n";
    let hooks = match guess {
        Guess::Next => vec![next],
        Guess::Stride => vec![stride, ("generated plan by strides alone", alone.into())],
        Guess::Oracle => {
            let price = format!("const ASK_PRICE = {ask_price}u;\n");
            vec![stride, ("generated price of an answer", price.into()), oracle]
        }
    };
    assemble("plan", files, hooks)
}

/// Pages copied ahead.
pub fn copy_ahead() -> Shader {
    let files = files![
        "machine/bindings.wgsl",
        "machine/lane.wgsl",
        "lib/u64.wgsl",
        "memory/memory.wgsl",
        "companions/prefetch/copy.wgsl"
    ];
    assemble("copy_ahead", files, Vec::new())
}

/// A network that looks at loops, over those in the queue.
pub fn queued(network: LoopNetwork) -> Shader {
    let text = format!("{}{}", abi::machine(), include_str!("../../wgsl/companions/loops/queued.wgsl"));
    neural::loop_shader(network, ("companions/loops/queued.wgsl", text.into()))
}

/// What they say of these loops.
pub fn judge() -> Shader {
    let outputs = LoopNetwork::ALL.map(LoopNetwork::outputs);
    let text = format!(
        "const DETECTOR_OUTPUTS = {}u;\nconst DETECTOR_ITERATIONS = {}u;\nconst RECOGNIZER_OUTPUTS = {}u;\n\
         const RECOGNIZER_CONFIDENCE = {}u;\nconst JUDGE_CONFIDENCE = {JUDGE_CONFIDENCE:?};\n\
         const JUDGE_INSTRUCTIONS = {JUDGE_INSTRUCTIONS:?};\n",
        outputs[0],
        LOOP_TYPES + 32,
        outputs[1],
        outputs[1] - 1
    );
    let files = files!["machine/bindings.wgsl", "machine/lane.wgsl", "lib/u64.wgsl", "companions/loops/judge.wgsl"];
    assemble("judge", files, vec![("generated outputs of networks", text.into())])
}

/// Predictions for what the lanes fetched last.
pub fn predict_lanes(mode: DispatchMode) -> Shader {
    assemble(
        "predict_lanes",
        files![
            "machine/bindings.wgsl",
            "machine/lane.wgsl",
            "lib/u64.wgsl",
            "isa/decode.wgsl",
            "machine/predict_lanes.wgsl",
        ],
        words_of(mode),
    )
}

/// All shaders of the machine.
pub fn shaders() -> Vec<Shader> {
    let mut shaders = vec![
        transfer(),
        discard(),
        capture(),
        restore(),
        release(),
        refill(),
        survey(),
        tally(),
        move_frames(),
        write_rows(),
        loops(),
        plan(Guess::Next, 1),
        plan(Guess::Stride, 1),
        plan(Guess::Oracle, 1),
        copy_ahead(),
        judge(),
        queued(LoopNetwork::Detector),
        queued(LoopNetwork::Recognizer),
    ];
    for mode in [DispatchMode::Opcode, DispatchMode::Hybrid, DispatchMode::Embedded] {
        shaders.push(predecode(Dispatch { mode, per_instruction: false }));
        let dispatch = Dispatch { mode, per_instruction: true };
        shaders.push(interpreter(Variant { dispatch, ..Variant::default() }));
        if mode != DispatchMode::Opcode {
            shaders.push(predict_lanes(mode));
        }
    }
    shaders.push(interpreter(Variant::default()));
    shaders.push(interpreter(Variant { loops: true, ..Variant::default() }));
    for kept in [Kept::Nothing, Kept::First, Kept::All] {
        shaders.push(interpreter(Variant { prefetch: Some(kept), ..Variant::default() }));
    }
    shaders.push(interpreter(Variant { trace: true, ..Variant::default() }));
    for coverage in [Coverage::Edges, Coverage::Blocks] {
        shaders.push(interpreter(Variant { coverage: Some(coverage), ..Variant::default() }));
    }
    shaders.push(join_coverage());
    // What stands between the interpreter and translated code, without any.
    for prefetch in [None, Some(Kept::All)] {
        let variant = Variant { prefetch, ..Variant::default() };
        shaders.push(translated(variant, "fn translated(entry: u32) {}\n".to_owned()));
    }
    shaders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shader_is_valid_without_optional_capabilities() {
        for shader in shaders() {
            if let Err(error) = shader.validate(wgpu::naga::valid::Capabilities::empty()) {
                panic!("{error}");
            }
        }
    }
}
