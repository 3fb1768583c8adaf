/* SPDX-License-Identifier: MIT */
/*
 * walk VA [el0|el1]: a translation, descriptor by descriptor. Arm ARM D4.2 ("The VMSAv8-64 address
 * translation system") and D4.3 ("VMSAv8-64 translation table format descriptors").
 */
#include "cpu/walk.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "mach-virt/monitor_commands.h"
#include "mach-virt/syndrome.h"

#define ADDRESS_BITS 0x0000fffffffff000

struct walker {
    struct monitor *monitor;
    uint64_t va;
    unsigned granule, steps;
};

static bool bit(uint64_t value, unsigned n)
{
    return value >> n & 1;
}

static void print_size(struct monitor *monitor, unsigned bits)
{
    static const char unit[] = "KMGT";
    monitor_print(monitor, "%u %ciB", 1u << (bits - 10) % 10, unit[(bits - 10) / 10]);
}

/* ---- descriptors ---- */

static void print_table(struct monitor *monitor, uint64_t d, unsigned granule)
{
    monitor_print(monitor, "table at 0x%" PRIx64,
                  d & ADDRESS_BITS & ~((UINT64_C(1) << granule) - 1));
    if (bit(d, 62))
        monitor_print(monitor, ", APTable: read-only below");
    if (bit(d, 61))
        monitor_print(monitor, ", APTable: not for EL0 below");
    if (bit(d, 60))
        monitor_print(monitor, ", UXNTable");
    if (bit(d, 59))
        monitor_print(monitor, ", PXNTable");
}

static void print_leaf(struct monitor *monitor, uint64_t d, const struct cpu_walk_step *step)
{
    static const char *const shareable[] = { "non-shareable", "SH reserved", "outer shareable",
                                             "inner shareable" };
    static const char *const access[] = { "EL1 read-write", "EL1 and EL0 read-write",
                                          "EL1 read-only", "EL1 and EL0 read-only" };
    if (step->level == 3)
        monitor_print(monitor, "page");
    else
        monitor_print(monitor, "block of ");
    if (step->level < 3)
        print_size(monitor, step->low);
    monitor_print(monitor, " at 0x%" PRIx64 "\n",
                  d & ADDRESS_BITS & ~((UINT64_C(1) << step->low) - 1));
    monitor_print(monitor, "         AttrIndx %u, AP %u (%s), SH %u (%s)%s%s%s%s%s",
                  (unsigned)(d >> 2 & 7), (unsigned)(d >> 6 & 3), access[d >> 6 & 3],
                  (unsigned)(d >> 8 & 3), shareable[d >> 8 & 3], bit(d, 10) ? ", AF" : ", AF is 0",
                  bit(d, 11) ? ", nG" : "", bit(d, 52) ? ", contiguous" : "",
                  bit(d, 53) ? ", PXN" : "", bit(d, 54) ? ", UXN" : "");
}

static void print_step(void *ctx, const struct cpu_walk_step *s)
{
    struct walker *w = ctx;
    w->steps++;
    uint64_t index = w->va >> s->low & ((UINT64_C(1) << (s->high - s->low + 1)) - 1);
    monitor_print(w->monitor, "level %u  VA[%u:%u] = 0x%03" PRIx64 "  0x%010" PRIx64 ": ", s->level,
                  s->high, s->low, index, s->pa);
    if (s->in_memory)
        monitor_print(w->monitor, "0x%016" PRIx64 "  ", s->descriptor);
    if (!s->in_memory)
        monitor_print(w->monitor, "there is no memory");
    else if (!bit(s->descriptor, 0))
        monitor_print(w->monitor, "invalid (bit 0 is 0)");
    else if (s->level == 3 && !bit(s->descriptor, 1))
        monitor_print(w->monitor, "reserved (bit 1 is 0)");
    else if (s->level < 3 && bit(s->descriptor, 1))
        print_table(w->monitor, s->descriptor, w->granule);
    else
        print_leaf(w->monitor, s->descriptor, s);
    monitor_print(w->monitor, "\n");
}

/* ---- the beginning and the end ---- */

