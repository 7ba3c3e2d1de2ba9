// One operation for each invocation, from a list: how the functions are tested and measured by themselves.

struct Asked {
    operation: u32,
    fpcr: u32,
    a: vec2<u32>,
    b: vec2<u32>,
    c: vec2<u32>,
}

@group(0) @binding(0) var<storage, read> asked: array<Asked>;
// Value, flags, and 1 if it is done.
@group(0) @binding(1) var<storage, read_write> results: array<vec4<u32>>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
    let n = (group.x + group.y * 0x8000u) * 64u + index;
    if (n >= arrayLength(&asked)) {
        return;
    }
    let e = asked[n];
    if (TEXT == TEXT_WHOLE) {
        let r = float_execute(e.operation, e.a, e.b, e.c, e.fpcr);
        results[n] = vec4<u32>(r.value, r.flags, 1u);
        return;
    }
    var plain: Plain;
    if (TEXT == TEXT_PLAIN) {
        plain = float_plain(e.operation, e.a, e.b, e.fpcr);
    } else {
        plain = float_short(e.operation, e.a, e.b, e.c, e.fpcr);
    }
    results[n] = vec4<u32>(plain.value, plain.flags, u32(plain.done));
}
