// Every thread whose neuron fired leaves its items itself. For adapters where barriers cost more than atomics.

// A neuron fired; `recorded` spikes were before this burst, or NONE where they are not counted now.
fn emit(neuron: u32, recorded: u32) {
    if recorded != NONE {
        let at = recorded + atomicAdd(&next[LEDGER_FIRED], 1u);
        if at < params.raster_capacity {
            raster[at] = neuron;
        }
    }
    let slot = table_find(ids[neuron]);
    for (var chunk = 0u; chunk < params.chunks; chunk++) {
        let span = spans[chunk * params.slots + slot];
        let count = items_of(span);
        if count > 0u {
            let first = items_claim(chunk, count);
            for (var ix = 0u; ix < count; ix++) {
                items[first + ix] = item_of(span, ix);
            }
        }
    }
}

fn emit_rest(recorded: u32, local: u32) {
}
