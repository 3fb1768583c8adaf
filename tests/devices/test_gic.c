/* SPDX-License-Identifier: MIT */
#include <libfdt.h>

#include "devices/gic.h"
#include "tests/devices/rig.h"

#define CPUS 8

static struct rig rig;
static struct wire irq[CPUS], fiq[CPUS];
static struct gic *gic;

static struct gic *make(unsigned cpus)
{
    struct irq_line irq_lines[CPUS], fiq_lines[CPUS];
    for (unsigned i = 0; i < CPUS; i++) {
        irq_lines[i] = wire_line(&irq[i]);
        fiq_lines[i] = wire_line(&fiq[i]);
    }
    return gic_create(&rig.env, cpus, 256, irq_lines, fiq_lines);
}

static void setup(void)
{
    rig_init(&rig);
    gic = make(CPUS);
}

static void teardown(void)
{
    gic_dist_ops.destroy(gic);
}

static uint32_t dist(unsigned cpu, uint64_t offset)
{
    return (uint32_t)dev_read(&gic_dist_ops, gic, offset, 4, cpu);
}

static void set_dist(unsigned cpu, uint64_t offset, uint32_t value)
{
    dev_write(&gic_dist_ops, gic, offset, 4, cpu, value);
}

static uint32_t interface(unsigned cpu, uint64_t offset)
{
    return (uint32_t)dev_read(&gic_cpu_ops, gic, offset, 4, cpu);
}

static void set_interface(unsigned cpu, uint64_t offset, uint32_t value)
{
    dev_write(&gic_cpu_ops, gic, offset, 4, cpu, value);
}

enum {
    CTLR = 0,
    IGROUPR = 0x80,
    ISENABLER = 0x100,
    ICENABLER = 0x180,
    ISPENDR = 0x200,
    ICPENDR = 0x280,
    ISACTIVER = 0x300,
    IPRIORITYR = 0x400,
    ITARGETSR = 0x800,
    ICFGR = 0xc00,
    SGIR = 0xf00,
    CPENDSGIR = 0xf10,
    SPENDSGIR = 0xf20,
    PMR = 4,
    IAR = 0xc,
    EOIR = 0x10,
    RPR = 0x14,
    HPPIR = 0x18,
    AIAR = 0x20,
    AEOIR = 0x24,
    AHPPIR = 0x28,
    DIR = 0x1000
};

/* As Linux sets it up: one group, every priority lets through, every CPU. */
static void enable(void)
{
    set_dist(0, CTLR, 1);
    for (unsigned cpu = 0; cpu < CPUS; cpu++) {
        set_interface(cpu, PMR, 0xf0);
        set_interface(cpu, CTLR, 1);
    }
}

struct step {
    char kind;
    unsigned size;
    uint32_t address, value;
};

static const struct step reference[] = {
#include "tests/devices/gic_reference.inc"
};

static void take_step(const struct step *s, unsigned number)
{
    const struct device_ops *ops = s->address >> 16 & 1 ? &gic_cpu_ops : &gic_dist_ops;
    uint64_t offset = s->address & 0xffff;
    switch (s->kind) {
    case 'R': {
        uint32_t mask = UINT32_MAX >> (32 - 8 * s->size);
        uint32_t value = (uint32_t)dev_read(ops, gic, offset, s->size, 0) & mask;
        ck_assert_msg(value == s->value, "step %u: read of 0x%08x gave 0x%08x, not 0x%08x", number,
                      s->address, value, s->value);
        break;
    }
    case 'W':
        dev_write(ops, gic, offset, s->size, 0, s->value);
        break;
    case 'L':
        irq_set(gic_spi_line(gic, s->address - 32), s->value);
        break;
    case 'O': {
        uint32_t value = irq[0].level << 7 | fiq[0].level << 6;
        ck_assert_msg(value == s->value, "step %u: outputs 0x%x, not 0x%x", number, value,
                      s->value);
        break;
    }
    }
}

