/* SPDX-License-Identifier: MIT */
/*
 * Random operations on the GICv2, with both groups, and what each leaves in the registers and on
 * the lines to the CPU. Interrupts end in the opposite order of their acknowledgement; active ones
 * keep group and priority; binary points change while nothing is active: all else is UNPREDICTABLE
 * or left to the implementation. One CPU; one binary point for both groups, and both are enabled or
 * none; group 1 is acknowledged through GICC_CTLR.AckCtl. gic.c has the rest.
 * IHI 0048B, chapter 3, "Interrupt Handling and Prioritization".
 */
#include "tests/guest/gic.h"

#define INTIDS      96 /* with SPIs that no device drives meanwhile */
#define WORDS       (INTIDS / 32)
#define DEPTH       64
#define BOTH_GROUPS (GICC_ENABLE_GRP0 | GICC_ENABLE_GRP1) /* of GICD_CTLR, too */

static struct {
    u32 id;
    u32 group;
} taken[DEPTH];
static u32 taken_count;

static u32 bit_of(u64 base, u32 intid)
{
    return read32(base + intid / 32 * 4) >> intid % 32 & 1;
}

static void set_bit(u64 base, u32 intid)
{
    write32(base + intid / 32 * 4, 1u << intid % 32);
}

static u32 is_active(u32 intid)
{
    return bit_of(GICD_ISACTIVER, intid);
}

static void change_group(u32 intid)
{
    u64 address = GICD_IGROUPR + intid / 32 * 4;

    if (!is_active(intid))
        write32(address, read32(address) ^ 1u << intid % 32);
}

static void change_config(u32 intid, u32 value)
{
    u64 address = GICD_ICFGR + intid / 16 * 4;
    u32 field = 2u << intid % 16 * 2;

    if (intid >= 32 && !is_active(intid))
        write32(address, (read32(address) & ~field) | (value & 1 ? field : 0));
}

static void acknowledge(void)
{
    u32 id = read32(GICC_IAR);

    DETAIL("  acknowledged %x\n", id);
    hash_add(id);
    if ((id & 0x3ff) < 1020) {
        taken[taken_count].group = bit_of(GICD_IGROUPR, id & 0x3ff);
        taken[taken_count++].id = id;
    }
}

static void end(void)
{
    if (!taken_count)
        return;
    u32 id = taken[taken_count - 1].id;
    if (taken[taken_count - 1].group && !(read32(GICC_CTLR) & GICC_ACK_CTL))
        return;
    taken_count--;
    DETAIL("  end of %x, group %u\n", id, taken[taken_count].group);
    write32(GICC_EOIR, id);
    if (read32(GICC_CTLR) & GICC_EOI_MODE)
        write32(GICC_DIR, id);
}

static void write_control(u32 r)
{
    u32 settings = GICC_ACK_CTL | GICC_FIQ_EN;

    if (!taken_count)
        settings |= GICC_EOI_MODE;
    write32(GICC_CTLR, (r & settings) | (read32(GICC_CTLR) & GICC_EOI_MODE & ~settings) |
                           GICC_CBPR | (r >> 16 & 7 ? BOTH_GROUPS : 0));
}

static void operate(u32 operation, u32 r)
{
    u32 intid = r % INTIDS;

    DETAIL(" %u %x (%u)\n", operation, r, intid);
    switch (operation) {
    case 0:
        set_bit(GICD_ISENABLER, intid);
        break;
    case 1:
        if (r >> 31)
            set_bit(GICD_ICENABLER, intid);
        break;
    case 2:
    case 3:
        set_bit(GICD_ISPENDR, intid);
        break;
    case 4:
        set_bit(GICD_ICPENDR, intid);
        break;
    case 5:
        if (!is_active(intid))
            write8(GICD_IPRIORITYR + intid, (u8)(r >> 16));
        break;
    case 6:
        write8(GICD_ITARGETSR + intid, (u8)(r >> 16 | (r >> 25 & 1)));
        break;
    case 7:
        change_group(intid);
        break;
    case 8:
        change_config(intid, r >> 16);
        break;
    case 9:
        write32(GICD_SGIR, (r >> 16 & 3) % 3 << 24 | (r & 0xff000f) | 0x10000);
        break;
    case 10:
        write8((r >> 16 & 1 ? GICD_SPENDSGIR : GICD_CPENDSGIR) + r % 16, 1);
        break;
    case 11:
        write32(GICC_PMR, r >> 16 & 1 ? 0xff : r & 0xff);
        break;
    case 12:
        if (!taken_count)
            write32(r >> 16 & 1 ? GICC_ABPR : GICC_BPR, r & 7);
        break;
    case 13:
        write_control(r);
        break;
    case 14:
        write32(GICD_CTLR, r >> 16 & 7 ? BOTH_GROUPS : 0);
        break;
    case 15:
    case 16:
    case 17:
        acknowledge();
        break;
    default:
        end();
    }
}

/* All that software can see. */
static void observe(void)
{
    u32 lines = (u32)READ_SYSREG(isr_el1);
    u32 seen[] = {
        lines,
        read32(GICC_HPPIR),
        read32(GICC_RPR),
        read32(GICC_BPR),
        read32(GICC_ABPR),
        read32(GICC_CTLR),
        read32(GICC_PMR),
        read32(GICC_APR),
        read32(GICC_NSAPR),
        read32(GICD_CPENDSGIR),
        read32(GICD_SPENDSGIR + 12),
    };

    for (u32 i = 0; i < COUNT(seen); i++)
        hash_add(seen[i]);
    DETAIL("  lines %x HPPIR %x RPR %x BPR %x %x CTLR %x PMR %x APR %x %x\n", lines, seen[1],
           seen[2], seen[3], seen[4], seen[5], seen[6], seen[7], seen[8]);
    for (u64 i = 0; i < 4 * WORDS; i += 4) {
        u32 bits[] = { read32(GICD_IGROUPR + i), read32(GICD_ICENABLER + i),
                       read32(GICD_ISPENDR + i), read32(GICD_ICACTIVER + i) };
        for (u32 j = 0; j < COUNT(bits); j++)
            hash_add(bits[j]);
        DETAIL("  group %x enabled %x pending %x active %x\n", bits[0], bits[1], bits[2], bits[3]);
    }
}

static void observe_bytes(void)
{
    for (u64 i = 0; i < INTIDS; i += 4) {
        hash_add(read32(GICD_IPRIORITYR + i));
        hash_add(read32(GICD_ITARGETSR + i));
        hash_add(read32(GICD_ICFGR + i / 16 * 4));
    }
}

int main(void)
{
    write32(GICD_CTLR, BOTH_GROUPS);
    write32(GICC_CTLR, GICC_CBPR | BOTH_GROUPS);
    write32(GICC_PMR, 0xff);
    for (u32 i = 0; i < 40; i++) {
        for (u32 j = 0; j < 100; j++) {
            operate(random_below(21), (u32)random64());
            observe();
        }
        observe_bytes();
        printf("%u operations, %u active", 100 * (i + 1), taken_count);
        print_hash("");
    }
    return 0;
}
