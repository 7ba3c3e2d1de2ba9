// Guest memory: 4 KiB pages, an image that all lanes share, and frames of a group's own.
//
// A lane's layout lists its regions with permissions. A page that the lane has not written is read from the image, or
// from the zero page. The first write copies it into the lane's column of a frame: `slots` is one open-addressed hash
// table over (group, page), slot i owns frame i, and bit k of a slot's mask says that lane k of the group has its own
// copy. Lanes of a group share frames but never columns, so only the keys and the masks are atomic.
//
// A copy can be made ahead (wgsl/companions/prefetch/): it is as its source until its lane writes it, and until then nobody but
// memory_page knows of it: a lane that reads is given the source.
//
// Accesses look into the lane's translation cache; one that misses holds its instruction with EVENT_MISS, which is
// repeated when memory_enter has filled the cache. src/machine/memory/ is the counterpart.

struct Place {
    base: u32,
    shift: u32,
}

// Entry: page address with the permissions in its low bits, upper address, base word, shift.
var<private> cache: array<vec4<u32>, CACHE_ENTRIES>;
// The entry of the last access: in registers, while the array is in memory.
var<private> last_entry: vec4<u32>;
var<private> miss_address: vec2<u32>;
var<private> miss_access: u32;
var<private> ignore_permissions: bool;
// The page looked up last was copied ahead, and is now written for the first time.
var<private> was_ahead: bool;

// The top byte of a data address is ignored, as where TCR_ELx.TBI says so.
fn memory_untag(address: vec2<u32>) -> vec2<u32> {
    return vec2<u32>(address.x, address.y & 0xffffffu);
}

// Neighbouring pages never share an entry, so that an access across both can hit.
fn cache_index(address: vec2<u32>) -> u32 {
    return (address.x >> 12u) & (CACHE_ENTRIES - 1u);
}

fn memory_forget() {
    last_entry = vec4<u32>(0u, NO_PAGE, 0u, 0u);
    for (var entry = 0u; entry < CACHE_ENTRIES; entry += 1u) {
        cache[entry] = vec4<u32>(0u, NO_PAGE, 0u, 0u);
    }
}

fn memory_miss(address: vec2<u32>, access: u32) {
    lane_hold();
    event = EVENT_MISS;
    miss_address = address;
    miss_access = access;
}

fn entry_is_of(entry: vec4<u32>, address: vec2<u32>) -> bool {
    return (entry.x ^ address.x) < 0x1000u && entry.y == address.y;
}

// Finds the page of `address` in the translation cache.
fn memory_place(address: vec2<u32>, access: u32) -> Place {
    let entry = cache[cache_index(address)];
    if (!entry_is_of(entry, address) || (entry.x & access) != access) {
        memory_miss(address, access);
    }
    return Place(entry.z, entry.w);
}

fn memory_word(place: Place, word: u32) -> u32 {
    return place.base + (word << place.shift);
}

// Index of the lane's region that holds page (low, high), or NONE.
fn memory_region(low: u32, high: u32) -> u32 {
    var first = lane_field(LANE_LAYOUT);
    var count = lane_field(LANE_LAYOUT_COUNT);
    // The last region whose start is not above the page.
    while (count > 1u) {
        let half = count >> 1u;
        let region = layouts[first + half];
        let below = u64_less(vec2<u32>(low, high), vec2<u32>(region.x, region.z & 0xfu));
        first = select(first + half, first, below);
        count = select(count - half, half, below);
    }
    if (count == 0u) {
        return NONE;
    }
    let region = layouts[first];
    let page = vec2<u32>(low, high);
    let inside = !u64_less(page, vec2<u32>(region.x, region.z & 0xfu))
        && u64_less(page, vec2<u32>(region.y, (region.z >> 4u) & 0x1fu));
    return select(NONE, first, inside);
}

fn slot_key(page_low: u32, page_high: u32) -> vec2<u32> {
    return vec2<u32>((page_low & 0xfffffffu) | 0x80000000u,
        (page_low >> 28u) | (page_high << 4u) | (lane_group() << 8u) | 0x80000000u);
}

