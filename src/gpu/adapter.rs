//! Which of the machine's adapters is used.

use wgpu::{AdapterInfo, Backend, DeviceType, InstanceFlags};

use super::Error;

/// Environment variable that names the adapter when [`Options::adapter`](super::Options::adapter) does not.
pub const ADAPTER_VARIABLE: &str = "KVRM_ADAPTER";

/// The wish for any software adapter, whatever its name (llvmpipe, WARP).
pub const SOFTWARE: &str = "software";

/// The wish for all GPUs, where several adapters can be used.
pub const ALL: &str = "all";

/// An adapter that exists, with the wgpu instance that it came from.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Name, type, backend, driver.
    pub info: AdapterInfo,
    /// wgpu's handle.
    pub adapter: wgpu::Adapter,
}

/// All adapters of the backends that are built in, or of those in the environment variable `WGPU_BACKEND`.
pub fn candidates() -> Result<Vec<Candidate>, Error> {
    let backends = wgpu::Backends::all().with_env();
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends,
        flags: instance_flags(std::env::var_os("KVRM_VALIDATION").is_some_and(|value| value != "0")),
        ..wgpu::InstanceDescriptor::new_without_display_handle_from_env()
    });
    let adapters = pollster::block_on(instance.enumerate_adapters(backends));
    if adapters.is_empty() {
        let asked = std::env::var("WGPU_BACKEND").map(|names| format!("WGPU_BACKEND={names}"));
        let backends = asked.unwrap_or_else(|_| "any backend".to_owned());
        return Err(Error::NoAdapter { backends, advice: advice(std::env::consts::OS) });
    }
    Ok(adapters.into_iter().map(|adapter| Candidate { info: adapter.get_info(), adapter }).collect())
}

/// The part of an adapter's name that the user asked for: `option`, else the environment variable `KVRM_ADAPTER`.
pub fn wanted_adapter(option: Option<&str>) -> Option<String> {
    let given = option.map(str::to_owned).or_else(|| std::env::var(ADAPTER_VARIABLE).ok());
    given.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty())
}

/// Index of the adapter to use: of those whose name contains `wanted` in any case ([`SOFTWARE`] means any software
/// adapter), a discrete GPU before an integrated before a virtual before a software one, and the platform's own
/// backend before a layer on top.
pub fn choose(adapters: &[AdapterInfo], wanted: Option<&str>) -> Result<usize, Error> {
    let matches = |info: &AdapterInfo| {
        wanted.is_none_or(|wanted| {
            let wanted = wanted.to_lowercase();
            info.name.to_lowercase().contains(&wanted) || (wanted == SOFTWARE && info.device_type == DeviceType::Cpu)
        })
    };
    let usable = adapters.iter().enumerate().filter(|(_, info)| matches(info));
    usable.min_by_key(|(_, info)| preference(info)).map(|(index, _)| index).ok_or_else(|| match wanted {
        Some(wanted) => Error::NoSuchAdapter {
            wanted: wanted.to_owned(),
            found: adapters.iter().map(|info| format!("{} ({})", info.name, info.backend)).collect(),
        },
        None => Error::NoAdapter { backends: "any backend".to_owned(), advice: advice(std::env::consts::OS) },
    })
}

/// The adapters of these names, each once: all whose names contain one of them, or with `all` every GPU, or the
/// software adapter where there is none. With no name it is the one that [`super::Gpu::open`] would take. A GPU that
/// several backends offer counts once.
pub fn adapters(names: &[String]) -> Result<Vec<Candidate>, Error> {
    let mut candidates = candidates()?;
    let infos: Vec<AdapterInfo> = candidates.iter().map(|candidate| candidate.info.clone()).collect();
    let mut chosen = choose_all(&infos, names)?;
    chosen.sort_unstable_by(|a, b| b.cmp(a));
    let mut found: Vec<Candidate> = chosen.into_iter().map(|index| candidates.swap_remove(index)).collect();
    found.reverse();
    Ok(found)
}

fn choose_all(adapters: &[AdapterInfo], names: &[String]) -> Result<Vec<usize>, Error> {
    if names.is_empty() {
        return Ok(vec![choose(adapters, wanted_adapter(None).as_deref())?]);
    }
    let mut chosen = Vec::new();
    for name in names {
        let all = name.eq_ignore_ascii_case(ALL);
        let best = &adapters[choose(adapters, (!all).then_some(name))?];
        let wanted = name.to_lowercase();
        for (index, info) in adapters.iter().enumerate() {
            let named = match all {
                true => info.device_type != DeviceType::Cpu || best.device_type == DeviceType::Cpu,
                false if wanted == SOFTWARE => info.device_type == DeviceType::Cpu,
                false => info.name.to_lowercase().contains(&wanted),
            };
            if named && info.backend == best.backend && !chosen.contains(&index) {
                chosen.push(index);
            }
        }
    }
    Ok(chosen)
}

/// Lower is better.
fn preference(info: &AdapterInfo) -> (u8, u8) {
    let kind = match info.device_type {
        DeviceType::DiscreteGpu => 0,
        DeviceType::IntegratedGpu => 1,
        DeviceType::VirtualGpu => 2,
        DeviceType::Other => 3,
        DeviceType::Cpu => 4,
    };
    // Vulkan before DX12 where both drive one GPU: it takes larger buffers and skips a shader translation.
    let backend = match info.backend {
        Backend::Metal => 0,
        Backend::Vulkan => 1,
        Backend::Dx12 => 2,
        Backend::BrowserWebGpu => 3,
        Backend::Gl => 4,
        Backend::Noop => 5,
    };
    (kind, backend)
}

