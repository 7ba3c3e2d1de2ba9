//! Compute pipelines, whose layouts come from the shader itself.

use std::num::NonZeroU64;
use std::thread;

use wgpu::{
    BindGroup, BindGroupDescriptor, BindGroupEntry, BindGroupLayout, BindGroupLayoutDescriptor, BindGroupLayoutEntry,
    BindingType, Buffer, BufferBindingType, ComputePipeline, ComputePipelineDescriptor, Device,
    PipelineLayoutDescriptor, ShaderModuleDescriptor, ShaderRuntimeChecks, ShaderSource, ShaderStages,
};

use super::{Binding, BindingKind, Error, Gpu, Reflection, Shader, shader};

/// Generated WGSL nests deeply, and naga recurses over it.
const COMPILER_STACK: usize = 64 << 20;

/// A compute pipeline with the layouts of its bind groups.
#[derive(Clone, Debug)]
pub struct Pipeline {
    name: &'static str,
    raw: ComputePipeline,
    reflection: Reflection,
    /// One for each group from 0; a group that the shader does not use has an empty one.
    layouts: Vec<BindGroupLayout>,
}

impl Gpu {
    /// Makes the pipeline of a shader's entry point `main`. A checked one stays within its buffers whatever the guest
    /// makes it do; an unchecked one relies on the shader for that.
    pub fn pipeline(&self, shader: &Shader, checked: bool) -> Result<Pipeline, Error> {
        thread::scope(|scope| {
            let compiler = thread::Builder::new().name(format!("compile {}", shader.name)).stack_size(COMPILER_STACK);
            let thread = compiler.spawn_scoped(scope, || self.compile(shader, checked));
            let failed = |message: String| Error::Internal { what: format!("compiling {}", shader.name), message };
            let thread = thread.map_err(|error| failed(format!("no thread for the shader compiler: {error}")))?;
            thread.join().unwrap_or_else(|_| Err(failed("the shader compiler panicked".to_owned())))
        })
    }

    fn compile(&self, shader: &Shader, checked: bool) -> Result<Pipeline, Error> {
        // Before wgpu, which would not know the files.
        let reflection = shader.reflect(shader::capabilities(self.features()))?;
        self.guard(&format!("compiling {}", shader.name), |device| {
            let groups = reflection.bindings.iter().map(|binding| binding.group + 1).max().unwrap_or(0);
            let layouts: Vec<_> =
                (0..groups).map(|group| group_layout(device, shader.name, &reflection, group)).collect();
            let layout = device.create_pipeline_layout(&PipelineLayoutDescriptor {
                label: Some(shader.name),
                bind_group_layouts: &layouts.iter().map(Some).collect::<Vec<_>>(),
                immediate_size: 0,
            });
            let descriptor =
                ShaderModuleDescriptor { label: Some(shader.name), source: ShaderSource::Wgsl(shader.source().into()) };
            let checks = ShaderRuntimeChecks {
                bounds_checks: checked,
                // Costs a counter in every loop. All our loops end by themselves: those that run guest code count
                // down the instructions of a slice.
                force_loop_bounding: false,
                // Stays on without the other checks: what a division by zero gives is part of our results, and the
                // driver may not assume that there is none.
                int_div_checks: true,
                ..ShaderRuntimeChecks::checked()
            };
            // SAFETY: every loop of a shipped shader ends after a number of rounds that is fixed when it is entered
            // (the slice's instruction budget, a table's size), so none is infinite whatever the guest does. Without
            // bounds checks the shader must also index its buffers and arrays within their lengths: shipped shaders
            // take indices from tables that only they and this crate write, and mask those into arrays of fixed
            // length; a guest's address becomes an index only through a page table look-up.
            let module = unsafe { device.create_shader_module_trusted(descriptor, checks) };
            let raw = device.create_compute_pipeline(&ComputePipelineDescriptor {
                label: Some(shader.name),
                layout: Some(&layout),
                module: &module,
                entry_point: Some(shader::ENTRY_POINT),
                compilation_options: Default::default(),
                cache: None,
            });
            Pipeline { name: shader.name, raw, reflection, layouts }
        })
    }
}

impl Pipeline {
    /// wgpu's pipeline.
    pub fn raw(&self) -> &ComputePipeline {
        &self.raw
    }

    /// The shader's name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Invocations of a workgroup.
    pub fn workgroup_size(&self) -> [u32; 3] {
        self.reflection.workgroup_size
    }

    /// What the shader binds, in the order of group and binding.
    pub fn bindings(&self) -> &[Binding] {
        &self.reflection.bindings
    }

    /// Makes the bind groups, to be set at 0, 1, ..., from the buffers that the shader uses; others are ignored.
    pub fn bind(&self, gpu: &Gpu, buffers: &[(u32, u32, &Buffer)]) -> Result<Vec<BindGroup>, Error> {
        let mut entries: Vec<Vec<BindGroupEntry>> = vec![Vec::new(); self.layouts.len()];
        for &Binding { group, binding, .. } in self.bindings() {
            let given = buffers.iter().find(|(g, b, _)| (*g, *b) == (group, binding));
            let (_, _, buffer) =
                given.ok_or_else(|| Error::MissingBinding { pipeline: self.name.to_owned(), group, binding })?;
            entries[group as usize].push(BindGroupEntry { binding, resource: buffer.as_entire_binding() });
        }
        gpu.guard(&format!("binding the buffers of {}", self.name), |device| {
            let group = |(layout, entries): (&BindGroupLayout, &Vec<BindGroupEntry>)| {
                device.create_bind_group(&BindGroupDescriptor { label: Some(self.name), layout, entries })
            };
            self.layouts.iter().zip(&entries).map(group).collect()
        })
    }
}

fn group_layout(device: &Device, name: &str, reflection: &Reflection, group: u32) -> BindGroupLayout {
    let used = reflection.bindings.iter().filter(|binding| binding.group == group);
    let entries: Vec<_> = used.map(layout_entry).collect();
    device.create_bind_group_layout(&BindGroupLayoutDescriptor { label: Some(name), entries: &entries })
}

fn layout_entry(binding: &Binding) -> BindGroupLayoutEntry {
    let ty = match binding.kind {
        BindingKind::Uniform => BufferBindingType::Uniform,
        BindingKind::Storage { read_only } => BufferBindingType::Storage { read_only },
    };
    BindGroupLayoutEntry {
        binding: binding.binding,
        visibility: ShaderStages::COMPUTE,
        ty: BindingType::Buffer {
            ty,
            has_dynamic_offset: false,
            min_binding_size: NonZeroU64::new(u64::from(binding.min_size)),
        },
        count: None,
    }
}
