/* SPDX-License-Identifier: MIT */
#include <libfdt.h>

#include "devices/gicv2m.h"
#include "tests/devices/rig.h"

#define COUNT 64

static struct rig rig;
static struct wire spi[COUNT];
static struct gicv2m *frame;

static void setup(void)
{
    struct irq_line lines[COUNT];
    rig_init(&rig);
    for (unsigned i = 0; i < COUNT; i++) {
        spi[i] = (struct wire){ 0 };
        lines[i] = wire_line(&spi[i]);
    }
    frame = gicv2m_create(&rig.env, 48, COUNT, lines);
}

static void teardown(void)
{
    gicv2m_ops.destroy(frame);
}

START_TEST(identification_is_the_reference_machines)
{
    ck_assert_uint_eq(dev_read(&gicv2m_ops, frame, 8, 4, 0), 0x00500040);
    ck_assert_uint_eq(dev_read(&gicv2m_ops, frame, 0xfcc, 4, 0), 0x05100000);
}
END_TEST

START_TEST(message_pulses_its_spi)
{
    dev_write(&gicv2m_ops, frame, GICV2M_SETSPI, 4, 0, 80);
    dev_write(&gicv2m_ops, frame, GICV2M_SETSPI, 4, 0, 143);
    ck_assert_uint_eq(spi[0].rises, 1);
    ck_assert_uint_eq(spi[63].rises, 1);
    ck_assert(!spi[0].level);
    ck_assert_uint_eq(spi[1].rises, 0);
}
END_TEST

START_TEST(other_messages_and_registers_are_reported)
{
    dev_write(&gicv2m_ops, frame, GICV2M_SETSPI, 4, 0, 79);
    dev_write(&gicv2m_ops, frame, GICV2M_SETSPI, 4, 0, 144);
    dev_write(&gicv2m_ops, frame, 8, 4, 0, 0);
    dev_read(&gicv2m_ops, frame, 0x40, 4, 0);
    ck_assert_uint_eq(rig.guest_errors, 4);
    for (unsigned i = 0; i < COUNT; i++)
        ck_assert_uint_eq(spi[i].rises, 0);
}
END_TEST

START_TEST(range_outside_the_spis_is_refused)
{
    struct irq_line lines[COUNT] = { 0 };
    ck_assert_ptr_null(gicv2m_create(&rig.env, 48, 0, lines));
    ck_assert_ptr_null(gicv2m_create(&rig.env, 960, COUNT, lines));
}
END_TEST

START_TEST(node_is_the_reference_machines)
{
    static uint8_t fdt[4096];
    ck_assert_int_eq(fdt_create_empty_tree(fdt, sizeof fdt), 0);
    int intc = fdt_add_subnode(fdt, 0, "intc@8000000"), size;
    struct fdt_site site = {
        .fdt = fdt, .parent = intc, .base = 0x08020000, .size = 0x1000, .phandle = 0x8004
    };
    ck_assert_int_eq(gicv2m_ops.describe(frame, &site), 0);
    int node = fdt_path_offset(fdt, "/intc@8000000/v2m@8020000");
    ck_assert_uint_eq(fdt_get_phandle(fdt, node), 0x8004);
    ck_assert_str_eq(fdt_getprop(fdt, node, "compatible", NULL), "arm,gic-v2m-frame");
    ck_assert_ptr_nonnull(fdt_getprop(fdt, node, "msi-controller", &size));
    ck_assert_int_eq(size, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("devices/gicv2m");
    TCase *tc = tcase_create("gicv2m");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, identification_is_the_reference_machines);
    tcase_add_test(tc, message_pulses_its_spi);
    tcase_add_test(tc, other_messages_and_registers_are_reported);
    tcase_add_test(tc, range_outside_the_spis_is_refused);
    tcase_add_test(tc, node_is_the_reference_machines);
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
