// Every thread whose neuron fired leaves its items itself. For adapters where barriers cost more than atomics.

fn emit(fires: bool, neuron: u32, local: u32, records: bool) {
    if !fires {
        return;
    }
    if records {
        let at = raster_claim(1u);
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
