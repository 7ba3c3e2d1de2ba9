// Sends the spikes of the last burst along the synapses of one chunk. ITEM_LANES threads work on an item, a run of at
// most ITEM_SYNAPSES synapses of one neuron, so that a neuron with many is spread over the GPU. The first workgroup of
// the first chunk opens the next ledger.

@group(0) @binding(11) var<storage, read> items: array<vec2<u32>>;
// Neurons that fired in each burst of the submission.
@group(0) @binding(15) var<storage, read_write> counts: array<u32>;
@group(0) @binding(16) var<storage, read_write> next: array<u32>;
@group(1) @binding(1) var<storage, read> records: array<vec2<u32>>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let halts = ledger_halts();
    if chunk.index == 0u && group.x == 0u {
        for (var word = local; word < LEDGER_CHUNKS + LEDGER_ENTRY * params.chunks; word += WORKGROUP) {
            next[word] = opened(word, halts);
        }
        if local == 0u && last[LEDGER_BURSTS] != 0u {
            counts[last[LEDGER_BURSTS] - 1u] = last[LEDGER_FIRED];
        }
    }
    if halts {
        return;
    }
    let work = last[LEDGER_CHUNKS + LEDGER_ENTRY * chunk.index + LEDGER_ITEMS];
    let per_group = WORKGROUP / ITEM_LANES;
    let stride = item_groups(work) * per_group;
    for (var ix = group.x * per_group + local / ITEM_LANES; ix < work; ix += stride) {
        let item = items[items_at(chunk.index) + ix];
        for (var i = local % ITEM_LANES; i < item.y; i += 4u * ITEM_LANES) {
            // All four are on their way before the first is waited for, which an atomic in between would prevent.
            let a = record(item, i);
            let b = record(item, i + ITEM_LANES);
            let c = record(item, i + 2u * ITEM_LANES);
            let d = record(item, i + 3u * ITEM_LANES);
            send(a);
            send(b);
            send(c);
            send(d);
        }
    }
}

// A synapse of an item; an invalid one after its end.
fn record(item: vec2<u32>, ix: u32) -> vec2<u32> {
    if ix >= item.y {
        return vec2<u32>(0u);
    }
    return records[item.x + ix];
}

fn send(synapse: vec2<u32>) {
    if (synapse.y & STRENGTH_VALID) != 0u {
        let size = i32((synapse.y & 0xffu) * ((synapse.y >> STRENGTH_PSP_SHIFT) & 0xffu));
        input_add(synapse.x, select(size, -size, (synapse.y & STRENGTH_INHIBITORY) != 0u));
    }
}

// A word of the next ledger. A burst that is put off leaves it as the last was.
fn opened(word: u32, halts: bool) -> u32 {
    if halts {
        return select(last[word], 1u, word == LEDGER_HALTED);
    }
    if word >= LEDGER_CHUNKS {
        // No items yet; the first chunk's grid is never empty, for what is done here.
        let part = (word - LEDGER_CHUNKS) % LEDGER_ENTRY;
        return select(0u, 1u, part > LEDGER_GRID || word == LEDGER_CHUNKS + LEDGER_GRID);
    }
    switch word {
        case LEDGER_STEP_LOW: {
            return ledger_step().x;
        }
        case LEDGER_STEP_HIGH: {
            return ledger_step().y;
        }
        case LEDGER_RECORDED: {
            return ledger_recorded();
        }
        case LEDGER_BURSTS: {
            return last[LEDGER_BURSTS] + 1u;
        }
        default: {
            return 0u;
        }
    }
}
