// Copies between the host's staging buffer and guest memory, through the same tables as the guest's own accesses.
// One invocation does pieces of one page of one lane, in order, all of them where they are written; staging has a piece at the same byte phase as memory.

// (items): lane, first piece, pieces, 0.
@group(1) @binding(8) var<storage, read> items: array<vec4<u32>>;
// (pieces): address, length in bytes, byte offset in staging.
@group(1) @binding(9) var<storage, read> pieces: array<vec4<u32>>;
@group(1) @binding(10) var<storage, read_write> staging: array<u32>;
// (items): 0, or the stop reason that kept the page away.
@group(1) @binding(11) var<storage, read_write> outcome: array<u32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let item_ix = invocation_ix(id);
    if (item_ix >= params.items) {
        return;
    }
    let item = items[item_ix];
    lane = item.x;
    memory_forget();
    ignore_permissions = (params.flags & FLAG_HOST) != 0u;
    let writes = (params.flags & FLAG_WRITE) != 0u;
    let access = select(ACCESS_READ, ACCESS_WRITE, writes);
    memory_miss(pieces[item.y].xy, access);
    memory_enter(memory_page(miss_address, writes));
    outcome[item_ix] = stop_reason;
    if (stop_reason != REASON_RUNNING) {
        return;
    }
    let place = memory_place(pieces[item.y].xy, access);
    for (var piece_ix = item.y; piece_ix < item.y + item.z; piece_ix += 1u) {
        let piece = pieces[piece_ix];
        let first = piece.x & 0xfffu;
        let end = first + piece.z;
        var from_word = piece.w >> 2u;
        for (var word = first >> 2u; (word << 2u) < end; word += 1u) {
            let index = memory_word(place, word);
            if (writes) {
                // Bytes of this word that the piece covers.
                let low = max(first, word << 2u) & 3u;
                let high = min(end - (word << 2u), 4u);
                let mask = (0xffffffffu >> (32u - (high - low) * 8u)) << (low * 8u);
                memory[index] = (memory[index] & ~mask) | (staging[from_word] & mask);
            } else {
                staging[from_word] = memory[index];
            }
            from_word += 1u;
        }
    }
}
