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

#include "devices/gicv2m.h"
#include "devices/pl011.h"
#include "devices/pl031.h"
#include "mach-virt/memmap.h"
#include "mach-virt/run_parallel.h"
#include "mach-virt/virt_cpu.h"
#include "mach-virt/virt_fdt.h"
#include "mach-virt/virt_virtio.h"
#include "net/user.h"

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

bool virt_plug(struct virt *virt, enum region region, unsigned unit, const struct device_ops *ops,
               void *device, struct error *error)
{
    if (!device)
        return error_set(error, "out of memory for the %s", memmap[region].name);
    const uint64_t size = ops->window ? ops->window : memmap[region].size;
    if (bus_map(virt->bus, memmap_base(region, unit), size, ops, device))
        return true;
    error_set(error, "%s: %s", memmap[region].name, bus_error(virt->bus));
    if (ops->destroy)
        ops->destroy(device);
    return false;
}

struct irq_line virt_spi(struct virt *virt, enum region region, unsigned unit)
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
    if (!virt_plug(virt, REGION_GIC_DIST, 0, &gic_dist_ops, virt->gic, error) ||
        !virt_plug(virt, REGION_GIC_CPU, 0, &gic_cpu_ops, virt->gic, error))
        return false;
    for (unsigned i = 0; i < V2M_SPIS; i++)
        msi[i] = gic_spi_line(virt->gic, V2M_FIRST_SPI + i);
    return virt_plug(virt, REGION_GIC_V2M, 0, &gicv2m_ops,
                     gicv2m_create(&virt->env, V2M_FIRST_SPI, V2M_SPIS, msi), error);
}

/* A message is a write to whatever stands at its address: the v2m frame's doorbell. */
static void send_msi(void *ctx, uint64_t address, uint32_t data)
{
    struct virt *virt = ctx;
    if (!bus_write(virt->bus, address, sizeof(data), 0, data))
        device_log(&virt->env.log, LOG_GUEST_ERROR, "pci",
                   "message to 0x%" PRIx64 ": nothing there", address);
}

static struct pci_window pci_window(enum region region)
{
    return (struct pci_window){ memmap[region].base, memmap[region].size };
}

/* The ECAM window owns the host bridge; the others are further doors into it. */
static bool create_pci(struct virt *virt, struct error *error)
{
    struct pci_host_config config = {
        .ecam = pci_window(REGION_PCIE_ECAM),
        .io = pci_window(REGION_PCIE_PIO),
        .memory = pci_window(REGION_PCIE_MMIO),
        .high_memory = pci_window(REGION_PCIE_HIGH_MMIO),
        .send_msi = send_msi,
        .msi = virt,
        .msi_phandle = virt_fdt_phandle(virt, REGION_GIC_V2M),
    };
    for (unsigned i = 0; i < 4; i++)
        config.intx[i] = virt_spi(virt, REGION_PCIE_ECAM, i);
    virt->pci = pci_host_create(&virt->env, &config);
    return virt_plug(virt, REGION_PCIE_ECAM, 0, &pci_ecam_ops, virt->pci, error) &&
           virt_plug(virt, REGION_PCIE_PIO, 0, &pci_io_ops, virt->pci, error) &&
           virt_plug(virt, REGION_PCIE_MMIO, 0, &pci_memory_ops, virt->pci, error) &&
           virt_plug(virt, REGION_PCIE_HIGH_MMIO, 0, &pci_high_memory_ops, virt->pci, error);
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
    virt->uart = pl011_create(env, virt_spi(virt, REGION_UART, 0), virt->host.serial);
    if (!virt_plug(virt, REGION_UART, 0, &pl011_ops, virt->uart, error))
        return false;
    struct pl031 *rtc = pl031_create(env, virt_spi(virt, REGION_RTC, 0));
    if (!virt_plug(virt, REGION_RTC, 0, &pl031_ops, rtc, error) || !create_pci(virt, error))
        return false;
    virt->gpio = pl061_create(env, virt_spi(virt, REGION_GPIO, 0), NULL);
    return virt_plug(virt, REGION_GPIO, 0, &pl061_ops, virt->gpio, error);
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

static bool map_boot_file(void *ctx, uint64_t address, int fd, uint64_t size)
{
    struct virt *virt = ctx;
    return ram_map_file(&virt->ram, address, fd, size);
}

static bool load_boot_files(struct virt *virt, struct error *error)
{
    const struct config *config = virt->config;
    struct load_target target = { .ram = virt->ram.host, .base = virt->ram.base, .size = virt->ram.size,
                                  .map = map_boot_file, .ctx = virt };
    struct load_error why;
    struct bytes dtb;
    if (!boot_prepare(&virt->boot, &target, config->kernel, config->initrd, &why))
        return error_set(error, "%s", why.text);
    guest_kernel_init(&virt->guest_kernel, &virt->boot);
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
        !create_platform(virt, error) || !virt_create_virtio(virt, error) ||
        !load_boot_files(virt, error))
        return false;
    run_init(virt);
    virt_reset(virt);
    return !config->parallel || parallel_create(virt, error);
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
    parallel_destroy(virt);
    if (virt->trace_file)
        fclose(virt->trace_file);
    guest_kernel_free(&virt->guest_kernel);
    boot_free(&virt->boot);
    if (virt->bus)
        destroy_devices(virt->bus);
    virt_destroy_cpus(virt);
    ram_destroy(&virt->ram);
}

void virt_reset(struct virt *virt)
{
    bus_reset(virt->bus);
    for (unsigned i = 0; i < virt->config->nets; i++)
        if (virt->host.net[i])
            net_user_reset(virt->host.net[i]);
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
