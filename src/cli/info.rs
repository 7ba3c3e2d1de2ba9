//! `kvrm info`: the adapters of this machine, which one KVRM uses, and what it gets from it.

use std::fmt::Write as _;

use kvrm::gpu;
use wgpu::{AdapterInfo, DeviceType, Features, Limits};

/// Prints the adapters and what KVRM would do with the one that `adapter`, `KVRM_ADAPTER` or their speed chooses.
pub fn info(adapter: Option<String>) -> anyhow::Result<()> {
    let candidates = gpu::candidates()?;
    let infos: Vec<AdapterInfo> = candidates.iter().map(|candidate| candidate.info.clone()).collect();
    let choice = gpu::choose(&infos, gpu::wanted_adapter(adapter.as_deref()).as_deref());
    super::print(&adapter_table(&infos, choice.as_ref().ok().copied()))?;
    let chosen = &candidates[choice?];
    let (limits, offered) = (chosen.adapter.limits(), chosen.adapter.features());
    let buffers = gpu::storage_buffers(&limits, None)?;
    super::print(&format!("\n{}\n{}", limit_table(&limits, buffers), feature_table(offered, &chosen.info)))?;
    // The whole way to a device, so that what is printed is also true.
    gpu::Gpu::open_adapter(&chosen.adapter, &gpu::Options::default())?;
    Ok(())
}

fn adapter_table(infos: &[AdapterInfo], chosen: Option<usize>) -> String {
    let mut rows = vec![["", "adapter", "type", "backend", "driver"].map(str::to_owned)];
    for (index, info) in infos.iter().enumerate() {
        let mark = if Some(index) == chosen { "*" } else { "" };
        let driver = format!("{} {}", info.driver, info.driver_info);
        rows.push([mark, &info.name, kind(info.device_type), info.backend.to_str(), driver.trim()].map(str::to_owned));
    }
    let mut text = columns(&rows);
    if chosen.is_some() {
        let _ =
            writeln!(text, "* KVRM uses this one; --adapter NAME or {}=NAME chooses another", gpu::ADAPTER_VARIABLE);
    }
    text
}

fn kind(device_type: DeviceType) -> &'static str {
    match device_type {
        DeviceType::DiscreteGpu => "discrete",
        DeviceType::IntegratedGpu => "integrated",
        DeviceType::VirtualGpu => "virtual",
        DeviceType::Cpu => gpu::SOFTWARE,
        DeviceType::Other => "other",
    }
}

fn limit_table(limits: &Limits, buffers: u32) -> String {
    let bytes = |size: u64| match size {
        0..1024 => format!("{size} bytes"),
        1024..0x10_0000 => format!("{} KiB", size >> 10),
        _ => format!("{} MiB", size >> 20),
    };
    let rows = [
        ("max_buffer_size", bytes(limits.max_buffer_size), "one buffer"),
        ("max_storage_buffer_binding_size", bytes(limits.max_storage_buffer_binding_size), "guest memory of all lanes"),
        (
            "max_storage_buffers_per_shader_stage",
            limits.max_storage_buffers_per_shader_stage.to_string(),
            &match buffers < gpu::STORAGE_BUFFERS {
                true => format!("KVRM binds {buffers}: buffers share bindings"),
                false => format!("KVRM binds {buffers}: each buffer has its own"),
            },
        ),
        (
            "max_compute_workgroups_per_dimension",
            limits.max_compute_workgroups_per_dimension.to_string(),
            "groups of lanes in one dispatch",
        ),
        (
            "max_compute_invocations_per_workgroup",
            limits.max_compute_invocations_per_workgroup.to_string(),
            "KVRM uses at most 256",
        ),
        (
            "max_compute_workgroup_storage_size",
            bytes(limits.max_compute_workgroup_storage_size.into()),
            "KVRM uses at most 16 KiB",
        ),
    ];
    let rows = rows.map(|(limit, value, meaning)| [String::new(), limit.to_owned(), value, meaning.to_owned()]);
    let header = ["", "limit", "value", "meaning"].map(str::to_owned);
    columns(&[&[header], &rows[..]].concat())
}

fn feature_table(offered: Features, info: &AdapterInfo) -> String {
    let usable = gpu::usable_features(offered, info);
    let features = [
        (Features::TIMESTAMP_QUERY, "the GPU's own time of each run"),
        (Features::MAPPABLE_PRIMARY_BUFFERS, "results are read in place; for unified memory only"),
        (Features::PIPELINE_CACHE, "compiled shaders are kept by KVRM"),
        (Features::SUBGROUP, "lanes of a group vote"),
        (Features::SHADER_INT64, "64-bit integers in shaders"),
    ];
    let header = ["", "feature", "state", "meaning"].map(str::to_owned);
    let rows = features.map(|(feature, meaning)| {
        let state = match (usable.contains(feature), gpu::USEFUL_FEATURES.contains(feature)) {
            (true, true) => "used",
            (true, false) => "offered, not used",
            (false, _) if offered.contains(feature) => "offered, of no use here",
            (false, _) => "not offered",
        };
        let name = feature.iter_names().map(|(name, _)| name).collect::<String>();
        [String::new(), name, state.to_owned(), meaning.to_owned()]
    });
    columns(&[&[header], &rows[..]].concat())
}

/// Rows with their columns aligned.
fn columns<const N: usize>(rows: &[[String; N]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..N).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:width$}"));
        let line = cells.collect::<Vec<_>>().join("  ");
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chosen_adapter_is_marked() {
        let [mut first, mut second] = [DeviceType::Cpu, DeviceType::DiscreteGpu]
            .map(|device_type| AdapterInfo::new(device_type, wgpu::Backend::Vulkan));
        first.name = "llvmpipe".to_owned();
        second.name = "a real GPU".to_owned();
        let table = adapter_table(&[first, second], Some(1));
        let marked: Vec<&str> = table.lines().filter(|line| line.starts_with('*')).collect();
        assert!(marked[0].contains("a real GPU") && marked[0].contains("discrete"), "{table}");
        assert_eq!(marked.len(), 2, "one adapter and the legend:\n{table}");
    }

    #[test]
    fn it_is_said_how_buffers_are_bound() {
        for (buffers, expected) in [(16, "KVRM binds 16: each buffer has its own"), (8, "KVRM binds 8: buffers share")]
        {
            let table = limit_table(&Limits::default(), buffers);
            assert!(table.contains(expected), "{table}");
        }
    }

    #[test]
    fn features_tell_use_from_offer() {
        let info = AdapterInfo::new(DeviceType::DiscreteGpu, wgpu::Backend::Vulkan);
        let table = feature_table(Features::MAPPABLE_PRIMARY_BUFFERS | Features::SHADER_INT64, &info);
        let state = |feature: &str| table.lines().find(|line| line.contains(feature)).unwrap().to_owned();
        assert!(state("MAPPABLE_PRIMARY_BUFFERS").contains("of no use here"), "{table}");
        assert!(state("SHADER_INT64").contains("offered, not used"), "{table}");
        assert!(state("TIMESTAMP_QUERY").contains("not offered"), "{table}");
    }
}
