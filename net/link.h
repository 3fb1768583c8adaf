/* SPDX-License-Identifier: MIT */
/*
 * An Ethernet link: the wire between a network device of the guest and what is behind it.
 *
 * Frames are whole Ethernet II frames without FCS, at most LINK_FRAME_MAX bytes. The network end is a back
 * end of net/; the guest end is a device, which calls `send` and installs `receive`.
 *
 * `receive` may be called from within `send`, before it returns: an answer that came at once. A device must not
 * call `send` from within `receive`; it may call `ready`.
 */
#ifndef NET_LINK_H
#define NET_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINK_FRAME_MAX 65550

struct link {
    /* Guest to network. The frame is only lent for the call. Set by the back end. */
    void (*send)(void *backend, const uint8_t *frame, size_t size);
    void *backend;
    /* Network to guest. The frame is only lent for the call; false: no room now, the back end keeps the frame
     * (bounded) and offers it again when the device calls `ready`. Set by the device; NULL: nobody listens. */
    bool (*receive)(void *device, const uint8_t *frame, size_t size);
    void *device;
    /* The device has room again (new receive buffers). Set by the back end; NULL: not interested. */
    void (*ready)(void *backend);
};

#endif
