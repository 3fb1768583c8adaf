/* SPDX-License-Identifier: MIT */
#include "mach-virt/virt_fdt.h"

#include <inttypes.h>
#include <libfdt.h>
#include <stdio.h>

#include "loader/fdt.h"
#include "mach-virt/memmap.h"
#include "mach-virt/virt.h"

#define TREE_ROOM (64 * 1024)
#define SEED_SIZE 8 /* kaslr-seed; the rest of virt->seed is rng-seed */

/* Third cell of an interrupt: level, active high, for these processors. */
#define PPI_LEVEL_HIGH(cpus) (((1u << (cpus)) - 1) << 8 | 4)
#define INTERRUPT_PPI        1

/* ---- phandles: the clock, the processors from the last to the first, then the rest ---- */

#define PHANDLE_CLOCK 0x8000

static uint32_t phandle_cpu(const struct virt *virt, unsigned cpu)
{
    return PHANDLE_CLOCK + virt->cpus - cpu;
}

uint32_t virt_fdt_phandle(const struct virt *virt, enum region region)
{
    uint32_t next = PHANDLE_CLOCK + virt->cpus + 1;
    switch (region) {
    case REGION_GIC_DIST:
        return next;
    case REGION_GIC_V2M:
        return next + 1;
    case REGION_GPIO:
        return next + 2;
    default:
        return 0;
    }
}

/* ---- the board's own nodes ---- */

static void add_root(const struct virt *virt, struct fdt_tree *t)
{
    fdt_tree_string(t, 0, "compatible", "linux,dummy-virt");
    FDT_CELLS(t, 0, "#address-cells", 2);
    FDT_CELLS(t, 0, "#size-cells", 2);
    fdt_tree_string(t, 0, "model", "linux,dummy-virt");
    FDT_CELLS(t, 0, "interrupt-parent", virt_fdt_phandle(virt, REGION_GIC_DIST));
}

static void add_chosen(const struct virt *virt, struct fdt_tree *t)
{
    char path[32];
    int node = fdt_tree_node(t, 0, "chosen");
    if (virt->config->dtb_randomness) {
        fdt_tree_bytes(t, node, "kaslr-seed", virt->seed, SEED_SIZE);
        fdt_tree_bytes(t, node, "rng-seed", virt->seed + SEED_SIZE, sizeof(virt->seed) - SEED_SIZE);
    }
    snprintf(path, sizeof(path), "/pl011@%" PRIx64, memmap[REGION_UART].base);
    fdt_tree_string(t, node, "stdout-path", path);
}

static void add_clock(struct fdt_tree *t)
{
    int node = fdt_tree_node(t, 0, "apb-pclk");
    fdt_tree_string(t, node, "compatible", "fixed-clock");
    FDT_CELLS(t, node, "#clock-cells", 0);
    FDT_CELLS(t, node, "clock-frequency", APB_CLOCK_HZ);
    fdt_tree_string(t, node, "clock-output-names", "clk24mhz");
    FDT_CELLS(t, node, "phandle", PHANDLE_CLOCK);
}

static void add_timer(const struct virt *virt, struct fdt_tree *t)
{
    uint32_t flags = PPI_LEVEL_HIGH(virt->cpus);
    int node = fdt_tree_node(t, 0, "timer");
    FDT_STRINGS(t, node, "compatible", "arm,armv8-timer\0arm,armv7-timer");
    fdt_tree_flag(t, node, "always-on");
    FDT_CELLS(t, node, "interrupts", INTERRUPT_PPI, PPI_TIMER_SECURE, flags, INTERRUPT_PPI,
              PPI_TIMER_PHYSICAL, flags, INTERRUPT_PPI, PPI_TIMER_VIRTUAL, flags, INTERRUPT_PPI,
              PPI_TIMER_HYPERVISOR, flags);
}

static void add_pmu(const struct virt *virt, struct fdt_tree *t)
{
    int node = fdt_tree_node(t, 0, "pmu");
    fdt_tree_string(t, node, "compatible", "arm,armv8-pmuv3");
    FDT_CELLS(t, node, "interrupts", INTERRUPT_PPI, PPI_PMU, PPI_LEVEL_HIGH(virt->cpus));
}

