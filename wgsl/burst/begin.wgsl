// Before the bursts of a submission: the host has read what the last one recorded.

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) local: u32) {
    if local == 0u {
        status[STATUS_RASTER] = 0u;
        status[STATUS_BURSTS] = 0u;
        status[STATUS_HALTED] = 0u;
    }
    arguments_set(true, local);
}
