/* SPDX-License-Identifier: MIT */
/*
 * Accesses of every size to devices, and where there is nothing. What the devices answer to is
 * theirs (their reference manuals); what none answers is a synchronous external abort.
 */
#include "tests/guest/guest.h"

#define PL031    0x09010000ul
#define PL061    0x09030000ul
#define VIRTIO0  0x0a000000ul
#define VIRTIO31 (VIRTIO0 + 31 * 0x200)
#define V2M      0x08020000ul

static const struct {
    const char *name;
    u64 address;
} places[] = {
    { "GICD_TYPER", GICD_BASE + 0x004 },
    { "GICD_IIDR", GICD_BASE + 0x008 },
    { "GICD_ISENABLER0", GICD_BASE + 0x100 },
    { "GICD_ITARGETSR0", GICD_BASE + 0x800 },
    { "GICD_ICFGR0", GICD_BASE + 0xc00 },
    { "GICD PIDR", GICD_BASE + 0xfe0 },
    { "GICD reserved", GICD_BASE + 0xe00 },
    { "GICD behind its 4 KiB", GICD_BASE + 0x1000 },
    { "GICC_PMR", GICC_BASE + 0x004 },
    { "GICC_IIDR", GICC_BASE + 0x0fc },
    { "GICC reserved", GICC_BASE + 0x040 },
    { "GICC behind its 8 KiB", GICC_BASE + 0x2000 },
    { "v2m TYPER", V2M + 0x008 },
    { "v2m IIDR", V2M + 0xfcc },
    { "PL011 FR", PL011_BASE + 0x018 },
    { "PL011 CR", PL011_BASE + 0x030 },
    { "PL011 IMSC", PL011_BASE + 0x038 },
    { "PL011 PeriphID0", PL011_BASE + 0xfe0 },
    { "PL011 PCellID0", PL011_BASE + 0xff0 },
    { "PL011 reserved", PL011_BASE + 0x080 },
    { "PL031 CR", PL031 + 0x00c },
    { "PL031 PeriphID0", PL031 + 0xfe0 },
    { "PL061 DIR", PL061 + 0x400 },
    { "PL061 PeriphID0", PL061 + 0xfe0 },
    { "virtio MagicValue", VIRTIO0 },
    { "virtio Version", VIRTIO0 + 4 },
    { "virtio DeviceID", VIRTIO0 + 8 },
    { "virtio VendorID", VIRTIO0 + 12 },
    { "virtio, the last MagicValue", VIRTIO31 },
    { "virtio config", VIRTIO0 + 0x100 },
    { "behind virtio", VIRTIO31 + 0x200 },
    { "PCI I/O", 0x3eff0000 },
    { "PCI ECAM, bus 0 device 0", 0x4010000000 },
    { "PCI ECAM, bus 0 device 31", 0x4010000000 + (31 << 15) },
    { "PCI memory", 0x10000000 },
    { "PCI high memory", 0x8000000000 },
    { "behind RAM", 0x48000000 },
    { "nothing", NOT_RAM },
};

#define READ(form, address)                                                                        \
    ({                                                                                             \
        u64 v_ = 0, w_ = 0;                                                                        \
        __asm__ volatile(form : "+r"(v_), "+r"(w_) : "r"(address) : "memory");                     \
        v_ ^ w_ << 4;                                                                              \
    })

static void show(u64 before, u64 value)
{
    if (trap.count == before)
        printf(" %lx", value);
    else
        printf(" [%lx %lx]", trap.esr, trap.far);
}

static void reads(const char *name, u64 address)
{
    printf("%s:", name);
    u64 n = trap.count;
    show(n, READ("ldrb %w0, [%2]", address));
    n = trap.count;
    show(n, READ("ldrh %w0, [%2]", address));
    n = trap.count;
    show(n, READ("ldr %w0, [%2]", address));
    if (address % 8 == 0) {
        n = trap.count;
        show(n, READ("ldr %0, [%2]", address));
        n = trap.count;
        show(n, READ("ldp %0, %1, [%2]", address));
    }
    n = trap.count;
    show(n, READ("ldp %w0, %w1, [%2]", address));
    print("\n");
}

static void writes(const char *name, u64 address)
{
    u64 before = trap.count;

    __asm__ volatile("strb wzr, [%0]\n\tstrh wzr, [%0]\n\tstr wzr, [%0]\n\t" ::"r"(address));
    printf("writes to %s: %lu aborts, %lx\n", name, trap.count - before,
           trap.count == before ? 0 : trap.esr);
}

int main(void)
{
    for (u32 i = 0; i < COUNT(places); i++)
        reads(places[i].name, places[i].address);
    writes("GICD_TYPER", GICD_BASE + 4);
    writes("GICD reserved", GICD_BASE + 0xe00);
    writes("GICC_IIDR", GICC_BASE + 0xfc);
    writes("PL011 PeriphID0", PL011_BASE + 0xfe0);
    writes("PL011 reserved", PL011_BASE + 0x80);
    writes("PL031 PeriphID0", PL031 + 0xfe0);
    writes("virtio MagicValue", VIRTIO0);
    writes("PCI memory", 0x10000000);
    writes("behind RAM", 0x48000000);
    writes("nothing", NOT_RAM);
    return 0;
}
