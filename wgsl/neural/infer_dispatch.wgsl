// A dispatch network over a batch of instruction words.

// Words, and rows of invocations: a dispatch has limits in each dimension.
struct Batch {
    count: u32,
    row: u32,
}

@group(1) @binding(0) var<uniform> batch: Batch;
// (count)
@group(1) @binding(1) var<storage, read> words: array<u32>;
// (count, 2): logits of kernels 0 to 6, and the number of the kernel chosen as a float.
@group(1) @binding(2) var<storage, read_write> outputs: array<vec4<f32>>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(local_invocation_index) invocation: u32) {
    layers_begin(invocation);
    let n = id.y * batch.row + id.x;
    if (id.x >= batch.row || n >= batch.count) {
        return;
    }
    var logits = infer_logits(words[n]);
    logits.high.w = f32(dispatch_argmax(logits));
    outputs[n * 2u] = logits.low;
    outputs[n * 2u + 1u] = logits.high;
}
