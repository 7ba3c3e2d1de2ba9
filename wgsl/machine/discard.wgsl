// Drops lanes' own copies of pages: what they read there next is the image, or zeros.

// (items): lane, first page (low, high), pages.
@group(1) @binding(8) var<storage, read> items: array<vec4<u32>>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let item_ix = invocation_ix(id);
    if (item_ix >= params.items) {
        return;
    }
    let item = items[item_ix];
    lane = item.x;
    if (item.w > params.frame_capacity) {
        discard_by_slots(item.yz, item.w);
        return;
    }
    var page = item.yz;
    for (var left = item.w; left > 0u; left -= 1u) {
        let slot = memory_slot(slot_key(page.x, page.y), false);
        if (slot != NONE) {
            discard_copy(slot);
        }
        page = u64_add(page, U64_ONE);
    }
}

fn discard_copy(slot: u32) {
    atomicAnd(&slots[slot * SLOT_WORDS + 2u], ~(1u << lane_column()));
    atomicAnd(&slots[slot * SLOT_WORDS + 3u], ~(1u << lane_column()));
}

// A guest names ranges of any size: of more pages than there are slots, the slots are looked at.
fn discard_by_slots(first: vec2<u32>, pages: u32) {
    let group = slot_key(0u, 0u).y >> 8u;
    for (var slot = 0u; slot < params.frame_capacity; slot += 1u) {
        let key = vec2<u32>(atomicLoad(&slots[slot * SLOT_WORDS]), atomicLoad(&slots[slot * SLOT_WORDS + 1u]));
        let page = vec2<u32>((key.x & 0xfffffffu) | (key.y << 28u), (key.y >> 4u) & 0xfu);
        let behind = u64_sub(page, first);
        if (key.x != 0u && (key.y >> 8u) == group && behind.y == 0u && behind.x < pages) {
            discard_copy(slot);
        }
    }
}
