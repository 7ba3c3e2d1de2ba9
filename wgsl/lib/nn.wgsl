// What networks have in common.

fn nn_relu(v: vec4<f32>) -> vec4<f32> {
    return max(v, vec4<f32>(0.0));
}

// The n lowest bits as 0.0 or 1.0, four of them from `first` on.
fn nn_bits(word: u32, at: vec4<u32>) -> vec4<f32> {
    return vec4<f32>((vec4<u32>(word) >> at) & vec4<u32>(1u));
}
