//! The compiled shaders of one variant.

use super::super::shaders::{self, Variant};
use crate::gpu::{Error, Gpu, Pipeline};

/// Kept when a network's data is dropped, as it does not depend on it.
#[derive(Clone, Debug)]
pub(crate) struct Pipelines {
    pub variant: Variant,
    pub table_insert: Pipeline,
    pub synapse_count: Pipeline,
    pub synapse_scan: Pipeline,
    pub synapse_scatter: Pipeline,
    pub synapse_update: Pipeline,
    pub inject: Pipeline,
    pub synaptic_propagation: Pipeline,
    pub neural_dynamics: Pipeline,
    pub resend: Pipeline,
}

impl Pipelines {
    pub fn new(gpu: &Gpu, variant: Variant, checked: bool) -> Result<Pipelines, Error> {
        let make = |shader: fn(Variant) -> crate::gpu::Shader| gpu.pipeline(&shader(variant), checked);
        Ok(Pipelines {
            variant,
            table_insert: make(shaders::table_insert)?,
            synapse_count: make(shaders::synapse_count)?,
            synapse_scan: make(shaders::synapse_scan)?,
            synapse_scatter: make(shaders::synapse_scatter)?,
            synapse_update: make(shaders::synapse_update)?,
            inject: make(shaders::inject)?,
            synaptic_propagation: make(shaders::synaptic_propagation)?,
            neural_dynamics: make(shaders::neural_dynamics)?,
            resend: make(shaders::resend)?,
        })
    }
}