static void print_start(struct monitor *monitor, uint64_t va, const struct cpu_walk *walk)
{
    char name[MONITOR_WORD_MAX];
    monitor_print(monitor, "VA 0x%016" PRIx64 "%s\n", va, monitor_name(monitor, va, name));
    if (!walk->mmu) {
        monitor_print(
            monitor,
            "the MMU is off (SCTLR_EL1.M is 0): addresses are physical, data is Device memory\n");
        return;
    }
    monitor_print(monitor, "%s half: TTBR%u_EL1 = 0x%016" PRIx64 ", %u bits, granule ",
                  walk->upper ? "upper" : "lower", walk->upper, walk->ttbr, walk->input_size);
    print_size(monitor, walk->granule);
    monitor_print(monitor, "\n");
}

/* Arm ARM D13.2.97, "MAIR_EL1". */
static const char *memory_type(uint8_t attr)
{
    switch (attr) {
    case 0x00:
        return "Device-nGnRnE";
    case 0x04:
        return "Device-nGnRE";
    case 0x08:
        return "Device-nGRE";
    case 0x0c:
        return "Device-GRE";
    case 0x44:
        return "Normal, non-cacheable";
    case 0xbb:
        return "Normal, write-through";
    case 0xff:
        return "Normal, write-back";
    default:
        return attr & 0xf0 ? "Normal" : "Device";
    }
}

static void print_rights(struct monitor *monitor, const struct cpu_walk *walk, unsigned el)
{
    static const char *const names[] = { "read", "write", "execute" };
    const unsigned may = walk->may[el];
    const char *comma = "";
    monitor_print(monitor, "EL%u may ", el);
    for (unsigned i = 0; i < 3; i++) {
        if (!(may >> i & 1))
            continue;
        monitor_print(monitor, "%s%s", comma, names[i]);
        comma = ", ";
    }
    if (!may)
        monitor_print(monitor, "do nothing: any access is a permission fault, level %u",
                      walk->level);
    else if (may != 7)
        monitor_print(monitor, "; anything else is a permission fault, level %u", walk->level);
    monitor_print(monitor, "\n");
}

/* Why the walk never began. */
static void print_no_table(struct monitor *monitor, uint64_t va)
{
    uint64_t tcr = monitor_sysreg(monitor, "TCR_EL1");
    bool upper = bit(va, 55);
    if (bit(tcr, upper ? 23 : 7))
        monitor_print(monitor, "TCR_EL1.EPD%u is 1: there are no tables for this half\n", upper);
    else
        monitor_print(monitor,
                      "the address is in neither half: TCR_EL1.T0SZ = %u, T1SZ = %u, so they end "
                      "at 0x%016" PRIx64 " and begin at 0x%016" PRIx64 "\n",
                      (unsigned)(tcr & 63), (unsigned)(tcr >> 16 & 63), (UINT64_MAX >> (tcr & 63)),
                      ~(UINT64_MAX >> (tcr >> 16 & 63)));
}

static void print_result(struct monitor *monitor, const struct cpu_walk *walk, unsigned els)
{
    char text[80];
    if (!walk->mapped) {
        syndrome_fault_status(walk->fault_status, text, sizeof(text));
        monitor_print(monitor, "any access faults: %s (DFSC 0x%02x)\n", text, walk->fault_status);
        return;
    }
    monitor_print(monitor, "PA 0x%" PRIx64 ": %s, %s\n", walk->pa, memory_type(walk->memattr),
                  walk->global ? "global" : "of this ASID only");
    for (unsigned el = 2; el-- > 0;)
        if (els >> el & 1)
            print_rights(monitor, walk, el);
}

void monitor_walk(struct monitor *monitor, const char *arguments)
{
    char word[MONITOR_WORD_MAX], level[MONITOR_WORD_MAX] = "", rest[MONITOR_WORD_MAX];
    struct walker walker = { .monitor = monitor };
    struct cpu_walk walk;
    monitor_word(&arguments, word);
    monitor_word(&arguments, level);
    unsigned els = !strcmp(level, "el0") ? 1 : !strcmp(level, "el1") ? 2 : !*level ? 3 : 0;
    if (!*word || !els || monitor_word(&arguments, rest)) {
        monitor_print(monitor, "walk VA [el0|el1]\n");
        return;
    }
    if (!monitor_address(monitor, word, &walker.va))
        return;
    cpu_walk(monitor_cpu(monitor), walker.va, NULL, NULL, &walk);
    walker.granule = walk.granule;
    print_start(monitor, walker.va, &walk);
    cpu_walk(monitor_cpu(monitor), walker.va, print_step, &walker, &walk);
    if (walk.mmu && !walker.steps)
        print_no_table(monitor, walker.va);
    print_result(monitor, &walk, els);
}
