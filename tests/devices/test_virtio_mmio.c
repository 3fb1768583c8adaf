/* SPDX-License-Identifier: MIT */
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "tests/devices/test_virt_driver.h"

/* A device type that only counts: two queues, eight bytes of configuration, one feature of each
 * kind. */
#define FEATURE_BOTH   VIRTIO_FEATURE(3)
#define FEATURE_LEGACY VIRTIO_FEATURE(4)

struct probe {
    struct virtio virtio;
    struct virtqueue_chain chain;
    uint8_t config[8];
    unsigned notified[2], resets;
    uint32_t saved;
};

static void probe_config_read(const void *dev, size_t offset, uint8_t *data, size_t size)
{
    memcpy(data, ((const struct probe *)dev)->config + offset, size);
}

static void probe_config_write(void *dev, size_t offset, const uint8_t *data, size_t size)
{
    memcpy(((struct probe *)dev)->config + offset, data, size);
}

/* Takes every chain; answers with as many bytes as were readable. */
static void probe_notify(void *dev, unsigned queue)
{
    struct probe *p = dev;
    p->notified[queue]++;
    while (virtqueue_pop(&p->virtio.queue[queue], &p->chain))
        virtio_queue_finish(&p->virtio, queue, p->chain.head, p->chain.read_size);
}

static void probe_reset(void *dev)
{
    ((struct probe *)dev)->resets++;
}

static void probe_save(const void *dev, struct snapshot_writer *out)
{
    snapshot_put(out, &((const struct probe *)dev)->saved, 4);
}

static bool probe_load(void *dev, struct snapshot_reader *in)
{
    return snapshot_get(in, &((struct probe *)dev)->saved, 4);
}

static const struct virtio_device_ops probe_ops = {
    .name = "probe",
    .id = 42,
    .queues = 2,
    .queue_size = { 16, 16 },
    .legacy_features = FEATURE_LEGACY,
    .config_read = probe_config_read,
    .config_write = probe_config_write,
    .queue_notify = probe_notify,
    .reset = probe_reset,
    .save = probe_save,
    .load = probe_load,
    .destroy = free,
};

static struct guest g;
static struct probe *probe;
static struct ring ring;

static struct probe *probe_create(struct guest *guest)
{
    struct probe *p = calloc(1, sizeof *p);
    virtio_init(&p->virtio, &probe_ops, p, &guest->rig.env,
                FEATURE_BOTH | FEATURE_LEGACY | VIRTIO_F_ANY_LAYOUT, sizeof p->config);
    memcpy(p->config, "\1\2\3\4\5\6\7\10", 8);
    return p;
}

static void start(bool legacy, bool empty)
{
    guest_init(&g);
    probe = empty ? NULL : probe_create(&g);
    g.slot =
        virtio_mmio_create(&g.rig.env, wire_line(&g.wire), legacy, probe ? &probe->virtio : NULL);
    ring_init(&ring, &g, 16);
}

static void setup_legacy(void)
{
    start(true, false);
}

static void setup_modern(void)
{
    start(false, false);
}

static void teardown(void)
{
    guest_free(&g);
}

static void add_and_notify(void)
{
    struct buffer b[] = { { RAM_BASE, 24, false }, { RAM_BASE, 64, true } };
    ring_add(&ring, b, 2);
    notify(&g, 1);
}

static void assert_served(void)
{
    uint32_t id, len;
    ck_assert(ring_take(&ring, &id, &len));
    ck_assert_uint_eq(len, 24);
}

/* Registers 0, 4, 8, 0xc as the virt board answers for a slot without a device. */
START_TEST(empty_slot_has_device_id_0)
{
    start(_i, true);
    ck_assert_uint_eq(reg(&g, 0x000), 0x74726976);
    ck_assert_uint_eq(reg(&g, 0x004), _i ? 1 : 2);
    ck_assert_uint_eq(reg(&g, 0x008), 0);
    ck_assert_uint_eq(reg(&g, 0x00c), 0x554d4551);
    for (uint64_t offset = 0x10; offset < 0x200; offset += 4) {
        ck_assert_uint_eq(reg(&g, offset), 0);
        set(&g, offset, 0xffffffff);
    }
    ck_assert(!g.wire.level);
    guest_free(&g);
}
END_TEST

