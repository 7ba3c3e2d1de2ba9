// After each burst: counts it, and sets what the next one is dispatched with.

// Neurons that fired in each burst of the submission.
@group(0) @binding(15) var<storage, read_write> counts: array<u32>;

var<workgroup> sh_state: vec2<u32>;

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) local: u32) {
    if local == 0u {
        let runs = status[STATUS_HALTED] == 0u;
        var goes_on = false;
        if runs {
            let fired = status[STATUS_FIRED];
            status[STATUS_FIRED] = 0u;
            counts[status[STATUS_BURSTS]] = fired;
            status[STATUS_BURSTS] += 1u;
            status[STATUS_STEP_LOW] += 1u;
            status[STATUS_STEP_HIGH] += select(0u, 1u, status[STATUS_STEP_LOW] == 0u);
            let used = status[STATUS_RASTER] + select(fired, 0u, params.raster_capacity == 0u);
            status[STATUS_RASTER] = used;
            goes_on = raster_has_room(used);
            status[STATUS_HALTED] = select(1u, 0u, goes_on);
        }
        sh_state = vec2<u32>(select(0u, 1u, runs), select(0u, 1u, goes_on));
    }
    let state = workgroupUniformLoad(&sh_state);
    if state.x != 0u {
        // What was to be done before this burst is done.
        for (var chunk = local; chunk < params.chunks; chunk += WORKGROUP) {
            status[STATUS_WORK + chunk] = 0u;
        }
        arguments_set(state.y != 0u, local);
    }
}