// The slot of a page of this lane's group; NONE when there is none and none is to be made, or no slot is free.
//
// A slot is empty, or has its first word, or both. Whoever needs it with that first word sets the second, by compare
// and exchange, so that nobody waits for anybody.
fn memory_slot(key: vec2<u32>, insert: bool) -> u32 {
    let capacity = params.frame_capacity;
    let mixed = (key.x * 0x9e3779b1u) ^ (key.y * 0x85ebca6bu);
    let hash = (mixed ^ (mixed >> 15u)) * 0x2c1b3c6du;
    var slot = (hash ^ (hash >> 13u)) % capacity;
    let step = 1u + (hash >> 8u) % (capacity - 1u);
    for (var probe = 0u; probe < capacity; probe += 1u) {
        var first = atomicLoad(&slots[slot * SLOT_WORDS]);
        if (first == 0u) {
            if (!insert || atomicLoad(&status[STATUS_FRAMES]) >= params.frame_limit) {
                return NONE;
            }
            let exchanged = atomicCompareExchangeWeak(&slots[slot * SLOT_WORDS], 0u, key.x);
            first = select(exchanged.old_value, key.x, exchanged.exchanged);
            if (first == 0u) {
                // The exchange failed without cause, which the weak form may: look at the same slot again.
                continue;
            }
        }
        if (first == key.x) {
            var second = atomicLoad(&slots[slot * SLOT_WORDS + 1u]);
            // An insertion finishes what another began; a look-up of a half-made slot finds nothing of this lane's.
            while (second == 0u && insert) {
                let exchanged = atomicCompareExchangeWeak(&slots[slot * SLOT_WORDS + 1u], 0u, key.y);
                second = exchanged.old_value;
                if (exchanged.exchanged) {
                    atomicAdd(&status[STATUS_FRAMES], 1u);
                    return slot;
                }
            }
            if (second == key.y) {
                return slot;
            }
        }
        slot += step;
        slot -= select(0u, capacity, slot >= capacity);
    }
    return NONE;
}

// Whether the page was added on the GPU: zeros to read and to write.
fn memory_added(number: vec2<u32>) -> bool {
    let page = number.x;
    let heap = page >= lane_field(LANE_UP_FIRST) && page < lane_field(LANE_UP_END);
    let mapping = page >= lane_field(LANE_DOWN_FIRST) && page < lane_field(LANE_DOWN_END);
    return number.y == 0u && (heap || mapping);
}

// A page as a lane sees it: where it stands in `memory`, its region's permissions, its image page or NONE.
struct Page {
    place: Place,
    permissions: u32,
    image: u32,
    own: bool,
    slot: u32,
}

fn page_number(address: vec2<u32>) -> vec2<u32> {
    return vec2<u32>((address.x >> 12u) | (address.y << 20u), address.y >> 12u);
}

// Finds the page; an unmapped one has `permissions` NONE. For a write that is allowed it gets a slot if it has none.
fn memory_page(address: vec2<u32>, write: bool) -> Page {
    var page = Page(Place(0u, 0u), NONE, NONE, false, NONE);
    let number = page_number(address);
    was_ahead = false;
    if (number.y >= 16u) {
        return page;
    }
    let region_ix = memory_region(number.x, number.y);
    if (region_ix != NONE) {
        let region = layouts[region_ix];
        page.permissions = (region.z >> REGION_PERMISSION_SHIFT) & 7u;
        // Page 0 of the buffer is the zero page, the image follows.
        if (region.w != NONE) {
            page.image = region.w + number.x - region.x;
            page.place.base = page.image << 10u;
        }
    } else if (memory_added(number)) {
        page.permissions = ACCESS_READ | ACCESS_WRITE;
    } else {
        return page;
    }
    let writable = (page.permissions & ACCESS_WRITE) != 0u || ignore_permissions;
    page.slot = memory_slot(slot_key(number.x, number.y), write && writable);
    if (page.slot != NONE) {
        let bit = 1u << lane_column();
        let copied = atomicLoad(&slots[page.slot * SLOT_WORDS + 2u]);
        var ahead = 0u;
        if (PAGES_AHEAD) {
            // Before it is known whether it matters, so that both loads are on their way together.
            ahead = atomicLoad(&slots[page.slot * SLOT_WORDS + 3u]);
        }
        page.own = (copied & bit) != 0u;
        if (page.own && (ahead & bit) != 0u) {
            page.own = memory_settle(page.slot, write && writable);
        }
        if (page.own) {
            page.place = memory_frame(page.slot);
        }
    }
    return page;
}