START_TEST(legacy_driver_sees_no_modern_feature)
{
    set(&g, 0x014, 0);
    uint32_t low = reg(&g, 0x010);
    ck_assert_uint_eq(low, FEATURE_BOTH | FEATURE_LEGACY | 0x39000000);
    set(&g, 0x014, 1);
    ck_assert_uint_eq(reg(&g, 0x010), 0);
}
END_TEST

START_TEST(modern_driver_sees_no_legacy_feature)
{
    set(&g, 0x014, 0);
    ck_assert_uint_eq(reg(&g, 0x010), FEATURE_BOTH | 0x30000000);
    set(&g, 0x014, 1);
    ck_assert_uint_eq(reg(&g, 0x010), 0x101);
    set(&g, 0x014, 2);
    ck_assert_uint_eq(reg(&g, 0x010), 0);
}
END_TEST

START_TEST(legacy_handshake_serves_a_queue)
{
    legacy_start(&g, FEATURE_BOTH);
    legacy_queue(&g, 1, &ring);
    driver_ok(&g);
    ck_assert(virtio_has(&probe->virtio, FEATURE_BOTH));
    add_and_notify();
    assert_served();
    ck_assert_uint_eq(g.rig.guest_errors, 0);
}
END_TEST

START_TEST(modern_handshake_serves_a_queue)
{
    modern_start(&g, FEATURE_BOTH);
    modern_queue(&g, 1, &ring);
    driver_ok(&g);
    ck_assert(virtio_has(&probe->virtio, FEATURE_BOTH | VIRTIO_F_VERSION_1));
    add_and_notify();
    assert_served();
    ck_assert_uint_eq(g.rig.guest_errors, 0);
}
END_TEST

START_TEST(interrupt_line_is_high_until_acknowledged)
{
    legacy_start(&g, 0);
    legacy_queue(&g, 1, &ring);
    driver_ok(&g);
    add_and_notify();
    ck_assert(g.wire.level);
    ck_assert_uint_eq(reg(&g, 0x060), 1);
    virtio_config_changed(&probe->virtio);
    ck_assert_uint_eq(reg(&g, 0x060), 3);
    set(&g, 0x064, 1);
    ck_assert(g.wire.level);
    set(&g, 0x064, 2);
    ck_assert(!g.wire.level);
    add_and_notify();
    ck_assert_uint_eq(g.wire.rises, 2);
    set(&g, 0x070, 0);
    ck_assert(!g.wire.level);
    ck_assert_uint_eq(reg(&g, 0x060), 0);
}
END_TEST

START_TEST(legacy_guest_page_size_outlives_the_device_reset)
{
    legacy_start(&g, 0);
    set(&g, 0x030, 1);
    set(&g, 0x038, 16);
    set(&g, 0x040, ring.desc >> 12);
    ck_assert_uint_eq(probe->virtio.queue[1].s.desc, ring.desc);
    set(&g, 0x070, 0);
    ck_assert_uint_eq(reg(&g, 0x040), 0);
    set(&g, 0x030, 1);
    set(&g, 0x040, ring.desc >> 12);
    ck_assert_uint_eq(probe->virtio.queue[1].s.desc, ring.desc);
}
END_TEST

START_TEST(queue_num_max_is_0_for_a_queue_that_is_not_there)
{
    set(&g, 0x030, 1);
    ck_assert_uint_eq(reg(&g, 0x034), 1024);
    set(&g, 0x030, 2);
    ck_assert_uint_eq(reg(&g, 0x034), 0);
    set(&g, 0x030, 0xffffffff);
    ck_assert_uint_eq(reg(&g, 0x034), 0);
    set(&g, 0x038, 16);
    set(&g, 0x03c, 4096);
    set(&g, 0x040, 1);
    set(&g, 0x050, 0xffffffff);
    ck_assert_uint_eq(g.rig.guest_errors, 3);
}
END_TEST

START_TEST(queue_filled_before_driver_ok_is_served_then)
{
    modern_start(&g, 0);
    modern_queue(&g, 1, &ring);
    add_and_notify();
    ck_assert_uint_eq(probe->notified[1], 0);
    ck_assert_uint_eq(g.rig.guest_errors, 1);
    driver_ok(&g);
    ck_assert_uint_eq(probe->notified[1], 1);
    assert_served();
}
END_TEST

