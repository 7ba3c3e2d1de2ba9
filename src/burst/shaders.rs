//! The shaders of spiking networks, assembled from `wgsl/`.

use super::constants;
use crate::gpu::{Shader, Share};

/// Which buffers share bindings where there are few. Ledgers stay alone: dispatches read their sizes there.
const SHARES: &[Share] = &[
    Share { name: "constants_of_neurons", writable: false, members: &["planes", "valid", "ids", "drives"] },
    Share { name: "sums", writable: true, members: &["input", "fired"] },
    Share { name: "state_of_neurons", writable: true, members: &["refractory", "raster", "keys"] },
];

/// What shaders are compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Variant {
    /// Ids are found by hashing instead of being slots.
    pub sparse: bool,
    /// Inputs are summed in 64 bits.
    pub wide: bool,
    /// Workgroups collect what fired before they make work of it.
    pub grouped: bool,
}

impl Variant {
    /// Neurons of a thread in a burst. Software adapters divide to tell each thread where it stands, so they have few.
    pub fn neurons_each(self) -> u32 {
        if self.grouped { 1 } else { 8 }
    }
}

type File = (&'static str, &'static str);

macro_rules! file {
    ($file:literal) => {
        ($file, include_str!(concat!("../../wgsl/", $file)))
    };
}

fn assemble(name: &'static str, variant: Variant, files: &[File]) -> Shader {
    let Variant { sparse, wide, grouped } = variant;
    let lanes = if grouped { 32 } else { 2 };
    let neurons = variant.neurons_each();
    let generated = format!(
        "{}const SPARSE = {sparse};\nconst WIDE = {wide};\n\
         const ITEM_LANES = {lanes}u;\nconst NEURONS_EACH = {neurons}u;\n",
        constants::wgsl()
    );
    let mut chunks = vec![("generated constants", generated.into())];
    chunks.push(("burst/params.wgsl", include_str!("../../wgsl/burst/params.wgsl").into()));
    chunks.extend(files.iter().map(|(file, text)| (*file, (*text).into())));
    Shader { name, chunks, shares: SHARES }
}

pub(super) fn table_insert(variant: Variant) -> Shader {
    assemble("table_insert", variant, &[file!("burst/table.wgsl"), file!("burst/table_insert.wgsl")])
}

pub(super) fn synapse_count(variant: Variant) -> Shader {
    let files = [file!("burst/table.wgsl"), file!("burst/chunk.wgsl"), file!("burst/synapse_count.wgsl")];
    assemble("synapse_count", variant, &files)
}

pub(super) fn synapse_scan(variant: Variant) -> Shader {
    assemble("synapse_scan", variant, &[file!("burst/chunk.wgsl"), file!("burst/synapse_scan.wgsl")])
}

pub(super) fn synapse_scatter(variant: Variant) -> Shader {
    let files = [file!("burst/table.wgsl"), file!("burst/chunk.wgsl"), file!("burst/synapse_scatter.wgsl")];
    assemble("synapse_scatter", variant, &files)
}

pub(super) fn synapse_update(variant: Variant) -> Shader {
    assemble("synapse_update", variant, &[file!("burst/chunk.wgsl"), file!("burst/synapse_update.wgsl")])
}

pub(super) fn inject(variant: Variant) -> Shader {
    assemble("inject", variant, &[file!("burst/input.wgsl"), file!("burst/inject.wgsl")])
}

pub(super) fn synaptic_propagation(variant: Variant) -> Shader {
    let files = [
        file!("burst/ledger.wgsl"),
        file!("burst/input.wgsl"),
        file!("burst/chunk.wgsl"),
        file!("burst/synaptic_propagation.wgsl"),
    ];
    assemble("synaptic_propagation", variant, &files)
}

/// How the neurons that fired leave their items.
fn emission(variant: Variant) -> [File; 3] {
    let how = if variant.grouped { file!("burst/emit_grouped.wgsl") } else { file!("burst/emit_each.wgsl") };
    [file!("burst/table.wgsl"), file!("burst/items.wgsl"), how]
}

pub(super) fn neural_dynamics(variant: Variant) -> Shader {
    let files = [
        file!("lib/u64.wgsl"),
        file!("burst/ledger.wgsl"),
        file!("burst/draw.wgsl"),
        file!("burst/input.wgsl"),
        file!("burst/neural_dynamics.wgsl"),
    ];
    assemble("neural_dynamics", variant, &[&emission(variant)[..], &files].concat())
}

pub(super) fn resend(variant: Variant) -> Shader {
    assemble("resend", variant, &[&emission(variant)[..], &[file!("burst/resend.wgsl")]].concat())
}

/// All shaders of spiking networks in all their variants.
pub fn shaders() -> Vec<Shader> {
    let all = [
        table_insert,
        synapse_count,
        synapse_scan,
        synapse_scatter,
        synapse_update,
        inject,
        synaptic_propagation,
        neural_dynamics,
        resend,
    ];
    let bit = |number: u32, bit: u32| number & (1 << bit) != 0;
    let variants = [0, 1, 2, 3, 4, 5, 6, 7];
    let variants = variants.map(|n| Variant { sparse: bit(n, 0), wide: bit(n, 1), grouped: bit(n, 2) });
    variants.iter().flat_map(|variant| all.map(|shader| shader(*variant))).collect()
}
