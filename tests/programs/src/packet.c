// A packet filter: Ethernet with VLAN tags, IPv4 with options, IPv6 with extension headers, fragments; checksums; TCP
// with options, UDP with DNS names, ICMP; lists of ports and networks. The exit status says what became of the frame.
// It stands in `packet`, which a sweep patches: its length in two bytes, then the frame. If the length is 0 the frame
// is standard input. With an argument it says its verdict about frames of its own instead.
#include "rt.h"

enum {
    ACCEPT = 0, EMPTY, SHORT, LONG, VLAN_DEPTH, ETHERTYPE, VERSION, HEADER_LENGTH, TOTAL_LENGTH, CHECKSUM, HOP_LIMIT,
    SOURCE, DESTINATION, IP_OPTION, EXTENSION, FRAGMENT, PROTOCOL, TCP_SHORT, TCP_OFFSET, TCP_FLAGS, TCP_OPTION, UDP_SHORT,
    UDP_LENGTH, PORT, DNS_SHORT, DNS_NAME, DNS_COUNT, ICMP_SHORT, ICMP_TYPE, PAYLOAD, ARP, VERDICTS,
};

#define FRAME_MAX 254
struct packet {
    uint16_t length;
    uint8_t frame[FRAME_MAX];
};
// Not static and not folded away: its name and place are what a sweep looks for.
struct packet packet = {0, {0}};

struct view {
    const uint8_t *at;
    unsigned left;
    // Sum of the pseudo-header that TCP and UDP include.
    uint32_t pseudo;
};

struct network {
    uint32_t address, mask;
};

static const struct network DENIED_SOURCES[] = {
    {0x00000000, 0xff000000}, {0x7f000000, 0xff000000}, {0xe0000000, 0xf0000000}, {0xf0000000, 0xf0000000},
    {0xc6336400, 0xffffff00}, {0xcb007100, 0xffffff00}, {0xa9fe0000, 0xffff0000},
};
static const struct network ACCEPTED[] = {
    {0x0a000000, 0xff000000}, {0xac100000, 0xfff00000}, {0xc0a80000, 0xffff0000}, {0xc0000200, 0xffffff00},
};
// Ascending, searched by bisection.
static const uint16_t TCP_PORTS[] = {20, 21, 22, 25, 53, 80, 110, 143, 179, 389, 443, 465, 587, 636, 853, 993, 995,
                                     1433, 1883, 2049, 3306, 3389, 5060, 5432, 5672, 6379, 8080, 8443, 9000, 9092, 27017};
static const uint16_t UDP_PORTS[] = {53, 67, 68, 69, 123, 161, 162, 443, 500, 514, 1194, 1812, 1813, 4500, 4789, 5060, 51820};

static inline unsigned half(const uint8_t *p) {
    return (unsigned)p[0] << 8 | p[1];
}

static inline uint32_t word(const uint8_t *p) {
    return (uint32_t)half(p) << 16 | half(p + 2);
}

static uint32_t sum(uint32_t total, const uint8_t *p, unsigned length) {
    for (; length >= 2; p += 2, length -= 2) total += half(p);
    if (length) total += (unsigned)*p << 8;
    return total;
}

static unsigned folded(uint32_t total) {
    while (total >> 16) total = (total & 0xffff) + (total >> 16);
    return total;
}

static bool listed(const uint16_t *ports, unsigned count, unsigned port) {
    unsigned low = 0, high = count;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        if (ports[middle] == port) return true;
        if (ports[middle] < port) low = middle + 1;
        else high = middle;
    }
    return false;
}

static bool within(const struct network *networks, unsigned count, uint32_t address) {
    for (unsigned i = 0; i < count; i++) {
        if ((address & networks[i].mask) == networks[i].address) return true;
    }
    return false;
}

