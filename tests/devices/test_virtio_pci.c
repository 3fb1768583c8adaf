/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "devices/pci_host.h"
#include "devices/virtio_blk.h"
#include "devices/virtio_net.h"
#include "devices/virtio_pci.h"
#include "devices/virtio_rng.h"
#include "tests/devices/test_virt_driver.h"

#define IO_BAR     0x1000
#define MSIX_BAR   0x10000 /* offset in the memory window */
#define MODERN_BAR 0x4000  /* offset in the high memory window */
#define MEMORY     UINT64_C(0x10000000)
#define HIGH       UINT64_C(0x8000000000)

static struct guest g;
static struct wire wire[4];
static struct pci_host *host;
static struct link wire_to_nowhere;
static struct ring rx, tx;
static unsigned sent, msis;
static uint32_t msi_data;

static void on_send(void *backend, const uint8_t *frame, size_t size)
{
    sent++;
}

static void on_msi(void *msi, uint64_t address, uint32_t data)
{
    msis++;
    msi_data = data;
}

static struct pci_host *create_host(void)
{
    struct pci_host_config config = { .io = { 0x3eff0000, 0x10000 },
                                      .memory = { MEMORY, 0x2eff0000 },
                                      .high_memory = { HIGH, HIGH },
                                      .send_msi = on_msi };
    for (unsigned i = 0; i < 4; i++)
        config.intx[i] = wire_line(&wire[i]);
    return pci_host_create(&g.rig.env, &config);
}

static struct pci_host *create_with_net(bool transitional)
{
    struct pci_host *h = create_host();
    struct virtio *card = virtio_net_create(&g.rig.env, &wire_to_nowhere, NULL);
    ck_assert(pci_host_add(h, virtio_pci_create(&g.rig.env, card, transitional)));
    return h;
}

static void start(bool transitional)
{
    guest_init(&g);
    memset(wire, 0, sizeof wire);
    sent = msis = 0;
    wire_to_nowhere = (struct link){ .send = on_send };
    host = create_with_net(transitional);
    ring_init(&rx, &g, 16);
    ring_init(&tx, &g, 256);
}

static void setup(void)
{
    start(true);
}

static void teardown(void)
{
    pci_ecam_ops.destroy(host);
    guest_free(&g);
}

static uint32_t config(unsigned offset, unsigned size)
{
    return dev_read(&pci_ecam_ops, host, 0x8000 + offset, size, 0);
}

static void set_config(unsigned offset, unsigned size, uint32_t value)
{
    dev_write(&pci_ecam_ops, host, 0x8000 + offset, size, 0, value);
}

static uint32_t io(unsigned offset, unsigned size)
{
    return dev_read(&pci_io_ops, host, IO_BAR + offset, size, 0);
}

static void set_io(unsigned offset, unsigned size, uint32_t value)
{
    dev_write(&pci_io_ops, host, IO_BAR + offset, size, 0, value);
}

static uint32_t modern(unsigned offset, unsigned size)
{
    return dev_read(&pci_high_memory_ops, host, MODERN_BAR + offset, size, 0);
}

static void set_modern(unsigned offset, unsigned size, uint32_t value)
{
    dev_write(&pci_high_memory_ops, host, MODERN_BAR + offset, size, 0, value);
}

/* As firmware or Linux assigns them. */
static void enable(uint16_t command)
{
    set_config(0x10, 4, IO_BAR);
    set_config(0x14, 4, MEMORY + MSIX_BAR);
    set_config(0x20, 4, MODERN_BAR);
    set_config(0x24, 4, HIGH >> 32);
    set_config(0x04, 2, command);
}

static void set_vector(unsigned vector, uint32_t data)
{
    uint64_t at = MSIX_BAR + 16 * vector;
    dev_write(&pci_memory_ops, host, at, 4, 0, 0x08020040);
    dev_write(&pci_memory_ops, host, at + 8, 4, 0, data);
    dev_write(&pci_memory_ops, host, at + 12, 4, 0, 0);
}

static void modern_net(uint32_t features)
{
    set_modern(0x14, 1, 0);
    set_modern(0x14, 1, 3);
    for (unsigned half = 0; half < 2; half++) {
        set_modern(0x00, 4, half);
        set_modern(0x08, 4, half);
        set_modern(0x0c, 4, modern(0x04, 4) & (half ? 1 : features));
    }
    set_modern(0x14, 1, 0xb);
    ck_assert_uint_eq(modern(0x14, 1), 0xb);
}

