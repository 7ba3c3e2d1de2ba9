// Writes a row of bytes of the host's into each of some lanes, at the same address in all of them. One invocation does
// one page of one lane; neighbours are neighbouring lanes.

struct Rows {
    address: vec2<u32>,
    row_bytes: u32,
    // Rows, and the lane of the first.
    rows: u32,
    first_lane: u32,
    // What comes of it: how many pages found no frame, the first lane that has no such page.
    pool: atomic<u32>,
    unmapped: atomic<u32>,
    unused: u32,
}

@group(1) @binding(8) var<storage, read_write> job: Rows;
// A word, the rows without gaps, a word.
@group(1) @binding(9) var<storage, read> rows: array<u32>;

// The four bytes at any byte of `rows`.
fn rows_word(at: u32) -> u32 {
    let shift = (at & 3u) << 3u;
    let low = rows[at >> 2u] >> shift;
    return low | select(rows[(at >> 2u) + 1u] << (32u - shift), 0u, shift == 0u);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let item_ix = invocation_ix(id);
    if (item_ix >= params.items) {
        return;
    }
    let row = item_ix % job.rows;
    lane = job.first_lane + row;
    let skew = job.address.x & 0xfffu;
    // Bytes from the start of the first page: this page's, and of them those that the row covers.
    let page_at = (item_ix / job.rows) << 12u;
    let first = max(page_at, skew) - page_at;
    let end = min(page_at + 4096u, skew + job.row_bytes) - page_at;
    let page = u64_add(vec2<u32>(job.address.x - skew, job.address.y), vec2<u32>(page_at, 0u));

    memory_forget();
    ignore_permissions = true;
    memory_miss(page, ACCESS_WRITE);
    memory_enter(memory_page(page, true));
    if (stop_reason == REASON_POOL) {
        atomicAdd(&job.pool, 1u);
        return;
    }
    if (stop_reason != REASON_RUNNING) {
        atomicMin(&job.unmapped, lane);
        return;
    }
    let place = memory_place(page, ACCESS_WRITE);
    // Where the byte at the page's start would be in `rows`.
    let source = 4u + row * job.row_bytes + page_at - skew;
    for (var word = first >> 2u; (word << 2u) < end; word += 1u) {
        let index = memory_word(place, word);
        let low = max(first, word << 2u) & 3u;
        let high = min(end - (word << 2u), 4u);
        let mask = (0xffffffffu >> (32u - (high - low) * 8u)) << (low * 8u);
        memory[index] = (memory[index] & ~mask) | (rows_word(source + (word << 2u)) & mask);
    }
}
