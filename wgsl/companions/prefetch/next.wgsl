// The next pages: whatever wrote first to a page, the pages behind it come next.

fn stream_plan(count: u32, new_events: u32) {
    let seen = min(new_events, ORACLE_HISTORY);
    var lanes = 0u;
    entry_of(0u);
    streams[entry + STRIDE_BYTES] = 4096u;
    for (var n = count - seen; n != count; n += 1u) {
        let at = event_at(n);
        let pages = near(u64_sub(event_address(at), entry_last())) >> 12u;
        entry_take(at, pages >= 0 && pages <= 2);
        lanes |= writers(event_address(at));
    }
    entry_issue(new_events * 16u / seen, lanes, PATTERN_SEQUENTIAL);
}
