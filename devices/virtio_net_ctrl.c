/* SPDX-License-Identifier: MIT */
/*
 * virtio-net's control queue, and the receive filter that it sets (virtio 1.2, "Control
 * Virtqueue").
 *
 * A command is { class, command, data } in the readable part; the answer is one byte in the
 * writable part.
 */
#include <endian.h>
#include <string.h>

#include "devices/virtio_net_internal.h"

#define ACK_OK  0
#define ACK_ERR 1

/* Classes, and the commands of each. */
enum { CLASS_RX, CLASS_MAC, CLASS_VLAN, CLASS_ANNOUNCE, CLASS_MQ, CLASS_GUEST_OFFLOADS };
enum { MAC_TABLE_SET, MAC_ADDR_SET };
enum { VLAN_ADD, VLAN_DEL };
enum { ANNOUNCE_ACK };
enum { GUEST_OFFLOADS_SET };

#define COMMAND_SIZE 2

#define ETHERTYPE_VLAN 0x8100

/* ---- the filter ---- */

void virtio_net_filter_reset(struct virtio_net_filter *f)
{
    /* "Packet Receive Filtering": without the driver's word, everything is received. */
    *f = (struct virtio_net_filter){ .promisc = 1 };
}

bool virtio_net_filter_valid(const struct virtio_net_filter *f)
{
    return f->unicast.count <= MAC_TABLE_MAX && f->multicast.count <= MAC_TABLE_MAX;
}

static bool in_table(const struct mac_table *t, const uint8_t *mac)
{
    for (unsigned i = 0; i < t->count; i++)
        if (!memcmp(t->mac[i], mac, 6))
            return true;
    return t->overflow;
}

static bool vlan_pass(const struct virtio_net *n, const uint8_t *frame, size_t size)
{
    if (!virtio_has(&n->virtio, VIRTIO_NET_F_CTRL_VLAN))
        return true;
    if (size < 16 || (frame[12] << 8 | frame[13]) != ETHERTYPE_VLAN)
        return true;
    unsigned vlan = (frame[14] << 8 | frame[15]) & (VLANS - 1);
    return n->s.filter.vlan[vlan / 8] >> (vlan % 8) & 1;
}

