//! What changes from burst to burst.

/// State of all neurons, by index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct State {
    /// Bursts so far.
    pub step: u64,
    pub potential: Vec<i32>,
    /// Bursts in which the neuron cannot fire yet.
    pub countdown: Vec<u16>,
    /// Fires since the count was cleared.
    pub fires: Vec<u16>,
    /// Indices of the neurons that fired in the last burst, rising.
    pub fired: Vec<u32>,
}

impl State {
    pub fn new(potential: Vec<i32>) -> State {
        let mut state = State::default();
        state.extend(potential);
        state
    }

    /// Adds neurons at rest with these potentials.
    pub fn extend(&mut self, potential: Vec<i32>) {
        self.potential.extend(potential);
        self.countdown.resize(self.potential.len(), 0);
        self.fires.resize(self.potential.len(), 0);
    }
}
