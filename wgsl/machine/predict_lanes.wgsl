// The prediction for the word that each lane fetched last, where dispatch is ahead of time: the loop does not write it.

// (lanes): whether the kernel predicted owned the instruction, 0, 0, 0.
@group(0) @binding(5) var<storage, read_write> handled_out: array<vec4<u32>>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(local_invocation_index) invocation: u32) {
    layers_begin(invocation);
    lane = invocation_ix(id);
    if (lane >= params.lanes) {
        return;
    }
    let word = inst[lane];
    // Nothing is fetched before the first instruction.
    if (all(pc_out[lane * 2u] == vec4<u32>(0u)) && word == 0u) {
        return;
    }
    predict(lane, word, vec4<u32>(decode_find(word).control, 0u, 0u, 0u));
    handled_out[lane].x = u32((kernel_prediction[lane] & PREDICTION_OWNED) != 0u);
}
