/* SPDX-License-Identifier: MIT */
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "devices/pci_host.h"
#include "tests/devices/rig.h"

#define MEMORY      UINT64_C(0x10000000)
#define HIGH_MEMORY UINT64_C(0x8000000000)

/* A function with one register range of each kind: a byte array behind all of them. */
struct probe {
    struct pci_function function;
    uint8_t data[256];
    unsigned bar;
    uint32_t saved;
};

static uint64_t probe_read(void *dev, unsigned bar, uint64_t offset, unsigned size)
{
    struct probe *p = dev;
    uint64_t value = 0;
    p->bar = bar;
    memcpy(&value, p->data + offset % sizeof p->data, size);
    return value;
}

static void probe_write(void *dev, unsigned bar, uint64_t offset, unsigned size, uint64_t value)
{
    struct probe *p = dev;
    p->bar = bar;
    memcpy(p->data + offset % sizeof p->data, &value, size);
}

static void probe_save(const void *dev, struct snapshot_writer *out)
{
    snapshot_put(out, &((const struct probe *)dev)->saved, 4);
}

static bool probe_load(void *dev, struct snapshot_reader *in)
{
    return snapshot_get(in, &((struct probe *)dev)->saved, 4);
}

static const struct pci_function_ops probe_ops = {
    .name = "probe",
    .bar_read = probe_read,
    .bar_write = probe_write,
    .save = probe_save,
    .load = probe_load,
    .destroy = free,
};

static struct rig rig;
static struct wire wire[4];
static struct pci_host *host;
static struct probe *probe;
static uint64_t msi_address;
static uint32_t msi_data;
static unsigned msis;

static void on_msi(void *msi, uint64_t address, uint32_t data)
{
    msis++;
    msi_address = address;
    msi_data = data;
}

static struct pci_host *create_host(void)
{
    struct pci_host_config config = {
        .ecam = { 0x4010000000, 0x10000000 },
        .io = { 0x3eff0000, 0x10000 },
        .memory = { MEMORY, 0x2eff0000 },
        .high_memory = { HIGH_MEMORY, UINT64_C(0x8000000000) },
        .send_msi = on_msi,
        .msi_phandle = 0x8003,
    };
    for (unsigned i = 0; i < 4; i++)
        config.intx[i] = wire_line(&wire[i]);
    return pci_host_create(&rig.env, &config);
}

static struct probe *add_probe(struct pci_host *h)
{
    static const struct pci_identity id = {
        .vendor = 0x1234, .device = 0x5678, .class = 0x020000, .revision = 7, .intx = true
    };
    struct probe *p = calloc(1, sizeof *p);
    pci_init(&p->function, &probe_ops, p, &id);
    pci_add_bar(&p->function, 0, PCI_BAR_IO, 0x20);
    pci_add_bar(&p->function, 1, PCI_BAR_MEM32, 0x1000);
    pci_add_bar(&p->function, 2, PCI_BAR_MEM64_PREFETCH, 0x4000);
    pci_add_bar(&p->function, 4, PCI_BAR_MEM32, 0x1000);
    pci_add_msix(&p->function, 3, 4, 0, 0x800);
    ck_assert(pci_host_add(h, &p->function));
    return p;
}

static void setup(void)
{
    rig_init(&rig);
    memset(wire, 0, sizeof wire);
    msis = 0;
    host = create_host();
    probe = add_probe(host);
}

static void teardown(void)
{
    pci_ecam_ops.destroy(host);
}

static uint32_t config(unsigned slot, unsigned offset)
{
    return dev_read(&pci_ecam_ops, host, (uint64_t)slot << 15 | offset, 4, 0);
}

static void set_config(unsigned slot, unsigned offset, uint32_t value)
{
    dev_write(&pci_ecam_ops, host, (uint64_t)slot << 15 | offset, 4, 0, value);
}

/* As configuration of 00:00.0 reads on the virt board. */
START_TEST(slot_0_is_the_bridge)
{
    static const uint32_t want[16] = { 0x00081b36, 0, 0x06000000, [11] = 0x11001af4 };
    for (unsigned i = 0; i < 16; i++)
        ck_assert_uint_eq(config(0, 4 * i), want[i]);
    ck_assert_uint_eq(config(0, 0x100), 0xffffffff);
}
END_TEST

START_TEST(absent_functions_read_as_ones)
{
    ck_assert_uint_eq(config(2, 0), 0xffffffff);
    ck_assert_uint_eq(dev_read(&pci_ecam_ops, host, 0x9000, 4, 0), 0xffffffff);
    ck_assert_uint_eq(dev_read(&pci_ecam_ops, host, 0x100000, 4, 0), 0xffffffff);
    ck_assert_uint_eq(dev_read(&pci_ecam_ops, host, 0xfffffff, 1, 0), 0xff);
    set_config(2, 4, 7);
    ck_assert_uint_eq(rig.guest_errors, 0);
}
END_TEST

