//! WGSL put together from files, checked so that an error names the file, and reflected so that nobody types a
//! binding twice.

use std::borrow::Cow;
use std::error::Error as _;

use wgpu::Features;
use wgpu::naga::front::wgsl;
use wgpu::naga::proc::Layouter;
use wgpu::naga::valid::{Capabilities, GlobalUse, ModuleInfo, ValidationFlags, Validator};
use wgpu::naga::{AddressSpace, Module, ShaderStage, SourceLocation, StorageAccess};

use super::pack::{Merged, pack};
use super::{Error, STORAGE_BUFFERS, Share};

/// The entry point of every shader.
pub(super) const ENTRY_POINT: &str = "main";

/// WGSL assembled from chunks in order.
#[derive(Clone, Debug)]
pub struct Shader {
    /// The shader's name, which is also its pipeline's label.
    pub name: &'static str,
    /// File name and text of each chunk.
    pub chunks: Vec<(&'static str, Cow<'static, str>)>,
    /// Buffers that may share a binding.
    pub shares: &'static [Share],
}

/// A shader as a device with some number of storage buffers is given it.
#[derive(Clone, Debug)]
pub struct Arranged {
    /// The shader, with bindings shared where that is needed.
    pub module: Module,
    /// What naga's validator found out about it.
    pub info: ModuleInfo,
    /// What is bound by the names of the text.
    pub reflection: Reflection,
    /// What is bound in fact: the same, with shares in place of the buffers in them.
    pub bound: Reflection,
    pub(super) merged: Vec<Merged>,
}

/// A binding that a shader's entry point uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The variable's name.
    pub name: String,
    /// Bind group.
    pub group: u32,
    /// Binding in the group.
    pub binding: u32,
    /// What is bound.
    pub kind: BindingKind,
    /// Bytes that the buffer has at least, counting one element of an array without a length.
    pub min_size: u32,
}

/// What is bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BindingKind {
    /// `var<uniform>`
    Uniform,
    /// `var<storage, read>` or `var<storage, read_write>`
    Storage {
        /// Declared `read`.
        read_only: bool,
    },
}

/// What a shader's entry point declares and uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reflection {
    /// In the order of group and binding.
    pub bindings: Vec<Binding>,
    /// Invocations of a workgroup.
    pub workgroup_size: [u32; 3],
    /// Bytes of workgroup memory.
    pub workgroup_memory: u32,
}

/// A file's text as it stands in the folder that `KVRM_WGSL` names: a build for development need not be made again for
/// each change of a shader.
#[cfg(debug_assertions)]
fn on_disk(file: &str) -> Option<Cow<'static, str>> {
    let folder = std::env::var_os("KVRM_WGSL").filter(|_| file.ends_with(".wgsl"))?;
    std::fs::read_to_string(std::path::Path::new(&folder).join(file)).ok().map(Cow::Owned)
}

#[cfg(not(debug_assertions))]
fn on_disk(_file: &str) -> Option<Cow<'static, str>> {
    None
}

impl Shader {
    /// The whole text.
    pub fn source(&self) -> String {
        let mut source = String::with_capacity(self.chunks.iter().map(|(_, text)| text.len() + 1).sum());
        for (file, text) in &self.chunks {
            source.push_str(&on_disk(file).unwrap_or(Cow::Borrowed(text)));
            if !text.ends_with('\n') {
                source.push('\n');
            }
        }
        source
    }

    /// The file and the line in it, from 1, of a line of the whole text, from 1.
    pub fn locate(&self, line: u32) -> (&'static str, u32) {
        let mut before = 0;
        let mut last = ("", line);
        for (file, text) in &self.chunks {
            last = (file, line - before);
            let lines = text.lines().count().max(1) as u32;
            if line <= before + lines {
                break;
            }
            before += lines;
        }
        last
    }

    /// Parses the shader, without validation.
    pub fn parse(&self) -> Result<Module, Error> {
        let source = self.source();
        wgsl::parse_str(&source).map_err(|error| {
            let mut message = error.message().to_owned();
            for (_, label) in error.labels().filter(|(_, label)| !label.is_empty()) {
                message = format!("{message} ({label})");
            }
            for note in error.notes() {
                message = format!("{message}; {note}");
            }
            // naga's first label can lack a span, and `ParseError::location` then points to the first line.
            let span = error.labels().map(|(span, _)| span).find(|span| span.is_defined());
            self.error(message, span.map(|span| span.location(&source)), &source)
        })
    }

