// The sum of what reaches a neuron in this burst, exact in any order of additions. One word where no neuron has so many
// synapses that it could overflow, else two: a carry out of the low word is seen by whoever caused it.

@group(0) @binding(2) var<storage, read_write> input: array<atomic<u32>>;

fn input_add(neuron: u32, amount: i32) {
    let low = bitcast<u32>(amount);
    if !WIDE {
        atomicAdd(&input[neuron], low);
        return;
    }
    let old = atomicAdd(&input[neuron], low);
    var high = bitcast<u32>(amount >> 31u);
    if old + low < old {
        high += 1u;
    }
    if high != 0u {
        atomicAdd(&input[params.capacity + neuron], high);
    }
}