START_TEST(header_is_read_in_any_size)
{
    ck_assert_uint_eq(dev_read(&pci_ecam_ops, host, 0x8002, 2, 0), 0x5678);
    ck_assert_uint_eq(dev_read(&pci_ecam_ops, host, 0x8008, 1, 0), 7);
    ck_assert_uint_eq(dev_read(&pci_ecam_ops, host, 0x800b, 1, 0), 2);
    ck_assert_uint_eq(dev_read(&pci_ecam_ops, host, 0x803d, 1, 0), 1);
    set_config(1, 0, 0);
    ck_assert_uint_eq(config(1, 0), 0x56781234);
}
END_TEST

/* PCI 3.0, "Base Addresses": writing ones shows size and kind. */
START_TEST(base_addresses_show_their_size)
{
    for (unsigned i = 0; i < 6; i++)
        set_config(1, 0x10 + 4 * i, 0xffffffff);
    ck_assert_uint_eq(config(1, 0x10), 0xffffffe1);
    ck_assert_uint_eq(config(1, 0x14), 0xfffff000);
    ck_assert_uint_eq(config(1, 0x18), 0xffffc00c);
    ck_assert_uint_eq(config(1, 0x1c), 0xffffffff);
    ck_assert_uint_eq(config(1, 0x20), 0xfffff000);
    ck_assert_uint_eq(config(1, 0x24), 0);
    set_config(1, 0x30, 0xffffffff);
    ck_assert_uint_eq(config(1, 0x30), 0);
}
END_TEST

static void place_bars(void)
{
    set_config(1, 0x10, 0x1001);
    set_config(1, 0x14, MEMORY + 0x10000);
    set_config(1, 0x18, 0x00040000);
    set_config(1, 0x1c, HIGH_MEMORY >> 32);
    set_config(1, 0x20, MEMORY + 0x20000);
    set_config(1, 0x04, 7);
}

START_TEST(windows_reach_the_registers)
{
    place_bars();
    dev_write(&pci_memory_ops, host, 0x10004, 4, 0, 0x11223344);
    ck_assert_uint_eq(probe->bar, 1);
    ck_assert_uint_eq(probe->data[4], 0x44);
    dev_write(&pci_high_memory_ops, host, 0x40008, 2, 0, 0x5566);
    ck_assert_uint_eq(probe->bar, 2);
    ck_assert_uint_eq(dev_read(&pci_io_ops, host, 0x1008, 2, 0), 0x5566);
    ck_assert_uint_eq(probe->bar, 0);
    ck_assert_uint_eq(dev_read(&pci_memory_ops, host, 0x11000, 4, 0), 0xffffffff);
    ck_assert_uint_eq(dev_read(&pci_io_ops, host, 0x1020, 1, 0), 0xff);
    ck_assert_uint_eq(rig.guest_errors, 0);
    dev_write(&pci_memory_ops, host, 0x11000, 4, 0, 0);
    ck_assert_uint_eq(rig.guest_errors, 1);
}
END_TEST

START_TEST(command_register_closes_the_windows)
{
    place_bars();
    set_config(1, 0x04, 1);
    ck_assert_uint_eq(dev_read(&pci_memory_ops, host, 0x10004, 4, 0), 0xffffffff);
    ck_assert_uint_eq(dev_read(&pci_io_ops, host, 0x1004, 4, 0), 0);
    set_config(1, 0x04, 2);
    ck_assert_uint_eq(dev_read(&pci_memory_ops, host, 0x10004, 4, 0), 0);
    ck_assert_uint_eq(dev_read(&pci_io_ops, host, 0x1004, 4, 0), 0xffffffff);
}
END_TEST

/* Slot s, INTA: line s mod 4; slots 1 and 5 share one. */
START_TEST(intx_lines_are_shared_and_swizzled)
{
    struct probe *others[4];
    for (unsigned i = 0; i < 4; i++)
        others[i] = add_probe(host);
    pci_set_intx(&probe->function, true);
    ck_assert(!wire[0].level && wire[1].level && !wire[2].level && !wire[3].level);
    ck_assert_uint_eq(config(1, 4) >> 16 & 8, 8);
    pci_set_intx(&others[3]->function, true);
    pci_set_intx(&probe->function, false);
    ck_assert(wire[1].level);
    pci_set_intx(&others[3]->function, false);
    ck_assert(!wire[1].level);
    pci_set_intx(&others[1]->function, true);
    ck_assert(wire[3].level);
}
END_TEST