bool virtio_net_filter_pass(const struct virtio_net *n, const uint8_t *frame, size_t size)
{
    static const uint8_t broadcast[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
    const struct virtio_net_filter *f = &n->s.filter;
    if (f->promisc)
        return true;
    if (!vlan_pass(n, frame, size))
        return false;
    if (!memcmp(frame, broadcast, 6))
        return !f->nobcast;
    if (frame[0] & 1)
        return !f->nomulti && (f->allmulti || in_table(&f->multicast, frame));
    return !f->nouni && (f->alluni || !memcmp(frame, n->s.mac, 6) || in_table(&f->unicast, frame));
}

/* ---- commands ---- */

/* Reads exactly `size` bytes of command data, which are all that there is. */
static bool argument(const struct virtio_net *n, void *data, size_t size)
{
    return n->out.read_size == COMMAND_SIZE + size &&
           virtqueue_chain_read(&n->out, COMMAND_SIZE, data, size) == size;
}

static bool set_rx_mode(struct virtio_net *n, uint8_t command)
{
    struct virtio_net_filter *f = &n->s.filter;
    uint8_t *const mode[] = { &f->promisc, &f->allmulti, &f->alluni,
                              &f->nomulti, &f->nouni,    &f->nobcast };
    uint8_t on;
    if (command >= sizeof mode / sizeof *mode || !argument(n, &on, 1))
        return false;
    *mode[command] = on != 0;
    return true;
}

/* One table of the command: a 32-bit count and so many addresses. Moves *offset behind it. */
static bool read_table(const struct virtio_net *n, size_t *offset, struct mac_table *t)
{
    uint32_t count;
    *t = (struct mac_table){ 0 };
    if (virtqueue_chain_read(&n->out, *offset, &count, 4) != 4)
        return false;
    count = le32toh(count);
    *offset += 4;
    if (count > (n->out.read_size - *offset) / 6)
        return false;
    if (count > MAC_TABLE_MAX)
        t->overflow = 1;
    else
        t->count = count;
    virtqueue_chain_read(&n->out, *offset, t->mac, (size_t)6 * t->count);
    *offset += (size_t)6 * count;
    return true;
}

static bool set_mac_table(struct virtio_net *n)
{
    struct mac_table unicast, multicast;
    size_t offset = COMMAND_SIZE;
    if (!read_table(n, &offset, &unicast) || !read_table(n, &offset, &multicast) ||
        offset != n->out.read_size)
        return false;
    n->s.filter.unicast = unicast;
    n->s.filter.multicast = multicast;
    return true;
}

static bool set_mac(struct virtio_net *n, uint8_t command)
{
    uint8_t mac[6];
    if (command == MAC_TABLE_SET)
        return set_mac_table(n);
    if (command != MAC_ADDR_SET || !argument(n, mac, sizeof mac))
        return false;
    memcpy(n->s.mac, mac, sizeof mac);
    return true;
}

static bool set_vlan(struct virtio_net *n, uint8_t command)
{
    uint16_t vlan;
    if (command > VLAN_DEL || !argument(n, &vlan, 2) || le16toh(vlan) >= VLANS)
        return false;
    vlan = le16toh(vlan);
    uint8_t bit = 1 << (vlan % 8);
    if (command == VLAN_ADD)
        n->s.filter.vlan[vlan / 8] |= bit;
    else
        n->s.filter.vlan[vlan / 8] &= ~bit;
    return true;
}

static bool acknowledge_announce(struct virtio_net *n, uint8_t command)
{
    if (command != ANNOUNCE_ACK || !(n->s.status & VIRTIO_NET_S_ANNOUNCE))
        return false;
    n->s.status &= ~VIRTIO_NET_S_ANNOUNCE;
    return true;
}

static bool set_guest_offloads(struct virtio_net *n, uint8_t command)
{
    uint64_t offloads;
    if (!virtio_has(&n->virtio, VIRTIO_NET_F_CTRL_GUEST_OFFLOADS) ||
        command != GUEST_OFFLOADS_SET || !argument(n, &offloads, 8))
        return false;
    uint64_t accepted = n->virtio.s.driver_features & VIRTIO_NET_F_GUEST_CSUM;
    if (le64toh(offloads) & ~accepted)
        return false;
    n->s.guest_offloads = le64toh(offloads);
    n->s.offloads_set = 1;
    return true;
}

static bool execute(struct virtio_net *n, uint8_t class, uint8_t command)
{
    switch (class) {
    case CLASS_RX:
        return set_rx_mode(n, command);
    case CLASS_MAC:
        return set_mac(n, command);
    case CLASS_VLAN:
        return set_vlan(n, command);
    case CLASS_ANNOUNCE:
        return acknowledge_announce(n, command);
    case CLASS_GUEST_OFFLOADS:
        return set_guest_offloads(n, command);
    default:
        return false;
    }
}

void virtio_net_control(struct virtio_net *n, unsigned queue)
{
    while (virtqueue_pop(&n->virtio.queue[queue], &n->out)) {
        uint8_t command[COMMAND_SIZE];
        if (n->out.read_size < COMMAND_SIZE || !n->out.write_size) {
            virtio_break(&n->virtio, "a control command without its header or room for an answer");
            return;
        }
        virtqueue_chain_read(&n->out, 0, command, COMMAND_SIZE);
        uint8_t ack = execute(n, command[0], command[1]) ? ACK_OK : ACK_ERR;
        if (ack == ACK_ERR)
            virtio_misuse(&n->virtio, "control command %u.%u is refused", command[0], command[1]);
        virtqueue_chain_write(&n->out, 0, &ack, 1);
        virtio_queue_finish(&n->virtio, queue, n->out.head, 1);
    }
}
