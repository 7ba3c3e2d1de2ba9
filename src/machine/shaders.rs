//! The machine's shaders, assembled from `wgsl/`: the only list of them, and of the variants that there are. What is not
//! here cannot be asked for.

use crate::abi::{self, JUDGE_CONFIDENCE, JUDGE_INSTRUCTIONS};
use crate::float;
use crate::gpu::{Shader, Share};
use crate::isa::{self, control, system_registers};
use crate::machine::options::{Coverage, DispatchMode, Guess, Kept};
use crate::machine::personality::{Chunk, Personality};
use crate::neural::{self, LOOP_TYPES, LayerWeights, LoopNetwork};

/// Which buffers share bindings where there are few. `memory` and `control_words` stay alone, as they may be as large as a
/// binding, and so does what a pass is given.
const SHARES: &[Share] = &[
    Share { name: "vectors_of_lanes", writable: true, members: &["program_counter", "pc_out", "handled_out"] },
    Share {
        name: "words_of_lanes",
        writable: true,
        members: &["inst", "lane_state", "lane_io", "kernel_prediction", "history"],
    },
    Share {
        name: "atomic_words",
        writable: true,
        members: &["slots", "source_slots", "status", "loop_table", "loop_queue", "jobs"],
    },
    Share {
        name: "tables",
        writable: false,
        members: &["layouts", "translated_words", "dispatch_weights", "embedding_weights"],
    },
];

type File = (&'static str, &'static str);

/// Everything that `name` needs, in order, its own file last, and `hooks` just before that.
fn assemble(name: &'static str, files: &[File], hooks: Vec<Chunk>) -> Shader {
    let lookup = isa::lookup();
    let generated = format!(
        "{}{}const LOOKUP_BUCKETS = {}u;\nconst LOOKUP_LINE = {}u;\nconst LOOKUP_REJECTS_AT = {}u;\n",
        abi::machine(),
        control::wgsl_constants(),
        isa::LOOKUP_BUCKETS,
        isa::LOOKUP_LINE,
        lookup.rejects_at
    );
    let mut chunks: Vec<Chunk> = vec![("generated constants", generated.into())];
    chunks.push(("generated system registers", system_registers::wgsl_system_registers().into()));
    chunks.extend(FRONT.iter().chain(files).map(|(file, text)| (*file, (*text).into())));
    let own = chunks.pop();
    chunks.extend(hooks);
    chunks.extend(own);
    Shader { name, chunks, shares: SHARES }
}

