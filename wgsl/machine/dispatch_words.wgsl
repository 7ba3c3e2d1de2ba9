// Dispatch ahead of time: a prediction for each word of code.

// (lanes), then (control words): kernel predicted, PREDICTION_OWNED, PREDICTION_MADE.
@group(0) @binding(9) var<storage, read_write> kernel_prediction: array<u32>;

fn predict(index: u32, word: u32, c: vec4<u32>) {
    let predicted = dispatch_choose(word);
    let owned = predicted == control_kernel(c);
    kernel_prediction[index] = predicted | select(PREDICTION_MADE, PREDICTION_MADE | PREDICTION_OWNED, owned);
}
