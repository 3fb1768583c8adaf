/* SPDX-License-Identifier: MIT */
/*
 * virtio-net from the inside: what its data path (virtio_net.c) and its control queue
 * (virtio_net_ctrl.c) share.
 */
#ifndef DEVICES_VIRTIO_NET_INTERNAL_H
#define DEVICES_VIRTIO_NET_INTERNAL_H

#include "devices/virtio.h"
#include "net/link.h"

/* Virtio 1.2, "Network Device", "Feature bits". */
#define VIRTIO_NET_F_CSUM                VIRTIO_FEATURE(0)
#define VIRTIO_NET_F_GUEST_CSUM          VIRTIO_FEATURE(1)
#define VIRTIO_NET_F_CTRL_GUEST_OFFLOADS VIRTIO_FEATURE(2)
#define VIRTIO_NET_F_MTU                 VIRTIO_FEATURE(3)
#define VIRTIO_NET_F_MAC                 VIRTIO_FEATURE(5)
#define VIRTIO_NET_F_GSO                 VIRTIO_FEATURE(6) /* legacy drivers only */
#define VIRTIO_NET_F_MRG_RXBUF           VIRTIO_FEATURE(15)
#define VIRTIO_NET_F_STATUS              VIRTIO_FEATURE(16)
#define VIRTIO_NET_F_CTRL_VQ             VIRTIO_FEATURE(17)
#define VIRTIO_NET_F_CTRL_RX             VIRTIO_FEATURE(18)
#define VIRTIO_NET_F_CTRL_VLAN           VIRTIO_FEATURE(19)
#define VIRTIO_NET_F_CTRL_RX_EXTRA       VIRTIO_FEATURE(20)
#define VIRTIO_NET_F_GUEST_ANNOUNCE      VIRTIO_FEATURE(21)
#define VIRTIO_NET_F_CTRL_MAC_ADDR       VIRTIO_FEATURE(23)

#define VIRTIO_NET_S_LINK_UP  1
#define VIRTIO_NET_S_ANNOUNCE 2

/* Addresses that the filter keeps; a driver that asks for more gets all of that kind. */
#define MAC_TABLE_MAX 64
#define VLANS         4096

struct mac_table {
    uint32_t count;   /* 0..MAC_TABLE_MAX */
    uint8_t overflow; /* the driver asked for more: everything of this kind passes */
    uint8_t mac[MAC_TABLE_MAX][6];
};

/* "Packet Receive Filtering" and "VLAN Filtering": what the control queue has set. */
struct virtio_net_filter {
    uint8_t promisc, allmulti, alluni, nomulti, nouni, nobcast;
    struct mac_table unicast, multicast;
    uint8_t vlan[VLANS / 8];
};

/* Plain data: what a snapshot holds. */
struct virtio_net_state {
    uint8_t mac[6];
    uint16_t status;
    uint64_t guest_offloads; /* in use, of those accepted: bits as in the features */
    uint8_t
        offloads_set; /* the driver has chosen guest_offloads; otherwise all accepted are in use */
    struct virtio_net_filter filter;
};

struct virtio_net {
    struct virtio virtio;
    struct virtio_net_state s;
    uint8_t mac[6]; /* at reset */
    uint16_t mtu;
    struct link *link;
    /* One chain for each direction: sending a frame can bring another in before it returns. */
    struct virtqueue_chain in, out;
    uint8_t frame[LINK_FRAME_MAX]; /* an outgoing frame in one piece */
};

/* The guest offloads that the driver may switch and that are on now. */
uint64_t virtio_net_guest_offloads(const struct virtio_net *n);

/* Power-on filter: everything passes. */
void virtio_net_filter_reset(struct virtio_net_filter *f);
bool virtio_net_filter_valid(const struct virtio_net_filter *f);

/* Whether the card takes an incoming frame of at least 14 bytes. */
bool virtio_net_filter_pass(const struct virtio_net *n, const uint8_t *frame, size_t size);

/* Serves the control queue. */
void virtio_net_control(struct virtio_net *n, unsigned queue);

#endif