static void modern_ring(unsigned queue, const struct ring *r)
{
    const uint64_t address[] = { r->desc, r->avail, r->used };
    set_modern(0x16, 2, queue);
    ck_assert_uint_ge(modern(0x18, 2), r->size);
    set_modern(0x18, 2, r->size);
    for (unsigned i = 0; i < 3; i++) {
        set_modern(0x20 + 8 * i, 4, address[i]);
        set_modern(0x24 + 8 * i, 4, address[i] >> 32);
        ck_assert_uint_eq(modern(0x20 + 8 * i, 4), address[i]);
    }
    set_modern(0x1a, 2, queue + 1);
    set_modern(0x1c, 2, 1);
    ck_assert_uint_eq(modern(0x1c, 2), 1);
}

static void add_frame(uint32_t header)
{
    struct buffer b = { guest_alloc(&g, header + 60, 1), header + 60, false };
    ring_add(&tx, &b, 1);
}

/* Kick queue 1 where its notify_off and the multiplier say. */
static void modern_kick(void)
{
    set_modern(0x16, 2, 1);
    set_modern(0x3000 + 4 * modern(0x1e, 2), 2, 1);
}

/* Configuration as 00:01.0 of the virt board reads with virtio-net-pci, before any BAR is assigned.
 */
START_TEST(configuration_is_the_references)
{
    static const uint32_t want[] = {
        0x10001af4, 0x00100000, 0x02000000, 0x00000000, 0x00000001, 0x00000000, 0x00000000,
        0x00000000, 0x0000000c, 0x00000000, 0x00000000, 0x00011af4, 0x00000000, 0x00000098,
        0x00000000, 0x00000100, 0x01100009, 0x00000004, 0x00000000, 0x00001000, 0x03104009,
        0x00000004, 0x00001000, 0x00001000, 0x04105009, 0x00000004, 0x00002000, 0x00001000,
        0x02146009, 0x00000004, 0x00003000, 0x00001000, 0x00000004, 0x05147009, 0x00000000,
        0x00000000, 0x00000000, 0x00000000, 0x00038411, 0x00000001, 0x00000801, 0x00000000,
    };
    for (unsigned i = 0; i < sizeof want / sizeof *want; i++)
        ck_assert_msg(config(4 * i, 4) == want[i], "%#x: %#x", 4 * i, config(4 * i, 4));
    set_config(0x10, 4, 0xffffffff);
    ck_assert_uint_eq(config(0x10, 4), 0xffffffe1);
}
END_TEST

static int no_transfer(void *backend, uint64_t offset, const struct iovec *iov, unsigned count)
{
    return 0;
}

static void no_close(void *backend)
{
}

START_TEST(other_types_have_the_references_identity)
{
    struct block disk = {
        .size = 1 << 20, .read = no_transfer, .write = no_transfer, .close = no_close
    };
    struct virtio *blk = virtio_blk_create(&g.rig.env, &disk);
    struct virtio *rng = virtio_rng_create(&g.rig.env, entropy_host);
    ck_assert(pci_host_add(host, virtio_pci_create(&g.rig.env, blk, true)));
    ck_assert(pci_host_add(host, virtio_pci_create(&g.rig.env, rng, true)));
    static const uint32_t want[2][4] = { { 0x10011af4, 0x01000000, 0x00021af4, 0x00018411 },
                                         { 0x10051af4, 0x00ff0000, 0x00041af4, 0x00018411 } };
    for (unsigned i = 0; i < 2; i++) {
        uint64_t at = (i + 2) << 15;
        ck_assert_uint_eq(dev_read(&pci_ecam_ops, host, at, 4, 0), want[i][0]);
        ck_assert_uint_eq(dev_read(&pci_ecam_ops, host, at + 8, 4, 0), want[i][1]);
        ck_assert_uint_eq(dev_read(&pci_ecam_ops, host, at + 0x2c, 4, 0), want[i][2]);
        ck_assert_uint_eq(dev_read(&pci_ecam_ops, host, at + 0x98, 4, 0), want[i][3]);
        dev_write(&pci_ecam_ops, host, at + 0x10, 4, 0, 0xffffffff);
        ck_assert_uint_eq(dev_read(&pci_ecam_ops, host, at + 0x10, 4, 0),
                          i ? 0xffffffe1 : 0xffffff81);
    }
}
END_TEST

START_TEST(modern_only_device_has_its_own_number)
{
    start(false);
    ck_assert_uint_eq(config(0, 4), 0x10411af4);
    ck_assert_uint_eq(config(8, 1), 1);
    set_config(0x10, 4, 0xffffffff);
    ck_assert_uint_eq(config(0x10, 4), 0);
    teardown();
}
END_TEST

