/* SPDX-License-Identifier: MIT */
/*
 * The board, from the bottom up: memory, clock, processors, interrupt controller, devices, boot
 * files. Read virt_create first.
 */
#include "mach-virt/virt.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "devices/block_file.h"
#include "devices/gicv2m.h"
#include "devices/pl011.h"
#include "devices/pl031.h"
#include "devices/virtio_blk.h"
#include "devices/virtio_mmio.h"
#include "devices/virtio_net.h"
#include "devices/virtio_rng.h"
#include "mach-virt/memmap.h"
#include "mach-virt/virt_cpu.h"
#include "mach-virt/virt_fdt.h"

#define BUTTON_NS 100000000 /* how long the power button is held */

/* ---- memory and time ---- */

static void *dma_map(void *ctx, uint64_t pa, size_t size, bool write)
{
    struct virt *virt = ctx;
    uint8_t *host = ram_map(&virt->ram, pa, size);
    if (host && write)
        code_cache_invalidate(virt->code, pa, size);
    return host;
}

static void earlier_timer(void *ctx, uint64_t deadline)
{
    run_deadline(ctx, deadline);
}

static bool create_memory(struct virt *virt, struct error *error)
{
    const struct config *config = virt->config;
    clock_init(&virt->clock, config->has_epoch ? config->epoch : (int64_t)time(NULL));
    virt->clock.earlier = earlier_timer;
    virt->clock.ctx = virt;
    virt->env = (struct device_env){ .log = virt->log->port,
                                     .clock = &virt->clock.port,
                                     .dma = { dma_map, virt } };
    return ram_create(&virt->ram, memmap[REGION_RAM].base, config->ram_size, error);
}

/* ---- devices ---- */

/* Puts a device that was just made on the bus, which owns it from then on. */
static bool plug(struct virt *virt, enum region region, unsigned unit, const struct device_ops *ops,
                 void *device, struct error *error)
{
    if (!device)
        return error_set(error, "out of memory for the %s", memmap[region].name);
    if (bus_map(virt->bus, memmap_base(region, unit), memmap[region].size, ops, device))
        return true;
    error_set(error, "%s: %s", memmap[region].name, bus_error(virt->bus));
    if (ops->destroy)
        ops->destroy(device);
    return false;
}

static struct irq_line spi(struct virt *virt, enum region region, unsigned unit)
{
    return gic_spi_line(virt->gic, memmap[region].spi + unit);
}

static bool create_gic(struct virt *virt, struct error *error)
{
    struct irq_line irq[CONFIG_CPUS_MAX], fiq[CONFIG_CPUS_MAX], msi[V2M_SPIS];
    for (unsigned i = 0; i < virt->cpus; i++) {
        irq[i] = virt_cpu_line(virt, i, CPU_LINE_IRQ);
        fiq[i] = virt_cpu_line(virt, i, CPU_LINE_FIQ);
    }
    virt->gic = gic_create(&virt->env, virt->cpus, GIC_SPIS, irq, fiq);
    if (!plug(virt, REGION_GIC_DIST, 0, &gic_dist_ops, virt->gic, error) ||
        !plug(virt, REGION_GIC_CPU, 0, &gic_cpu_ops, virt->gic, error))
        return false;
    for (unsigned i = 0; i < V2M_SPIS; i++)
        msi[i] = gic_spi_line(virt->gic, V2M_FIRST_SPI + i);
    return plug(virt, REGION_GIC_V2M, 0, &gicv2m_ops,
                gicv2m_create(&virt->env, V2M_FIRST_SPI, V2M_SPIS, msi), error);
}

static void release_button(void *ctx)
{
    struct virt *virt = ctx;
    irq_set(pl061_input(virt->gpio, POWER_GPIO), false);
}

static bool create_platform(struct virt *virt, struct error *error)
{
    const struct device_env *env = &virt->env;
    virt->power_button =
        (struct timer){ .expired = release_button, .owner = virt, .deadline = TIMER_OFF };
    virt->uart = pl011_create(env, spi(virt, REGION_UART, 0), virt->host.serial);
    virt->gpio = pl061_create(env, spi(virt, REGION_GPIO, 0), NULL);
    bool uart = plug(virt, REGION_UART, 0, &pl011_ops, virt->uart, error);
    bool rtc = uart && plug(virt, REGION_RTC, 0, &pl031_ops,
                            pl031_create(env, spi(virt, REGION_RTC, 0)), error);
    bool gpio = plug(virt, REGION_GPIO, 0, &pl061_ops, virt->gpio, error);
    return rtc && gpio;
}

static struct virtio *create_net(struct virt *virt, const struct device_config *device,
                                 unsigned card)
{
    struct virtio_net_options options = { .mac = { 0x52, 0x54, 0x00, 0x12, 0x34, 0x56 } };
    options.mac[5] = (uint8_t)(options.mac[5] + card);
    if (device->has_mac)
        memcpy(options.mac, device->mac, sizeof(options.mac));
    struct net_user *net = virt->host.net[device->net - virt->config->net];
    return virtio_net_create(&virt->env, net ? net_user_link(net) : &virt->nowhere, &options);
}

