/* SPDX-License-Identifier: MIT */
/*
 * virtio-net: features, configuration, transmission and reception.
 *
 * Queues: 0 receive, 1 transmit, 2 control. Every frame has a header in front, of 10 bytes for a
 * legacy driver without mergeable buffers, otherwise of 12.
 */
#include "devices/virtio_net.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "devices/snapshot.h"
#include "devices/virtio_net_csum.h"
#include "devices/virtio_net_internal.h"

enum { RX, TX, CONTROL, QUEUES };

#define ETHERNET_HEADER 14

/* "Device Operation": struct virtio_net_hdr. num_buffers is not there in the 10-byte form. */
struct net_header {
    uint8_t flags;
    uint8_t gso_type;
    uint16_t hdr_len, gso_size;
    uint16_t csum_start, csum_offset;
    uint16_t num_buffers;
};
#define HDR_F_NEEDS_CSUM 1
#define HDR_F_DATA_VALID 2
#define NUM_BUFFERS_AT   10

static const uint8_t default_mac[6] = { 0x52, 0x54, 0x00, 0x12, 0x34, 0x56 };

static size_t header_size(const struct virtio_net *n)
{
    bool merge = virtio_has(&n->virtio, VIRTIO_NET_F_MRG_RXBUF);
    return merge || virtio_has(&n->virtio, VIRTIO_F_VERSION_1) ? 12 : 10;
}

uint64_t virtio_net_guest_offloads(const struct virtio_net *n)
{
    uint64_t accepted = n->virtio.s.driver_features & VIRTIO_NET_F_GUEST_CSUM;
    return n->s.offloads_set ? accepted & n->s.guest_offloads : accepted;
}

/* ---- transmission ---- */

/* The bytes behind the header in one piece: as they lie in guest memory, or copied. */
static uint8_t *frame_of(struct virtio_net *n, size_t header, size_t size, bool copy)
{
    const struct iovec *part = n->out.segment;
    size_t skip = header;
    while (skip >= part->iov_len)
        skip -= part++->iov_len;
    if (!copy && part->iov_len - skip >= size)
        return (uint8_t *)part->iov_base + skip;
    virtqueue_chain_read(&n->out, header, n->frame, size);
    return n->frame;
}

static void transmit(struct virtio_net *n)
{
    struct net_header h = { 0 };
    size_t header = header_size(n);
    size_t size = n->out.read_size - header;
    virtqueue_chain_read(&n->out, 0, &h, header);
    if (size < ETHERNET_HEADER || size > LINK_FRAME_MAX || h.gso_type) {
        virtio_misuse(&n->virtio, "cannot send a frame of %zu bytes, gso_type %u", size,
                      h.gso_type);
        return;
    }
    bool complete = (h.flags & HDR_F_NEEDS_CSUM) && virtio_has(&n->virtio, VIRTIO_NET_F_CSUM);
    uint8_t *frame = frame_of(n, header, size, complete);
    if (complete &&
        !virtio_net_csum_complete(frame, size, le16toh(h.csum_start), le16toh(h.csum_offset)))
        virtio_misuse(&n->virtio, "a checksum field lies outside of its frame");
    else if (n->link->send)
        n->link->send(n->link->backend, frame, size);
}

static void transmit_all(struct virtio_net *n)
{
    struct virtqueue *q = &n->virtio.queue[TX];
    while (virtqueue_pop(q, &n->out)) {
        if (n->out.read_size < header_size(n)) {
            virtio_break(&n->virtio, "a frame to send has no header");
            return;
        }
        transmit(n);
        virtqueue_fill(q, n->out.head, 0, 0);
        virtqueue_publish(q, 1);
    }
    virtio_queue_signal(&n->virtio, TX);
}

/* ---- reception ---- */

/* Where num_buffers of a header stands: it may be split between two segments. */
struct buffer_count {
    uint8_t *low, *high;
};

enum placed { PLACED, NO_ROOM, TOO_LONG };