static void add_cpu(const struct virt *virt, struct fdt_tree *t, int cpus, unsigned cpu)
{
    char name[16], compatible[32];
    snprintf(name, sizeof(name), "cpu@%x", cpu);
    snprintf(compatible, sizeof(compatible), "arm,%s", virt->config->cpu_model->name);
    int node = fdt_tree_node(t, cpus, name);
    fdt_tree_string(t, node, "device_type", "cpu");
    fdt_tree_string(t, node, "compatible", compatible);
    if (virt->cpus > 1)
        fdt_tree_string(t, node, "enable-method", "psci");
    FDT_CELLS(t, node, "reg", cpu);
    FDT_CELLS(t, node, "phandle", phandle_cpu(virt, cpu));
}

/* One socket with one cluster of all cores. */
static void add_cpu_map(const struct virt *virt, struct fdt_tree *t, int cpus)
{
    char name[16];
    int map = fdt_tree_node(t, cpus, "cpu-map");
    int cluster = fdt_tree_node(t, fdt_tree_node(t, map, "socket0"), "cluster0");
    for (unsigned i = virt->cpus; i-- > 0;) {
        snprintf(name, sizeof(name), "core%u", i);
        FDT_CELLS(t, fdt_tree_node(t, cluster, name), "cpu", phandle_cpu(virt, i));
    }
}

static void add_cpus(const struct virt *virt, struct fdt_tree *t)
{
    int cpus = fdt_tree_node(t, 0, "cpus");
    FDT_CELLS(t, cpus, "#address-cells", 1);
    FDT_CELLS(t, cpus, "#size-cells", 0);
    for (unsigned i = virt->cpus; i-- > 0;)
        add_cpu(virt, t, cpus, i);
    add_cpu_map(virt, t, cpus);
}

static void add_psci(struct fdt_tree *t)
{
    if (t->error || fdt_path_offset(t->blob, "/psci") >= 0)
        return;
    int node = fdt_tree_node(t, 0, "psci");
    FDT_STRINGS(t, node, "compatible", "arm,psci-1.0\0arm,psci-0.2\0arm,psci");
    fdt_tree_string(t, node, "method", "hvc");
    FDT_CELLS(t, node, "cpu_suspend", PSCI_CPU_SUSPEND | PSCI_64);
    FDT_CELLS(t, node, "cpu_off", PSCI_CPU_OFF);
    FDT_CELLS(t, node, "cpu_on", PSCI_CPU_ON | PSCI_64);
    FDT_CELLS(t, node, "migrate", PSCI_MIGRATE | PSCI_64);
}

/* ---- the devices' nodes ---- */

/* The device in a window writes about itself; the memory map knows the rest. */
static void add_device(struct virt *virt, struct fdt_tree *t, const struct bus_window *window)
{
    unsigned unit;
    enum region region = memmap_find(window->base, &unit);
    if (t->error || !window->ops->describe || region == REGIONS)
        return;
    struct fdt_site site = {
        .fdt = t->blob,
        .base = window->base,
        .size = memmap[region].size,
        .interrupt = memmap[region].spi + unit,
        .gic = virt_fdt_phandle(virt, REGION_GIC_DIST),
        .clock = PHANDLE_CLOCK,
        .phandle = virt_fdt_phandle(virt, region),
    };
    if (region == REGION_GIC_V2M)
        site.parent = fdt_node_offset_by_phandle(t->blob, site.gic);
    t->error = window->ops->describe(window->dev, &site);
    if (!t->error && region == REGION_GPIO)
        t->error = pl061_describe_power_key(t->blob, 0, site.phandle, POWER_GPIO);
}

static void generate(struct virt *virt, struct fdt_tree *t)
{
    fdt_tree_create(t, TREE_ROOM);
    add_root(virt, t);
    add_chosen(virt, t);
    add_clock(t);
    add_timer(virt, t);
    add_pmu(virt, t);
    add_cpus(virt, t);
    for (unsigned i = 0; bus_window(virt->bus, i); i++)
        add_device(virt, t, bus_window(virt->bus, i));
}

bool virt_fdt_build(struct virt *virt, struct bytes *out, struct error *error)
{
    struct load_error why;
    struct fdt_tree t;
    if (!virt->config->dtb)
        generate(virt, &t);
    else if (!fdt_tree_open(&t, virt->config->dtb, TREE_ROOM, &why))
        return error_set(error, "-dtb: %s", why.text);
    fdt_tree_set_memory(&t, virt->ram.base, virt->ram.size);
    add_psci(&t);
    fdt_tree_set_chosen(&t, virt->config->append, virt->boot.initrd, virt->boot.initrd_end);
    bool ok = fdt_tree_finish(&t, out, &why) || error_set(error, "%s", why.text);
    fdt_tree_free(&t);
    return ok;
}