START_TEST(features_are_fixed_by_features_ok)
{
    modern_start(&g, FEATURE_BOTH);
    set(&g, 0x024, 0);
    set(&g, 0x020, 0);
    ck_assert(virtio_has(&probe->virtio, FEATURE_BOTH));
    ck_assert_uint_eq(g.rig.guest_errors, 1);
}
END_TEST

START_TEST(features_that_are_not_offered_are_not_accepted)
{
    set(&g, 0x070, 3);
    set(&g, 0x020, 0xffffffff);
    ck_assert_uint_eq(probe->virtio.s.driver_features, FEATURE_BOTH | FEATURE_LEGACY | 0x39000000);
    ck_assert_uint_eq(g.rig.guest_errors, 1);
    set(&g, 0x024, 1);
    set(&g, 0x020, 1);
    ck_assert(!virtio_has(&probe->virtio, VIRTIO_F_VERSION_1));
}
END_TEST

START_TEST(broken_rule_needs_a_reset)
{
    modern_start(&g, 0);
    modern_queue(&g, 1, &ring);
    driver_ok(&g);
    ring_offer(&ring, 99);
    notify(&g, 1);
    ck_assert_uint_eq(reg(&g, 0x070), 0x4f);
    ck_assert_uint_eq(reg(&g, 0x060), 2);
    ck_assert_uint_eq(g.rig.guest_errors, 1);
    add_and_notify();
    ck_assert_uint_eq(reg(&g, 0x060), 2);
    set(&g, 0x070, 0xf);
    ck_assert_uint_eq(reg(&g, 0x070), 0x4f);
    guest_alloc(&g, 0, 4096);
    ring_init(&ring, &g, 16);
    modern_start(&g, 0);
    modern_queue(&g, 1, &ring);
    driver_ok(&g);
    add_and_notify();
    assert_served();
}
END_TEST

START_TEST(legacy_driver_is_not_told_needs_reset)
{
    legacy_start(&g, 0);
    legacy_queue(&g, 1, &ring);
    driver_ok(&g);
    ring_offer(&ring, 99);
    notify(&g, 1);
    ck_assert_uint_eq(reg(&g, 0x070), 7);
    ck_assert_uint_eq(g.rig.guest_errors, 1);
    add_and_notify();
    ck_assert(!g.wire.level);
}
END_TEST

START_TEST(misaligned_ring_breaks_the_device)
{
    modern_start(&g, 0);
    set(&g, 0x030, 1);
    set(&g, 0x038, 16);
    set(&g, 0x080, RAM_BASE + 1);
    set(&g, 0x044, 1);
    ck_assert_uint_eq(reg(&g, 0x044), 0);
    ck_assert_uint_eq(reg(&g, 0x070) & 0x40, 0x40);
}
END_TEST

START_TEST(ready_queue_keeps_its_addresses)
{
    modern_start(&g, 0);
    modern_queue(&g, 1, &ring);
    set(&g, 0x080, 0x1000);
    ck_assert_uint_eq(probe->virtio.queue[1].s.desc, ring.desc);
    ck_assert_uint_eq(g.rig.guest_errors, 1);
}
END_TEST

START_TEST(ring_reset_takes_one_queue_back)
{
    modern_start(&g, VIRTIO_F_RING_RESET);
    modern_queue(&g, 1, &ring);
    driver_ok(&g);
    set(&g, 0x030, 1);
    set(&g, 0x0c0, 1);
    ck_assert_uint_eq(reg(&g, 0x0c0), 0);
    ck_assert_uint_eq(reg(&g, 0x044), 0);
    guest_alloc(&g, 0, 4096);
    ring_init(&ring, &g, 16);
    modern_queue(&g, 1, &ring);
    add_and_notify();
    assert_served();
}
END_TEST

static uint64_t config(uint64_t offset, unsigned size)
{
    return dev_read(&virtio_mmio_ops, g.slot, 0x100 + offset, size, 0);
}