static struct virtio *create_blk(struct virt *virt, const struct device_config *device,
                                 struct error *error)
{
    struct block block;
    if (!block_file_open(&block, device->drive->file, device->drive->readonly, error->text,
                         sizeof(error->text)))
        return NULL;
    block.serial = device->serial ? device->serial : "";
    struct virtio *disk = virtio_blk_create(&virt->env, &block);
    if (!disk) {
        block.close(block.backend);
        error_set(error, "out of memory for a disk");
    }
    return disk;
}

static struct virtio *create_virtio(struct virt *virt, const struct device_config *device,
                                    unsigned *cards, struct error *error)
{
    error_set(error, "out of memory for a virtio device");
    switch (device->kind) {
    case DEVICE_NET:
        return create_net(virt, device, (*cards)++);
    case DEVICE_BLK:
        return create_blk(virt, device, error);
    case DEVICE_RNG:
        return virtio_rng_create(&virt->env, entropy_host);
    }
    return NULL;
}

/* All slots are there; the devices of the command line take them from the highest address down. */
static bool create_virtio_slots(struct virt *virt, struct error *error)
{
    unsigned cards = 0, slots = memmap[REGION_VIRTIO].units;
    for (unsigned i = 0; i < slots; i++) {
        unsigned unit = slots - 1 - i;
        struct virtio *device = NULL;
        if (i < virt->config->devices) {
            device = create_virtio(virt, &virt->config->device[i], &cards, error);
            if (!device)
                return false;
        }
        struct virtio_mmio *slot = virtio_mmio_create(&virt->env, spi(virt, REGION_VIRTIO, unit),
                                                      virt->config->legacy_virtio, device);
        if (!slot && device)
            virtio_destroy(device);
        if (!plug(virt, REGION_VIRTIO, unit, &virtio_mmio_ops, slot, error))
            return false;
    }
    return true;
}

/* ---- boot files ---- */

/* splitmix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators"): any seed will
 * do. */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static bool choose_seed(struct virt *virt, struct error *error)
{
    uint64_t state = virt->config->seed;
    if (!virt->config->has_seed)
        return getrandom(virt->seed, sizeof(virt->seed), 0) == sizeof(virt->seed) ||
               error_set(error, "the host has no random numbers");
    for (size_t i = 0; i < sizeof(virt->seed); i += sizeof(state)) {
        uint64_t value = next_random(&state);
        memcpy(virt->seed + i, &value, sizeof(value));
    }
    return true;
}

static bool load_boot_files(struct virt *virt, struct error *error)
{
    const struct config *config = virt->config;
    struct load_target target = { virt->ram.host, virt->ram.base, virt->ram.size };
    struct load_error why;
    struct bytes dtb;
    if (!boot_prepare(&virt->boot, &target, config->kernel, config->initrd, &why))
        return error_set(error, "%s", why.text);
    if (virt->boot.kernel.warning[0])
        log_line(virt->log, "%s", virt->boot.kernel.warning);
    if (!choose_seed(virt, error) || !virt_fdt_build(virt, &dtb, error))
        return false;
    return boot_finish(&virt->boot, dtb, &why) || error_set(error, "%s", why.text);
}

/* ---- the whole ---- */

bool virt_create(struct virt *virt, const struct config *config, const struct virt_host *host,
                 struct machine_log *log, struct error *error)
{
    *virt = (struct virt){ .config = config, .host = *host, .log = log, .cpus = config->cpus };
    virt->bus = bus_create();
    if (!virt->bus)
        return error_set(error, "out of memory for the bus");
    if (!create_memory(virt, error) || !virt_create_cpus(virt, error) || !create_gic(virt, error) ||
        !create_platform(virt, error) || !create_virtio_slots(virt, error) ||
        !load_boot_files(virt, error))
        return false;
    run_init(virt);
    virt_reset(virt);
    return true;
}

/* The last first: a device may still lower its interrupt line. */
static void destroy_devices(struct bus *bus)
{
    unsigned windows = 0;
    while (bus_window(bus, windows))
        windows++;
    while (windows-- > 0) {
        const struct bus_window *window = bus_window(bus, windows);
        if (window->ops->destroy)
            window->ops->destroy(window->dev);
    }
    bus_destroy(bus);
}

void virt_destroy(struct virt *virt)
{
    boot_free(&virt->boot);
    if (virt->bus)
        destroy_devices(virt->bus);
    virt_destroy_cpus(virt);
    ram_destroy(&virt->ram);
}

void virt_reset(struct virt *virt)
{
    bus_reset(virt->bus);
    virt->clock.port.arm(virt->clock.port.ctx, &virt->power_button, TIMER_OFF);
    code_cache_invalidate(virt->code, virt->ram.base, virt->ram.size);
    boot_write(&virt->boot);
    virt_reset_cpus(virt);
}

void virt_press_power_button(struct virt *virt)
{
    irq_set(pl061_input(virt->gpio, POWER_GPIO), true);
    virt->clock.port.arm(virt->clock.port.ctx, &virt->power_button,
                         clock_now(&virt->clock) + BUTTON_NS);
}
