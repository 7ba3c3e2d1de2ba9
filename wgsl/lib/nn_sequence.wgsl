// A network over the body of a loop, one workgroup for each body: steps from a table that the host makes, a barrier
// after each. There is one place where invocations wait, for drivers that pay for every such place in the text.
//
// The network's own file gives `nn_weights(at)`, four floats of its weights; whoever asks gives `nn_body(group)`, where the
// workgroup's body begins, and NN_MOST, how many workgroups there are at most. What layers read and write stands in
// `scratch`, NN_SCRATCH floats for each workgroup.

struct LayerStep {
    operation: u32,
    // What it reads: first float, floats from one row to the next, fours in a row.
    from_at: u32,
    from_stride: u32,
    fours: u32,
    // What it writes: first float, floats from one row to the next, values in a row.
    to_at: u32,
    to_stride: u32,
    values: u32,
    // Rows: as many as instructions if 0.
    rows: u32,
    // Fours of the weights, of the biases.
    weights: u32,
    biases: u32,
    // ACTIVATION_..., or of an LSTM the number of the step; its width.
    detail: u32,
    unused: u32,
}

// Number of instructions, 32 words of them, and what else the network reads.
@group(1) @binding(1) var<storage, read> bodies: array<u32>;
// (bodies, NN_OUTPUTS)
@group(1) @binding(2) var<storage, read_write> outputs: array<f32>;
@group(1) @binding(3) var<storage, read_write> scratch: array<f32>;
@group(1) @binding(5) var<storage, read> steps: array<LayerStep>;

var<private> scratch_at: u32;
var<private> body_at: u32;

fn nn_weight(at: u32, index: u32) -> f32 {
    return nn_weights(at + (index >> 2u))[index & 3u];
}

fn nn_read(at: u32) -> f32 {
    return scratch[scratch_at + at];
}

fn nn_sigmoid(v: f32) -> f32 {
    return 1.0 / (1.0 + exp(-v));
}

// Not the built-in one, whose exponentials may overflow.
fn nn_tanh(v: f32) -> f32 {
    return 1.0 - 2.0 / (exp(2.0 * clamp(v, -15.0, 15.0)) + 1.0);
}

// Fours of weights times what stands from `at` on.
fn nn_dot(weights: u32, at: u32, fours: u32) -> f32 {
    var sum = vec4<f32>(0.0);
    var from_at = scratch_at + at;
    for (var n = 0u; n < fours; n += 1u) {
        sum += nn_weights(weights + n)
            * vec4<f32>(scratch[from_at], scratch[from_at + 1u], scratch[from_at + 2u], scratch[from_at + 3u]);
        from_at += 4u;
    }
    return (sum.x + sum.y) + (sum.z + sum.w);
}

// Value `n` of row `t`.
fn nn_value(step: LayerStep, t: u32, n: u32, length: u32) -> f32 {
    let row = step.from_at + t * step.from_stride;
    let width = step.fours * 4u;
    switch (step.operation) {
        case NN_BITS: {
            return f32((bodies[body_at + 1u + t] >> n) & 1u);
        }
        case NN_REGISTERS: {
            return register_feature(n);
        }
        case NN_COPY: {
            return nn_read(row + n);
        }
        case NN_COPY_LAST: {
            return nn_read(step.from_at + (length - 1u) * step.from_stride + n);
        }
        case NN_LINEAR: {
            let sum = nn_dot(step.weights + n * step.fours, row, step.fours) + nn_weight(step.biases, n);
            if (step.detail == NN_RELU) {
                return max(sum, 0.0);
            } else if (step.detail == NN_SIGMOID) {
                return nn_sigmoid(sum);
            } else if (step.detail == NN_CLAMP) {
                return clamp(sum, -1.0, 6.0);
            }
            return sum;
        }
        case NN_NORM: {
            var mean = 0.0;
            for (var k = 0u; k < width; k += 1u) {
                mean += nn_read(row + k);
            }
            mean /= f32(width);
            var variance = 0.0;
            for (var k = 0u; k < width; k += 1u) {
                let from_mean = nn_read(row + k) - mean;
                variance += from_mean * from_mean;
            }
            let normal = (nn_read(row + n) - mean) / sqrt(variance / f32(width) + 1e-5);
            let value = normal * nn_weight(step.weights, n) + nn_weight(step.biases, n);
            return select(value, max(value, 0.0), step.detail == NN_RELU);
        }
        case NN_SOFTMAX: {
            var highest = nn_read(row);
            for (var k = 1u; k < width; k += 1u) {
                highest = max(highest, nn_read(row + k));
            }
            var total = 0.0;
            for (var k = 0u; k < width; k += 1u) {
                total += exp(nn_read(row + k) - highest);
            }
            return exp(nn_read(row + n) - highest) / total;
        }
        case NN_MEAN: {
            var sum = 0.0;
            for (var k = 0u; k < length; k += 1u) {
                sum += nn_read(step.from_at + k * step.from_stride + n);
            }
            return sum / f32(length);
        }
        case NN_SCORES: {
            // Head t, instruction n: the query is before the keys, each head 64 floats of both.
            var sum = 0.0;
            for (var k = 0u; k < 64u; k += 1u) {
                sum += nn_read(step.biases + t * 64u + k) * nn_read(step.from_at + n * step.from_stride + t * 64u + k);
            }
            return select(-1e30, sum * 0.125, n < length);
        }
        case NN_MIX: {
            // Value n of the attended vector, weighted by the shares of its head.
            var sum = 0.0;
            for (var k = 0u; k < length; k += 1u) {
                sum += nn_read(step.biases + (n >> 6u) * 32u + k) * nn_read(step.from_at + k * step.from_stride + n);
            }
            return sum;
        }
        default: {
            return 0.0;
        }
    }
}

