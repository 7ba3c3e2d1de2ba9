// Sends the spikes of the last burst along the synapses of one chunk. ITEM_LANES threads work on an item, a run of at
// most ITEM_SYNAPSES synapses of one neuron, so that a neuron with many is spread over the GPU.

@group(0) @binding(11) var<storage, read> items: array<vec2<u32>>;
@group(0) @binding(12) var<storage, read> status: array<u32>;
@group(1) @binding(1) var<storage, read> records: array<vec2<u32>>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let item_ix = workgroup_index(group) * (WORKGROUP / ITEM_LANES) + local / ITEM_LANES;
    if item_ix >= status[STATUS_WORK + chunk.index] {
        return;
    }
    let item = items[items_at(chunk.index) + item_ix];
    for (var i = local % ITEM_LANES; i < item.y; i += ITEM_LANES) {
        let record = records[item.x + i];
        let size = i32((record.y & 0xffu) * ((record.y >> STRENGTH_PSP_SHIFT) & 0xffu));
        if (record.y & STRENGTH_VALID) != 0u {
            input_add(record.x, select(size, -size, (record.y & STRENGTH_INHIBITORY) != 0u));
        }
    }
}