START_TEST(modern_driver_sends_with_msix)
{
    enable(7);
    set_config(0x9a, 2, 0x8000);
    set_vector(2, 82);
    modern_net(0);
    modern_ring(0, &rx);
    modern_ring(1, &tx);
    set_modern(0x14, 1, 0xf);
    ck_assert_uint_eq(modern(0x12, 2), 3);
    ck_assert_uint_eq(modern(0x2000, 4), 0x12005452);
    add_frame(12);
    modern_kick();
    ck_assert_uint_eq(sent, 1);
    ck_assert_uint_eq(msis, 1);
    ck_assert_uint_eq(msi_data, 82);
    ck_assert(!wire[1].level);
    ck_assert_uint_eq(g.rig.guest_errors, 0);
}
END_TEST

START_TEST(queue_sizes_are_the_references)
{
    static const uint16_t want[] = { 256, 256, 64, 0 };
    enable(7);
    for (unsigned i = 0; i < 4; i++) {
        set_modern(0x16, 2, i);
        ck_assert_uint_eq(modern(0x18, 2), want[i]);
    }
}
END_TEST

START_TEST(pin_is_high_until_isr_is_read)
{
    enable(7);
    modern_net(0);
    modern_ring(1, &tx);
    set_modern(0x14, 1, 0xf);
    add_frame(12);
    modern_kick();
    ck_assert(wire[1].level);
    ck_assert_uint_eq(modern(0x1000, 1), 1);
    ck_assert(!wire[1].level);
    ck_assert_uint_eq(modern(0x1000, 1), 0);
}
END_TEST

START_TEST(vector_beyond_the_table_reads_as_none)
{
    enable(7);
    set_modern(0x10, 2, 3);
    ck_assert_uint_eq(modern(0x10, 2), 3);
    set_modern(0x10, 2, 4);
    ck_assert_uint_eq(modern(0x10, 2), 0xffff);
    set_modern(0x16, 2, 1);
    ck_assert_uint_eq(modern(0x1a, 2), 0xffff);
    set_modern(0x1a, 2, 2);
    set_modern(0x14, 1, 0);
    ck_assert_uint_eq(modern(0x1a, 2), 0xffff);
}
END_TEST

/* virtio 1.2, "Legacy Interfaces: A Note on PCI Device Layout". */
START_TEST(legacy_driver_sends_over_ports)
{
    enable(3); /* without bus mastering, as Linux before 2.6.34 */
    set_io(0x12, 1, 0);
    set_io(0x12, 1, 1);
    set_io(0x12, 1, 3);
    ck_assert_uint_eq(config(4, 2) & 4, 4);
    ck_assert_uint_eq(io(0, 4), 0x39bf8064);
    set_io(4, 4, 0);
    set_io(0x0e, 2, 1);
    ck_assert_uint_eq(io(0x0c, 2), 256);
    ck_assert_uint_eq(io(0x08, 4), 0);
    set_io(0x08, 4, tx.desc >> 12);
    ck_assert_uint_eq(io(0x08, 4), tx.desc >> 12);
    set_io(0x12, 1, 7);
    ck_assert_uint_eq(io(0x14, 4), 0x12005452);
    add_frame(10);
    set_io(0x10, 2, 1);
    ck_assert_uint_eq(sent, 1);
    ck_assert(wire[1].level);
    ck_assert_uint_eq(io(0x13, 1), 1);
    ck_assert(!wire[1].level);
    ck_assert_uint_eq(g.rig.guest_errors, 0);
}
END_TEST

START_TEST(legacy_configuration_moves_when_msix_is_enabled)
{
    enable(7);
    ck_assert_uint_eq(io(0x14, 4), 0x12005452);
    set_config(0x9a, 2, 0x8000);
    ck_assert_uint_eq(io(0x14, 2), 0xffff);
    set_io(0x14, 2, 1);
    ck_assert_uint_eq(io(0x14, 2), 1);
    ck_assert_uint_eq(io(0x18, 4), 0x12005452);
    ck_assert_uint_eq(io(0x1c, 4), 0x00015634);
}
END_TEST

/* Nothing is read from memory before PCI_COMMAND_MASTER is set; then the work that waits is done.
 */
START_TEST(queues_stand_still_without_bus_master)
{
    enable(3);
    modern_net(0);
    modern_ring(1, &tx);
    set_modern(0x14, 1, 0xf);
    add_frame(12);
    modern_kick();
    ck_assert_uint_eq(sent, 0);
    set_config(0x04, 2, 7);
    ck_assert_uint_eq(sent, 1);
    ck_assert_uint_eq(modern(0x14, 1), 0xf);
}
END_TEST