// Kind, length, value; kinds 0 and 1 stand alone.
static bool tcp_options(const uint8_t *p, unsigned length) {
    unsigned seen = 0;
    while (length > 0) {
        unsigned kind = p[0];
        if (kind == 0) return true;
        if (kind == 1) {
            p++, length--;
            continue;
        }
        if (length < 2 || p[1] < 2 || p[1] > length) return false;
        unsigned size = p[1];
        switch (kind) {
        case 2: if (size != 4 || half(p + 2) < 64) return false; break;
        case 3: if (size != 3 || p[2] > 14) return false; break;
        case 4: if (size != 2) return false; break;
        case 5: if (size < 10 || (size - 2) % 8 != 0) return false; break;
        case 8: if (size != 10) return false; break;
        case 19: if (size != 18) return false; break;
        default: if (kind >= 253) return false;
        }
        if (kind < 32) {
            if (seen >> kind & 1) return false;
            seen |= 1u << kind;
        }
        p += size, length -= size;
    }
    return true;
}

static bool ip_options(const uint8_t *p, unsigned length) {
    while (length > 0) {
        unsigned kind = p[0];
        if (kind == 0) return true;
        if (kind == 1) {
            p++, length--;
            continue;
        }
        if (length < 2 || p[1] < 2 || p[1] > length) return false;
        // Source routes are not let in.
        if (kind == 131 || kind == 137) return false;
        if (kind == 7 && (p[1] < 3 || p[2] < 4 || (p[2] & 3) != 0)) return false;
        p += p[1], length -= p[1];
    }
    return true;
}

// A rough look at the contents: too many zeros, or a run of one byte, is refused.
static bool plausible(const uint8_t *p, unsigned length) {
    unsigned zeros = 0, run = 0;
    uint32_t hash = 0x811c9dc5;
    for (unsigned i = 0; i < length; i++) {
        zeros += p[i] == 0;
        run = i > 0 && p[i] == p[i - 1] ? run + 1 : 0;
        if (run >= 24) return false;
        hash = (hash ^ p[i]) * 0x01000193;
    }
    return length < 16 || (zeros * 4 <= length * 3 && (hash & 0xff) != 0);
}

static int dns(const uint8_t *p, unsigned length) {
    if (length < 12) return DNS_SHORT;
    unsigned questions = half(p + 4);
    if (questions == 0 || questions > 4 || half(p + 6) + half(p + 8) > 64) return DNS_COUNT;
    const uint8_t *end = p + length;
    p += 12;
    for (; questions > 0; questions--) {
        unsigned labels = 0;
        for (;;) {
            if (p >= end) return DNS_NAME;
            unsigned size = *p++;
            if (size == 0) break;
            if (size > 63 || (unsigned)(end - p) < size || ++labels > 16) return DNS_NAME;
            for (; size > 0; size--, p++) {
                unsigned c = *p | 0x20;
                if (!((c >= 'a' && c <= 'z') || (*p >= '0' && *p <= '9') || *p == '-' || *p == '_')) return DNS_NAME;
            }
        }
        if (end - p < 4) return DNS_SHORT;
        p += 4;
    }
    return ACCEPT;
}

static int tcp(struct view v) {
    if (v.left < 20) return TCP_SHORT;
    unsigned offset = (v.at[12] >> 4) * 4u, flags = v.at[13] & 0x3f;
    if (offset < 20 || offset > v.left) return TCP_OFFSET;
    if (folded(sum(v.pseudo + v.left, v.at, v.left)) != 0xffff) return CHECKSUM;
    // SYN with FIN or RST, nothing at all, and FIN, PSH and URG together are what scanners send.
    if (flags == 0 || (flags & 3) == 3 || (flags & 6) == 6 || (flags & 0x29) == 0x29) return TCP_FLAGS;
    if (!tcp_options(v.at + 20, offset - 20)) return TCP_OPTION;
    if (!listed(TCP_PORTS, COUNT(TCP_PORTS), half(v.at + 2)) && !listed(TCP_PORTS, COUNT(TCP_PORTS), half(v.at))) {
        return PORT;
    }
    return plausible(v.at + offset, v.left - offset) ? ACCEPT : PAYLOAD;
}

