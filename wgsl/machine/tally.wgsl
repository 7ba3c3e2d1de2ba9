// Sums up over a bank's lanes what they have retired, and how many wait in a trap: one partial result each for
// `params.items` invocations.

// (items): retired (low, high), lanes that wait, 0.
@group(1) @binding(8) var<storage, read_write> tallies: array<vec4<u32>>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let part = invocation_ix(id);
    if (part >= params.items) {
        return;
    }
    var retired_in_all = U64_ZERO;
    var waiting = 0u;
    for (var n = part; n < params.lanes; n += params.items) {
        retired_in_all = u64_add(retired_in_all, pc_out[n * 2u].zw);
        waiting += u32(pc_out[n * 2u + 1u].x == REASON_TRAP);
    }
    tallies[part] = vec4<u32>(retired_in_all, waiting, 0u);
}
