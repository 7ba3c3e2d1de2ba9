// One lane's state in words, at the places SNAPSHOT_REGISTERS to SNAPSHOT_STATE.

// (lanes): see dispatch_each.wgsl.
@group(0) @binding(5) var<storage, read_write> handled_out: array<vec4<u32>>;
@group(0) @binding(9) var<storage, read_write> kernel_prediction: array<u32>;

// (SNAPSHOT_WORDS)
@group(1) @binding(8) var<storage, read_write> snapshot: array<u32>;

fn snapshot_pair(at: u32) -> vec2<u32> {
    return vec2<u32>(snapshot[at], snapshot[at + 1u]);
}

fn snapshot_four(at: u32) -> vec4<u32> {
    return vec4<u32>(snapshot_pair(at), snapshot_pair(at + 2u));
}

fn snapshot_set_pair(at: u32, value: vec2<u32>) {
    snapshot[at] = value.x;
    snapshot[at + 1u] = value.y;
}

fn snapshot_set_four(at: u32, value: vec4<u32>) {
    snapshot_set_pair(at, value.xy);
    snapshot_set_pair(at + 2u, value.zw);
}
