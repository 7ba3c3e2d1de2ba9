// What the fired neurons of a workgroup leave for the next burst: items, each a run of synapses of one neuron.

@group(0) @binding(7) var<storage, read> ids: array<u32>;
@group(0) @binding(8) var<storage, read> keys: array<u32>;
@group(0) @binding(10) var<storage, read> spans: array<vec2<u32>>;
@group(0) @binding(11) var<storage, read_write> items: array<vec2<u32>>;
@group(0) @binding(12) var<storage, read_write> status: array<atomic<u32>>;

// The neurons of the workgroup that fired, in no order.
var<workgroup> sh_fired: array<u32, WORKGROUP>;
var<workgroup> sh_next: atomic<u32>;
var<workgroup> sh_count: u32;
// Their synapses in one chunk.
var<workgroup> sh_spans: array<vec2<u32>, WORKGROUP>;
// Items up to and with each.
var<workgroup> sh_ends: array<u32, WORKGROUP>;
var<workgroup> sh_items: vec2<u32>;

fn table_key(slot: u32) -> u32 {
    return keys[slot];
}

// Collects the neurons of the workgroup that fired and returns how many there are. Called by all threads.
fn emit_collect(fired: bool, neuron: u32, local: u32) -> u32 {
    if fired {
        sh_fired[atomicAdd(&sh_next, 1u)] = neuron;
    }
    workgroupBarrier();
    if local == 0u {
        sh_count = atomicLoad(&sh_next);
    }
    return workgroupUniformLoad(&sh_count);
}

// Writes the items of the `count` neurons that were collected. Called by all threads.
fn emit_items(count: u32, local: u32) {
    var slot = 0u;
    if local < count {
        slot = table_find(ids[sh_fired[local]]);
    }
    for (var chunk = 0u; chunk < params.chunks; chunk++) {
        var span = vec2<u32>(0u);
        if local < count {
            span = spans[chunk * params.slots + slot];
        }
        sh_spans[local] = span;
        sh_ends[local] = (span.y + ITEM_SYNAPSES - 1u) / ITEM_SYNAPSES;
        workgroupBarrier();
        for (var distance = 1u; distance < count; distance *= 2u) {
            var before = 0u;
            if local >= distance {
                before = sh_ends[local - distance];
            }
            workgroupBarrier();
            sh_ends[local] += before;
            workgroupBarrier();
        }
        if local == 0u {
            let total = sh_ends[count - 1u];
            sh_items = vec2<u32>(total, 0u);
            if total != 0u {
                sh_items.y = atomicAdd(&status[STATUS_ITEMS + chunk], total);
            }
        }
        let mine = workgroupUniformLoad(&sh_items);
        for (var item = local; item < mine.x; item += WORKGROUP) {
            // The first neuron whose items end after this one.
            var low = 0u;
            var high = count - 1u;
            while low < high {
                let middle = (low + high) / 2u;
                if sh_ends[middle] > item {
                    high = middle;
                } else {
                    low = middle + 1u;
                }
            }
            var begin = 0u;
            if low > 0u {
                begin = sh_ends[low - 1u];
            }
            let from_start = (item - begin) * ITEM_SYNAPSES;
            let whole = sh_spans[low];
            items[items_at(chunk) + mine.y + item] =
                vec2<u32>(whole.x + from_start, min(whole.y - from_start, ITEM_SYNAPSES));
        }
        workgroupBarrier();
    }
}