START_TEST(intx_can_be_disabled)
{
    pci_set_intx(&probe->function, true);
    set_config(1, 4, 0x400);
    ck_assert(!wire[1].level);
    ck_assert_uint_eq(config(1, 4) >> 16 & 8, 8);
    set_config(1, 4, 0);
    ck_assert(wire[1].level);
}
END_TEST

static unsigned msix_capability(void)
{
    unsigned at = config(1, 0x34) & 0xff;
    ck_assert_uint_eq(config(1, at) & 0xff, 0x11);
    return at;
}

static void set_vector(unsigned vector, uint64_t address, uint32_t data, uint32_t control)
{
    uint64_t at = 0x20000 + 16 * vector;
    dev_write(&pci_memory_ops, host, at, 4, 0, address & 0xffffffff);
    dev_write(&pci_memory_ops, host, at + 4, 4, 0, address >> 32);
    dev_write(&pci_memory_ops, host, at + 8, 4, 0, data);
    dev_write(&pci_memory_ops, host, at + 12, 4, 0, control);
}

START_TEST(msix_sends_the_vectors_message)
{
    place_bars();
    ck_assert_uint_eq(config(1, msix_capability()) >> 16, 2);
    ck_assert_uint_eq(config(1, msix_capability() + 4), 4);
    ck_assert_uint_eq(config(1, msix_capability() + 8), 0x804);
    set_vector(2, 0x108020040, 82, 0);
    pci_msix_send(&probe->function, 2);
    ck_assert_uint_eq(msis, 0);
    set_config(1, msix_capability(), 0x8000u << 16);
    pci_msix_send(&probe->function, 2);
    ck_assert_uint_eq(msis, 1);
    ck_assert_uint_eq(msi_address, 0x108020040);
    ck_assert_uint_eq(msi_data, 82);
    pci_msix_send(&probe->function, 3);
    ck_assert_uint_eq(msis, 1);
    ck_assert_uint_eq(dev_read(&pci_memory_ops, host, 0x20028, 4, 0), 82);
}
END_TEST

START_TEST(masked_vectors_wait)
{
    place_bars();
    set_config(1, msix_capability(), 0x8000u << 16);
    set_vector(0, 0x8020040, 80, 1);
    pci_msix_send(&probe->function, 0);
    pci_msix_send(&probe->function, 0);
    ck_assert_uint_eq(msis, 0);
    ck_assert_uint_eq(dev_read(&pci_memory_ops, host, 0x20800, 4, 0), 1);
    dev_write(&pci_memory_ops, host, 0x2000c, 4, 0, 0);
    ck_assert_uint_eq(msis, 1);
    ck_assert_uint_eq(dev_read(&pci_memory_ops, host, 0x20800, 4, 0), 0);
    set_config(1, msix_capability(), 0xc000u << 16);
    pci_msix_send(&probe->function, 0);
    ck_assert_uint_eq(msis, 1);
    set_config(1, msix_capability(), 0x8000u << 16);
    ck_assert_uint_eq(msis, 2);
}
END_TEST

START_TEST(no_message_without_bus_master)
{
    place_bars();
    set_config(1, msix_capability(), 0x8000u << 16);
    set_vector(0, 0x8020040, 80, 0);
    set_config(1, 4, 3);
    pci_msix_send(&probe->function, 0);
    ck_assert_uint_eq(msis, 0);
}
END_TEST

START_TEST(reset_takes_everything_back)
{
    place_bars();
    pci_set_intx(&probe->function, true);
    set_config(1, msix_capability(), 0x8000u << 16);
    set_vector(0, 0x8020040, 80, 0);
    pci_ecam_ops.reset(host);
    ck_assert(!wire[1].level);
    ck_assert_uint_eq(config(1, 4), 0x00100000);
    ck_assert_uint_eq(config(1, 0x18), 0xc);
    ck_assert_uint_eq(config(1, msix_capability()) >> 16, 2);
    place_bars();
    ck_assert_uint_eq(dev_read(&pci_memory_ops, host, 0x20000, 4, 0), 0);
    ck_assert_uint_eq(dev_read(&pci_memory_ops, host, 0x2000c, 4, 0), 1);
}
END_TEST

START_TEST(there_are_31_slots_for_devices)
{
    static struct probe last;
    for (unsigned i = 2; i < 32; i++)
        add_probe(host);
    ck_assert_uint_eq(config(31, 0), 0x56781234);
    ck_assert(!pci_host_add(host, &last.function));
}
END_TEST

