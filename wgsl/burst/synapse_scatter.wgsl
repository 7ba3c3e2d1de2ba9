// Last pass of a chunk's build: each synapse takes a place before the end of its source's, which thereby becomes the
// start. Which of a source's synapses gets which of its places is left to chance, and changes no sum.

@group(0) @binding(8) var<storage, read> keys: array<u32>;
@group(0) @binding(9) var<storage, read> values: array<u32>;
@group(0) @binding(10) var<storage, read_write> spans: array<atomic<u32>>;
// The list: target and strength of every synapse, source after source.
@group(1) @binding(1) var<storage, read_write> records: array<vec2<u32>>;
// Slots of the sources; afterwards the synapse's place in the list.
@group(1) @binding(2) var<storage, read_write> place: array<u32>;
// Ids.
@group(1) @binding(3) var<storage, read> targets: array<u32>;
@group(1) @binding(4) var<storage, read> strengths: array<u32>;

fn table_key(slot: u32) -> u32 {
    return keys[slot];
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let synapse = workgroup_index(group) * WORKGROUP + local;
    if synapse >= chunk.synapses {
        return;
    }
    let slot = place[synapse];
    let at = atomicSub(&spans[2u * (chunk.index * params.slots + slot)], 1u) - 1u;
    records[at] = vec2<u32>(values[table_find(targets[synapse])], strengths[synapse]);
    place[synapse] = at;
}
