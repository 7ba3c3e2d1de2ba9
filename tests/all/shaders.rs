//! Every shipped shader, in every variant that can be asked for, keeps to what runs everywhere: baseline WebGPU with 16
//! storage buffers, or with 8 that buffers share, and every language that wgpu translates WGSL to.

use std::borrow::Cow;
use std::collections::BTreeMap;

use kvrm::gpu::{BindingKind, PACKED_BUFFERS, Reflection, STORAGE_BUFFERS, Shader};
use naga::back::{hlsl, msl, spv, wgsl};
use naga::proc::{BoundsCheckPolicies, BoundsCheckPolicy};
use naga::valid::{Capabilities, ModuleInfo};
use naga::{BuiltIn, Module};

/// Baseline WebGPU.
const WORKGROUP_SIZE: u32 = 256;
const WORKGROUP_MEMORY: u32 = 16 << 10;

/// naga recurses over the shader.
const STACK: usize = 64 << 20;

#[test]
fn every_shipped_shader_runs_everywhere() {
    let machine = [kvrm::machine::shaders(), kvrm::linux::shaders(), kvrm::float::shaders()].concat();
    let all = [machine, kvrm::neural::shaders(), kvrm::burst::shaders()].concat();
    // Some variants have the text of another.
    let shaders: BTreeMap<String, &Shader> = all.iter().map(|shader| (shader.source(), shader)).collect();
    assert!(shaders.len() > 100, "{} texts", shaders.len());
    let shaders: Vec<&Shader> = shaders.into_values().collect();
    let complaints: Vec<String> = std::thread::scope(|scope| {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let part = shaders.len().div_ceil(threads);
        let check_all = |part: &[&Shader]| {
            let complaint = |shader: &&Shader| Some(format!("{}: {}", shader.name, check(shader).err()?));
            part.iter().filter_map(complaint).collect::<Vec<_>>()
        };
        let start = |part| std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, move || check_all(part));
        let threads: Vec<_> = shaders.chunks(part).map(|part| start(part).expect("a thread can be started")).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("no panic")).collect()
    });
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn shaders_that_do_not_are_refused() {
    let buffers: String = (0..=STORAGE_BUFFERS)
        .map(|i| format!("@group(0) @binding({i}) var<storage, read_write> b{i}: array<u32>;\n"))
        .collect();
    let writes: String = (0..=STORAGE_BUFFERS).map(|i| format!("b{i}[0] = 1u;")).collect();
    let cases = [
        ("storage buffers", format!("{buffers}@compute @workgroup_size(1) fn main() {{ {writes} }}")),
        ("invocations", "@compute @workgroup_size(16, 17) fn main() {}".to_owned()),
        (
            "workgroup memory",
            "var<workgroup> a: array<u32, 4096>; var<workgroup> b: u32;
            @compute @workgroup_size(1) fn main() { a[0] = 1u; b = a[0]; }"
                .to_owned(),
        ),
        (
            "num_workgroups",
            "@group(0) @binding(0) var<storage, read_write> count: vec3<u32>;
            @compute @workgroup_size(1) fn main(@builtin(num_workgroups) n: vec3<u32>) { count = n; }"
                .to_owned(),
        ),
        ("SHADER_INT64", "@compute @workgroup_size(1) fn main() { var x: u64 = 1lu; x = x + x; }".to_owned()),
        ("no compute entry point", "fn helper() {}".to_owned()),
    ];
    for (expected, text) in cases {
        let shader = Shader { name: "bad", chunks: vec![("bad.wgsl", Cow::Owned(text))], shares: &[] };
        let complaint = check(&shader).expect_err(expected);
        assert!(complaint.contains(expected), "expected a complaint about {expected}: {complaint}");
    }
    // The one check that only wgpu makes: 64 is the baseline's limit of the third dimension.
    let text = "@compute @workgroup_size(1, 1, 65) fn main() {}";
    let text = wgpu::ShaderSource::Wgsl(text.into());
    assert!(on_baseline("deep", STORAGE_BUFFERS, text).is_err(), "a noop device took a workgroup of depth 65");
}

/// What keeps the shader from running somewhere.
fn check(shader: &Shader) -> Result<(), String> {
    let (module, info) = shader.validate(Capabilities::empty()).map_err(|error| error.to_string())?;
    if uses_builtin(&module, BuiltIn::NumWorkGroups) {
        return Err("num_workgroups is 0 in indirect dispatches on DX12".to_owned());
    }
    let reflection = shader.reflect(Capabilities::empty()).map_err(|error| error.to_string())?;
    keeps_to(&reflection, STORAGE_BUFFERS)?;
    translate(&module, &info)?;
    on_baseline(shader.name, STORAGE_BUFFERS, wgpu::ShaderSource::Wgsl(shader.source().into()))?;

    let packed = shader.arrange(PACKED_BUFFERS, true, Capabilities::empty()).map_err(|error| error.to_string())?;
    keeps_to(&packed.bound, PACKED_BUFFERS)?;
    translate(&packed.module, &packed.info).map_err(|error| format!("with shared bindings: {error}"))?;
    on_baseline(shader.name, PACKED_BUFFERS, wgpu::ShaderSource::Naga(Cow::Owned(packed.module)))
}

