/* SPDX-License-Identifier: MIT */
#include "net/reassembly.h"

#include <stdlib.h>
#include <string.h>

/* What is known about a datagram, once its first fragment has shown the ports. */
enum slot_state {
    SLOT_FREE,
    SLOT_HELD,    /* no first fragment yet */
    SLOT_SERVICE, /* ours: collect */
    SLOT_ROUTER,  /* not ours: pass on */
    SLOT_BROKEN,  /* swallow the rest */
};

struct fragment {
    uint8_t *frame; /* owned copy */
    size_t frame_size;
    size_t payload; /* offset in the frame */
    size_t offset, size;
};

struct slot {
    enum slot_state state;
    uint32_t source, destination;
    uint16_t id;
    uint64_t since;
    size_t received; /* bytes: fragments do not overlap, so the datagram is whole when it is all */
    size_t total;    /* known from the last fragment; 0: not seen yet */
    size_t count;
    struct fragment fragments[REASSEMBLY_FRAGMENTS];
};

struct reassembly {
    struct reassembly_sink sink;
    struct slot slots[REASSEMBLY_SLOTS];
    uint8_t datagram[IPV4_PAYLOAD_MAX];
};

struct reassembly *reassembly_create(const struct reassembly_sink *sink)
{
    struct reassembly *r = calloc(1, sizeof *r);

    if (r)
        r->sink = *sink;
    return r;
}

static void drop_fragments(struct slot *slot)
{
    for (size_t i = 0; i < slot->count; i++)
        free(slot->fragments[i].frame);
    slot->count = 0;
}

static void free_slot(struct slot *slot)
{
    drop_fragments(slot);
    slot->state = SLOT_FREE;
}

void reassembly_destroy(struct reassembly *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < REASSEMBLY_SLOTS; i++)
        free_slot(&r->slots[i]);
    free(r);
}

/* Keeps the slot, so that later fragments of the same datagram are recognised and swallowed. */
static void break_slot(struct reassembly *r, struct slot *slot, const char *why)
{
    drop_fragments(slot);
    slot->state = SLOT_BROKEN;
    r->sink.complain(r->sink.complain_ctx, why);
}

static bool slot_matches(const struct slot *slot, const struct ipv4_packet *packet)
{
    return slot->state != SLOT_FREE && slot->id == packet->id && slot->source == packet->source &&
           slot->destination == packet->destination;
}

static void expire_slots(struct reassembly *r, uint64_t now)
{
    for (size_t i = 0; i < REASSEMBLY_SLOTS; i++) {
        struct slot *slot = &r->slots[i];
        if (slot->state != SLOT_FREE && now - slot->since >= REASSEMBLY_TIMEOUT_NS)
            free_slot(slot);
    }
}

/* A free slot, or the oldest. */
static struct slot *pick_slot(struct reassembly *r)
{
    struct slot *oldest = &r->slots[0];

    for (size_t i = 0; i < REASSEMBLY_SLOTS; i++) {
        if (r->slots[i].state == SLOT_FREE)
            return &r->slots[i];
        if (r->slots[i].since < oldest->since)
            oldest = &r->slots[i];
    }
    free_slot(oldest);
    return oldest;
}

static struct slot *find_slot(struct reassembly *r, const struct ipv4_packet *packet, uint64_t now)
{
    for (size_t i = 0; i < REASSEMBLY_SLOTS; i++) {
        if (slot_matches(&r->slots[i], packet))
            return &r->slots[i];
    }
    struct slot *slot = pick_slot(r);
    slot->state = SLOT_HELD;
    slot->source = packet->source;
    slot->destination = packet->destination;
    slot->id = packet->id;
    slot->since = now;
    slot->received = slot->total = 0;
    return slot;
}

static bool overlaps(const struct slot *slot, size_t offset, size_t end)
{
    for (size_t i = 0; i < slot->count; i++) {
        const struct fragment *f = &slot->fragments[i];
        if (offset < f->offset + f->size && f->offset < end)
            return true;
    }
    return false;
}

/* Does any fragment held so far reach beyond `end`? */
static bool reaches_beyond(const struct slot *slot, size_t end)
{
    for (size_t i = 0; i < slot->count; i++) {
        if (slot->fragments[i].offset + slot->fragments[i].size > end)
            return true;
    }
    return false;
}

