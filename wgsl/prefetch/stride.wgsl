// A table of strides: first writes of the same instruction, with the same distance from one to the next. Distances of
// about a page are one page, whatever the instruction's own step is.

fn stride_entry(at: u32) {
    let pc = history[at + HISTORY_PC];
    entry_of((pc >> 2u) & (STRIDES - 1u));
    if (streams[entry + STRIDE_PC] != pc) {
        for (var word = 0u; word < STRIDE_WORDS; word += 1u) {
            streams[entry + word] = 0u;
        }
        streams[entry + STRIDE_PC] = pc;
    }
}

fn stride_of(difference: vec2<u32>) -> i32 {
    let bytes = near(difference);
    return select(bytes, select(-4096, 4096, bytes > 0), abs(bytes) < 6144 && bytes != 0);
}

fn stream_plan(count: u32, new_events: u32) {
    let seen = min(new_events, ORACLE_HISTORY);
    for (var n = count - seen; n != count; n += 1u) {
        let at = event_at(n);
        if (event_is_fresh(at)) {
            stride_entry(at);
            let stride = stride_of(u64_sub(event_address(at), entry_last()));
            let hit = stride != 0 && stride == bitcast<i32>(streams[entry + STRIDE_BYTES]);
            streams[entry + STRIDE_BYTES] = u32(stride);
            entry_take(at, hit);
        }
    }
    for (var n = count - seen; n != count; n += 1u) {
        let at = event_at(n);
        if (!event_is_fresh(at)) {
            continue;
        }
        stride_entry(at);
        let address = event_address(at);
        if (any(address != entry_last()) || streams[entry + STRIDE_HITS] == 0u) {
            continue;
        }
        let back = signed(-bitcast<i32>(streams[entry + STRIDE_BYTES]));
        let lanes = writers(address) | writers(u64_add(address, back));
        let sequential = abs(bitcast<i32>(streams[entry + STRIDE_BYTES])) == 4096;
        entry_issue(new_events * 16u / seen, lanes, select(PATTERN_STRIDED, PATTERN_SEQUENTIAL, sequential));
    }
}
