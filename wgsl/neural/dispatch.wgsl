// The two networks that choose the kernel of an instruction word. Weights are in PyTorch's layout: row o of a weight has
// what output o takes of each input; four rows are done at once.
//
// `layer_weight` gives four weights of a layer: of the embedding network's layers, then of the simple one's. Last layers
// have seven rows and are read as eight: behind both stands enough for one more, and nobody reads what comes of it.

// fc1 Linear(8, 8), ReLU, fc2 Linear(8, 7), and one float of padding.
@group(0) @binding(6) var<storage, read> dispatch_weights: array<vec4<f32>>;
// embedding (256, 32), fc1 Linear(44, 32), ReLU, fc2 Linear(32, 16), ReLU, fc3 Linear(16, 7), and one float of padding.
@group(0) @binding(12) var<storage, read> embedding_weights: array<vec4<f32>>;

// What a layer is given, and what comes out.
var<private> units: array<vec4<f32>, UNITS>;

// Where a layer's weights and biases begin; how many of its inputs and of its outputs, in fours.
struct Layer {
    weight: u32,
    bias: u32,
    inputs: u32,
    outputs: u32,
}

// Of kernels 0 to 3, and of 4 to 6; the last is nothing.
struct Logits {
    low: vec4<f32>,
    high: vec4<f32>,
}

// Layers first to end of what is in `units`, with a ReLU between them.
fn dispatch_layers(first: u32, end: u32) -> Logits {
    for (var l = first; l < end; l += 1u) {
        let layer = LAYERS[l];
        var outputs: array<vec4<f32>, UNITS>;
        for (var o = 0u; o < layer.outputs; o += 1u) {
            var sum = layer_weight(layer.bias + o);
            for (var i = 0u; i < layer.inputs; i += 1u) {
                let w = layer.weight + o * 4u * layer.inputs + i;
                sum += nn_dots(
                    units[i],
                    layer_weight(w),
                    layer_weight(w + layer.inputs),
                    layer_weight(w + 2u * layer.inputs),
                    layer_weight(w + 3u * layer.inputs),
                );
            }
            outputs[o] = select(sum, nn_relu(sum), l + 1u < end);
        }
        for (var o = 0u; o < layer.outputs; o += 1u) {
            units[o] = outputs[o];
        }
    }
    return Logits(units[0], units[1]);
}

// src/neural/dispatch/inputs.rs says what it is and why: the opcode byte, then twelve features. It has all bits that the simple
// network sees.
fn embedding_input(word: u32) -> u32 {
    let any = (word >> 19u) | (word >> 20u);
    let parity = (word >> 18u) ^ (word >> 19u) ^ (word >> 20u);
    let mixed = select(parity, any, (word & 0x400u) != 0u) & 1u;
    return ((word >> 24u) << 12u) | (((word >> 21u) & 7u) << 9u) | (mixed << 8u) | ((word >> 10u) & 0xffu);
}

fn embedding_logits(word: u32) -> Logits {
    let input = embedding_input(word);
    let row = (input >> 12u) * EMBEDDING_WIDTH;
    for (var i = 0u; i < EMBEDDING_WIDTH; i += 1u) {
        units[i] = embedding_weights[row + i];
    }
    for (var i = 0u; i < 3u; i += 1u) {
        units[EMBEDDING_WIDTH + i] = nn_bits(input >> (4u * i), vec4<u32>(0u, 1u, 2u, 3u));
    }
    return dispatch_layers(EMBEDDING_FIRST, EMBEDDING_END);
}

fn simple_logits(word: u32) -> Logits {
    units[0] = nn_bits(word, SIMPLE_BITS_LOW);
    units[1] = nn_bits(word, SIMPLE_BITS_HIGH);
    return dispatch_layers(SIMPLE_FIRST, SIMPLE_END);
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