/// `dispatch_choose` of a mode, with the networks that it needs.
fn choosing(mode: DispatchMode, per_instruction: bool) -> Vec<Chunk> {
    let network = match mode {
        DispatchMode::Opcode => {
            let table = "fn dispatch_choose(word: u32) -> u32 { return decode_find(word).control & KERNEL_BITS; }\n";
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
fn instruction_hooks(watch: Watch) -> Vec<Chunk> {
    if let Watch::Kernels(mode) = watch {
        let mut chunks = choosing(mode, true);
        let each = include_str!("../../wgsl/machine/dispatch_each.wgsl");
        chunks.push(("machine/dispatch_each.wgsl", each.into()));
        return chunks;
    }
    let nothing = "fn dispatch(c: vec4<u32>) -> vec4<u32> { return c; }\nfn dispatch_record() {}\n";
    vec![("generated dispatch by control word", nothing.into())]
}

/// Has the interpreter stop before the breakpoint, as if a BRK stood there.
fn stopping() -> Chunk {
    let [x, y, z, w] = control::breakpoint();
    let text = format!(
        "fn dispatch(c: vec4<u32>) -> vec4<u32> {{\n    let stops = all(lane_pc(code) == params.breakpoint);\n    \
         return select(c, vec4<u32>({x}u, {y}u, {z}u, {w}u), stops);\n}}\nfn dispatch_record() {{}}\n"
    );
    ("generated breakpoint", text.into())
}

/// What the interpreter calls where it comes to floating point or SIMD.
fn vector_hooks(vectors: bool) -> Vec<Chunk> {
    if vectors {
        let files = float::FILES.iter().chain([&float::PLAIN]).chain(VECTORS);
        let has: Chunk = ("generated presence of vectors", "const HAS_VECTORS = true;\n".into());
        return [has].into_iter().chain(files.map(|(file, text)| (*file, (*text).into()))).collect();
    }
    // The lane goes on there when the interpreter has been replaced.
    let leave = "const HAS_VECTORS = false;\nfn vector_begin() {}\nfn vector_end() {}\nfn vector_execute(c: vec4<u32>) -> vec2<u32> {\n    lane_hold();\n    \
        lane_stop(REASON_RUNNING, vec3<u32>(0u));\n    atomicStore(&status[STATUS_VECTOR], 1u);\n    return U64_ZERO;\n}\n\
        fn fpcr_read() -> u32 {\n    return lane_field(LANE_FPCR);\n}\n\
        fn fpcr_write(value: u32) {\n    lane_set_field(LANE_FPCR, value);\n}\n\
        fn fpsr_read() -> u32 {\n    return lane_field(LANE_FPSR);\n}\n\
        fn fpsr_write(value: u32) {\n    lane_set_field(LANE_FPSR, value);\n}\n";
    vec![("generated absence of vectors", leave.into())]
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
fn prefetch_hooks(misses: Misses) -> Vec<Chunk> {
    if misses == Misses::Traced {
        let nothing = "const PAGES_AHEAD = false;\n";
        let trace = include_str!("../../wgsl/companions/prefetch/trace.wgsl");
        return vec![("generated no pages ahead", nothing.into()), ("companions/prefetch/trace.wgsl", trace.into())];
    }
    if let Misses::Kept(kept) = misses {
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
fn word_hooks(mode: DispatchMode) -> Vec<Chunk> {
    if mode == DispatchMode::Opcode {
        let nothing = "fn layers_begin(invocation: u32) {}\nfn predict(index: u32, word: u32, c: vec4<u32>) {}\n";
        return vec![("generated dispatch without prediction", nothing.into())];
    }
    words_of(mode)
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

/// What all of them begin with.
const FRONT: &[File] = files!["machine/bindings.wgsl", "machine/lane.wgsl", "lib/u64.wgsl"];

macro_rules! passes {
    ($($(#[$doc:meta])* $pass:ident, $name:literal, [$($file:literal),* $(,)?], $hooks:expr;)*) => {
        /// A pass over a bank, or a part of one.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(crate) enum Pass {
            $($(#[$doc])* $pass,)*
        }

        impl Pass {
            const ALL: &[Pass] = &[$(Pass::$pass),*];

            pub fn shader(self) -> Shader {
                match self {
                    $(Pass::$pass => assemble($name, files![$($file),*], $hooks),)*
                }
            }
        }
    };
}

// Name, what is behind the front, and what these files call that is generated.
passes! {
    /// Copies between the host and guest memory.
    Transfer, "transfer", ["memory/memory.wgsl", "machine/transfer.wgsl"], no_notice();
    /// Drops lanes' own copies of pages.
    Discard, "discard", ["machine/discard.wgsl"], no_notice();
    /// A lane's own copies of pages, to other addresses.
    MovePages, "move_pages", ["memory/memory.wgsl", "machine/move_pages.wgsl"], no_notice();
    /// A lane's state into a snapshot.
    Capture, "capture", ["machine/snapshot.wgsl", "machine/capture.wgsl"], no_notice();
    /// A snapshot into the state of lanes.
    Restore, "restore", ["machine/snapshot.wgsl", "machine/restore.wgsl"], no_notice();
    /// Drops all copies of pages that lanes have.
    Release, "release", ["machine/release.wgsl"], no_notice();
    /// Frames for lanes that do again what they did.
    Refill, "refill", ["memory/memory.wgsl", "machine/refill.wgsl"], no_notice();
    /// What all lanes have retired.
    Tally, "tally", ["machine/tally.wgsl"], no_notice();
    /// Counts what lanes have copied.
    Survey, "survey", ["machine/survey.wgsl"], no_notice();
    /// Frames from one pool into another.
    MoveFrames, "move_frames", ["memory/memory.wgsl", "machine/move_frames.wgsl"], no_notice();
    /// Rows of the host's, one to a lane.
    WriteRows, "write_rows", ["memory/memory.wgsl", "machine/write_rows.wgsl"], no_notice();
    /// Maps of all lanes joined.
    JoinCoverage, "join_coverage", ["companions/coverage/join_coverage.wgsl"], no_notice();
    /// Pages copied ahead.
    CopyAhead, "copy_ahead", ["memory/memory.wgsl", "companions/prefetch/copy.wgsl"], no_notice();
    /// What the networks say of loops.
    Judge, "judge", ["companions/loops/judge.wgsl"], network_outputs();
    /// Hot loops as a whole.
    Loops, "loops", [
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
    ], [no_notice(), vec![unwatched()]].concat();
}

const INTERPRETER: &[File] = files![
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
];

const VECTORS: &[File] = files![
    "isa/vector/element.wgsl",
    "isa/vector/bitwise.wgsl",
    "isa/vector/move.wgsl",
    "isa/vector/packed.wgsl",
    "isa/vector/integer.wgsl",
    "isa/vector/permute.wgsl",
    "isa/vector/crypto.wgsl",
    "isa/vector/memory.wgsl",
    "isa/vector/float.wgsl",
    "isa/vector/vector.wgsl",
];

/// Who looks at memory in these passes is not watched.
fn no_notice() -> Vec<Chunk> {
    let ahead = "const PAGES_AHEAD = true;\nfn memory_note(kind: u32) {}\n";
    vec![("generated notice of no access", ahead.into())]
}

/// Where `judge` finds what in the outputs of the networks that look at loops.
fn network_outputs() -> Vec<Chunk> {
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
    vec![("generated outputs of networks", text.into())]
}

/// What the fetch-decode-execute loop does besides.
#[derive(Clone, Copy, Default)]
pub(crate) struct Variant {
    pub watch: Watch,
    pub personality: Personality,
    pub coverage: Option<Coverage>,
    /// Lanes stop before the instruction at an address. Kernels are the table's then, and nothing else is noticed.
    pub breakpoint: bool,
    /// It has floating point and SIMD.
    pub vectors: bool,
}

/// What it takes note of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Watch {
    /// A kernel is chosen for each instruction anew, and that is recorded. It leaves no buffer for anything else.
    Kernels(DispatchMode),
    Lanes {
        /// Hot loops are noticed.
        loops: bool,
        misses: Misses,
    },
}

/// What becomes of accesses that missed the translation cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Misses {
    Ignored,
    /// They are counted, pages may be copied ahead, and these are kept for who guesses which.
    Kept(Kept),
    /// All of lane 0 are kept.
    Traced,
}

impl Variant {
    /// Whether it is the same.
    pub fn is(&self, other: &Variant) -> bool {
        self.watch == other.watch
            && self.personality == other.personality
            && self.coverage == other.coverage
            && self.breakpoint == other.breakpoint
            && self.vectors == other.vectors
    }
}

impl Default for Watch {
    fn default() -> Watch {
        Watch::Lanes { loops: false, misses: Misses::Ignored }
    }
}

/// The fetch-decode-execute loop.
pub(crate) fn interpreter(variant: Variant) -> Shader {
    let nothing = "fn translation_attend() -> bool { return false; }\nfn translation_held() -> bool { return false; }\n\
        fn translation_word() -> vec4<u32> { return control_words[code]; }\nfn translation_record() {}\n";
    let hooks = vec![("generated without translation", nothing.into())];
    interpreter_with("interpreter", variant, hooks)
}

/// The same with translated code, which closes its loops itself; `translated` is the function that src/translate made.
pub(crate) fn translated(personality: Personality, kept: Option<Kept>, vectors: bool, translated: String) -> Shader {
    let between = include_str!("../../wgsl/companions/translation/translated.wgsl");
    let hooks =
        vec![("companions/translation/translated.wgsl", between.into()), ("generated translation", translated.into())];
    let watch = Watch::Lanes { loops: false, misses: kept.map_or(Misses::Ignored, Misses::Kept) };
    interpreter_with("translated", Variant { watch, personality, vectors, ..Variant::default() }, hooks)
}

fn interpreter_with(name: &'static str, variant: Variant, translation: Vec<Chunk>) -> Shader {
    let watch = if variant.breakpoint { Watch::default() } else { variant.watch };
    let (loops, misses) = match watch {
        Watch::Kernels(_) => (false, Misses::Ignored),
        Watch::Lanes { loops, misses } => (loops, misses),
    };
    let mut hooks = if variant.breakpoint { vec![stopping()] } else { instruction_hooks(watch) };
    hooks.extend(translation);
    hooks.extend(loop_hooks(loops));
    hooks.extend(coverage_hooks(variant.coverage));
    hooks.extend(prefetch_hooks(misses));
    hooks.extend(vector_hooks(variant.vectors));
    hooks.extend((variant.personality.text)());
    assemble(name, INTERPRETER, hooks)
}

/// Control words of the image's executable pages, and the kernels that a mode predicts for them.
pub(crate) fn predecode(mode: DispatchMode) -> Shader {
    let files = files!["isa/decode.wgsl", "machine/predecode.wgsl"];
    assemble("predecode", files, [no_notice(), word_hooks(mode)].concat())
}

/// Predictions for what the lanes fetched last; of the modes that predict.
pub(crate) fn predict_lanes(mode: DispatchMode) -> Shader {
    let files = files!["isa/decode.wgsl", "machine/predict_lanes.wgsl"];
    assemble("predict_lanes", files, [no_notice(), words_of(mode)].concat())
}

/// What is to be copied ahead, as a mode guesses it.
pub(crate) fn plan(guess: Guess, ask_price: u32) -> Shader {
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
    let files = files!["memory/memory.wgsl", "companions/prefetch/plan.wgsl"];
    assemble("plan", files, [no_notice(), hooks].concat())
}

/// A network that looks at loops, over those in the queue.
pub(crate) fn queued(network: LoopNetwork) -> Shader {
    let text = format!("{}{}", abi::machine(), include_str!("../../wgsl/companions/loops/queued.wgsl"));
    neural::loop_shader(network, ("companions/loops/queued.wgsl", text.into()))
}

const MODES: [DispatchMode; 3] = [DispatchMode::Opcode, DispatchMode::Hybrid, DispatchMode::Embedded];
const KEPT: [Kept; 3] = [Kept::Nothing, Kept::First, Kept::All];

/// The interpreter in all variants, and what stands between it and translated code, without any.
pub(crate) fn interpreters(personality: Personality) -> Vec<Shader> {
    let misses = [Misses::Ignored, Misses::Traced].into_iter().chain(KEPT.map(Misses::Kept));
    let lanes = misses.flat_map(|misses| [false, true].map(|loops| Watch::Lanes { loops, misses }));
    let watches: Vec<Watch> = MODES.map(Watch::Kernels).into_iter().chain(lanes).collect();
    let mut shaders = Vec::new();
    for vectors in [false, true] {
        for coverage in [None, Some(Coverage::Edges), Some(Coverage::Blocks)] {
            let variant = |watch: &Watch| Variant { watch: *watch, personality, coverage, vectors, breakpoint: false };
            shaders.extend(watches.iter().map(|watch| interpreter(variant(watch))));
        }
        shaders.push(interpreter(Variant { personality, breakpoint: true, vectors, ..Variant::default() }));
        for kept in [None].into_iter().chain(KEPT.map(Some)) {
            shaders.push(translated(personality, kept, vectors, "fn translated(entry: u32) {}\n".to_owned()));
        }
    }
    shaders
}

/// All shaders of the machine, in all variants, where traps are the host's alone.
pub fn shaders() -> Vec<Shader> {
    let mut shaders: Vec<Shader> = Pass::ALL.iter().map(|pass| pass.shader()).collect();
    shaders.extend(MODES.map(predecode));
    shaders.extend([DispatchMode::Hybrid, DispatchMode::Embedded].map(predict_lanes));
    shaders.extend([Guess::Next, Guess::Stride, Guess::Oracle].map(|guess| plan(guess, 1)));
    shaders.extend(LoopNetwork::ALL.map(queued));
    shaders.extend(interpreters(Personality::BARE));
    shaders
}
