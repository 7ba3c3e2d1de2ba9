// What neurons that fired leave for the next burst: items, each a run of synapses of one neuron; and the neurons
// themselves, for the host. Atomics on one line of memory wait for each other: there are few, and on lines apart.

@group(0) @binding(7) var<storage, read> ids: array<u32>;
@group(0) @binding(8) var<storage, read> keys: array<u32>;
@group(0) @binding(10) var<storage, read> spans: array<vec2<u32>>;
@group(0) @binding(11) var<storage, read_write> items: array<vec2<u32>>;
@group(0) @binding(13) var<storage, read_write> raster: array<u32>;
@group(0) @binding(16) var<storage, read_write> next: array<atomic<u32>>;

fn table_key(slot: u32) -> u32 {
    return keys[slot];
}

fn items_of(span: vec2<u32>) -> u32 {
    return (span.y + ITEM_SYNAPSES - 1u) / ITEM_SYNAPSES;
}

// The item that is number `ix` of a neuron's synapses.
fn item_of(span: vec2<u32>, ix: u32) -> vec2<u32> {
    let from_start = ix * ITEM_SYNAPSES;
    return vec2<u32>(span.x + from_start, min(span.y - from_start, ITEM_SYNAPSES));
}

// Where so many more items of a chunk go. Who claims the first of a workgroup's share makes the next grid that large.
fn items_claim(chunk: u32, count: u32) -> u32 {
    let entry = LEDGER_CHUNKS + LEDGER_ENTRY * chunk;
    let first = atomicAdd(&next[entry + LEDGER_ITEMS], count);
    let groups = item_groups(first + count);
    if groups != item_groups(first) {
        atomicMax(&next[entry + LEDGER_GRID], groups);
    }
    return items_at(chunk) + first;
}
