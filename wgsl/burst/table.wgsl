// The table from ids to slots. Where ids are dense the slot is the id; else keys are hashed and probed one by one.
// At least half of a hashed table is empty, so every probe ends.

fn table_hash(id: u32) -> u32 {
    var x = id;
    x = (x ^ (x >> 16u)) * 0x7feb352du;
    x = (x ^ (x >> 15u)) * 0x846ca68bu;
    return x ^ (x >> 16u);
}

// The slot of an id that is in the table.
fn table_find(id: u32) -> u32 {
    if !SPARSE {
        return id;
    }
    var slot = table_hash(id) & (params.slots - 1u);
    for (var probe = 0u; probe < params.slots; probe++) {
        if table_key(slot) == id {
            return slot;
        }
        slot = (slot + 1u) & (params.slots - 1u);
    }
    return NONE;
}