static int udp(struct view v) {
    if (v.left < 8) return UDP_SHORT;
    unsigned length = half(v.at + 4), from = half(v.at), to = half(v.at + 2);
    if (length < 8 || length > v.left) return UDP_LENGTH;
    if (half(v.at + 6) != 0 && folded(sum(v.pseudo + length, v.at, length)) != 0xffff) return CHECKSUM;
    if (!listed(UDP_PORTS, COUNT(UDP_PORTS), to) && !listed(UDP_PORTS, COUNT(UDP_PORTS), from)) return PORT;
    if (to == 53 || from == 53) return dns(v.at + 8, length - 8);
    return plausible(v.at + 8, length - 8) ? ACCEPT : PAYLOAD;
}

static int icmp(struct view v, bool six) {
    if (v.left < 8) return ICMP_SHORT;
    if (folded(sum(six ? v.pseudo + v.left : 0, v.at, v.left)) != 0xffff) return CHECKSUM;
    unsigned type = v.at[0], code = v.at[1];
    if (six) return (type >= 1 && type <= 4) || (type >= 128 && type <= 137 && code == 0) ? ACCEPT : ICMP_TYPE;
    switch (type) {
    case 0: case 8: return code == 0 ? ACCEPT : ICMP_TYPE;
    case 3: return code <= 15 ? ACCEPT : ICMP_TYPE;
    case 11: return code <= 1 ? ACCEPT : ICMP_TYPE;
    default: return ICMP_TYPE;
    }
}

static int transport(unsigned protocol, struct view v, bool six) {
    v.pseudo += protocol;
    switch (protocol) {
    case 1: return six ? PROTOCOL : icmp(v, false);
    case 6: return tcp(v);
    case 17: return udp(v);
    case 58: return six ? icmp(v, true) : PROTOCOL;
    default: return PROTOCOL;
    }
}

static int ipv4(struct view v) {
    if (v.left < 20) return SHORT;
    if (v.at[0] >> 4 != 4) return VERSION;
    unsigned header = (v.at[0] & 15) * 4u, total = half(v.at + 2);
    if (header < 20 || header > v.left) return HEADER_LENGTH;
    if (total < header || total > v.left) return TOTAL_LENGTH;
    if (folded(sum(0, v.at, header)) != 0xffff) return CHECKSUM;
    if (v.at[8] == 0) return HOP_LIMIT;
    if (within(DENIED_SOURCES, COUNT(DENIED_SOURCES), word(v.at + 12))) return SOURCE;
    if (!within(ACCEPTED, COUNT(ACCEPTED), word(v.at + 16))) return DESTINATION;
    if (!ip_options(v.at + 20, header - 20)) return IP_OPTION;
    unsigned fragment = half(v.at + 6);
    if (fragment & 0x8000 || (fragment & 0x1fff && fragment & 0x4000)) return FRAGMENT;
    // Later fragments have no transport header: they pass with the first.
    if (fragment & 0x1fff) return total - header >= 8 ? ACCEPT : FRAGMENT;
    if (fragment & 0x2000) return (total - header) % 8 == 0 ? ACCEPT : FRAGMENT;
    struct view inner = {v.at + header, total - header, sum(0, v.at + 12, 8)};
    return transport(v.at[9], inner, false);
}

static int ipv6(struct view v) {
    if (v.left < 40) return SHORT;
    if (v.at[0] >> 4 != 6) return VERSION;
    unsigned length = half(v.at + 4), next = v.at[6];
    if (length > v.left - 40) return TOTAL_LENGTH;
    if (v.at[7] == 0) return HOP_LIMIT;
    if (v.at[8] == 0xff) return SOURCE;
    if (v.at[24] == 0 && v.at[25] == 0) return DESTINATION;
    struct view inner = {v.at + 40, length, sum(0, v.at + 8, 32)};
    for (unsigned headers = 0; next == 0 || next == 43 || next == 44 || next == 60; headers++) {
        if (headers == 6 || inner.left < 8) return EXTENSION;
        unsigned size = next == 44 ? 8 : (inner.at[1] + 1u) * 8;
        if (size > inner.left) return EXTENSION;
        if (next == 43 && inner.at[3] != 0 && inner.at[2] == 0) return EXTENSION;
        if (next == 44 && half(inner.at + 2) & 0xfff9) return FRAGMENT;
        next = inner.at[0];
        inner.at += size, inner.left -= size;
    }
    if (next == 59) return ACCEPT;
    return transport(next, inner, true);
}

