// Gives synapses new strengths.

@group(1) @binding(1) var<storage, read_write> records: array<vec2<u32>>;
@group(1) @binding(2) var<storage, read> place: array<u32>;
// Synapse within the chunk, new strength.
@group(1) @binding(5) var<storage, read> updates: array<vec2<u32>>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let ix = workgroup_index(group) * WORKGROUP + local;
    if ix < chunk.updates {
        let update = updates[ix];
        records[place[update.x]].y = update.y;
    }
}
