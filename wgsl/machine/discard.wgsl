// Drops lanes' own copies of pages: what they read there next is the image, or zeros. One invocation looks at one slot, so
// that the work is that of the frames that there are, whatever ranges a guest names.

// (items), ascending, none overlapping another: lane, first page, page behind the last, and bits 32 on of both, 8 each.
@group(1) @binding(8) var<storage, read> items: array<vec4<u32>>;

fn item_first(item: vec4<u32>) -> vec2<u32> {
    return vec2<u32>(item.y, item.w & 0xffu);
}

fn item_end(item: vec4<u32>) -> vec2<u32> {
    return vec2<u32>(item.z, item.w >> 8u);
}

// Whether the page is in an item of the lane at hand.
fn discard_has(page: vec2<u32>) -> bool {
    // The first item that begins behind the page.
    var low = 0u;
    var high = params.items;
    while (low < high) {
        let middle = (low + high) >> 1u;
        let item = items[middle];
        let behind = item.x > lane || (item.x == lane && u64_less(page, item_first(item)));
        low = select(middle + 1u, low, behind);
        high = select(high, middle, behind);
    }
    if (low == 0u) {
        return false;
    }
    let item = items[low - 1u];
    return item.x == lane && u64_less(page, item_end(item));
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let slot = invocation_ix(id);
    if (slot >= params.frame_capacity) {
        return;
    }
    let key = vec2<u32>(atomicLoad(&slots[slot * SLOT_WORDS]), atomicLoad(&slots[slot * SLOT_WORDS + 1u]));
    if (key.y == 0u) {
        return;
    }
    let page = vec2<u32>((key.x & 0xfffffffu) | (key.y << 28u), (key.y >> 4u) & 0xfu);
    let first_lane = (((key.y & 0x7fffffffu) >> 8u) << params.group_shift) - params.first_lane;
    let copies = atomicLoad(&slots[slot * SLOT_WORDS + 2u]);
    var dropped = 0u;
    for (var left = copies; left != 0u; left &= left - 1u) {
        let column = firstTrailingBit(left);
        lane = first_lane + column;
        if (discard_has(page)) {
            dropped |= 1u << column;
        }
    }
    if (dropped != 0u) {
        atomicAnd(&slots[slot * SLOT_WORDS + 2u], ~dropped);
        atomicAnd(&slots[slot * SLOT_WORDS + 3u], ~dropped);
    }
}
