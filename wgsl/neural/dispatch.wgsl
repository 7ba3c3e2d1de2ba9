// The two networks that choose the kernel of an instruction word. Weights are in PyTorch's layout: row o of a weight has
// what output o takes of each input; four rows are done at once. Loops end at once if there
// are no weights, which compilers cannot rule out: unrolled, they take drivers seconds to compile.

// fc1 Linear(8, 8), ReLU, fc2 Linear(8, 7), and one float of padding.
@group(0) @binding(6) var<storage, read> dispatch_weights: array<vec4<f32>>;
// embedding (256, 32), fc1 Linear(44, 32), ReLU, fc2 Linear(32, 16), ReLU, fc3 Linear(16, 7), and one float of padding.
@group(0) @binding(12) var<storage, read> embedding_weights: array<vec4<f32>>;

// Of kernels 0 to 3, and of 4 to 6; the last is nothing.
struct Logits {
    low: vec4<f32>,
    high: vec4<f32>,
}

// src/neural/inputs.rs says what they are and why.
fn embedding_features(word: u32) -> u32 {
    let any = (word >> 19u) | (word >> 20u);
    let parity = (word >> 18u) ^ (word >> 19u) ^ (word >> 20u);
    let mixed = select(parity, any, (word & 0x400u) != 0u) & 1u;
    return (((word >> 21u) & 7u) << 9u) | (mixed << 8u) | ((word >> 10u) & 0xffu);
}

fn embedding_logits(word: u32) -> Logits {
    let rows = arrayLength(&embedding_weights);
    var input: array<vec4<f32>, 11>;
    let embedding = EMBEDDING_EMBEDDING_WEIGHT + (word >> 24u) * 8u;
    for (var i = 0u; i < select(8u, 0u, rows == 0u); i += 1u) {
        input[i] = embedding_weights[embedding + i];
    }
    let features = embedding_features(word);
    input[8] = nn_bits(features, vec4<u32>(0u, 1u, 2u, 3u));
    input[9] = nn_bits(features, vec4<u32>(4u, 5u, 6u, 7u));
    input[10] = nn_bits(features, vec4<u32>(8u, 9u, 10u, 11u));

    var hidden1: array<vec4<f32>, 8>;
    for (var o = 0u; o < select(8u, 0u, rows == 0u); o += 1u) {
        var sum = embedding_weights[EMBEDDING_FC1_BIAS + o];
        for (var i = 0u; i < select(11u, 0u, rows == 0u); i += 1u) {
            let w = EMBEDDING_FC1_WEIGHT + o * 44u + i;
            sum += vec4<f32>(
                dot(input[i], embedding_weights[w]),
                dot(input[i], embedding_weights[w + 11u]),
                dot(input[i], embedding_weights[w + 22u]),
                dot(input[i], embedding_weights[w + 33u]),
            );
        }
        hidden1[o] = nn_relu(sum);
    }

    var hidden2: array<vec4<f32>, 4>;
    for (var o = 0u; o < select(4u, 0u, rows == 0u); o += 1u) {
        var sum = embedding_weights[EMBEDDING_FC2_BIAS + o];
        for (var i = 0u; i < select(8u, 0u, rows == 0u); i += 1u) {
            let w = EMBEDDING_FC2_WEIGHT + o * 32u + i;
            sum += vec4<f32>(
                dot(hidden1[i], embedding_weights[w]),
                dot(hidden1[i], embedding_weights[w + 8u]),
                dot(hidden1[i], embedding_weights[w + 16u]),
                dot(hidden1[i], embedding_weights[w + 24u]),
            );
        }
        hidden2[o] = nn_relu(sum);
    }

    var logits = Logits(embedding_weights[EMBEDDING_FC3_BIAS], embedding_weights[EMBEDDING_FC3_BIAS + 1u]);
    for (var i = 0u; i < select(4u, 0u, rows == 0u); i += 1u) {
        let w = EMBEDDING_FC3_WEIGHT + i;
        logits.low += vec4<f32>(
            dot(hidden2[i], embedding_weights[w]),
            dot(hidden2[i], embedding_weights[w + 4u]),
            dot(hidden2[i], embedding_weights[w + 8u]),
            dot(hidden2[i], embedding_weights[w + 12u]),
        );
        logits.high += vec4<f32>(
            dot(hidden2[i], embedding_weights[w + 16u]),
            dot(hidden2[i], embedding_weights[w + 20u]),
            dot(hidden2[i], embedding_weights[w + 24u]),
            0.0,
        );
    }
    return logits;
}

fn simple_logits(word: u32) -> Logits {
    let a = nn_bits(word, SIMPLE_BITS_LOW);
    let b = nn_bits(word, SIMPLE_BITS_HIGH);
    let rows = arrayLength(&dispatch_weights);
    var hidden: array<vec4<f32>, 2>;
    for (var o = 0u; o < select(2u, 0u, rows == 0u); o += 1u) {
        let w = SIMPLE_FC1_WEIGHT + o * 8u;
        hidden[o] = nn_relu(dispatch_weights[SIMPLE_FC1_BIAS + o] + vec4<f32>(
            dot(a, dispatch_weights[w]) + dot(b, dispatch_weights[w + 1u]),
            dot(a, dispatch_weights[w + 2u]) + dot(b, dispatch_weights[w + 3u]),
            dot(a, dispatch_weights[w + 4u]) + dot(b, dispatch_weights[w + 5u]),
            dot(a, dispatch_weights[w + 6u]) + dot(b, dispatch_weights[w + 7u]),
        ));
    }
    var logits = Logits(dispatch_weights[SIMPLE_FC2_BIAS], dispatch_weights[SIMPLE_FC2_BIAS + 1u]);
    for (var i = 0u; i < 2u; i += 1u) {
        let w = SIMPLE_FC2_WEIGHT + i;
        logits.low += vec4<f32>(
            dot(hidden[i], dispatch_weights[w]),
            dot(hidden[i], dispatch_weights[w + 2u]),
            dot(hidden[i], dispatch_weights[w + 4u]),
            dot(hidden[i], dispatch_weights[w + 6u]),
        );
        logits.high += vec4<f32>(
            dot(hidden[i], dispatch_weights[w + 8u]),
            dot(hidden[i], dispatch_weights[w + 10u]),
            dot(hidden[i], dispatch_weights[w + 12u]),
            0.0,
        );
    }
    return logits;
}

// The kernel with the largest logit, the first of equals; 0 if nothing compares.
fn dispatch_argmax(logits: Logits) -> u32 {
    var best = logits.low.x;
    var kernel = 0u;
    var rest = array<f32, 6>(logits.low.y, logits.low.z, logits.low.w, logits.high.x, logits.high.y, logits.high.z);
    for (var n = 0u; n < 6u; n += 1u) {
        if (rest[n] > best) {
            best = rest[n];
            kernel = n + 1u;
        }
    }
    return kernel;
}

// The embedding network's choice if it has weights, else the simple network's.
fn dispatch_embedded(word: u32) -> u32 {
    if (embedding_weights[0].x != 0.0) {
        return dispatch_argmax(embedding_logits(word));
    }
    return dispatch_hybrid(word);
}

// The simple network's choice.
fn dispatch_hybrid(word: u32) -> u32 {
    return dispatch_argmax(simple_logits(word));
}