// One step of an LSTM layer, in both directions: unit `unit` of 256. Rows of gates, 1,024 floats, are at from_at; the
// states go to rows at to_at, the cells are at `values`.
fn nn_lstm_unit(step: LayerStep, unit: u32, length: u32) {
    let backward = unit >= 128u;
    let n = step.detail;
    let t = select(n, length - 1u - n, backward);
    let before = select(t - 1u, t + 1u, backward);
    let j = unit & 127u;
    let gates_at = step.from_at + t * step.from_stride + select(0u, 512u, backward) + j;
    let recurrent = step.weights + select(0u, step.unused, backward);
    let biases = step.biases + select(0u, step.unused, backward);
    var gates = vec4<f32>(0.0);
    for (var gate = 0u; gate < 4u; gate += 1u) {
        gates[gate] = nn_read(gates_at + gate * 128u) + nn_weight(biases, gate * 128u + j);
        if (n > 0u) {
            let state = step.to_at + before * step.to_stride + select(0u, 128u, backward);
            gates[gate] += nn_dot(recurrent + (gate * 128u + j) * 32u, state, 32u);
        }
    }
    var cell = 0.0;
    if (n > 0u) {
        cell = nn_read(step.values + unit);
    }
    cell = nn_sigmoid(gates.y) * cell + nn_sigmoid(gates.x) * nn_tanh(gates.z);
    scratch[scratch_at + step.values + unit] = cell;
    scratch[scratch_at + step.to_at + t * step.to_stride + unit] = nn_sigmoid(gates.w) * nn_tanh(cell);
}

@compute @workgroup_size(NN_WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) id: vec3<u32>) {
    if (group.x >= NN_MOST) {
        return;
    }
    scratch_at = group.x * NN_SCRATCH;
    body_at = nn_body(group.x);
    let length = clamp(bodies[body_at], 1u, 32u);
    for (var s = 0u; s < NN_STEPS; s += 1u) {
        let step = steps[s];
        if (step.operation == NN_LSTM) {
            if (step.detail < length) {
                for (var unit = id.x; unit < 256u; unit += NN_WIDTH) {
                    nn_lstm_unit(step, unit, length);
                }
            }
        } else {
            let rows = select(step.rows, length, step.rows == 0u);
            for (var item = id.x; item < rows * step.values; item += NN_WIDTH) {
                let t = item / step.values;
                let n = item % step.values;
                let value = nn_value(step, t, n, length);
                if (step.unused == NN_TO_OUTPUT) {
                    outputs[group.x * NN_OUTPUTS + step.to_at + t * step.to_stride + n] = value;
                } else {
                    scratch[scratch_at + step.to_at + t * step.to_stride + n] = value;
                }
            }
        }
        storageBarrier();
    }
}
