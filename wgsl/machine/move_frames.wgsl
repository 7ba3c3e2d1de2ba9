// Moves the frames that lanes have copies in from another pool into this one: one workgroup takes one slot there.

struct Source {
    slots: u32,
    // First word of its frames.
    frames_at: u32,
    // Groups that are moved.
    first_group: u32,
    end_group: u32,
}

@group(1) @binding(8) var<storage, read> source: Source;
@group(1) @binding(9) var<storage, read> source_slots: array<u32>;
@group(1) @binding(10) var<storage, read> source_memory: array<u32>;

var<workgroup> sh_slot: u32;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let from_slot = workgroup.x + workgroup.y * DISPATCH_ROW;
    if (local == 0u) {
        sh_slot = NONE;
        if (from_slot < source.slots) {
            let at = from_slot * SLOT_WORDS;
            let key = vec2<u32>(source_slots[at], source_slots[at + 1u]);
            // What was copied ahead and not yet written is left behind, unless the pool is growing.
            let ahead = select(0u, source_slots[at + 3u], params.items != 0u);
            let mask = source_slots[at + 2u] & ~(source_slots[at + 3u] & ~ahead);
            let group = (key.y & 0x7fffffffu) >> 8u;
            if (mask != 0u && group >= source.first_group && group < source.end_group) {
                sh_slot = memory_slot(key, true);
                if (sh_slot != NONE) {
                    atomicStore(&slots[sh_slot * SLOT_WORDS + 2u], mask);
                    atomicStore(&slots[sh_slot * SLOT_WORDS + 3u], ahead);
                } else {
                    atomicAdd(&status[STATUS_LOST], 1u);
                }
            }
        }
    }
    let slot = workgroupUniformLoad(&sh_slot);
    if (slot == NONE) {
        return;
    }
    let words = 1024u << params.group_shift;
    let to_word = params.frames_at + slot * words;
    let from_word = source.frames_at + from_slot * words;
    for (var word = local; word < words; word += WORKGROUP) {
        memory[to_word + word] = source_memory[from_word + word];
    }
}
