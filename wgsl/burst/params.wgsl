// What every pass knows of the network, and where a thread stands in a grid of workgroups.

struct BurstParams {
    neurons: u32,
    // Neurons that the buffers have room for; the stride of planes.
    capacity: u32,
    // Slots of the table.
    slots: u32,
    chunks: u32,
    // Spikes that `raster` has room for; 0 where they are not recorded.
    raster_capacity: u32,
    seed_low: u32,
    seed_high: u32,
    unused: u32,
    // Where the items of each chunk begin, four chunks to a vector.
    items_at: array<vec4<u32>, MAX_CHUNKS / 4u>,
}

@group(0) @binding(0) var<uniform> params: BurstParams;

// Workgroups in one line; the grid is GRID_WIDTH wide once it has more than one row.
fn workgroup_index(group: vec3<u32>) -> u32 {
    return group.y * GRID_WIDTH + group.x;
}

fn items_at(chunk: u32) -> u32 {
    return params.items_at[chunk / 4u][chunk % 4u];
}

// Workgroups for so many items, in one row; each does more rounds where they are too many for that. ITEM_LANES threads
// work on an item.
fn item_groups(items: u32) -> u32 {
    let per_group = WORKGROUP / ITEM_LANES;
    return min((items + per_group - 1u) / per_group, GRID_WIDTH);
}
