/* SPDX-License-Identifier: MIT */
#include "mach-virt/virt_virtio.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "devices/block_file.h"
#include "devices/virtio_blk.h"
#include "devices/virtio_mmio.h"
#include "devices/virtio_net.h"
#include "devices/virtio_pci.h"
#include "devices/virtio_rng.h"

/* ---- types ---- */

/* The cards without an address of their own count up from 52:54:00:12:34:56. */
static struct virtio *create_net(struct virt *virt, const struct device_config *device)
{
    struct virtio_net_options options = { .mac = { 0x52, 0x54, 0x00, 0x12, 0x34, 0x56 } };
    if (device->has_mac)
        memcpy(options.mac, device->mac, sizeof(options.mac));
    else
        options.mac[5] = (uint8_t)(options.mac[5] + virt->cards++);
    struct net_user *net = virt->host.net[device->net - virt->config->net];
    return virtio_net_create(&virt->env, net ? net_user_link(net) : &virt->nowhere, &options);
}

/* A guest that writes to a container file as if it were a disk destroys it. */
static bool check_raw(const struct drive_config *drive, struct error *error)
{
    uint8_t magic[4] = { 0 };
    int fd = drive->format_given ? -1 : open(drive->file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t got = fd < 0 ? 0 : read(fd, magic, sizeof(magic));
    if (fd >= 0)
        close(fd);
    if (got != sizeof(magic) || memcmp(magic, "QFI\xfb", sizeof(magic)))
        return true;
    return error_set(error, "-drive file=%s: a qcow2 image; convert it to raw, or say format=raw",
                     drive->file);
}

static struct virtio *create_blk(struct virt *virt, const struct device_config *device,
                                 struct error *error)
{
    struct block block;
    if (!check_raw(device->drive, error) ||
        !block_file_open(&block, device->drive->file, device->drive->readonly, error->text,
                         sizeof(error->text)))
        return NULL;
    block.serial = device->serial ? device->serial : "";
    struct virtio *disk = virtio_blk_create(&virt->env, &block);
    if (!disk)
        block.close(block.backend);
    return disk;
}

/* NULL: `error` says why. */
static struct virtio *create_device(struct virt *virt, const struct device_config *device,
                                    struct error *error)
{
    error_set(error, "out of memory for a virtio device");
    switch (device->kind) {
    case DEVICE_NET:
        return create_net(virt, device);
    case DEVICE_BLK:
        return create_blk(virt, device, error);
    case DEVICE_RNG:
        return virtio_rng_create(&virt->env, entropy_host);
    }
    return NULL;
}

/* ---- places ---- */

/* `device` NULL: an empty slot. */
static bool plug_slot(struct virt *virt, unsigned unit, struct virtio *device, struct error *error)
{
    struct irq_line irq = virt_spi(virt, REGION_VIRTIO, unit);
    bool legacy = virt->config->legacy_virtio;
    struct virtio_mmio *slot = virtio_mmio_create(&virt->env, irq, legacy, device);
    if (!slot && device)
        virtio_destroy(device);
    return virt_plug(virt, REGION_VIRTIO, unit, &virtio_mmio_ops, slot, error);
}

static bool plug_pci(struct virt *virt, struct virtio *device, bool transitional,
                     struct error *error)
{
    struct pci_function *function = virtio_pci_create(&virt->env, device, transitional);
    if (!function) {
        virtio_destroy(device);
        return error_set(error, "out of memory for a PCI device");
    }
    if (pci_host_add(virt->pci, function))
        return true;
    pci_destroy(function);
    return error_set(error, "the PCI bus has no slot left");
}

/* The next device for a kind of place, or NULL. */
static const struct device_config *next_device(const struct config *config, bool pci, unsigned *at)
{
    while (*at < config->devices) {
        const struct device_config *device = &config->device[(*at)++];
        if (device->pci == pci)
            return device;
    }
    return NULL;
}

static bool fill_pci(struct virt *virt, struct error *error)
{
    const struct device_config *config;
    for (unsigned at = 0; (config = next_device(virt->config, true, &at));) {
        struct virtio *device = create_device(virt, config, error);
        if (!device || !plug_pci(virt, device, !config->modern_only, error))
            return false;
    }
    return true;
}

static bool fill_slots(struct virt *virt, struct error *error)
{
    unsigned at = 0;
    for (unsigned unit = memmap[REGION_VIRTIO].units; unit-- > 0;) {
        const struct device_config *config = next_device(virt->config, false, &at);
        struct virtio *device = config ? create_device(virt, config, error) : NULL;
        if ((config && !device) || !plug_slot(virt, unit, device, error))
            return false;
    }
    return true;
}

bool virt_create_virtio(struct virt *virt, struct error *error)
{
    return fill_pci(virt, error) && fill_slots(virt, error);
}
