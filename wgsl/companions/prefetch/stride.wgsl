// A table of strides: first writes of the same instruction, with the same distance from one to the next. A distance of
// about a page is one page, for the instruction's own step may be anything, unless it stays the same.

fn about_a_page(bytes: i32) -> bool {
    return abs(bytes) < 6144 && bytes != 0;
}

// A first write of the entry's instruction.
fn stride_learn(at: u32) {
    let bytes = near(u64_sub(event_address(at), entry_last()));
    let before = bitcast<i32>(streams[entry + STRIDE_BYTES]);
    let same = select(0u, streams[entry + STRIDE_SAME] + 1u, bytes == bitcast<i32>(streams[entry + STRIDE_DISTANCE]));
    streams[entry + STRIDE_SAME] = same;
    streams[entry + STRIDE_DISTANCE] = u32(bytes);
    let page = select(-4096, 4096, bytes > 0);
    let stride = select(bytes, page, about_a_page(bytes) && (same < 2u || abs(bytes) < 4096));
    let alike = about_a_page(bytes) && about_a_page(before) && (bytes > 0) == (before > 0);
    streams[entry + STRIDE_BYTES] = u32(stride);
    entry_take(at, stride != 0 && (stride == before || alike));
}

// Returns whether the table knew where most first writes would be.
fn stride_plan(count: u32, new_events: u32) -> bool {
    let seen = min(new_events, ORACLE_HISTORY);
    var known = 0u;
    for (var n = count - seen; n != count; n += 1u) {
        let at = event_at(n);
        entry_find(at);
        stride_learn(at);
        known += u32(streams[entry + STRIDE_HITS] != 0u);
    }
    for (var n = count - seen; n != count; n += 1u) {
        let at = event_at(n);
        entry_find(at);
        let address = event_address(at);
        if (any(address != entry_last()) || streams[entry + STRIDE_HITS] == 0u) {
            continue;
        }
        let back = signed(-bitcast<i32>(streams[entry + STRIDE_BYTES]));
        let lanes = writers(address) | writers(u64_add(address, back));
        let sequential = abs(bitcast<i32>(streams[entry + STRIDE_BYTES])) == 4096;
        entry_issue(new_events * 16u / seen, lanes, select(PATTERN_STRIDED, PATTERN_SEQUENTIAL, sequential));
    }
    return known * 2u >= seen;
}
