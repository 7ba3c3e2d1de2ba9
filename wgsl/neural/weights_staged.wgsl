// The layers' weights in workgroup memory, for passes that do nothing but evaluate networks.

var<workgroup> sh_layers: array<vec4<f32>, LAYER_WEIGHTS>;

// Gets the weights. All invocations of a workgroup come here before any of them evaluates a network.
fn layers_begin(invocation: u32) {
    for (var i = invocation; i < LAYER_WEIGHTS; i += WORKGROUP) {
        if (i < SIMPLE_WEIGHTS_AT) {
            sh_layers[i] = embedding_weights[EMBEDDING_LAYERS_AT + i];
        } else {
            sh_layers[i] = dispatch_weights[i - SIMPLE_WEIGHTS_AT];
        }
    }
    workgroupBarrier();
}

fn layer_weight(i: u32) -> vec4<f32> {
    return sh_layers[i];
}