/* Why a fragment can't be part of the datagram, or NULL. */
static const char *find_fault(const struct slot *slot, const struct ipv4_packet *packet)
{
    size_t end = packet->fragment_offset + packet->payload_size;

    if (end > IPV4_PAYLOAD_MAX)
        return "UDP fragment reaches beyond the largest datagram";
    if (!packet->payload_size || (packet->more_fragments && packet->payload_size % 8))
        return "UDP fragment with a size that is not a multiple of 8";
    if (!packet->fragment_offset && packet->payload_size < UDP_HEADER)
        return "first UDP fragment without a whole UDP header";
    if (slot->total && (!packet->more_fragments || end > slot->total))
        return "UDP fragments disagree about the size of their datagram";
    if (!packet->more_fragments && reaches_beyond(slot, end))
        return "UDP fragments disagree about the size of their datagram";
    if (overlaps(slot, packet->fragment_offset, end))
        return "UDP fragments overlap";
    if (slot->count == REASSEMBLY_FRAGMENTS)
        return "UDP datagram in too many fragments";
    return NULL;
}

static bool keep_fragment(struct slot *slot, const uint8_t *frame, size_t size,
                          const struct ipv4_packet *packet)
{
    uint8_t *copy = malloc(size);

    if (!copy)
        return false;
    memcpy(copy, frame, size);
    slot->fragments[slot->count++] = (struct fragment){
        .frame = copy,
        .frame_size = size,
        .payload = (size_t)(packet->payload - frame),
        .offset = packet->fragment_offset,
        .size = packet->payload_size,
    };
    return true;
}

static void pass_held(struct reassembly *r, struct slot *slot)
{
    for (size_t i = 0; i < slot->count; i++)
        r->sink.pass(r->sink.ctx, slot->fragments[i].frame, slot->fragments[i].frame_size);
    drop_fragments(slot);
}

/* The first fragment decides who gets the datagram. */
static void decide(struct reassembly *r, struct slot *slot, const struct ipv4_packet *packet)
{
    if (r->sink.wants(r->sink.ctx, get_be16(packet->payload + 2))) {
        slot->state = SLOT_SERVICE;
    } else {
        pass_held(r, slot);
        slot->state = SLOT_ROUTER;
    }
}

static void deliver(struct reassembly *r, struct slot *slot, const struct ipv4_packet *last)
{
    struct ipv4_packet datagram = *last;
    uint8_t mac[6];

    memcpy(mac, slot->fragments[0].frame + 6, sizeof mac);
    for (size_t i = 0; i < slot->count; i++) {
        const struct fragment *f = &slot->fragments[i];
        memcpy(r->datagram + f->offset, f->frame + f->payload, f->size);
    }
    datagram.fragment_offset = 0;
    datagram.more_fragments = false;
    datagram.payload = r->datagram;
    datagram.payload_size = slot->total;
    free_slot(slot);
    r->sink.deliver(r->sink.ctx, mac, &datagram);
}

/* For datagrams that are the router's: it judges the fragments itself, only the end matters here.
 */
static void pass_through(struct reassembly *r, struct slot *slot, const uint8_t *frame, size_t size)
{
    r->sink.pass(r->sink.ctx, frame, size);
    if (slot->total && slot->received >= slot->total)
        free_slot(slot);
}

void reassembly_input(struct reassembly *r, const uint8_t *frame, size_t size,
                      const struct ipv4_packet *packet, uint64_t now_ns)
{
    expire_slots(r, now_ns);

    struct slot *slot = find_slot(r, packet, now_ns);
    if (slot->state == SLOT_BROKEN)
        return;
    const char *fault = find_fault(slot, packet);
    if (fault) {
        break_slot(r, slot, fault);
        return;
    }
    slot->received += packet->payload_size;
    if (!packet->more_fragments)
        slot->total = packet->fragment_offset + packet->payload_size;
    if (!packet->fragment_offset)
        decide(r, slot, packet);
    if (slot->state == SLOT_ROUTER) {
        pass_through(r, slot, frame, size);
        return;
    }
    if (!keep_fragment(slot, frame, size, packet)) {
        break_slot(r, slot, "no memory for a UDP fragment");
        return;
    }
    if (slot->state == SLOT_SERVICE && slot->total && slot->received == slot->total)
        deliver(r, slot, packet);
}
