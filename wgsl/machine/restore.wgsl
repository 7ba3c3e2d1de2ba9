// Puts every lane of a set into the state of the snapshot.

// A bit for each lane of the machine.
@group(1) @binding(9) var<storage, read> lane_set: array<u32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    lane = invocation_ix(id);
    let number = params.first_lane + lane;
    if (lane >= params.lanes || ((lane_set[number >> 5u] >> (number & 31u)) & 1u) == 0u) {
        return;
    }
    for (var n = 0u; n < REGISTER_ROWS; n += 1u) {
        registers[n * params.lanes + lane] = snapshot_pair(SNAPSHOT_REGISTERS + n * 2u);
    }
    program_counter[lane] = snapshot_four(SNAPSHOT_PC);
    pc_out[lane * 2u] = snapshot_four(SNAPSHOT_OUT);
    pc_out[lane * 2u + 1u] = snapshot_four(SNAPSHOT_OUT + 4u);
    handled_out[lane] = snapshot_four(SNAPSHOT_HANDLED);
    inst[lane] = snapshot[SNAPSHOT_INST];
    kernel_prediction[lane] = snapshot[SNAPSHOT_PREDICTION];
    for (var field = 0u; field < LANE_FIELDS; field += 1u) {
        lane_set_field(field, snapshot[SNAPSHOT_STATE + field]);
    }
    for (var word = 0u; word < params.cover_words; word += 1u) {
        lane_io[cover_ix(word)] = 0u;
    }
}
