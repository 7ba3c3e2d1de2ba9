// First pass of a chunk's build: each synapse finds its source in the table and counts itself there.

@group(0) @binding(8) var<storage, read> keys: array<u32>;
// Start and count of each slot, chunk by chunk.
@group(0) @binding(10) var<storage, read_write> spans: array<atomic<u32>>;
// Ids of the sources; afterwards their slots.
@group(1) @binding(2) var<storage, read_write> place: array<u32>;

fn table_key(slot: u32) -> u32 {
    return keys[slot];
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let synapse = workgroup_index(group) * WORKGROUP + local;
    if synapse >= chunk.synapses {
        return;
    }
    let slot = table_find(place[synapse]);
    place[synapse] = slot;
    atomicAdd(&spans[2u * (chunk.index * params.slots + slot) + 1u], 1u);
}
