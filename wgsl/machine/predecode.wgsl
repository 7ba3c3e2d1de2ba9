// Turns every word of the image's executable pages into its control word, once, after the image is loaded.

// (code_pages): address of each page.
@group(1) @binding(7) var<storage, read> code_addresses: array<vec2<u32>>;
@group(1) @binding(8) var<storage, read_write> predecoded: array<vec4<u32>>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let index = id.x;
    if (index >= params.code_pages * 1024u) {
        return;
    }
    let pc = u64_add(code_addresses[index >> 10u], vec2<u32>((index & 1023u) << 2u, 0u));
    // Page 0 of the buffer is the zero page.
    predecoded[index] = decode(memory[1024u + index], pc);
}
