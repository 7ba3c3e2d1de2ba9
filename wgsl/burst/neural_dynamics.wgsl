// One burst of every neuron: leak, integrate, perhaps fire. docs/BURST.md has the order of operations.

@group(0) @binding(1) var<storage, read_write> potential: array<i32>;
@group(0) @binding(3) var<storage, read> planes: array<u32>;
// Countdown in the lower half, fires since the count was cleared in the upper.
@group(0) @binding(4) var<storage, read_write> refractory: array<u32>;
@group(0) @binding(5) var<storage, read> valid: array<u32>;
@group(0) @binding(6) var<storage, read_write> fired: array<atomic<u32>>;
@group(0) @binding(14) var<storage, read> drives: array<u32>;

fn plane(which: u32, neuron: u32) -> u32 {
    return planes[which * params.capacity + neuron];
}

// `v` moved towards `rest` by the leak's part of the distance, rounded towards `v`.
fn leaked(v: i32, rest: i32, leak: u32) -> i32 {
    let up = rest > v;
    let distance = bitcast<u32>(select(v - rest, rest - v, up));
    let moved = (u32_mul_high(distance, leak) << (32u - UNIT_BITS)) | ((distance * leak) >> UNIT_BITS);
    return select(v - bitcast<i32>(moved), v + bitcast<i32>(moved), up);
}

fn saturating_add(a: i32, b: i32) -> i32 {
    let sum = a + b;
    if ((a ^ sum) & (b ^ sum)) < 0 {
        return select(0x7fffffff, -0x7fffffff - 1, a < 0);
    }
    return sum;
}

// What a neuron's drive gives it: a constant, and a random number of equal events.
fn drive(which: u32, bits: u32) -> i32 {
    if which == 0u {
        return 0;
    }
    let base = (which - 1u) * DRIVE_WORDS;
    // How many of the rising thresholds are below the bits.
    var count = 0u;
    for (var step = DRIVE_EVENTS / 2u; step > 0u; step /= 2u) {
        if drives[base + count + step - 1u] < bits {
            count += step;
        }
    }
    let event = bitcast<i32>(drives[base + DRIVE_EVENT]);
    return i32(count) * event + bitcast<i32>(drives[base + DRIVE_CONSTANT]);
}

// Takes the neuron's input and adds what its drive gives, within the limits of the input.
fn take_input(neuron: u32, driven: i32) -> i32 {
    let limit = i32(INPUT_LIMIT);
    let low = atomicLoad(&input[neuron]);
    if low != 0u {
        atomicStore(&input[neuron], 0u);
    }
    if !WIDE {
        return clamp(bitcast<i32>(low) + driven, -limit, limit);
    }
    let at = params.capacity + neuron;
    let high = atomicLoad(&input[at]);
    if high != 0u {
        atomicStore(&input[at], 0u);
    }
    let sum = u64_add(vec2<u32>(low, high), vec2<u32>(bitcast<u32>(driven), bitcast<u32>(driven >> 31u)));
    let value = bitcast<i32>(sum.x);
    if bitcast<i32>(sum.y) != (value >> 31u) {
        return select(limit, -limit, (sum.y >> 31u) != 0u);
    }
    return clamp(value, -limit, limit);
}

fn burst(neuron: u32) -> bool {
    if ((valid[neuron / 32u] >> (neuron % 32u)) & 1u) == 0u {
        take_input(neuron, 0);
        return false;
    }
    let rest = bitcast<i32>(plane(PLANE_REST, neuron));
    let limits = plane(PLANE_LIMITS, neuron);
    let bits = draw(ids[neuron], ledger_step());
    let amount = take_input(neuron, drive(limits >> 16u, bits.y));
    var v = leaked(potential[neuron], rest, plane(PLANE_LEAK, neuron));
    v = saturating_add(v, amount << FRACTION_BITS);

    let state = refractory[neuron];
    var countdown = state & 0xffffu;
    var fires = state >> 16u;
    let fire_limit = limits & 0xffffu;
    var fires_now = false;
    if countdown > 0u {
        countdown -= 1u;
        if countdown == 0u && fire_limit > 0u && fires >= fire_limit {
            fires = 0u;
        }
    } else if v >= bitcast<i32>(plane(PLANE_THRESHOLD, neuron))
        && (bits.x >> (32u - UNIT_BITS)) < plane(PLANE_EXCITABILITY, neuron) {
        fires_now = true;
        v = rest;
        fires = min(fires + 1u, 0xffffu);
        let periods = plane(PLANE_PERIODS, neuron);
        countdown = periods & 0xffffu;
        if fire_limit > 0u && fires >= fire_limit {
            countdown = min(countdown + (periods >> 16u), 0xffffu);
        }
    }
    potential[neuron] = v;
    let after = countdown | (fires << 16u);
    if after != state {
        refractory[neuron] = after;
    }
    return fires_now;
}

// The same, and notes whether the neuron fired.
fn dynamics(neuron: u32) -> bool {
    let fires = burst(neuron);
    // Each thread changes its own bit alone.
    let bit = 1u << (neuron % 32u);
    if fires != ((atomicLoad(&fired[neuron / 32u]) & bit) != 0u) {
        atomicXor(&fired[neuron / 32u], bit);
    }
    return fires;
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let recorded = ledger_recorded();
    let first = workgroup_index(group) * WORKGROUP * NEURONS_EACH + local;
    // None in a burst that is put off.
    let end = select(params.neurons, 0u, ledger_halts());
    for (var round = 0u; round < NEURONS_EACH; round++) {
        let neuron = first + round * WORKGROUP;
        if neuron < end && dynamics(neuron) {
            emit(neuron, recorded);
        }
    }
    emit_rest(recorded, local);
}