START_TEST(every_access_answers_as_the_reference_machine_does)
{
    for (unsigned i = 0; i < sizeof reference / sizeof *reference; i++)
        take_step(&reference[i], i);
}
END_TEST

START_TEST(typer_counts_cpus_and_lines)
{
    struct gic *one = make(1);
    ck_assert_uint_eq(dev_read(&gic_dist_ops, one, 4, 4, 0), 8);
    ck_assert_uint_eq(dist(0, 4), 0xe8);
    gic_dist_ops.destroy(one);
}
END_TEST

START_TEST(uniprocessor_targets_read_zero_and_everything_goes_to_the_cpu)
{
    struct gic *all = gic;
    gic = make(1);
    set_dist(0, ITARGETSR + 32, 0xffffffff);
    ck_assert_uint_eq(dist(0, ITARGETSR + 32), 0);
    set_dist(0, CTLR, 1);
    set_interface(0, PMR, 0xff);
    set_interface(0, CTLR, 1);
    set_dist(0, ISENABLER + 4, 1);
    irq_set(gic_spi_line(gic, 0), true);
    ck_assert(irq[0].level);
    gic_dist_ops.destroy(gic);
    gic = all;
}
END_TEST

START_TEST(ppis_and_sgis_are_banked)
{
    enable();
    set_dist(3, ISENABLER, 1u << 27);
    ck_assert_uint_eq(dist(3, ISENABLER), 0x0800ffff);
    ck_assert_uint_eq(dist(0, ISENABLER), 0x0000ffff);
    irq_set(gic_ppi_line(gic, 3, 11), true);
    irq_set(gic_ppi_line(gic, 2, 11), true);
    ck_assert(irq[3].level);
    ck_assert(!irq[2].level);
    ck_assert_uint_eq(dist(2, ISPENDR), 1u << 27);
    ck_assert_uint_eq(dist(0, ISPENDR), 0);
    dev_write(&gic_dist_ops, gic, IPRIORITYR + 27, 1, 3, 0x50);
    ck_assert_uint_eq(dist(3, IPRIORITYR + 24), 0x50000000);
    ck_assert_uint_eq(dist(2, IPRIORITYR + 24), 0);
    for (unsigned cpu = 0; cpu < CPUS; cpu++)
        ck_assert_uint_eq(dist(cpu, ITARGETSR), 0x01010101u << cpu);
}
END_TEST

START_TEST(spi_goes_to_every_cpu_it_targets_and_is_acknowledged_by_one)
{
    enable();
    set_dist(0, ISENABLER + 4, 1u << 1);
    dev_write(&gic_dist_ops, gic, ITARGETSR + 33, 1, 0, 0x22);
    irq_set(gic_spi_line(gic, 1), true);
    for (unsigned cpu = 0; cpu < CPUS; cpu++)
        ck_assert_int_eq(irq[cpu].level, cpu == 1 || cpu == 5);
    ck_assert_uint_eq(interface(5, IAR), 33);
    ck_assert(!irq[1].level && !irq[5].level);
    ck_assert_uint_eq(interface(1, IAR), 1023);
    set_interface(5, EOIR, 33);
    ck_assert(irq[1].level && irq[5].level); /* the line is still up */
    irq_set(gic_spi_line(gic, 1), false);
    ck_assert(!irq[1].level && !irq[5].level);
}
END_TEST

START_TEST(retargeting_moves_a_pending_spi)
{
    enable();
    set_dist(0, ISENABLER + 4, 1);
    dev_write(&gic_dist_ops, gic, ITARGETSR + 32, 1, 0, 1);
    irq_set(gic_spi_line(gic, 0), true);
    ck_assert(irq[0].level);
    dev_write(&gic_dist_ops, gic, ITARGETSR + 32, 1, 0, 0x80);
    ck_assert(!irq[0].level);
    ck_assert(irq[7].level);
}
END_TEST

