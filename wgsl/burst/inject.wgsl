// Adds what the host injects. Each neuron is named at most once.

struct Injection {
    neuron: u32,
    amount: i32,
}

struct Count {
    count: u32,
}

@group(1) @binding(0) var<uniform> injections: Count;
@group(1) @binding(1) var<storage, read> injected: array<Injection>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let ix = workgroup_index(group) * WORKGROUP + local;
    if ix < injections.count {
        input_add(injected[ix].neuron, injected[ix].amount);
    }
}