START_TEST(registers_are_reached_through_configuration)
{
    enable(7);
    set_config(0x88, 1, 4);
    set_config(0x8c, 4, 0x2000);
    set_config(0x90, 4, 4);
    ck_assert_uint_eq(config(0x94, 4), 0x12005452);
    set_config(0x8c, 4, 0x14);
    set_config(0x90, 4, 1);
    set_config(0x94, 1, 3);
    ck_assert_uint_eq(modern(0x14, 1), 3);
    ck_assert_uint_eq(config(0x94, 1), 3);
    set_config(0x8c, 4, 0x4000);
    set_config(0x94, 1, 0);
    set_config(0x8c, 4, 0xffffffff);
    set_config(0x90, 4, 4);
    set_config(0x94, 4, 0);
    set_config(0x8c, 4, 0x14);
    set_config(0x90, 4, 3);
    set_config(0x94, 4, 0);
    ck_assert_uint_eq(modern(0x14, 1), 3);
}
END_TEST

START_TEST(state_moves_to_another_host)
{
    enable(7);
    set_config(0x9a, 2, 0x8000);
    set_vector(2, 82);
    modern_net(0);
    modern_ring(1, &tx);
    set_modern(0x14, 1, 0xf);
    struct link link = wire_to_nowhere, second = { .send = on_send };
    wire_to_nowhere = second;
    struct pci_host *other = create_with_net(true), *first = host;
    add_frame(12);
    ck_assert(copy_state(&pci_ecam_ops, host, other));
    ck_assert_uint_eq(sent, 0); /* memory may not be restored yet */
    host = other;
    modern_kick();
    ck_assert_uint_eq(sent, 1);
    ck_assert_uint_eq(msi_data, 82);
    host = first;
    ck_assert(refuses_every_cut(&pci_ecam_ops, host, other));
    pci_ecam_ops.destroy(other);
    wire_to_nowhere = link;
}
END_TEST

static uint64_t random_state;

static uint32_t random_word(void)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return random_state >> 32;
}

START_TEST(random_accesses_do_no_harm)
{
    random_state = _i + 1;
    for (unsigned i = 0; i < RAM_SIZE; i++)
        g.ram[i] = random_word() & random_word() & 3;
    for (unsigned i = 0; i < 200000; i++) {
        unsigned size = 1 << random_word() % 3, offset = random_word() % 0x40 & -size;
        uint32_t value = random_word() % 3 ? random_word() % 16 : random_word();
        if (i % 1000 == 0)
            enable(7);
        switch (random_word() % 4) {
        case 0:
            set_modern((random_word() & 0x3000) + offset, size, value);
            modern((random_word() & 0x3000) + offset, size);
            break;
        case 1:
            set_io(offset, size, value);
            io(offset, size);
            break;
        case 2:
            set_config(0x80 + offset, size, value);
            config(0x80 + offset, size);
            break;
        default:
            dev_write(&pci_memory_ops, host, MSIX_BAR + random_word() % 0x1000 / size * size, size,
                      0, value);
        }
    }
    pci_ecam_ops.reset(host);
    memset(g.ram, 0, RAM_SIZE);
    enable(7);
    modern_net(0);
    modern_ring(1, &tx);
    set_modern(0x14, 1, 0xf);
    sent = 0;
    add_frame(12);
    modern_kick();
    ck_assert_uint_eq(sent, 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("virtio_pci");
    TCase *tests = tcase_create("virtio over PCI");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, configuration_is_the_references);
    tcase_add_test(tests, other_types_have_the_references_identity);
    tcase_add_test(tests, modern_driver_sends_with_msix);
    tcase_add_test(tests, queue_sizes_are_the_references);
    tcase_add_test(tests, pin_is_high_until_isr_is_read);
    tcase_add_test(tests, vector_beyond_the_table_reads_as_none);
    tcase_add_test(tests, legacy_driver_sends_over_ports);
    tcase_add_test(tests, legacy_configuration_moves_when_msix_is_enabled);
    tcase_add_test(tests, queues_stand_still_without_bus_master);
    tcase_add_test(tests, registers_are_reached_through_configuration);
    tcase_add_test(tests, state_moves_to_another_host);
    tcase_add_loop_test(tests, random_accesses_do_no_harm, 0, 3);
    suite_add_tcase(suite, tests);
    TCase *kinds = tcase_create("kinds");
    tcase_add_test(kinds, modern_only_device_has_its_own_number);
    suite_add_tcase(suite, kinds);
    return run_suite(suite);
}