    /// Parses the shader and validates it for a device that can do no more than `capabilities`.
    pub fn validate(&self, capabilities: Capabilities) -> Result<(Module, ModuleInfo), Error> {
        let module = self.parse()?;
        let result = Validator::new(ValidationFlags::all(), capabilities).validate(&module);
        let info = result.map_err(|error| {
            let source = self.source();
            let mut message = error.to_string();
            let mut cause = error.as_inner().source();
            while let Some(inner) = cause {
                message = format!("{message}: {inner}");
                cause = inner.source();
            }
            // The spans go from the expression to the function around it: the shortest says most.
            let spans = error.spans().map(|(span, _)| span.location(&source));
            self.error(message, spans.min_by_key(|location| location.length), &source)
        })?;
        Ok((module, info))
    }

    /// Validates and reflects the entry point `main`.
    pub fn reflect(&self, capabilities: Capabilities) -> Result<Reflection, Error> {
        let (module, info) = self.validate(capabilities)?;
        self.reflect_module(&module, &info)
    }

    /// The shader for a device that binds at most `buffers` storage buffers, with buffers that share bindings if it binds
    /// more of them. `checked`: indices are kept within each of these.
    pub fn arrange(&self, buffers: u32, checked: bool, capabilities: Capabilities) -> Result<Arranged, Error> {
        let (mut module, mut info) = self.validate(capabilities)?;
        let reflection = self.reflect_module(&module, &info)?;
        if buffers >= STORAGE_BUFFERS {
            return Ok(Arranged { module, info, bound: reflection.clone(), reflection, merged: Vec::new() });
        }
        let complain = |message: String| self.error(message, None, "");
        let main = self.main(&module)?;
        let merged = pack(&mut module, &info, main, self.shares, (buffers, checked)).map_err(complain)?;
        info = Validator::new(ValidationFlags::all(), capabilities)
            .validate(&module)
            .map_err(|error| complain(format!("with shares: {}", error.emit_to_string(""))))?;
        let bound = self.reflect_module(&module, &info)?;
        Ok(Arranged { module, info, reflection, bound, merged })
    }

    /// Index of the entry point.
    fn main(&self, module: &Module) -> Result<usize, Error> {
        let is_main = |entry: &wgpu::naga::EntryPoint| entry.stage == ShaderStage::Compute && entry.name == ENTRY_POINT;
        let index = module.entry_points.iter().position(is_main);
        index.ok_or_else(|| self.error("there is no compute entry point `main`".to_owned(), None, ""))
    }

    fn reflect_module(&self, module: &Module, info: &ModuleInfo) -> Result<Reflection, Error> {
        let complain = |message: String| self.error(message, None, "");
        let index = self.main(module)?;
        let mut layouter = Layouter::default();
        layouter.update(module.to_ctx()).map_err(|error| complain(error.to_string()))?;

        let uses = info.get_entry_point(index);
        let mut bindings = Vec::new();
        let mut workgroup_memory: u32 = 0;
        for (handle, variable) in module.global_variables.iter() {
            if uses[handle] == GlobalUse::empty() {
                continue;
            }
            let size = layouter[variable.ty].size;
            let kind = match variable.space {
                AddressSpace::Uniform => BindingKind::Uniform,
                AddressSpace::Storage { access } => {
                    BindingKind::Storage { read_only: !access.contains(StorageAccess::STORE) }
                }
                AddressSpace::WorkGroup => {
                    workgroup_memory = workgroup_memory.saturating_add(size);
                    continue;
                }
                AddressSpace::Private => continue,
                space => return Err(complain(format!("variables in address space {space:?} are not supported"))),
            };
            if let Some(at) = variable.binding {
                let name = variable.name.clone().unwrap_or_default();
                bindings.push(Binding { name, group: at.group, binding: at.binding, kind, min_size: size });
            }
        }
        bindings.sort_by_key(|binding| (binding.group, binding.binding));
        Ok(Reflection { bindings, workgroup_size: module.entry_points[index].workgroup_size, workgroup_memory })
    }

    fn error(&self, message: String, location: Option<SourceLocation>, source: &str) -> Error {
        // Without a location there is no file to blame, only the shader.
        let (line, column) = location.map_or((0, 0), |location| (location.line_number, location.line_position));
        let text = (line as usize).checked_sub(1).and_then(|line| source.lines().nth(line)).unwrap_or_default().trim();
        let (file, line) = if line == 0 { (self.name, 0) } else { self.locate(line) };
        let text = text.to_owned();
        Error::Shader { shader: self.name.to_owned(), file: file.to_owned(), line, column, message, text }
    }
}

/// What shaders may use on a device with these features, as far as KVRM asks for any.
pub(super) fn capabilities(features: Features) -> Capabilities {
    let mut capabilities = Capabilities::SHADER_FLOAT16_IN_FLOAT32;
    capabilities.set(Capabilities::SHADER_INT64, features.contains(Features::SHADER_INT64));
    capabilities.set(Capabilities::SUBGROUP, features.contains(Features::SUBGROUP));
    capabilities
}
