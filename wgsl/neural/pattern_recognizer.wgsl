// The pattern recognizer: 508,161 floats, group 1. What a loop's body does to memory, from its instruction words. Its
// layers are steps of lib/nn_sequence.wgsl.

@group(1) @binding(4) var<storage, read> pattern_weights: array<vec4<f32>>;

fn nn_weights(at: u32) -> vec4<f32> {
    return pattern_weights[at];
}

// It sees no registers.
fn register_feature(n: u32) -> f32 {
    return 0.0;
}
