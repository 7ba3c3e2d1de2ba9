// Makes the items of the neurons that fired last, where the network or its place has changed since.

@group(0) @binding(6) var<storage, read> fired: array<u32>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let neuron = workgroup_index(group) * WORKGROUP + local;
    if neuron < params.neurons && ((fired[neuron / 32u] >> (neuron % 32u)) & 1u) != 0u {
        emit(neuron, NONE);
    }
    emit_rest(NONE, local);
}
