// The loop detector V2: 1,083,397 floats, buffer 7. What kind of loop a body is, which register counts, and how many
// iterations are left, from its instruction words and a lane's registers. Its layers are steps of lib/nn_sequence.wgsl.

@group(0) @binding(7) var<storage, read> loop_weights: array<vec4<f32>>;

fn nn_weights(at: u32) -> vec4<f32> {
    return loop_weights[at];
}

// sign(v) * log10(1 + |v|) / 10 of register n, then whether register n - 32 is not zero.
fn register_feature(n: u32) -> f32 {
    let at = body_at + 33u + 2u * (n & 31u);
    var v = vec2<u32>(bodies[at], bodies[at + 1u]);
    if (n >= 32u) {
        return select(0.0, 1.0, (v.x | v.y) != 0u);
    }
    let negative = (v.y >> 31u) == 1u;
    if (negative) {
        v = ~v;
        v.x += 1u;
        v.y += select(0u, 1u, v.x == 0u);
    }
    // A tenth of the decimal logarithm is this many binary ones.
    let size = log2(1.0 + (f32(v.y) * 4294967296.0 + f32(v.x))) * 0.030103;
    return select(size, -size, negative);
}