static int filter(const uint8_t *frame, unsigned length) {
    if (length == 0) return EMPTY;
    if (length < 14) return SHORT;
    // A multicast source is no source.
    if (frame[6] & 1) return SOURCE;
    struct view v = {frame + 14, length - 14, 0};
    unsigned type = half(frame + 12);
    for (unsigned tags = 0; type == 0x8100 || type == 0x88a8; tags++) {
        if (tags == 2) return VLAN_DEPTH;
        if (v.left < 4) return SHORT;
        type = half(v.at + 2);
        v.at += 4, v.left -= 4;
    }
    switch (type) {
    case 0x0800: return ipv4(v);
    case 0x86dd: return ipv6(v);
    case 0x0806: return v.left >= 28 && half(v.at) == 1 && half(v.at + 2) == 0x0800 && v.at[4] == 6 && v.at[5] == 4 ? ACCEPT : ARP;
    default: return ETHERTYPE;
    }
}

static void put(uint8_t *p, unsigned value) {
    p[0] = (uint8_t)(value >> 8), p[1] = (uint8_t)value;
}

// Frames to check the filter itself with: sound ones, some then damaged in one byte.
static unsigned make(uint8_t *f, uint64_t *state) {
    uint32_t kind = next_random(state);
    unsigned body = 40 + next_random(state) % 100, header = kind & 4 ? 24 : 20, udp = kind & 1;
    for (unsigned i = 0; i < FRAME_MAX; i++) f[i] = (uint8_t)next_random(state);
    f[6] &= 0xfe;
    put(f + 12, 0x0800);
    uint8_t *ip = f + 14, *t = ip + header;
    unsigned length = body + (udp ? 8 : 20);
    ip[0] = (uint8_t)(0x40 | header / 4);
    put(ip + 2, header + length);
    put(ip + 6, 0x4000);
    ip[8] |= 1, ip[9] = udp ? 17 : 6, ip[12] = 9, ip[16] = 10;
    if (header > 20) ip[20] = 1, ip[21] = 1, ip[22] = 1, ip[23] = 0;
    put(ip + 10, 0);
    put(ip + 10, ~folded(sum(0, ip, header)) & 0xffff);
    put(t + 2, udp ? UDP_PORTS[kind >> 8 & 15] : TCP_PORTS[kind >> 8 & 15]);
    uint8_t *check = t + (udp ? 6 : 16);
    if (udp) put(t + 4, length);
    else t[12] = 0x50, t[13] = 0x18;
    put(check, 0);
    put(check, ~folded(sum(sum(udp ? 17 : 6, ip + 12, 8) + length, t, length)) & 0xffff);
    if (kind & 2) f[12 + next_random(state) % 60] ^= (uint8_t)(1u << (next_random(state) & 7));
    return 14 + header + length;
}

static int check_itself(void) {
    static uint8_t frame[FRAME_MAX];
    unsigned count[VERDICTS] = {0};
    uint64_t state = 1;
    for (int i = 0; i < 400; i++) {
        unsigned length = make(frame, &state);
        count[filter(frame, length > FRAME_MAX ? FRAME_MAX : length)]++;
    }
    for (unsigned i = 0; i < VERDICTS; i++) {
        if (count[i]) print("%u: %u\n", i, count[i]);
    }
    return 0;
}

int main(int argc, char **argv) {
    (void)argv;
    if (argc > 1) return check_itself();
    struct packet *volatile found = &packet;
    struct packet *p = found;
    unsigned length = p->length;
    if (length == 0) {
        while (length < FRAME_MAX) {
            long got = syscall(SYS_read, 0, p->frame + length, FRAME_MAX - length);
            if (got <= 0) break;
            length += (unsigned)got;
        }
    }
    if (length > FRAME_MAX) return LONG;
    return filter(p->frame, length);
}