START_TEST(targets_of_cpus_that_are_not_there_are_raz_wi)
{
    struct gic *all = gic;
    gic = make(2);
    set_dist(0, ITARGETSR + 32, 0xffffffff);
    ck_assert_uint_eq(dist(0, ITARGETSR + 32), 0x03030303);
    gic_dist_ops.destroy(gic);
    gic = all;
}
END_TEST

START_TEST(edge_is_latched_once_per_rise)
{
    enable();
    set_dist(0, ISENABLER + 4, 1u << 16);
    set_dist(0, ICFGR + 0xc, 2);
    set_dist(0, ITARGETSR + 48, 1);
    struct irq_line line = gic_spi_line(gic, 16);
    irq_set(line, true);
    irq_set(line, false);
    ck_assert(irq[0].level);
    ck_assert_uint_eq(interface(0, IAR), 48);
    irq_set(line, true); /* a second edge while active: active and pending */
    ck_assert_uint_eq(dist(0, ISPENDR + 4), 1u << 16);
    ck_assert_uint_eq(dist(0, ISACTIVER + 4), 1u << 16);
    ck_assert(!irq[0].level);
    set_interface(0, EOIR, 48);
    ck_assert(irq[0].level);
    ck_assert_uint_eq(interface(0, IAR), 48);
    set_interface(0, EOIR, 48);
    ck_assert(!irq[0].level); /* still high, but no new edge */
}
END_TEST

START_TEST(clearing_a_level_that_is_up_does_not_end_it)
{
    enable();
    set_dist(0, ISENABLER + 4, 1);
    irq_set(gic_spi_line(gic, 0), true);
    set_dist(0, ICPENDR + 4, 1);
    ck_assert_uint_eq(dist(0, ISPENDR + 4), 1);
    irq_set(gic_spi_line(gic, 0), false);
    ck_assert_uint_eq(dist(0, ISPENDR + 4), 0);
}
END_TEST

START_TEST(sgi_reaches_its_target_list_with_its_sender)
{
    enable();
    set_dist(2, SGIR, 0x00090005); /* CPUs 0 and 3 */
    ck_assert(irq[0].level && irq[3].level && !irq[2].level);
    ck_assert_uint_eq(interface(3, HPPIR), 2 << 10 | 5);
    ck_assert_uint_eq(interface(3, IAR), 2 << 10 | 5);
    set_interface(3, EOIR, 2 << 10 | 5);
    ck_assert(!irq[3].level);
    set_dist(2, SGIR, 0x01000006); /* all but the sender */
    for (unsigned cpu = 0; cpu < CPUS; cpu++)
        ck_assert_int_eq(dist(cpu, ISPENDR) >> 6 & 1, cpu != 2);
    set_dist(4, SGIR, 0x02000007); /* only the sender */
    for (unsigned cpu = 0; cpu < CPUS; cpu++)
        ck_assert_int_eq(dist(cpu, ISPENDR) >> 7 & 1, cpu == 4);
}
END_TEST

START_TEST(sgi_from_two_cpus_is_taken_twice)
{
    enable();
    set_dist(6, SGIR, 0x00010001);
    set_dist(1, SGIR, 0x00010001);
    ck_assert_uint_eq(dist(0, SPENDSGIR), 0x4200);
    ck_assert_uint_eq(interface(0, IAR), 1 << 10 | 1);
    ck_assert_uint_eq(interface(0, IAR), 1023); /* active: not twice at once */
    set_interface(0, EOIR, 1 << 10 | 1);
    ck_assert_uint_eq(interface(0, IAR), 6 << 10 | 1);
    set_interface(0, EOIR, 6 << 10 | 1);
    ck_assert_uint_eq(interface(0, IAR), 1023);
}
END_TEST

