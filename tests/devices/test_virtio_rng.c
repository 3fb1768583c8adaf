/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "devices/virtio_rng.h"
#include "tests/devices/test_virt_driver.h"

static struct guest g;
static struct ring ring;
static size_t limit; /* bytes that the source still has */
static uint8_t next;

static size_t count_up(void *source, void *data, size_t size)
{
    size_t n = size < limit ? size : limit;
    for (size_t i = 0; i < n; i++)
        ((uint8_t *)data)[i] = ++next;
    limit -= n;
    return n;
}

static void start(struct entropy source)
{
    guest_init(&g);
    next = 0;
    limit = SIZE_MAX;
    g.slot = virtio_mmio_create(&g.rig.env, wire_line(&g.wire), true,
                                virtio_rng_create(&g.rig.env, source));
    ring_init(&ring, &g, 8);
    legacy_start(&g, 0);
    legacy_queue(&g, 0, &ring);
    driver_ok(&g);
}

static void setup(void)
{
    start((struct entropy){ .fill = count_up });
}

static void teardown(void)
{
    guest_free(&g);
}

static uint32_t request(uint32_t size, uint64_t *pa)
{
    uint32_t id, len;
    struct buffer b = { *pa = guest_alloc(&g, size, 1), size, true };
    ring_add(&ring, &b, 1);
    notify(&g, 0);
    ck_assert(ring_take(&ring, &id, &len));
    return len;
}

START_TEST(offers_what_the_reference_offers)
{
    ck_assert_uint_eq(reg(&g, 0x008), 4);
    set(&g, 0x014, 0);
    ck_assert_uint_eq(reg(&g, 0x010), 0x39000000);
    ck_assert_uint_eq(reg(&g, 0x100), 0xffffffff);
}
END_TEST

START_TEST(buffers_are_filled_from_the_source)
{
    uint64_t pa;
    ck_assert_uint_eq(request(4, &pa), 4);
    ck_assert_mem_eq(guest_ram(&g, pa), "\1\2\3\4", 4);
    ck_assert_uint_eq(request(2, &pa), 2);
    ck_assert_mem_eq(guest_ram(&g, pa), "\5\6", 2);
    ck_assert(g.wire.level);
}
END_TEST

START_TEST(source_may_give_less)
{
    uint64_t pa;
    limit = 3;
    ck_assert_uint_eq(request(16, &pa), 3);
}
END_TEST

START_TEST(huge_buffer_gets_a_part)
{
    uint64_t pa;
    ck_assert_uint_eq(request(100000, &pa), 65536);
    ck_assert_uint_eq(*(uint8_t *)guest_ram(&g, pa + 65536), 0);
}
END_TEST

START_TEST(readable_chain_gets_nothing)
{
    uint32_t id, len;
    struct buffer b = { RAM_BASE, 64, false };
    ring_add(&ring, &b, 1);
    notify(&g, 0);
    ck_assert(ring_take(&ring, &id, &len));
    ck_assert_uint_eq(len, 0);
}
END_TEST

START_TEST(host_entropy_differs_every_time)
{
    uint64_t a, b;
    guest_free(&g);
    start(entropy_host);
    ck_assert_uint_eq(request(1000, &a), 1000);
    ck_assert_uint_eq(request(1000, &b), 1000);
    ck_assert(memcmp(guest_ram(&g, a), guest_ram(&g, b), 1000));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("virtio_rng");
    TCase *tests = tcase_create("requests");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, offers_what_the_reference_offers);
    tcase_add_test(tests, buffers_are_filled_from_the_source);
    tcase_add_test(tests, source_may_give_less);
    tcase_add_test(tests, huge_buffer_gets_a_part);
    tcase_add_test(tests, readable_chain_gets_nothing);
    tcase_add_test(tests, host_entropy_differs_every_time);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
