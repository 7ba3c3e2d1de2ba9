// Second pass of a chunk's build: from the counts of all slots, where the synapses of each slot end. One workgroup;
// each thread adds up a row of neighbouring slots, the sums are added up, and each thread goes over its row again.

@group(0) @binding(10) var<storage, read_write> spans: array<vec2<u32>>;

var<workgroup> sh_sums: array<u32, WORKGROUP>;

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) local: u32) {
    let row = (params.slots + WORKGROUP - 1u) / WORKGROUP;
    let first = min(local * row, params.slots);
    let last = min(first + row, params.slots);
    let base = chunk.index * params.slots;
    var sum = 0u;
    for (var slot = first; slot < last; slot++) {
        sum += spans[base + slot].y;
    }
    sh_sums[local] = sum;
    workgroupBarrier();
    for (var distance = 1u; distance < WORKGROUP; distance *= 2u) {
        var before = 0u;
        if local >= distance {
            before = sh_sums[local - distance];
        }
        workgroupBarrier();
        sh_sums[local] += before;
        workgroupBarrier();
    }
    var end = sh_sums[local] - sum;
    for (var slot = first; slot < last; slot++) {
        end += spans[base + slot].y;
        spans[base + slot].x = end;
    }
}
