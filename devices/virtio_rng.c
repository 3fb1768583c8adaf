/* SPDX-License-Identifier: MIT */
/*
 * virtio-rng: one queue, each buffer of which is filled with random bytes. No configuration, no
 * features.
 */
#include "devices/virtio_rng.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

struct virtio_rng {
    struct virtio virtio;
    struct entropy source;
    struct virtqueue_chain chain;
};

/* What one chain gets at most. "Device Operation" lets the device use less than it was given; a
 * huge buffer must not hold the machine up. */
#define BYTES_MAX 65536

static size_t host_fill(void *source, void *data, size_t size)
{
    size_t done = 0;
    while (done < size) {
        ssize_t n = getrandom((uint8_t *)data + done, size - done, 0);
        if (n < 0 && errno != EINTR)
            break;
        done += n > 0 ? n : 0;
    }
    return done;
}

const struct entropy entropy_host = { .fill = host_fill };

static size_t fill(struct virtio_rng *r)
{
    size_t done = 0;
    const struct iovec *part = r->chain.segment + r->chain.readable;
    for (unsigned i = 0; i < r->chain.writable && done < BYTES_MAX; i++) {
        size_t left = BYTES_MAX - done;
        size_t want = part[i].iov_len < left ? part[i].iov_len : left;
        size_t got = r->source.fill(r->source.source, part[i].iov_base, want);
        done += got;
        if (got < want)
            break;
    }
    return done;
}

static void rng_queue_notify(void *dev, unsigned queue)
{
    struct virtio_rng *r = dev;
    while (virtqueue_pop(&r->virtio.queue[queue], &r->chain))
        virtio_queue_finish(&r->virtio, queue, r->chain.head, fill(r));
}

static const struct virtio_device_ops rng_ops = {
    .name = "virtio-rng",
    .id = 4,
    .queues = 1,
    .queue_size = { 8 },
    .queue_notify = rng_queue_notify,
    .destroy = free,
};

struct virtio *virtio_rng_create(const struct device_env *env, struct entropy source)
{
    struct virtio_rng *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->source = source;
    virtio_init(&r->virtio, &rng_ops, r, env, VIRTIO_F_ANY_LAYOUT, 0);
    return &r->virtio;
}
