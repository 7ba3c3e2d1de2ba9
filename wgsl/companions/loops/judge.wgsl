// What the networks said of the loops in the queue: those worth a proof get one when a lane comes by again; the others
// are not watched any more.

@group(0) @binding(10) var<storage, read_write> loop_table: array<u32>;
@group(1) @binding(11) var<storage, read> loop_queue: array<u32>;
@group(1) @binding(12) var<storage, read> detected: array<f32>;
@group(1) @binding(13) var<storage, read> recognized: array<f32>;

@compute @workgroup_size(LOOP_QUEUE)
fn main(@builtin(local_invocation_id) id: vec3<u32>) {
    if (id.x >= min(loop_queue[0], LOOP_QUEUE)) {
        return;
    }
    let entry = loop_queue[1u + id.x] * LOOP_ENTRY_WORDS;
    // log10 of the iterations left; how sure it is that a proof succeeds and is worth it.
    let iterations = detected[id.x * DETECTOR_OUTPUTS + DETECTOR_ITERATIONS];
    let confidence = recognized[id.x * RECOGNIZER_OUTPUTS + RECOGNIZER_CONFIDENCE];
    let instructions = iterations + log2(f32(loop_table[entry + LOOP_BODY])) * 0.30103;
    // Weights that give no number are no reason to go without.
    if (confidence < JUDGE_CONFIDENCE || instructions < JUDGE_INSTRUCTIONS) {
        loop_table[entry + LOOP_STATE] = LOOP_NOT_WORTH;
        loop_table[entry + LOOP_REASON] = LOOP_DECLINED;
        loop_table[entry + LOOP_RETIRED] = 1u;
        let close = loop_table[entry + LOOP_BRANCH] - 1u;
        control_words[close].x = control_words[close].x & ~BRANCH_BACK;
    } else {
        loop_table[entry + LOOP_STATE] = LOOP_WORTH;
    }
}
