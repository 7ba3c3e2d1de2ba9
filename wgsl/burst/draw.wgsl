// Random bits of a neuron in a burst: a hash of seed, id and burst, so that they depend on nothing else. It is pcg4d of
// M. Jarzynski and M. Olano, Hash Functions for GPU Rendering, 2020, with a third round, see src/burst/draw.rs.

fn draw(id: u32, step: vec2<u32>) -> vec4<u32> {
    var v = vec4<u32>(id, step.x, params.seed_low, params.seed_high ^ step.y);
    v = v * 1664525u + 1013904223u;
    v = draw_mix(v);
    v = draw_mix(v ^ (v >> vec4<u32>(16u)));
    return draw_mix(v ^ (v >> vec4<u32>(16u)));
}

fn draw_mix(bits: vec4<u32>) -> vec4<u32> {
    var v = bits;
    v.x += v.y * v.w;
    v.y += v.z * v.x;
    v.z += v.x * v.y;
    v.w += v.y * v.z;
    return v;
}
