/* SPDX-License-Identifier: MIT */
/*
 * gic, timer: interrupts, as the guest could read them from the registers itself. Arm IHI 0048B,
 * chapters 4.3 ("Distributor register descriptions") and 4.4 ("CPU interface register
 * descriptions"); only registers that reading does not change.
 */
#include <inttypes.h>
#include <stdio.h>

#include "mach-virt/memmap.h"
#include "mach-virt/monitor_commands.h"

/* clang-format off */
enum { GICD_CTLR = 0x000, GICD_ISENABLER = 0x100, GICD_ISPENDR = 0x200, GICD_ISACTIVER = 0x300, GICD_IPRIORITYR = 0x400,
       GICD_ITARGETSR = 0x800, GICD_ICFGR = 0xc00 };
enum { GICC_CTLR = 0x00, GICC_PMR = 0x04, GICC_RPR = 0x14, GICC_HPPIR = 0x18 };
/* clang-format on */

#define FIRST_SPI 32

static uint32_t read_gic(struct monitor *monitor, enum region region, uint32_t offset,
                         unsigned size)
{
    uint64_t value;
    bus_read(monitor->virt->bus, memmap[region].base + offset, size, monitor->cpu, &value);
    return (uint32_t)value;
}

static bool dist_bit(struct monitor *monitor, uint32_t offset, unsigned intid)
{
    return read_gic(monitor, REGION_GIC_DIST, offset + intid / 32 * 4, 4) >> intid % 32 & 1;
}

/* Who raises it. */
static const char *source_of(unsigned intid, char text[MONITOR_WORD_MAX])
{
    const unsigned ppi = intid - 16, spi = intid - FIRST_SPI;
    if (intid < 16)
        return "software (SGI)";
    if (intid < FIRST_SPI)
        return ppi == PPI_TIMER_VIRTUAL    ? "virtual timer"
               : ppi == PPI_TIMER_PHYSICAL ? "physical timer"
                                           : "private (PPI)";
    if (spi >= V2M_FIRST_SPI && spi < V2M_FIRST_SPI + V2M_SPIS)
        return "message (v2m)";
    if (spi >= memmap[REGION_PCIE_ECAM].spi && spi < memmap[REGION_PCIE_ECAM].spi + 4)
        return "PCI INTx";
    for (unsigned r = 0; r < REGIONS; r++) {
        if (!memmap[r].spi || spi < memmap[r].spi || spi >= memmap[r].spi + memmap[r].units)
            continue;
        snprintf(text, MONITOR_WORD_MAX, memmap[r].units > 1 ? "%s %u" : "%s", memmap[r].name,
                 spi - memmap[r].spi);
        return text;
    }
    return "nothing";
}

static void print_interrupt(struct monitor *monitor, unsigned intid)
{
    bool enabled = dist_bit(monitor, GICD_ISENABLER, intid),
         pending = dist_bit(monitor, GICD_ISPENDR, intid);
    bool active = dist_bit(monitor, GICD_ISACTIVER, intid);
    char source[MONITOR_WORD_MAX];
    if (!enabled && !pending && !active)
        return;
    bool edge =
        read_gic(monitor, REGION_GIC_DIST, GICD_ICFGR + intid / 16 * 4, 4) >> (intid % 16 * 2 + 1) &
        1;
    monitor_print(
        monitor, "  %4u %c%c%c  priority 0x%02x  %s  to 0x%02x  %s\n", intid, enabled ? 'E' : '-',
        pending ? 'P' : '-', active ? 'A' : '-',
        read_gic(monitor, REGION_GIC_DIST, GICD_IPRIORITYR + intid, 1), edge ? "edge " : "level",
        read_gic(monitor, REGION_GIC_DIST, GICD_ITARGETSR + intid, 1), source_of(intid, source));
}

void monitor_gic(struct monitor *monitor, const char *arguments)
{
    monitor_print(
        monitor,
        "GICD_CTLR 0x%x; CPU#%u: GICC_CTLR 0x%x, priority mask 0x%02x, running priority 0x%02x, ",
        read_gic(monitor, REGION_GIC_DIST, GICD_CTLR, 4), monitor->cpu,
        read_gic(monitor, REGION_GIC_CPU, GICC_CTLR, 4),
        read_gic(monitor, REGION_GIC_CPU, GICC_PMR, 4),
        read_gic(monitor, REGION_GIC_CPU, GICC_RPR, 4));
    unsigned next = read_gic(monitor, REGION_GIC_CPU, GICC_HPPIR, 4) & 0x3ff;
    if (next < 1020)
        monitor_print(monitor, "next is INTID %u\n", next);
    else
        monitor_print(monitor, "nothing to take\n");
    monitor_print(monitor, "  INTID (E enabled, P pending, A active; to: a bit per processor)\n");
    for (unsigned intid = 0; intid < FIRST_SPI + GIC_SPIS; intid++)
        print_interrupt(monitor, intid);
}

/* ---- timers ---- */

/* Arm ARM D13.8, "CNTV_CTL_EL0". */
static void print_timer(struct monitor *monitor, const char *what, const char *ctl_name,
                        const char *cval_name)
{
    uint64_t ctl = monitor_sysreg(monitor, ctl_name), cval = monitor_sysreg(monitor, cval_name);
    uint64_t now = monitor_sysreg(monitor, "CNTPCT_EL0");
    const bool due = ctl & 4;
    const double ms = (double)(int64_t)(due ? now - cval : cval - now) * COUNTER_TICK / 1e6;
    monitor_print(monitor, "  %-8s ", what);
    if (!(ctl & 1))
        monitor_print(monitor, "disabled\n");
    else if (due)
        monitor_print(monitor, "due since %.6f ms, at %" PRIu64 ", interrupt %s\n", ms, cval,
                      ctl & 2 ? "masked" : "raised");
    else
        monitor_print(monitor, "due in %.6f ms, at %" PRIu64 "%s\n", ms, cval,
                      ctl & 2 ? ", interrupt masked" : "");
}

void monitor_timer(struct monitor *monitor, const char *arguments)
{
    uint64_t now = monitor_sysreg(monitor, "CNTPCT_EL0");
    monitor_print(monitor, "counter %" PRIu64 " at %u Hz: %.6f s\nCPU#%u\n", now, COUNTER_HZ,
                  (double)now * COUNTER_TICK / 1e9, monitor->cpu);
    print_timer(monitor, "virtual", "CNTV_CTL_EL0", "CNTV_CVAL_EL0");
    print_timer(monitor, "physical", "CNTP_CTL_EL0", "CNTP_CVAL_EL0");
}
