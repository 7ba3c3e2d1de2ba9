//! The machine's shaders, assembled from `wgsl/`.

use super::constants;
use crate::gpu::Shader;
use crate::isa::{self, control, system_registers};

/// Everything that `name` needs, in order, its own file last.
fn assemble(name: &'static str, files: &[(&'static str, &'static str)]) -> Shader {
    let lookup = isa::lookup();
    let generated = format!(
        "{}{}const LOOKUP_BUCKETS = {}u;\nconst LOOKUP_REJECTS_AT = {}u;\n",
        constants::wgsl(),
        control::wgsl_constants(),
        isa::LOOKUP_BUCKETS,
        lookup.rejects_at
    );
    let mut chunks = vec![("generated constants", generated.into())];
    chunks.push(("generated system registers", system_registers::wgsl_system_registers().into()));
    chunks.extend(files.iter().map(|(file, text)| (*file, (*text).into())));
    Shader { name, chunks }
}

macro_rules! files {
    ($($file:literal),* $(,)?) => {
        &[$(($file, include_str!(concat!("../../wgsl/", $file)))),*]
    };
}

/// The fetch-decode-execute loop.
pub fn interpreter() -> Shader {
    assemble(
        "interpreter",
        files![
            "machine/bindings.wgsl",
            "machine/lane.wgsl",
            "lib/u64.wgsl",
            "lib/memory.wgsl",
            "isa/operand.wgsl",
            "isa/decode.wgsl",
            "isa/arithmetic.wgsl",
            "isa/logical.wgsl",
            "isa/loadstore.wgsl",
            "isa/branch.wgsl",
            "isa/muldiv.wgsl",
            "isa/extend_shift.wgsl",
            "isa/system.wgsl",
            "machine/code.wgsl",
            "machine/interpreter.wgsl",
        ],
    )
}

/// Control words of the image's executable pages.
pub fn predecode() -> Shader {
    assemble(
        "predecode",
        files![
            "machine/bindings.wgsl",
            "machine/lane.wgsl",
            "lib/u64.wgsl",
            "isa/decode.wgsl",
            "machine/predecode.wgsl",
        ],
    )
}

/// Copies between the host and guest memory.
pub fn transfer() -> Shader {
    assemble(
        "transfer",
        files![
            "machine/bindings.wgsl",
            "machine/lane.wgsl",
            "lib/u64.wgsl",
            "lib/memory.wgsl",
            "machine/transfer.wgsl",
        ],
    )
}

/// Drops lanes' own copies of pages.
pub fn discard() -> Shader {
    assemble(
        "discard",
        files!["machine/bindings.wgsl", "machine/lane.wgsl", "lib/u64.wgsl", "lib/memory.wgsl", "machine/discard.wgsl",],
    )
}

/// All shaders of the machine.
pub fn shaders() -> Vec<Shader> {
    vec![interpreter(), predecode(), transfer(), discard()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shader_is_valid_without_optional_capabilities() {
        for shader in shaders() {
            if let Err(error) = shader.validate(wgpu::naga::valid::Capabilities::empty()) {
                panic!("{error}");
            }
        }
    }
}