/* Puts the first bytes of a frame behind a header into n->in; returns how many, or 0 if it is
 * broken. */
static size_t place_first(struct virtio_net *n, const uint8_t *frame, size_t size,
                          struct buffer_count *count)
{
    size_t header = header_size(n);
    struct net_header h = { 0 };
    if (n->in.write_size <= header) {
        virtio_break(&n->virtio, "a receive buffer has no room behind the header");
        return 0;
    }
    if ((virtio_net_guest_offloads(n) & VIRTIO_NET_F_GUEST_CSUM) &&
        virtio_net_csum_good(frame, size))
        h.flags = HDR_F_DATA_VALID;
    virtqueue_chain_write(&n->in, 0, &h, header);
    if (header > NUM_BUFFERS_AT)
        *count = (struct buffer_count){ virtqueue_chain_byte(&n->in, NUM_BUFFERS_AT),
                                        virtqueue_chain_byte(&n->in, NUM_BUFFERS_AT + 1) };
    return virtqueue_chain_write(&n->in, header, frame, size);
}

/* "Processing of Incoming Packets": fills as many buffers as the frame needs, and publishes them
 * together. */
static enum placed place(struct virtio_net *n, const uint8_t *frame, size_t size)
{
    struct virtqueue *q = &n->virtio.queue[RX];
    struct buffer_count count = { NULL, NULL };
    unsigned limit = virtio_has(&n->virtio, VIRTIO_NET_F_MRG_RXBUF) ? q->s.size : 1;
    size_t done = 0;
    unsigned used = 0;
    while (done < size) {
        if (used == limit || !virtqueue_pop(q, &n->in)) {
            virtqueue_rewind(q, used);
            return used == limit ? TOO_LONG : NO_ROOM;
        }
        size_t put = used ? virtqueue_chain_write(&n->in, 0, frame + done, size - done)
                          : place_first(n, frame, size, &count);
        if (!put) {
            virtio_break(&n->virtio, "a receive buffer has no room");
            return NO_ROOM;
        }
        virtqueue_fill(q, n->in.head, put + (used ? 0 : header_size(n)), used);
        done += put;
        used++;
    }
    if (count.low) {
        *count.low = used & 0xff;
        *count.high = used >> 8;
    }
    virtqueue_publish(q, used);
    virtio_queue_signal(&n->virtio, RX);
    return PLACED;
}

/* struct link, receive. Notifications are on only while the guest owes us buffers. */
static bool receive(void *device, const uint8_t *frame, size_t size)
{
    struct virtio_net *n = device;
    struct virtqueue *q = &n->virtio.queue[RX];
    if (!(n->virtio.s.status & VIRTIO_STATUS_DRIVER_OK) || !q->s.ready)
        return false;
    if (size < ETHERNET_HEADER || size > LINK_FRAME_MAX || !virtio_net_filter_pass(n, frame, size))
        return true;
    enum placed result = place(n, frame, size);
    if (result == NO_ROOM) {
        virtqueue_set_notify(q, true);
        result = place(n, frame, size); /* buffers may have come in between */
    }
    if (result == TOO_LONG)
        virtio_misuse(&n->virtio, "a frame of %zu bytes does not fit the receive buffers", size);
    if (result == PLACED)
        virtqueue_set_notify(q, false);
    return result != NO_ROOM;
}

/* ---- the device ---- */

static void net_queue_notify(void *dev, unsigned queue)
{
    struct virtio_net *n = dev;
    if (queue == TX)
        transmit_all(n);
    else if (queue == CONTROL)
        virtio_net_control(n, CONTROL);
    else if (n->link->ready)
        n->link->ready(n->link->backend);
}

/* "Device configuration layout": mac, status, max_virtqueue_pairs, mtu. */
static void net_config_read(const void *dev, size_t offset, uint8_t *data, size_t size)
{
    const struct virtio_net *n = dev;
    uint8_t config[12] = { 0 };
    memcpy(config, n->s.mac, 6);
    config[6] = n->s.status & 0xff;
    config[8] = 1;
    config[10] = n->mtu & 0xff;
    config[11] = n->mtu >> 8;
    memcpy(data, config + offset, size);
}

