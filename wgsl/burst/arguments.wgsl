// What the next burst's passes are dispatched with: nothing once the raster might not hold its spikes.

@group(0) @binding(12) var<storage, read_write> status: array<u32>;
// Three words for the neurons, then three for each chunk's items, every four words.
@group(0) @binding(16) var<storage, read_write> arguments: array<vec4<u32>>;

fn grid(workgroups: u32) -> vec4<u32> {
    return vec4<u32>(min(workgroups, GRID_WIDTH), (workgroups + GRID_WIDTH - 1u) / GRID_WIDTH, 1u, 0u);
}

// Moves the items that were counted to the work to be done. Called by all threads.
fn arguments_set(goes_on: bool, local: u32) {
    if local == 0u {
        arguments[0] = grid(select(0u, (params.neurons + WORKGROUP - 1u) / WORKGROUP, goes_on));
    }
    for (var chunk = local; chunk < params.chunks; chunk += WORKGROUP) {
        let work = status[STATUS_WORK + chunk] + status[STATUS_ITEMS + chunk];
        status[STATUS_ITEMS + chunk] = 0u;
        status[STATUS_WORK + chunk] = work;
        let per_group = WORKGROUP / ITEM_LANES;
        arguments[1u + chunk] = grid(select(0u, (work + per_group - 1u) / per_group, goes_on));
    }
}

fn raster_has_room(used: u32) -> bool {
    return params.raster_capacity == 0u || used + params.neurons <= params.raster_capacity;
}
