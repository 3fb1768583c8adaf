/* SPDX-License-Identifier: MIT */
#include "devices/bus.h"
#include "tests/devices/rig.h"

/* A device that answers with a pattern of its offsets and records the accesses it sees. */
struct probe {
    struct access seen[16];
    uint64_t written[16];
    unsigned count;
    unsigned resets;
};

static uint64_t probe_read(void *dev, struct access a)
{
    struct probe *probe = dev;
    probe->seen[probe->count++] = a;
    uint64_t value = 0;
    for (unsigned i = 0; i < a.size; i++)
        value |= (uint64_t)(uint8_t)(0x10 + a.offset + i) << 8 * i;
    return value;
}

static void probe_write(void *dev, struct access a, uint64_t value)
{
    struct probe *probe = dev;
    probe->written[probe->count] = value;
    probe->seen[probe->count++] = a;
}

static void probe_reset(void *dev)
{
    ((struct probe *)dev)->resets++;
}

#define PROBE(width_min, width_max)                                                                \
    {                                                                                              \
        .name = "probe", .read = probe_read, .write = probe_write, .reset = probe_reset,           \
        .min_size = width_min, .max_size = width_max                                               \
    }
static const struct device_ops words = PROBE(4, 4), any = PROBE(1, 8), bytes = PROBE(1, 1);

static struct bus *bus;
static struct probe probe;

static void setup(void)
{
    bus = bus_create();
    probe = (struct probe){ 0 };
}

static void teardown(void)
{
    bus_destroy(bus);
}

START_TEST(overlaps_are_refused)
{
    ck_assert(bus_map(bus, 0x1000, 0x1000, &words, &probe));
    ck_assert(!bus_map(bus, 0x1000, 0x1000, &words, &probe));
    ck_assert(!bus_map(bus, 0x1ffc, 4, &words, &probe));
    ck_assert(!bus_map(bus, 0xffc, 8, &words, &probe));
    ck_assert(!bus_map(bus, 0, 0x10000, &words, &probe));
    ck_assert_str_eq(bus_error(bus), "probe: window at 0x0, size 0x10000 overlaps probe at 0x1000");
    ck_assert(bus_map(bus, 0x2000, 4, &words, &probe));
    ck_assert(bus_map(bus, 0xffc, 4, &words, &probe));
}
END_TEST

START_TEST(bad_windows_are_refused)
{
    ck_assert(!bus_map(bus, 0x1000, 0, &words, &probe));
    ck_assert(!bus_map(bus, UINT64_MAX - 3, 8, &words, &probe));
    ck_assert(!bus_map(bus, 0x1000, 6, &words, &probe));
    ck_assert(!bus_map(bus, 0x1004, 8, &any, &probe));
    ck_assert(bus_map(bus, UINT64_MAX - 3, 4, &words, &probe));
    uint64_t value;
    ck_assert(bus_read(bus, UINT64_MAX - 3, 4, 0, &value));
}
END_TEST

START_TEST(outside_every_window_nothing_answers)
{
    ck_assert(bus_map(bus, 0x1000, 0x100, &any, &probe));
    uint64_t value = 1;
    ck_assert(!bus_read(bus, 0xfff, 1, 0, &value));
    ck_assert_uint_eq(value, 0);
    ck_assert(!bus_read(bus, 0x1100, 1, 0, &value));
    ck_assert(!bus_write(bus, 0xffffffffffff, 8, 0, 0));
    ck_assert_uint_eq(probe.count, 0);
}
END_TEST

START_TEST(access_across_the_end_of_a_window_is_not_answered)
{
    ck_assert(bus_map(bus, 0x1000, 0x100, &any, &probe));
    uint64_t value;
    ck_assert(!bus_read(bus, 0x10fc, 8, 0, &value));
    ck_assert(!bus_read(bus, 0xffe, 4, 0, &value));
    ck_assert(bus_read(bus, 0x10f8, 8, 0, &value));
}
END_TEST

START_TEST(each_window_finds_its_device)
{
    struct probe many[100] = { 0 };
    for (unsigned i = 0; i < 100; i++) /* not in ascending order */
        ck_assert(bus_map(bus, 0x1000 + 0x200 * (i * 37 % 100), 0x200, &any, &many[i * 37 % 100]));
    for (unsigned i = 0; i < 100; i++) {
        uint64_t value;
        ck_assert(bus_read(bus, 0x1000 + 0x200 * i + 0x1ff, 1, 3, &value));
        ck_assert_uint_eq(many[i].count, 1);
        ck_assert_uint_eq(many[i].seen[0].offset, 0x1ff);
        ck_assert_uint_eq(many[i].seen[0].cpu, 3);
    }
}
END_TEST

