/* SPDX-License-Identifier: MIT */
/*
 * virtio-net: an Ethernet card on a link (virtio 1.2, "Network Device").
 *
 * One receive queue, one transmit queue, one control queue (receive modes, MAC and VLAN filters,
 * announcement). The offered features are those of the virt board's card on user networking.
 */
#ifndef DEVICES_VIRTIO_NET_H
#define DEVICES_VIRTIO_NET_H

#include "devices/virtio.h"
#include "net/link.h"

struct virtio_net_options {
    uint8_t mac[6]; /* all zero: 52:54:00:12:34:56 */
    uint16_t mtu;   /* offered as VIRTIO_NET_F_MTU, 68..65535; 0: not offered */
    /* Offers VIRTIO_NET_F_CSUM and GUEST_CSUM: the guest may leave TCP and UDP checksums to us, and
     * is told when those of received frames were found good. */
    bool checksum;
};

/* The device takes the receiving end of `link`, which must outlive it. options NULL: all defaults.
 * NULL: out of memory. Hand the result to a transport, which owns it then. */
struct virtio *virtio_net_create(const struct device_env *env, struct link *link,
                                 const struct virtio_net_options *options);

#endif
