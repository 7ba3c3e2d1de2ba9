// The threads of a workgroup collect the neurons that fired and share the making of their items: few atomics in
// storage, and a neuron of many synapses keeps nobody waiting.

// The neurons of the workgroup that fired, in no order.
var<workgroup> sh_fired: array<u32, WORKGROUP>;
var<workgroup> sh_count: atomic<u32>;
var<workgroup> sh_shared: u32;
// Their synapses in one chunk.
var<workgroup> sh_spans: array<vec2<u32>, WORKGROUP>;
// Items up to and with each.
var<workgroup> sh_ends: array<u32, WORKGROUP>;
var<workgroup> sh_items: vec2<u32>;

// A neuron fired; `recorded` spikes were before this burst, or NONE where they are not counted now.
fn emit(neuron: u32, recorded: u32) {
    sh_fired[atomicAdd(&sh_count, 1u)] = neuron;
}

// What is left to do. Called by all threads, once.
fn emit_rest(recorded: u32, local: u32) {
    workgroupBarrier();
    if local == 0u {
        sh_shared = atomicLoad(&sh_count);
    }
    let count = workgroupUniformLoad(&sh_shared);
    if count == 0u {
        return;
    }
    if recorded != NONE {
        if local == 0u {
            sh_shared = recorded + atomicAdd(&next[LEDGER_FIRED], count);
        }
        if params.raster_capacity != 0u {
            let at = workgroupUniformLoad(&sh_shared) + local;
            if local < count && at < params.raster_capacity {
                raster[at] = sh_fired[local];
            }
        }
    }
    emit_items(count, local);
}

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
        sh_ends[local] = items_of(span);
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
                sh_items.y = items_claim(chunk, total);
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
            items[mine.y + item] = item_of(sh_spans[low], item - begin);
        }
        workgroupBarrier();
    }
}
