/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "mach-virt/ram.h"
#include "tests/mach-virt/rig.h"

#define BASE UINT64_C(0x40000000)
#define SIZE (64u << 20)

struct stream {
    uint8_t data[64 * 1024];
    size_t size, at;
};

static void put(void *ctx, const void *data, size_t size)
{
    struct stream *s = ctx;
    ck_assert_uint_le(s->size + size, sizeof(s->data));
    memcpy(s->data + s->size, data, size);
    s->size += size;
}

static bool get(void *ctx, void *data, size_t size)
{
    struct stream *s = ctx;
    if (size > s->size - s->at)
        return false;
    memcpy(data, s->data + s->at, size);
    s->at += size;
    return true;
}

START_TEST(only_ram_is_mapped)
{
    struct ram ram;
    struct error error;
    ck_assert(ram_create(&ram, BASE, SIZE, &error));
    ck_assert_ptr_eq(ram_map(&ram, BASE, SIZE), ram.host);
    ck_assert_ptr_null(ram_map(&ram, BASE - 1, 1));
    ck_assert_ptr_null(ram_map(&ram, BASE, SIZE + UINT64_C(1)));
    ck_assert_ptr_null(ram_map(&ram, BASE + SIZE - 1, 2));
    ck_assert_ptr_null(ram_map(&ram, BASE + SIZE, 0));
    ck_assert_ptr_null(ram_map(&ram, BASE + 4096, UINT64_MAX));
    ck_assert_ptr_null(ram_map(&ram, UINT64_MAX, 1));
    ram_destroy(&ram);
}
END_TEST

START_TEST(a_snapshot_holds_the_touched_pages_only)
{
    static struct stream s;
    struct snapshot_writer out = { put, &s };
    struct snapshot_reader in = { get, &s };
    struct ram ram;
    struct error error;
    s = (struct stream){ .size = 0 };
    ck_assert(ram_create(&ram, BASE, SIZE, &error));
    ram.host[5] = 1;
    ram.host[SIZE - 1] = 2;
    ram_save(&ram, &out);
    ck_assert_uint_le(s.size, 3 * 4096);
    memset(ram.host, 7, 1 << 20);
    ck_assert(ram_load(&ram, &in));
    ck_assert_uint_eq(ram.host[5], 1);
    ck_assert_uint_eq(ram.host[4], 0);
    ck_assert_uint_eq(ram.host[8192], 0);
    ck_assert_uint_eq(ram.host[SIZE - 1], 2);
    for (s.size--; s.size; s.size = s.size > 700 ? s.size - 700 : 0) {
        s.at = 0;
        ck_assert(!ram_load(&ram, &in));
    }
    ram_destroy(&ram);
}
END_TEST

START_TEST(a_snapshot_with_an_odd_page_is_refused)
{
    static struct stream s;
    struct snapshot_reader in = { get, &s };
    static const uint64_t offsets[] = { 1, SIZE, UINT64_MAX - 1 };
    struct ram ram;
    struct error error;
    ck_assert(ram_create(&ram, BASE, SIZE, &error));
    for (unsigned i = 0; i < 3; i++) {
        s.at = 0;
        s.size = 8192;
        memcpy(s.data, &offsets[i], 8);
        ck_assert(!ram_load(&ram, &in));
    }
    ram_destroy(&ram);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mach-virt/ram");
    TCase *tests = tcase_create("RAM");
    tcase_add_test(tests, only_ram_is_mapped);
    tcase_add_test(tests, a_snapshot_holds_the_touched_pages_only);
    tcase_add_test(tests, a_snapshot_with_an_odd_page_is_refused);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