START_TEST(sgi_pending_bits_are_set_and_cleared_by_sender)
{
    set_dist(1, SPENDSGIR + 4, 0x00050000); /* SGI 6 from CPUs 0 and 2 */
    ck_assert_uint_eq(dist(1, ISPENDR), 1u << 6);
    ck_assert_uint_eq(dist(0, ISPENDR), 0);
    dev_write(&gic_dist_ops, gic, CPENDSGIR + 6, 1, 1, 1);
    ck_assert_uint_eq(dist(1, SPENDSGIR + 4), 0x00040000);
    dev_write(&gic_dist_ops, gic, CPENDSGIR + 6, 1, 1, 4);
    ck_assert_uint_eq(dist(1, ISPENDR), 0);
    set_dist(1, ISPENDR, 0xffff); /* "GICD_ISPENDRn": SGI bits are read-only */
    ck_assert_uint_eq(dist(1, ISPENDR), 0);
}
END_TEST

START_TEST(reserved_sgi_filter_and_narrow_sgir_are_reported)
{
    set_dist(0, SGIR, 0x03000001);
    dev_write(&gic_dist_ops, gic, SGIR, 1, 0, 1);
    ck_assert_uint_eq(rig.guest_errors, 2);
    ck_assert_uint_eq(dist(0, ISPENDR), 0);
}
END_TEST

START_TEST(higher_priority_preempts_and_the_stack_unwinds)
{
    enable();
    set_dist(0, ISENABLER + 4, 7);
    set_dist(0, IPRIORITYR + 32, 0x00206080);
    set_dist(0, ITARGETSR + 32, 0x010101);
    irq_set(gic_spi_line(gic, 0), true);
    ck_assert_uint_eq(interface(0, IAR), 32);
    irq_set(gic_spi_line(gic, 1), true);
    ck_assert_uint_eq(interface(0, IAR), 33);
    irq_set(gic_spi_line(gic, 2), true);
    ck_assert_uint_eq(interface(0, IAR), 34);
    ck_assert_uint_eq(interface(0, RPR), 0x20);
    set_interface(0, EOIR, 34);
    ck_assert_uint_eq(interface(0, RPR), 0x60);
    set_interface(0, EOIR, 33);
    ck_assert_uint_eq(interface(0, RPR), 0x80);
    set_interface(0, EOIR, 32);
    ck_assert_uint_eq(interface(0, RPR), 0xff);
}
END_TEST

START_TEST(raising_the_priority_of_a_pending_interrupt_signals_it)
{
    enable();
    set_interface(0, PMR, 0x40);
    set_dist(0, ISENABLER + 4, 1);
    set_dist(0, ITARGETSR + 32, 1);
    set_dist(0, IPRIORITYR + 32, 0x80);
    irq_set(gic_spi_line(gic, 0), true);
    ck_assert(!irq[0].level);
    set_dist(0, IPRIORITYR + 32, 0x10);
    ck_assert(irq[0].level);
}
END_TEST

START_TEST(aliased_registers_serve_group_1)
{
    set_dist(0, CTLR, 3);
    set_interface(0, CTLR, 3);
    set_interface(0, PMR, 0xff);
    set_dist(0, IGROUPR + 4, 2);
    set_dist(0, ISENABLER + 4, 3);
    set_dist(0, ITARGETSR + 32, 0x0101);
    set_dist(0, IPRIORITYR + 32, 0x4080);
    set_dist(0, ISPENDR + 4, 2);
    ck_assert_uint_eq(interface(0, HPPIR), 1022);
    ck_assert_uint_eq(interface(0, AHPPIR), 33);
    ck_assert_uint_eq(interface(0, AIAR), 33);
    set_interface(0, AEOIR, 33);
    ck_assert_uint_eq(interface(0, RPR), 0xff);
    set_dist(0, ISPENDR + 4, 1);
    ck_assert_uint_eq(interface(0, AHPPIR), 1023);
    ck_assert_uint_eq(interface(0, AIAR), 1023);
    ck_assert_uint_eq(interface(0, IAR), 32);
}
END_TEST