/* Only a legacy driver without the control queue's command sets the address here. */
static void net_config_write(void *dev, size_t offset, const uint8_t *data, size_t size)
{
    struct virtio_net *n = dev;
    bool modern = virtio_has(&n->virtio, VIRTIO_F_VERSION_1);
    if (modern || virtio_has(&n->virtio, VIRTIO_NET_F_CTRL_MAC_ADDR) || offset + size > 6)
        virtio_misuse(&n->virtio, "a write to read-only configuration at %#zx", offset);
    else
        memcpy(n->s.mac + offset, data, size);
}

static void net_reset(void *dev)
{
    struct virtio_net *n = dev;
    memset(&n->s, 0, sizeof n->s);
    memcpy(n->s.mac, n->mac, 6);
    n->s.status = VIRTIO_NET_S_LINK_UP;
    virtio_net_filter_reset(&n->s.filter);
}

static void net_save(const void *dev, struct snapshot_writer *out)
{
    const struct virtio_net *n = dev;
    snapshot_put(out, &n->s, sizeof n->s);
}

static bool net_load(void *dev, struct snapshot_reader *in)
{
    struct virtio_net *n = dev;
    return snapshot_get(in, &n->s, sizeof n->s) && virtio_net_filter_valid(&n->s.filter);
}

static void net_destroy(void *dev)
{
    struct virtio_net *n = dev;
    n->link->receive = NULL;
    n->link->device = NULL;
    free(n);
}

static const struct virtio_device_ops net_ops = {
    .name = "virtio-net",
    .id = 1,
    .queues = QUEUES,
    .queue_size = { 256, 256, 64 },
    .legacy_features = VIRTIO_NET_F_GSO,
    .config_read = net_config_read,
    .config_write = net_config_write,
    .queue_notify = net_queue_notify,
    .reset = net_reset,
    .save = net_save,
    .load = net_load,
    .destroy = net_destroy,
};

static uint64_t offered_features(const struct virtio_net_options *o)
{
    uint64_t features = VIRTIO_F_ANY_LAYOUT | VIRTIO_NET_F_CTRL_GUEST_OFFLOADS | VIRTIO_NET_F_MAC |
                        VIRTIO_NET_F_GSO | VIRTIO_NET_F_MRG_RXBUF | VIRTIO_NET_F_STATUS |
                        VIRTIO_NET_F_CTRL_VQ | VIRTIO_NET_F_CTRL_RX | VIRTIO_NET_F_CTRL_VLAN |
                        VIRTIO_NET_F_CTRL_RX_EXTRA | VIRTIO_NET_F_GUEST_ANNOUNCE |
                        VIRTIO_NET_F_CTRL_MAC_ADDR;
    if (o->mtu)
        features |= VIRTIO_NET_F_MTU;
    if (o->checksum) {
        features |= VIRTIO_NET_F_CSUM | VIRTIO_NET_F_GUEST_CSUM;
        features &= ~VIRTIO_NET_F_GSO; /* with both, a legacy driver leaves segmentation to us */
    }
    return features;
}

struct virtio *virtio_net_create(const struct device_env *env, struct link *link,
                                 const struct virtio_net_options *options)
{
    static const uint8_t no_mac[6];
    struct virtio_net_options o = options ? *options : (struct virtio_net_options){ 0 };
    struct virtio_net *n = calloc(1, sizeof *n);
    if (!n)
        return NULL;
    memcpy(n->mac, memcmp(o.mac, no_mac, 6) ? o.mac : default_mac, 6);
    n->mtu = o.mtu;
    n->link = link;
    virtio_init(&n->virtio, &net_ops, n, env, offered_features(&o), o.mtu ? 12 : 8);
    net_reset(n);
    link->receive = receive;
    link->device = n;
    return &n->virtio;
}
