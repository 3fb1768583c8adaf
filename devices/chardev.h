/* SPDX-License-Identifier: MIT */
/*
 * A character stream: the seam between a serial device and a terminal, a socket, a file or the
 * monitor.
 *
 * The back end sets write; the device sets receive. Neither blocks: a back end buffers what the
 * host does not take at once and loses no byte.
 */
#ifndef DEVICES_CHARDEV_H
#define DEVICES_CHARDEV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chardev {
    /* Guest to host. Set by the back end. */
    void (*write)(void *backend, const uint8_t *data, size_t size);
    void *backend;
    /* Host to guest: returns how many of the bytes the device took (0..size); the back end keeps
     * the rest and offers it again when the device calls `ready`. Set by the device; NULL: nobody
     * listens. */
    size_t (*receive)(void *device, const uint8_t *data, size_t size);
    void *device;
    /* Somebody came to the other end of the stream, or left it. Set by the device; NULL: not
     * interested. Only sockets and pseudo-terminals ever call it with true; a file or a terminal is
     * there from the start. */
    void (*peer)(void *device, bool present);
    /* The device has room again. Set by the back end; NULL: not interested. */
    void (*ready)(void *backend);
    /* Ends the stream: output that the host did not take yet is written out first. Set by the back
     * end; NULL: the stream belongs to something else. Called by the owner of the stream, never by
     * the device. */
    void (*destroy)(void *backend);
};

static inline void chardev_destroy(struct chardev *chardev)
{
    if (chardev && chardev->destroy)
        chardev->destroy(chardev->backend);
}

#endif