START_TEST(wide_access_is_split_little_endian_lowest_first)
{
    ck_assert(bus_map(bus, 0x1000, 0x100, &words, &probe));
    uint64_t value;
    ck_assert(bus_read(bus, 0x1008, 8, 0, &value));
    ck_assert_uint_eq(value, 0x1f1e1d1c1b1a1918);
    ck_assert_uint_eq(probe.count, 2);
    ck_assert_uint_eq(probe.seen[0].offset, 8);
    ck_assert_uint_eq(probe.seen[1].offset, 12);
    ck_assert_uint_eq(probe.seen[1].size, 4);
    probe.count = 0;
    ck_assert(bus_write(bus, 0x1010, 8, 0, 0x1122334455667788));
    ck_assert_uint_eq(probe.written[0], 0x55667788);
    ck_assert_uint_eq(probe.written[1], 0x11223344);
}
END_TEST

START_TEST(byte_device_gets_bytes)
{
    ck_assert(bus_map(bus, 0x1000, 0x100, &bytes, &probe));
    uint64_t value;
    ck_assert(bus_read(bus, 0x1000, 4, 0, &value));
    ck_assert_uint_eq(value, 0x13121110);
    ck_assert_uint_eq(probe.count, 4);
}
END_TEST

START_TEST(narrow_read_takes_its_bytes_from_the_unit)
{
    ck_assert(bus_map(bus, 0x1000, 0x100, &words, &probe));
    uint64_t value;
    ck_assert(bus_read(bus, 0x1006, 2, 0, &value));
    ck_assert_uint_eq(value, 0x1716);
    ck_assert_uint_eq(probe.seen[0].offset, 4);
    ck_assert_uint_eq(probe.seen[0].size, 4);
    ck_assert(bus_read(bus, 0x10ff, 1, 0, &value));
    ck_assert_uint_eq(value, 0x0f);
}
END_TEST

START_TEST(narrow_write_stands_in_its_byte_lanes)
{
    ck_assert(bus_map(bus, 0x1000, 0x100, &words, &probe));
    ck_assert(bus_write(bus, 0x1004, 1, 0, 0xffffff41));
    ck_assert(bus_write(bus, 0x1006, 2, 0, 0xabcd));
    ck_assert_uint_eq(probe.written[0], 0x41);
    ck_assert_uint_eq(probe.written[1], 0xabcd0000);
    ck_assert_uint_eq(probe.seen[1].offset, 4);
}
END_TEST

START_TEST(unaligned_access_becomes_aligned_ones)
{
    ck_assert(bus_map(bus, 0x1000, 0x100, &any, &probe));
    uint64_t value;
    ck_assert(bus_read(bus, 0x1003, 8, 0, &value));
    ck_assert_uint_eq(value, 0x1a19181716151413);
    for (unsigned i = 0; i < probe.count; i++)
        ck_assert_uint_eq(probe.seen[i].offset % probe.seen[i].size, 0);
}
END_TEST

START_TEST(reset_and_walk_follow_the_order_of_mapping)
{
    struct probe second = { 0 };
    ck_assert(bus_map(bus, 0x2000, 0x100, &words, &probe));
    ck_assert(bus_map(bus, 0x1000, 0x100, &words, &second));
    ck_assert_uint_eq(bus_window(bus, 0)->base, 0x2000);
    ck_assert_uint_eq(bus_window(bus, 1)->base, 0x1000);
    ck_assert_ptr_null(bus_window(bus, 2));
    bus_reset(bus);
    ck_assert_uint_eq(probe.resets, 1);
    ck_assert_uint_eq(second.resets, 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("devices/bus");
    TCase *tc = tcase_create("bus");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, overlaps_are_refused);
    tcase_add_test(tc, bad_windows_are_refused);
    tcase_add_test(tc, outside_every_window_nothing_answers);
    tcase_add_test(tc, access_across_the_end_of_a_window_is_not_answered);
    tcase_add_test(tc, each_window_finds_its_device);
    tcase_add_test(tc, wide_access_is_split_little_endian_lowest_first);
    tcase_add_test(tc, byte_device_gets_bytes);
    tcase_add_test(tc, narrow_read_takes_its_bytes_from_the_unit);
    tcase_add_test(tc, narrow_write_stands_in_its_byte_lanes);
    tcase_add_test(tc, unaligned_access_becomes_aligned_ones);
    tcase_add_test(tc, reset_and_walk_follow_the_order_of_mapping);
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
