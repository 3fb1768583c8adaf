/* SPDX-License-Identifier: MIT */
/*
 * virtio-rng: random bytes for the guest (virtio 1.2, "Entropy Device").
 */
#ifndef DEVICES_VIRTIO_RNG_H
#define DEVICES_VIRTIO_RNG_H

#include "devices/virtio.h"

/* Where the bytes come from: the host, or a recording of an earlier run. */
struct entropy {
    /* Fills up to `size` bytes without blocking and returns how many. */
    size_t (*fill)(void *source, void *data, size_t size);
    void *source;
};

/* The host's getrandom(2). */
extern const struct entropy entropy_host;

/* NULL: out of memory. Hand the result to a transport, which owns it then. */
struct virtio *virtio_rng_create(const struct device_env *env, struct entropy source);

#endif