fn keeps_to(reflection: &Reflection, most: u32) -> Result<(), String> {
    let storage = |kind| matches!(kind, BindingKind::Storage { .. });
    let buffers = reflection.bindings.iter().filter(|binding| storage(binding.kind)).count();
    if buffers > most as usize {
        return Err(format!("{buffers} storage buffers, of at most {most}"));
    }
    let invocations: u32 = reflection.workgroup_size.iter().product();
    if invocations > WORKGROUP_SIZE {
        return Err(format!("{invocations} invocations in a workgroup, of at most {WORKGROUP_SIZE}"));
    }
    let memory = reflection.workgroup_memory;
    if memory > WORKGROUP_MEMORY {
        return Err(format!("{memory} bytes of workgroup memory, of at most {WORKGROUP_MEMORY}"));
    }
    Ok(())
}

fn uses_builtin(module: &Module, builtin: BuiltIn) -> bool {
    let is_it = |binding: &Option<naga::Binding>| *binding == Some(naga::Binding::BuiltIn(builtin));
    let in_arguments = module.entry_points.iter().flat_map(|entry| &entry.function.arguments);
    let in_structs = module.types.iter().filter_map(|(_, ty)| match &ty.inner {
        naga::TypeInner::Struct { members, .. } => Some(members),
        _ => None,
    });
    in_arguments.map(|argument| &argument.binding).any(is_it)
        || in_structs.flatten().map(|member| &member.binding).any(is_it)
}

/// Metal, DirectX, Vulkan, and WGSL again, with bounds checks as wgpu has them.
fn translate(module: &Module, info: &ModuleInfo) -> Result<(), String> {
    let bounds_check_policies = BoundsCheckPolicies {
        index: BoundsCheckPolicy::Restrict,
        buffer: BoundsCheckPolicy::Restrict,
        ..Default::default()
    };

    let options = msl::Options { lang_version: (2, 0), bounds_check_policies, ..Default::default() };
    let (text, translated) =
        msl::write_string(module, info, &options, &Default::default()).map_err(|error| format!("to Metal: {error}"))?;
    translated.entry_point_names.into_iter().collect::<Result<Vec<_>, _>>().map_err(|e| format!("to Metal: {e}"))?;
    assert!(text.contains("kernel void"), "an empty translation to Metal");

    let mut text = String::new();
    let options = hlsl::Options { shader_model: hlsl::ShaderModel::V6_0, ..Default::default() };
    let translated = hlsl::Writer::new(&mut text, &options, &Default::default())
        .write(module, info, None)
        .map_err(|error| format!("to HLSL: {error}"))?;
    translated.entry_point_names.into_iter().collect::<Result<Vec<_>, _>>().map_err(|e| format!("to HLSL: {e}"))?;
    assert!(text.contains("numthreads"), "an empty translation to HLSL");

    let options = spv::Options { bounds_check_policies, ..Default::default() };
    spv::write_vec(module, info, &options, None).map_err(|error| format!("to SPIR-V: {error}"))?;

    let text =
        wgsl::write_string(module, info, wgsl::WriterFlags::empty()).map_err(|error| format!("to WGSL: {error}"))?;
    naga::front::wgsl::parse_str(&text).map_err(|error| format!("back from WGSL: {}", error.emit_to_string(&text)))?;
    Ok(())
}

/// Whether wgpu takes the shader on a device that offers baseline WebGPU with so many storage buffers, and no more.
fn on_baseline(name: &str, buffers: u32, source: wgpu::ShaderSource) -> Result<(), String> {
    let compile = || {
        let limits = wgpu::Limits { max_storage_buffers_per_shader_stage: buffers, ..Default::default() };
        let descriptor = wgpu::DeviceDescriptor { required_limits: limits, ..Default::default() };
        let (device, _queue) = wgpu::Device::noop(&descriptor);
        let scope = device.push_error_scope(wgpu::ErrorFilter::Validation);
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor { label: Some(name), source });
        let _pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(name),
            layout: None,
            module: &module,
            entry_point: Some("main"),
            compilation_options: Default::default(),
            cache: None,
        });
        pollster::block_on(scope.pop()).map_or(Ok(()), |error| Err(format!("baseline WebGPU: {error}")))
    };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, compile);
        thread.expect("a thread can be started").join().expect("wgpu does not panic")
    })
}