START_TEST(state_moves_to_another_host)
{
    struct pci_host *other = create_host();
    struct probe *copy = add_probe(other);
    place_bars();
    set_config(1, msix_capability(), 0x8000u << 16);
    set_vector(1, 0x8020040, 81, 0);
    probe->saved = 77;
    pci_set_intx(&probe->function, true);
    ck_assert(copy_state(&pci_ecam_ops, host, other));
    ck_assert_uint_eq(copy->saved, 77);
    pci_msix_send(&copy->function, 1);
    ck_assert_uint_eq(msi_data, 81);
    ck_assert_uint_eq(dev_read(&pci_io_ops, other, 0x1000, 1, 0), 0);
    ck_assert(refuses_every_cut(&pci_ecam_ops, host, other));
    pci_ecam_ops.destroy(other);
}
END_TEST

START_TEST(readonly_configuration_is_not_loaded)
{
    struct pci_host *other = create_host();
    struct probe *copy = add_probe(other);
    memset(probe->function.s.config, 0xff, PCI_CONFIG_SIZE);
    ck_assert(copy_state(&pci_ecam_ops, host, other));
    ck_assert_uint_eq(copy->function.s.config[0], 0x34);
    ck_assert_uint_eq(copy->function.s.config[0x10], 0xe1);
    pci_ecam_ops.destroy(other);
}
END_TEST

static void assert_cells(const void *fdt, const char *property, const uint32_t *want, int count)
{
    int size, node = fdt_path_offset(fdt, "/pcie@10000000");
    const fdt32_t *cells = fdt_getprop(fdt, node, property, &size);
    ck_assert_ptr_nonnull(cells);
    ck_assert_int_eq(size, 4 * count);
    for (int i = 0; i < count; i++)
        ck_assert_uint_eq(fdt32_to_cpu(cells[i]), want[i]);
}

/* The node as dumpdtb of the virt board shows it. */
START_TEST(node_is_the_virt_boards)
{
    static const uint32_t reg[] = { 0x40, 0x10000000, 0, 0x10000000 };
    static const uint32_t ranges[] = { 0x1000000, 0,          0,         0,          0x3eff0000,
                                       0,         0x10000,    0x2000000, 0,          0x10000000,
                                       0,         0x10000000, 0,         0x2eff0000, 0x3000000,
                                       0x80,      0,          0x80,      0,          0x80,
                                       0 };
    static const uint32_t mask[] = { 0x1800, 0, 0, 7 }, buses[] = { 0, 0xff };
    static const uint32_t msi_map[] = { 0, 0x8003, 0, 0x10000 };
    static const uint32_t map[] = { 0, 0, 0, 1, 0x8002, 0, 0, 0, 3, 4 };
    uint8_t fdt[8192];
    int size;
    ck_assert_int_eq(fdt_create_empty_tree(fdt, sizeof fdt), 0);
    struct fdt_site site = {
        .fdt = fdt, .base = 0x4010000000, .size = 0x10000000, .interrupt = 3, .gic = 0x8002
    };
    ck_assert_int_eq(pci_ecam_ops.describe(host, &site), 0);
    assert_cells(fdt, "reg", reg, 4);
    assert_cells(fdt, "ranges", ranges, 21);
    assert_cells(fdt, "interrupt-map-mask", mask, 4);
    assert_cells(fdt, "bus-range", buses, 2);
    assert_cells(fdt, "msi-map", msi_map, 4);
    const fdt32_t *cells =
        fdt_getprop(fdt, fdt_path_offset(fdt, "/pcie@10000000"), "interrupt-map", &size);
    ck_assert_int_eq(size, 640);
    for (int i = 0; i < 10; i++)
        ck_assert_uint_eq(fdt32_to_cpu(cells[i]), map[i]);
    ck_assert_uint_eq(fdt32_to_cpu(cells[158]), 5); /* slot 3, INTD */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pci_host");
    TCase *tests = tcase_create("pci");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, slot_0_is_the_bridge);
    tcase_add_test(tests, absent_functions_read_as_ones);
    tcase_add_test(tests, header_is_read_in_any_size);
    tcase_add_test(tests, base_addresses_show_their_size);
    tcase_add_test(tests, windows_reach_the_registers);
    tcase_add_test(tests, command_register_closes_the_windows);
    tcase_add_test(tests, intx_lines_are_shared_and_swizzled);
    tcase_add_test(tests, intx_can_be_disabled);
    tcase_add_test(tests, msix_sends_the_vectors_message);
    tcase_add_test(tests, masked_vectors_wait);
    tcase_add_test(tests, no_message_without_bus_master);
    tcase_add_test(tests, reset_takes_everything_back);
    tcase_add_test(tests, there_are_31_slots_for_devices);
    tcase_add_test(tests, state_moves_to_another_host);
    tcase_add_test(tests, readonly_configuration_is_not_loaded);
    tcase_add_test(tests, node_is_the_virt_boards);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
