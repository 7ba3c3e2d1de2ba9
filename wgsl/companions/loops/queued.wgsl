// Bodies that the networks are asked about: samples of the loop table, by the queue.

// How many, and which entries.
@group(1) @binding(6) var<storage, read> nn_queue: array<u32>;

const NN_MOST = LOOP_QUEUE;

fn nn_body(group: u32) -> u32 {
    return nn_queue[1u + group] * SAMPLE_WORDS;
}
