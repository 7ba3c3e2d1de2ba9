// There are two ledgers, which change places with every burst: `last` is what the last burst left, and in a burst
// nobody writes it; propagation opens `next`, to which the neurons that fire then add.

@group(0) @binding(12) var<storage, read> last: array<u32>;

// Spikes that are recorded so far.
fn ledger_recorded() -> u32 {
    return last[LEDGER_RECORDED] + last[LEDGER_FIRED];
}

// Whether this burst is put off because the raster might not hold it.
fn ledger_halts() -> bool {
    let full = params.raster_capacity != 0u && ledger_recorded() + params.neurons > params.raster_capacity;
    return last[LEDGER_HALTED] != 0u || full;
}

// The number of this burst.
fn ledger_step() -> vec2<u32> {
    let low = last[LEDGER_STEP_LOW] + 1u;
    return vec2<u32>(low, last[LEDGER_STEP_HIGH] + select(0u, 1u, low == 0u));
}
