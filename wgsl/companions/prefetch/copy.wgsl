// Copies pages ahead of the lanes that will write them: one workgroup copies one page for lanes of one group.
//
// A lane gets a copy only of what it may write and has not written, never of code, and only in a frame that others do not
// need more. Until it writes, the copy is as its source, and nobody sees that it is there.

@group(0) @binding(11) var<storage, read_write> predictions: array<u32>;
@group(1) @binding(10) var<storage, read_write> jobs: array<atomic<u32>>;

// First word of each lane's source, NONE for a lane that gets no copy.
var<workgroup> sh_sources: array<u32, 32>;
// The columns that are copied to.
var<workgroup> sh_columns: array<u32, 32>;
var<workgroup> sh_page: array<u32, 1024>;
var<workgroup> sh_count: u32;
var<workgroup> sh_slot: u32;
var<workgroup> sh_source: u32;

// Where the page stands that the lane would copy when it wrote there.
fn source_of(number: vec2<u32>) -> u32 {
    if (pc_out[lane * 2u + 1u].x > REASON_RESUMABLE || number.y >= 16u) {
        return NONE;
    }
    let region_ix = memory_region(number.x, number.y);
    if (region_ix == NONE) {
        return select(NONE, 0u, memory_added(number));
    }
    let region = layouts[region_ix];
    if (((region.z >> REGION_PERMISSION_SHIFT) & ACCESS_WRITE) == 0u) {
        return NONE;
    }
    let image = select(region.w + number.x - region.x, 0u, region.w == NONE);
    // Where a lane writes to code has to be seen.
    return select(image << 10u, NONE, image != 0u && image <= params.code_pages);
}

// The slot to copy to; there may be none for it.
fn slot_for(number: vec2<u32>) -> u32 {
    let key = slot_key(number.x, number.y);
    let slot = memory_slot(key, false);
    if (slot != NONE) {
        return slot;
    }
    let taken = atomicAdd(&jobs[JOB_TAKEN], 1u);
    if (taken + atomicLoad(&jobs[JOB_FRAMES]) >= params.items) {
        atomicAdd(&status[STATUS_CRAMPED], 1u);
        return NONE;
    }
    return memory_slot(key, true);
}

// Chooses the lanes: those that have the first one's source.
fn choose(number: vec2<u32>) {
    sh_count = 0u;
    sh_slot = NONE;
    var source = NONE;
    for (var column = 0u; column < 32u; column += 1u) {
        let from_word = sh_sources[column];
        if (from_word != NONE && (source == NONE || source == from_word)) {
            source = from_word;
            sh_columns[sh_count] = column;
            sh_count += 1u;
        }
    }
    if (source == NONE) {
        return;
    }
    let slot = slot_for(number);
    if (slot == NONE) {
        sh_count = 0u;
        return;
    }
    let copied = atomicLoad(&slots[slot * SLOT_WORDS + 2u]);
    var kept = 0u;
    for (var n = 0u; n < sh_count; n += 1u) {
        if (((copied >> sh_columns[n]) & 1u) == 0u) {
            sh_columns[kept] = sh_columns[n];
            kept += 1u;
        }
    }
    sh_count = kept;
    sh_slot = slot;
    sh_source = source;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let at = JOB_HEADER + workgroup.x * JOB_WORDS;
    let length = atomicLoad(&jobs[at + JOB_LENGTH]);
    let first_lane = atomicLoad(&jobs[at + JOB_STREAM]) << params.group_shift;
    let stride = bitcast<i32>(atomicLoad(&jobs[at + JOB_STRIDE])) * i32(workgroup.y);
    let offset = vec2<u32>(u32(stride), u32(stride >> 31u));
    let base = vec2<u32>(atomicLoad(&jobs[at + JOB_LOW]), atomicLoad(&jobs[at + JOB_HIGH]));
    let number = page_number(u64_add(base, offset));
    let wanted = atomicLoad(&jobs[at + JOB_LANES]);
    lane = first_lane + (local & 31u);
    if (local < 32u) {
        var source = NONE;
        let there = local < (1u << params.group_shift) && lane < params.lanes && workgroup.y < length;
        if (there && ((wanted >> local) & 1u) != 0u) {
            source = source_of(number);
        }
        sh_sources[local] = source;
    }
    workgroupBarrier();
    if (local == 0u) {
        lane = first_lane;
        choose(number);
        let prediction = atomicLoad(&jobs[at + JOB_PREDICTION]);
        if (workgroup.y == 0u && sh_slot == NONE && prediction != NONE) {
            let fate = prediction * STREAM_PREDICTION_WORDS + 3u;
            predictions[fate] = (predictions[fate] & ~FATE_MASK) | FATE_DROPPED;
            atomicAdd(&status[STATUS_FATES + FATE_DROPPED - FATE_USED], 1u);
        }
    }
    let count = workgroupUniformLoad(&sh_count);
    let slot = workgroupUniformLoad(&sh_slot);
    let source = workgroupUniformLoad(&sh_source);
    if (count == 0u) {
        return;
    }
    // Read once for all lanes, and all of it on its way together.
    for (var word = local; word < 1024u; word += WORKGROUP) {
        sh_page[word] = memory[source + word];
    }
    workgroupBarrier();
    let shift = params.group_shift;
    let across = 32u - countLeadingZeros(count - 1u);
    let column = local & ((1u << across) - 1u);
    if (column < count) {
        let to = params.frames_at + (slot << (10u + shift)) + sh_columns[column];
        for (var word = local >> across; word < 1024u; word += WORKGROUP >> across) {
            memory[to + (word << shift)] = sh_page[word];
        }
    }
    storageBarrier();
    workgroupBarrier();
    if (local == 0u) {
        var lanes = 0u;
        for (var n = 0u; n < count; n += 1u) {
            lanes |= 1u << sh_columns[n];
        }
        let before = atomicOr(&slots[slot * SLOT_WORDS + 2u], lanes);
        atomicOr(&slots[slot * SLOT_WORDS + 3u], lanes);
        atomicAdd(&status[STATUS_AHEAD], countOneBits(lanes & ~before));
    }
}