/// wgpu's own debugging is on in debug builds and costs much there, so it waits for the user's wish.
///
/// Indirect-call validation stays off: it puts a hidden dispatch before every indirect one to look at the arguments,
/// and those are written by this crate's own WGSL, which bounds them. Its price is that `num_workgroups` reads 0 on
/// DX12, so no shader may use that builtin (`tests/all/shaders.rs` checks).
fn instance_flags(validation: bool) -> InstanceFlags {
    if validation { InstanceFlags::debugging() } else { InstanceFlags::empty() }.with_env()
}

/// What to install where there is no adapter.
fn advice(os: &str) -> &'static str {
    match os {
        "linux" => {
            "install the Vulkan driver of your GPU, or Mesa's software driver: \
             `apt-get install mesa-vulkan-drivers` (on Debian 12 with `-t bookworm-backports`)"
        }
        "macos" => {
            "Metal is part of macOS: a GPU that supports Metal, or a virtual machine that passes one on, is needed"
        }
        "windows" => "install your GPU vendor's driver; the software adapter WARP is part of Windows 10 and later",
        _ => "install a Vulkan driver",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn adapter(name: &str, device_type: DeviceType, backend: Backend) -> AdapterInfo {
        let mut info = AdapterInfo::new(device_type, backend);
        info.name = name.to_owned();
        info
    }

    fn zoo() -> Vec<AdapterInfo> {
        vec![
            adapter("llvmpipe (LLVM 19.1.7, 256 bits)", DeviceType::Cpu, Backend::Vulkan),
            adapter("Virtio-GPU Venus", DeviceType::VirtualGpu, Backend::Vulkan),
            adapter("Intel(R) UHD Graphics 630", DeviceType::IntegratedGpu, Backend::Vulkan),
            adapter("NVIDIA GeForce RTX 4090", DeviceType::DiscreteGpu, Backend::Dx12),
            adapter("NVIDIA GeForce RTX 4090", DeviceType::DiscreteGpu, Backend::Vulkan),
            adapter("Microsoft Basic Render Driver", DeviceType::Cpu, Backend::Dx12),
        ]
    }

    #[test]
    fn real_gpus_come_first() {
        let mut adapters = zoo();
        for expected in ["Vulkan NVIDIA", "Dx12 NVIDIA", "Vulkan Intel", "Vulkan Virtio", "Vulkan llvmpipe"] {
            let index = choose(&adapters, None).unwrap();
            let chosen = adapters.remove(index);
            let (backend, name) = expected.split_once(' ').unwrap();
            assert!(chosen.name.starts_with(name), "{expected}: {chosen:?}");
            assert_eq!(format!("{:?}", chosen.backend), backend);
        }
    }

    #[test]
    fn all_gpus_and_several_names() {
        let mut adapters = zoo();
        adapters.push(adapters[4].clone());
        let chosen = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            choose_all(&adapters, &names)
        };
        assert_eq!(chosen(&["all"]).unwrap(), [1, 2, 4, 6], "both GPUs of one name, each once");
        assert_eq!(chosen(&["nvidia"]).unwrap(), [4, 6]);
        assert_eq!(chosen(&["intel", "nvidia", "UHD"]).unwrap(), [2, 4, 6]);
        assert_eq!(chosen(&["llvmpipe"]).unwrap(), [0]);
        assert!(chosen(&["intel", "voodoo"]).is_err());
        let software = [zoo().swap_remove(0), zoo().swap_remove(5)];
        assert_eq!(choose_all(&software, &["all".to_owned()]).unwrap(), [0]);
    }

    #[test]
    fn a_name_is_matched_in_part_and_in_any_case() {
        let adapters = zoo();
        assert_eq!(choose(&adapters, Some("LLVMpipe")).unwrap(), 0);
        assert_eq!(choose(&adapters, Some("uhd")).unwrap(), 2);
        assert_eq!(choose(&adapters, Some("nvidia")).unwrap(), 4);
    }

    #[test]
    fn software_is_a_kind_rather_than_a_name() {
        let adapters = zoo();
        assert_eq!(choose(&adapters, Some("Software")).unwrap(), 0);
        assert_eq!(choose(&adapters[1..], Some(SOFTWARE)).unwrap(), 4);
        assert!(choose(&adapters[1..3], Some(SOFTWARE)).is_err());
    }

    #[test]
    fn errors_say_what_there_is_and_what_to_install() {
        let error = choose(&zoo(), Some("voodoo")).unwrap_err().to_string();
        assert!(error.contains("\"voodoo\"") && error.contains("Intel(R) UHD Graphics 630"), "{error}");
        assert!(matches!(choose(&[], None), Err(Error::NoAdapter { .. })));
        assert!(advice("linux").contains("mesa-vulkan-drivers"));
        assert!(advice("windows").contains("WARP"));
    }

    #[test]
    fn an_empty_wish_is_none() {
        assert_eq!(wanted_adapter(Some("  ")), None);
        assert_eq!(wanted_adapter(Some(" warp ")).as_deref(), Some("warp"));
    }

    #[test]
    fn indirect_calls_are_not_validated_unless_asked() {
        // The variables that wgpu reads itself would change the answer.
        if std::env::vars_os().any(|(name, _)| name.to_string_lossy().starts_with("WGPU_")) {
            eprintln!("skipped: a WGPU_ variable is set");
            return;
        }
        assert_eq!(instance_flags(false), InstanceFlags::empty());
        assert!(instance_flags(true).contains(InstanceFlags::VALIDATION_INDIRECT_CALL | InstanceFlags::DEBUG));
    }
}
