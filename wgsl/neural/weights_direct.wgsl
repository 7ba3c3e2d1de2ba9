// The layers' weights where they are, for the interpreter: workgroup memory takes from the cache that lanes' registers are in.

fn layer_weight(i: u32) -> vec4<f32> {
    if (i < SIMPLE_WEIGHTS_AT) {
        return embedding_weights[EMBEDDING_LAYERS_AT + i];
    }
    return dispatch_weights[i - SIMPLE_WEIGHTS_AT];
}
