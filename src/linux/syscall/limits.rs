//! Resource limits of one lane's process: what they are at first, and what the process makes of them.

use super::identity::PROCESS;
use super::{Call, Errno, Host, Lane, Result};

/// A resource that has a limit, by its number in `resource.h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resource(usize);

impl Resource {
    const CPU: Resource = Resource(0);
    /// Heap and writable mappings.
    pub const DATA: Resource = Resource(2);
    const STACK: Resource = Resource(3);
    const CORE: Resource = Resource(4);
    const NPROC: Resource = Resource(6);
    /// Descriptors: one above the highest.
    pub const NOFILE: Resource = Resource(7);
    /// All that is mapped.
    pub const AS: Resource = Resource(9);
    const NICE: Resource = Resource(13);
    const RTPRIO: Resource = Resource(14);
    const COUNT: usize = 16;
}

/// Descriptors that a process may have open, and how many it may ask for, as Linux has it.
const FILES: [u64; 2] = [1024, 4096];
/// A limit on descriptors that nobody may set.
const FILES_MOST: u64 = 1 << 20;

/// The limits that a process has changed, soft and hard.
#[derive(Debug, Clone, Default)]
pub struct Limits(Option<Box<[Option<[u64; 2]>; Resource::COUNT]>>);

impl Limits {
    fn set(&mut self, resource: Resource, limit: [u64; 2]) {
        self.0.get_or_insert_default()[resource.0] = Some(limit);
    }
}

impl Lane {
    /// Soft and hard limit of a resource.
    pub(in crate::linux) fn limit(&self, host: &Host, resource: Resource) -> [u64; 2] {
        let changed = self.limits.0.as_ref().and_then(|limits| limits[resource.0]);
        changed.unwrap_or(match resource {
            Resource::DATA => [host.memory_size; 2],
            // The stack cannot grow beyond what is kept for it.
            Resource::STACK => [host.stack_size; 2],
            Resource::CORE | Resource::NICE | Resource::RTPRIO => [0; 2],
            Resource::NPROC => [1; 2],
            Resource::NOFILE => FILES,
            _ => [u64::MAX; 2],
        })
    }
}

impl Call<'_> {
    /// Soft and hard limit of a resource.
    pub(super) fn limit(&self, resource: Resource) -> [u64; 2] {
        self.lane.limit(self.host, resource)
    }

    /// The resource that an argument names.
    fn resource(&self, n: usize) -> Result<Resource> {
        let resource = self.arguments[n] as u32 as usize;
        if resource < Resource::COUNT { Ok(Resource(resource)) } else { Err(Errno::EINVAL.into()) }
    }

    fn set_limit(&mut self, resource: Resource, [soft, hard]: [u64; 2]) -> Result<()> {
        if soft > hard {
            return Err(Errno::EINVAL.into());
        }
        let [_, most] = self.limit(resource);
        if hard > most || (resource == Resource::NOFILE && hard > FILES_MOST) {
            return Err(Errno::EPERM.into());
        }
        // A limit of no time at all is one of a second.
        let soft = if resource == Resource::CPU { soft.max(1) } else { soft };
        self.lane.limits.set(resource, [soft, hard]);
        Ok(())
    }
}

pub fn getrlimit(call: &mut Call<'_>) -> Result {
    let limit = call.limit(call.resource(0)?);
    call.memory.write_words(call.arguments[1], &limit)?;
    Ok(0)
}

pub fn setrlimit(call: &mut Call<'_>) -> Result {
    let limit = call.memory.read_words(call.arguments[1])?;
    call.set_limit(call.resource(0)?, limit)?;
    Ok(0)
}

pub fn prlimit64(call: &mut Call<'_>) -> Result {
    let [_, _, new, old, ..] = call.arguments;
    let limit = if new == 0 { None } else { Some(call.memory.read_words(new)?) };
    if !(0..=PROCESS).contains(&call.int(0)) {
        return Err(Errno::ESRCH.into());
    }
    let resource = call.resource(1)?;
    let before = call.limit(resource);
    if let Some(limit) = limit {
        call.set_limit(resource, limit)?;
    }
    if old != 0 {
        call.memory.write_words(old, &before)?;
    }
    Ok(0)
}
