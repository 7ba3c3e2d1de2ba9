// Puts neurons into the table, one thread to each.

struct Range {
    first: u32,
    count: u32,
}

@group(0) @binding(7) var<storage, read> ids: array<u32>;
@group(0) @binding(8) var<storage, read_write> keys: array<atomic<u32>>;
@group(0) @binding(9) var<storage, read_write> values: array<u32>;
@group(1) @binding(0) var<uniform> range: Range;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let offset = workgroup_index(group) * WORKGROUP + local;
    if offset >= range.count {
        return;
    }
    let neuron = range.first + offset;
    let id = ids[neuron];
    if !SPARSE {
        values[id] = neuron;
        return;
    }
    var slot = table_hash(id) & (params.slots - 1u);
    for (var probe = 0u; probe < params.slots; ) {
        let result = atomicCompareExchangeWeak(&keys[slot], NONE, id);
        if result.exchanged {
            values[slot] = neuron;
            return;
        }
        // A weak exchange may fail although the slot is empty: then the same slot again.
        if result.old_value != NONE {
            slot = (slot + 1u) & (params.slots - 1u);
            probe++;
        }
    }
}

fn table_key(slot: u32) -> u32 {
    return atomicLoad(&keys[slot]);
}
