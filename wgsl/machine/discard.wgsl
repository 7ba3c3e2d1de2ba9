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
    var page = item.yz;
    for (var left = item.w; left > 0u; left -= 1u) {
        let slot = memory_slot(slot_key(page.x, page.y), false);
        if (slot != NONE) {
            atomicAnd(&slots[slot * SLOT_WORDS + 2u], ~(1u << lane_column()));
            atomicAnd(&slots[slot * SLOT_WORDS + 3u], ~(1u << lane_column()));
        }
        page = u64_add(page, U64_ONE);
    }
}
