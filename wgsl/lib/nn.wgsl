// What networks have in common.

fn nn_relu(v: vec4<f32>) -> vec4<f32> {
    return max(v, vec4<f32>(0.0));
}

// The bits of a word at these places as 0.0 or 1.0.
fn nn_bits(word: u32, at: vec4<u32>) -> vec4<f32> {
    return vec4<f32>((vec4<u32>(word) >> at) & vec4<u32>(1u));
}

// What four outputs take of four inputs; a to d are their weights.
fn nn_dots(v: vec4<f32>, a: vec4<f32>, b: vec4<f32>, c: vec4<f32>, d: vec4<f32>) -> vec4<f32> {
    return vec4<f32>(dot(v, a), dot(v, b), dot(v, c), dot(v, d));
}
