// Readies frames for lanes that start anew and are expected to write what they wrote before: a page that most lanes of
// a group have copied becomes every lane's own, as the image has it; other copies are dropped. One workgroup takes one
// slot. Behind restore.wgsl, so that every lane has the layout that it starts with.

var<workgroup> sh_source: u32;

// First word of the page that the slot's frame is to be filled with.
fn refill_source(slot: u32) -> u32 {
    if (slot >= params.frame_capacity) {
        return NONE;
    }
    let low_key = atomicLoad(&slots[slot * SLOT_WORDS]);
    let high_key = atomicLoad(&slots[slot * SLOT_WORDS + 1u]);
    if (high_key == 0u) {
        return NONE;
    }
    lane = (((high_key & 0x7fffffffu) >> 8u) << params.group_shift) - params.first_lane;
    let lanes = min(1u << params.group_shift, params.lanes - lane);
    let ahead = atomicExchange(&slots[slot * SLOT_WORDS + 3u], 0u);
    let copies = countOneBits(atomicLoad(&slots[slot * SLOT_WORDS + 2u]) & ~ahead);
    let low = (low_key & 0xfffffffu) | (high_key << 28u);
    var image = NONE;
    if (copies * 2u > lanes) {
        // Page 0 of the buffer is the zero page. What is not mapped now will begin with zeros as well.
        image = 0u;
        let region_ix = memory_region(low, (high_key >> 4u) & 0xfu);
        if (region_ix != NONE) {
            let region = layouts[region_ix];
            image = select(0u, region.w + low - region.x, region.w != NONE);
        }
    }
    // Where a lane writes to code has to be seen.
    if (image == NONE || (image != 0u && image <= params.code_pages)) {
        atomicStore(&slots[slot * SLOT_WORDS + 2u], 0u);
        return NONE;
    }
    atomicStore(&slots[slot * SLOT_WORDS + 2u], 0xffffffffu >> (32u - lanes));
    return image << 10u;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let slot = workgroup.x + workgroup.y * DISPATCH_ROW;
    if (local == 0u) {
        sh_source = refill_source(slot);
    }
    let page = workgroupUniformLoad(&sh_source);
    if (page == NONE) {
        return;
    }
    let shift = params.group_shift;
    let frame = params.frames_at + (slot << (10u + shift));
    // Four at a time, so that the loads are on their way together.
    for (var word = local; word < 1024u << shift; word += 4u * WORKGROUP) {
        let values = vec4<u32>(
            memory[page + (word >> shift)],
            memory[page + ((word + WORKGROUP) >> shift)],
            memory[page + ((word + 2u * WORKGROUP) >> shift)],
            memory[page + ((word + 3u * WORKGROUP) >> shift)],
        );
        memory[frame + word] = values.x;
        memory[frame + word + WORKGROUP] = values.y;
        memory[frame + word + 2u * WORKGROUP] = values.z;
        memory[frame + word + 3u * WORKGROUP] = values.w;
    }
}
