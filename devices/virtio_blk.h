/* SPDX-License-Identifier: MIT */
/*
 * virtio-blk: a disk (virtio 1.2, "Block Device").
 *
 * One queue. The offered features and the configuration are those of the virt board's disk.
 */
#ifndef DEVICES_VIRTIO_BLK_H
#define DEVICES_VIRTIO_BLK_H

#include "devices/block.h"
#include "devices/virtio.h"

/* The device takes the block back end over and closes it when it is destroyed (block.serial must
 * live as long). NULL: out of memory; the back end is still the caller's. Hand the result to a
 * transport, which owns it then. */
struct virtio *virtio_blk_create(const struct device_env *env, const struct block *block);

#endif