// A copy that was made ahead is the lane's own from the first write on.
fn memory_settle(slot: u32, write: bool) -> bool {
    if (write) {
        atomicAnd(&slots[slot * SLOT_WORDS + 3u], ~(1u << lane_column()));
        was_ahead = true;
    }
    return write;
}

fn memory_frame(slot: u32) -> Place {
    return Place(params.frames_at + (slot << (10u + params.group_shift)) + lane_column(), params.group_shift);
}

fn memory_four(at: u32) -> vec4<u32> {
    return vec4<u32>(memory[at], memory[at + 1u], memory[at + 2u], memory[at + 3u]);
}

fn memory_set_four(place: Place, word: u32, values: vec4<u32>) {
    memory[memory_word(place, word)] = values.x;
    memory[memory_word(place, word + 1u)] = values.y;
    memory[memory_word(place, word + 2u)] = values.z;
    memory[memory_word(place, word + 3u)] = values.w;
}

// A page whose words stand side by side, into a column. Compilers fetch nothing ahead of a store to the same buffer, so
// that the loads of a round are all that is on its way at a time.
fn memory_copy(source: u32, to: Place) {
    for (var word = 0u; word < 1024u; word += 16u) {
        let a = memory_four(source + word);
        let b = memory_four(source + word + 4u);
        let c = memory_four(source + word + 8u);
        let d = memory_four(source + word + 12u);
        memory_set_four(to, word, a);
        memory_set_four(to, word + 4u, b);
        memory_set_four(to, word + 8u, c);
        memory_set_four(to, word + 12u, d);
    }
}

fn memory_fault(address: vec2<u32>, access: u32, cause: u32) {
    lane_stop(REASON_FAULT, vec3<u32>(address, access | (cause << FAULT_CAUSE_SHIFT)));
}

// Fills the translation cache for the access that missed, with its page; copies the page on the first write.
fn memory_enter(found: Page) {
    var page = found;
    event = 0u;
    let writes = (miss_access & ACCESS_WRITE) != 0u;
    if (page.permissions == NONE) {
        memory_fault(miss_address, select(ACCESS_READ, ACCESS_WRITE, writes), FAULT_UNMAPPED);
        return;
    }
    if ((page.permissions & miss_access) != miss_access && !ignore_permissions) {
        // A read-modify-write of a page that can be read is reported as a write.
        let readable = (page.permissions & ACCESS_READ) != 0u;
        memory_fault(miss_address, select(ACCESS_READ, ACCESS_WRITE, writes && (readable || miss_access == ACCESS_WRITE)),
            FAULT_PERMISSION);
        return;
    }
    let copies = writes && !page.own;
    if (copies && page.slot == NONE) {
        lane_stop(REASON_POOL, vec3<u32>(miss_address, miss_access));
        return;
    }
    memory_note(select(0u, HISTORY_STORES, writes) | select(0u, HISTORY_STALLED, copies)
        | select(0u, HISTORY_AHEAD, was_ahead));
    if (copies) {
        let frame = memory_frame(page.slot);
        memory_copy(page.place.base, frame);
        atomicOr(&slots[page.slot * SLOT_WORDS + 2u], 1u << lane_column());
        page.place = frame;
        page.own = true;
        if (page.image != NONE && page.image <= params.code_pages) {
            // The control words no longer say what stands there: look again where the lane executes.
            lane_set_field(LANE_CODE_WRITTEN, 1u);
            x[CODE_RUN].y = 0u;
            lane_jump(lane_pc(code));
        }
    }
    let allowed = select(page.permissions, ACCESS_READ | ACCESS_WRITE, ignore_permissions);
    let cached = (allowed & ACCESS_READ) | select(0u, allowed & ACCESS_WRITE, page.own);
    last_entry = vec4<u32>((miss_address.x & 0xfffff000u) | cached, miss_address.y, page.place.base, page.place.shift);
    cache[cache_index(miss_address)] = last_entry;
}