START_TEST(split_end_drops_priority_first_and_deactivates_later)
{
    enable();
    set_interface(0, CTLR, 0x201);
    set_dist(0, ISENABLER + 4, 3);
    set_dist(0, ITARGETSR + 32, 0x0101);
    set_dist(0, ISPENDR + 4, 1);
    ck_assert_uint_eq(interface(0, IAR), 32);
    set_interface(0, EOIR, 32);
    ck_assert_uint_eq(interface(0, RPR), 0xff);
    ck_assert_uint_eq(dist(0, ISACTIVER + 4), 1);
    set_dist(0, ISPENDR + 4, 3);
    ck_assert_uint_eq(interface(0, IAR), 33); /* 32 is still active */
    set_interface(0, DIR, 32);
    ck_assert_uint_eq(dist(0, ISACTIVER + 4), 2);
}
END_TEST

START_TEST(misuse_is_reported_and_harmless)
{
    enable();
    set_interface(0, EOIR, 1023);
    set_interface(0, EOIR, 1022);
    ck_assert_uint_eq(rig.guest_errors, 0);
    set_interface(0, EOIR, 1000);
    set_interface(0, EOIR, 40);
    set_interface(0, DIR, 40);
    interface(0, 0x500);
    set_interface(0, 0xffc, 0);
    dist(0, 0xe00);
    set_dist(0, 0xfe0, 0);
    ck_assert_uint_eq(rig.guest_errors, 7);
    ck_assert_uint_eq(dist(9, ISENABLER), 0);
    set_dist(9, ISENABLER, 1);
    for (unsigned offset = 0x80; offset < 0xd00; offset += 4) { /* past the last interrupt too */
        set_dist(0, offset, 0xffffffff);
        dist(0, offset);
    }
    ck_assert_uint_eq(dist(0, ISENABLER + 9 * 4), 0);
    ck_assert_uint_eq(dist(0, IPRIORITYR + 288), 0);
}
END_TEST

START_TEST(lines_out_of_range_lead_nowhere)
{
    ck_assert_ptr_null(gic_spi_line(gic, 256).set);
    ck_assert_ptr_null(gic_ppi_line(gic, 8, 0).set);
    ck_assert_ptr_null(gic_ppi_line(gic, 0, 16).set);
    ck_assert_ptr_null(make(0));
    ck_assert_ptr_null(make(9));
}
END_TEST

START_TEST(reset_drops_outputs_and_keeps_the_wires)
{
    enable();
    set_dist(0, ISENABLER + 4, 1);
    set_dist(0, ITARGETSR + 32, 1);
    irq_set(gic_spi_line(gic, 0), true);
    ck_assert(irq[0].level);
    gic_dist_ops.reset(gic);
    ck_assert(!irq[0].level);
    ck_assert_uint_eq(dist(0, ISENABLER + 4), 0);
    enable();
    set_dist(0, ISENABLER + 4, 1);
    set_dist(0, ITARGETSR + 32, 1);
    ck_assert(irq[0].level);
}
END_TEST

START_TEST(snapshot_holds_everything)
{
    enable();
    set_dist(0, ISENABLER + 4, 3);
    set_dist(0, ITARGETSR + 32, 0x0201);
    set_dist(0, IPRIORITYR + 32, 0x4080);
    irq_set(gic_spi_line(gic, 0), true);
    irq_set(gic_spi_line(gic, 1), true);
    set_dist(5, SGIR, 0x00100003);
    interface(0, IAR);
    struct gic *other = make(CPUS);
    ck_assert(!irq[1].level && !irq[4].level); /* the new one has reset the shared wires */
    ck_assert(copy_state(&gic_dist_ops, gic, other));
    ck_assert(!irq[0].level && irq[1].level && irq[4].level);
    struct gic *old = gic;
    gic = other;
    ck_assert_uint_eq(interface(0, RPR), 0x80);
    ck_assert_uint_eq(interface(4, IAR), 5 << 10 | 3);
    ck_assert_uint_eq(interface(1, IAR), 33);
    set_interface(0, EOIR, 32);
    ck_assert(irq[0].level);
    ck_assert(refuses_every_cut(&gic_dist_ops, old, other));
    struct gic *fewer = make(2);
    ck_assert(!copy_state(&gic_dist_ops, old, fewer));
    gic_dist_ops.destroy(fewer);
    gic_dist_ops.destroy(old);
}
END_TEST

