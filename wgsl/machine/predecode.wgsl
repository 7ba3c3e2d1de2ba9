// Turns every word of the image's executable pages into its control word, once, after the image is loaded.

// (code_pages): address of each page.
@group(1) @binding(8) var<storage, read> code_addresses: array<vec2<u32>>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(local_invocation_index) invocation: u32) {
    layers_begin(invocation);
    let word_ix = invocation_ix(id);
    let page = word_ix >> 10u;
    if (page >= params.code_pages) {
        return;
    }
    let run = control_words[code_run_ix(page + 1u)];
    if (run.w == 0u) {
        return;
    }
    let byte = (word_ix & 1023u) << 2u;
    let index = u64_sub(u64_add(code_addresses[page], vec2<u32>(byte, 0u)), run.xy).x >> 2u;
    // Page 0 of the buffer is the zero page.
    let word = memory[1024u + word_ix];
    let control = decode(word, Site(index, byte, run.z, run.w));
    control_words[index] = control;
    predict(params.lanes + index, word, control);
}
