// What a pass knows of the chunk of synapses that it works on.

struct Chunk {
    index: u32,
    synapses: u32,
    // Entries of `updates`.
    updates: u32,
    unused: u32,
}

@group(1) @binding(0) var<uniform> chunk: Chunk;
