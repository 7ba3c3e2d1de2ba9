// Takes the state of lane `params.items` into the snapshot.

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x != 0u) {
        return;
    }
    lane = params.items;
    for (var n = 0u; n < REGISTER_ROWS; n += 1u) {
        snapshot_set_pair(SNAPSHOT_REGISTERS + n * 2u, registers[n * params.lanes + lane]);
    }
    snapshot_set_four(SNAPSHOT_PC, program_counter[lane]);
    snapshot_set_four(SNAPSHOT_OUT, pc_out[lane * 2u]);
    snapshot_set_four(SNAPSHOT_OUT + 4u, pc_out[lane * 2u + 1u]);
    snapshot_set_four(SNAPSHOT_HANDLED, handled_out[lane]);
    snapshot[SNAPSHOT_INST] = inst[lane];
    snapshot[SNAPSHOT_PREDICTION] = kernel_prediction[lane];
    for (var field = 0u; field < LANE_FIELDS; field += 1u) {
        snapshot[SNAPSHOT_STATE + field] = lane_field(field);
    }
}