static void check_cells(const void *fdt, int node, const char *name, unsigned count,
                        const uint32_t *expected)
{
    int size;
    const fdt32_t *cells = fdt_getprop(fdt, node, name, &size);
    ck_assert_int_eq(size, 4 * (int)count);
    for (unsigned i = 0; i < count; i++)
        ck_assert_uint_eq(fdt32_to_cpu(cells[i]), expected[i]);
}

START_TEST(node_is_the_reference_machines)
{
    static uint8_t fdt[4096];
    ck_assert_int_eq(fdt_create_empty_tree(fdt, sizeof fdt), 0);
    struct fdt_site site = {
        .fdt = fdt, .parent = 0, .base = 0x08000000, .size = 0x10000, .phandle = 0x8003
    };
    ck_assert_int_eq(gic_dist_ops.describe(gic, &site), 0);
    int node = fdt_path_offset(fdt, "/intc@8000000");
    ck_assert_int_ge(node, 0);
    ck_assert_uint_eq(fdt_get_phandle(fdt, node), 0x8003);
    ck_assert_str_eq(fdt_getprop(fdt, node, "compatible", NULL), "arm,cortex-a15-gic");
    const uint32_t reg[] = { 0, 0x8000000, 0, 0x10000, 0, 0x8010000, 0, 0x10000 };
    check_cells(fdt, node, "reg", 8, reg);
    check_cells(fdt, node, "#interrupt-cells", 1, (const uint32_t[]){ 3 });
    check_cells(fdt, node, "#address-cells", 1, (const uint32_t[]){ 2 });
    check_cells(fdt, node, "#size-cells", 1, (const uint32_t[]){ 2 });
    check_cells(fdt, node, "ranges", 0, NULL);
    check_cells(fdt, node, "interrupt-controller", 0, NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("devices/gic");
    TCase *tc = tcase_create("gic");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, every_access_answers_as_the_reference_machine_does);
    tcase_add_test(tc, typer_counts_cpus_and_lines);
    tcase_add_test(tc, uniprocessor_targets_read_zero_and_everything_goes_to_the_cpu);
    tcase_add_test(tc, ppis_and_sgis_are_banked);
    tcase_add_test(tc, spi_goes_to_every_cpu_it_targets_and_is_acknowledged_by_one);
    tcase_add_test(tc, retargeting_moves_a_pending_spi);
    tcase_add_test(tc, targets_of_cpus_that_are_not_there_are_raz_wi);
    tcase_add_test(tc, edge_is_latched_once_per_rise);
    tcase_add_test(tc, clearing_a_level_that_is_up_does_not_end_it);
    tcase_add_test(tc, sgi_reaches_its_target_list_with_its_sender);
    tcase_add_test(tc, sgi_from_two_cpus_is_taken_twice);
    tcase_add_test(tc, sgi_pending_bits_are_set_and_cleared_by_sender);
    tcase_add_test(tc, reserved_sgi_filter_and_narrow_sgir_are_reported);
    tcase_add_test(tc, higher_priority_preempts_and_the_stack_unwinds);
    tcase_add_test(tc, raising_the_priority_of_a_pending_interrupt_signals_it);
    tcase_add_test(tc, aliased_registers_serve_group_1);
    tcase_add_test(tc, split_end_drops_priority_first_and_deactivates_later);
    tcase_add_test(tc, misuse_is_reported_and_harmless);
    tcase_add_test(tc, lines_out_of_range_lead_nowhere);
    tcase_add_test(tc, reset_drops_outputs_and_keeps_the_wires);
    tcase_add_test(tc, snapshot_holds_everything);
    tcase_add_test(tc, node_is_the_reference_machines);
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