START_TEST(configuration_takes_any_size_and_ends)
{
    ck_assert_uint_eq(config(0, 4), 0x04030201);
    ck_assert_uint_eq(config(5, 1), 6);
    ck_assert_uint_eq(config(6, 2), 0x0807);
    ck_assert_uint_eq(config(8, 4), 0xffffffff);
    ck_assert_uint_eq(config(0xff, 1), 0xff);
    dev_write(&virtio_mmio_ops, g.slot, 0x102, 2, 0, 0xbeef);
    ck_assert_uint_eq(config(0, 4), 0xbeef0201);
    dev_write(&virtio_mmio_ops, g.slot, 0x108, 4, 0, 1);
    ck_assert_uint_eq(g.rig.guest_errors, 1);
}
END_TEST

START_TEST(configuration_change_moves_the_generation)
{
    modern_start(&g, 0);
    driver_ok(&g);
    uint32_t before = reg(&g, 0x0fc);
    virtio_config_changed(&probe->virtio);
    ck_assert_uint_ne(reg(&g, 0x0fc), before);
    ck_assert_uint_eq(reg(&g, 0x060), 2);
}
END_TEST

/* "MMIO Device Register Layout": registers are read and written as 32 bits. */
START_TEST(registers_take_words_only)
{
    ck_assert_uint_eq(dev_read(&virtio_mmio_ops, g.slot, 0, 1, 0), 0);
    dev_write(&virtio_mmio_ops, g.slot, 0x070, 1, 0, 3);
    ck_assert_uint_eq(reg(&g, 0x070), 0);
    ck_assert_uint_eq(g.rig.guest_errors, 2);
}
END_TEST

START_TEST(no_shared_memory_reads_as_ones)
{
    ck_assert_uint_eq(reg(&g, 0x0b0), 0xffffffff);
    ck_assert_uint_eq(reg(&g, 0x0b4), 0xffffffff);
}
END_TEST

START_TEST(state_moves_to_another_slot)
{
    struct guest other;
    guest_init(&other);
    struct probe *copy = probe_create(&other);
    other.slot = virtio_mmio_create(&other.rig.env, wire_line(&other.wire), true, &copy->virtio);
    legacy_start(&g, FEATURE_BOTH | VIRTIO_F_EVENT_IDX);
    legacy_queue(&g, 1, &ring);
    driver_ok(&g);
    add_and_notify();
    assert_served();
    probe->saved = 0x1234;
    ck_assert(copy_state(&virtio_mmio_ops, g.slot, other.slot));
    ck_assert_uint_eq(copy->saved, 0x1234);
    ck_assert(other.wire.level);
    memcpy(other.ram, g.ram, RAM_SIZE);
    ring.g = &other;
    struct buffer b = { RAM_BASE, 24, false };
    ring_add(&ring, &b, 1);
    notify(&other, 1);
    assert_served();
    ck_assert(refuses_every_cut(&virtio_mmio_ops, g.slot, other.slot));
    guest_free(&other);
}
END_TEST

START_TEST(impossible_state_is_not_loaded)
{
    struct guest other;
    guest_init(&other);
    struct probe *copy = probe_create(&other);
    other.slot = virtio_mmio_create(&other.rig.env, wire_line(&other.wire), true, &copy->virtio);
    probe->virtio.queue[0].s.size = 5000;
    ck_assert(!copy_state(&virtio_mmio_ops, g.slot, other.slot));
    probe->virtio.queue[0].s.size = 16;
    probe->virtio.s.driver_features = VIRTIO_FEATURE(63);
    ck_assert(!copy_state(&virtio_mmio_ops, g.slot, other.slot));
    guest_free(&other);
}
END_TEST

/* The node as dumpdtb of the virt board shows it. */
START_TEST(node_is_the_virt_boards)
{
    uint8_t fdt[4096];
    ck_assert_int_eq(fdt_create_empty_tree(fdt, sizeof fdt), 0);
    struct fdt_site site = { .fdt = fdt, .base = 0xa000000, .size = 0x200, .interrupt = 16 };
    ck_assert_int_eq(virtio_mmio_ops.describe(g.slot, &site), 0);
    int node = fdt_path_offset(fdt, "/virtio_mmio@a000000"), size;
    ck_assert_int_ge(node, 0);
    ck_assert_str_eq(fdt_getprop(fdt, node, "compatible", &size), "virtio,mmio");
    ck_assert_mem_eq(fdt_getprop(fdt, node, "reg", &size), "\0\0\0\0\x0a\0\0\0\0\0\0\0\0\0\2\0",
                     16);
    ck_assert_mem_eq(fdt_getprop(fdt, node, "interrupts", &size), "\0\0\0\0\0\0\0\x10\0\0\0\1", 12);
    ck_assert_ptr_nonnull(fdt_getprop(fdt, node, "dma-coherent", &size));
    ck_assert_int_eq(size, 0);
}
END_TEST

static uint64_t random_state;

static uint32_t random_word(void)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return random_state >> 32;
}

START_TEST(random_accesses_leave_a_device_that_resets)
{
    start(_i & 1, false);
    random_state = _i + 1;
    for (unsigned i = 0; i < RAM_SIZE; i++)
        g.ram[i] = random_word() & random_word() & 3;
    for (unsigned i = 0; i < 200000; i++) {
        uint32_t value = random_word() % 3 ? random_word() % 32 : random_word();
        uint64_t offset = random_word() & 0xfc;
        if (offset >= 0x80 && offset < 0xa8)
            value = offset & 4 ? 0 : RAM_BASE + (random_word() % RAM_SIZE & ~15);
        if (offset == 0x040)
            value = (RAM_BASE + random_word() % RAM_SIZE) >> 12;
        if (random_word() & 1)
            set(&g, offset, value);
        else
            reg(&g, offset);
    }
    set(&g, 0x070, 0);
    memset(g.ram, 0, RAM_SIZE);
    if (_i & 1) {
        legacy_start(&g, 0);
        legacy_queue(&g, 1, &ring);
    } else {
        modern_start(&g, 0);
        modern_queue(&g, 1, &ring);
    }
    driver_ok(&g);
    add_and_notify();
    assert_served();
    guest_free(&g);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("virtio_mmio");
    TCase *legacy = tcase_create("version 1");
    tcase_add_checked_fixture(legacy, setup_legacy, teardown);
    tcase_add_test(legacy, legacy_driver_sees_no_modern_feature);
    tcase_add_test(legacy, legacy_handshake_serves_a_queue);
    tcase_add_test(legacy, interrupt_line_is_high_until_acknowledged);
    tcase_add_test(legacy, legacy_guest_page_size_outlives_the_device_reset);
    tcase_add_test(legacy, queue_num_max_is_0_for_a_queue_that_is_not_there);
    tcase_add_test(legacy, features_that_are_not_offered_are_not_accepted);
    tcase_add_test(legacy, legacy_driver_is_not_told_needs_reset);
    tcase_add_test(legacy, configuration_takes_any_size_and_ends);
    tcase_add_test(legacy, registers_take_words_only);
    tcase_add_test(legacy, no_shared_memory_reads_as_ones);
    tcase_add_test(legacy, state_moves_to_another_slot);
    tcase_add_test(legacy, impossible_state_is_not_loaded);
    tcase_add_test(legacy, node_is_the_virt_boards);
    suite_add_tcase(suite, legacy);
    TCase *modern = tcase_create("version 2");
    tcase_add_checked_fixture(modern, setup_modern, teardown);
    tcase_add_test(modern, modern_driver_sees_no_legacy_feature);
    tcase_add_test(modern, modern_handshake_serves_a_queue);
    tcase_add_test(modern, queue_filled_before_driver_ok_is_served_then);
    tcase_add_test(modern, features_are_fixed_by_features_ok);
    tcase_add_test(modern, broken_rule_needs_a_reset);
    tcase_add_test(modern, misaligned_ring_breaks_the_device);
    tcase_add_test(modern, ready_queue_keeps_its_addresses);
    tcase_add_test(modern, ring_reset_takes_one_queue_back);
    tcase_add_test(modern, configuration_change_moves_the_generation);
    suite_add_tcase(suite, modern);
    TCase *slots = tcase_create("slots");
    tcase_add_loop_test(slots, empty_slot_has_device_id_0, 0, 2);
    tcase_add_loop_test(slots, random_accesses_leave_a_device_that_resets, 0, 4);
    suite_add_tcase(suite, slots);
    return run_suite(suite);
}
