/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

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

/* A memory file of three pages of 1, 2, 3. */
static int three_pages(void)
{
    const int fd = memfd_create("test", MFD_CLOEXEC);
    uint8_t page[4096];
    ck_assert_int_ge(fd, 0);
    for (int i = 1; i <= 3; i++) {
        memset(page, i, sizeof(page));
        ck_assert_int_eq(write(fd, page, sizeof(page)), sizeof(page));
    }
    return fd;
}

static void count_page(void *ctx, uint64_t offset, const uint8_t *page)
{
    *(uint64_t *)ctx += offset + page[0];
}

START_TEST(a_mapped_file_is_there_again_after_each_mapping)
{
    struct ram ram;
    struct error error;
    const int fd = three_pages();
    uint64_t sum = 0;
    ck_assert(ram_create(&ram, BASE, SIZE, &error));
    ck_assert(ram_map_file(&ram, BASE + 0x8000, fd, 0x3000));
    ram_each_page(&ram, count_page, &sum);
    ck_assert_uint_eq(sum, 3 * 0x9000 + 1 + 2 + 3); /* untouched, but not zero */
    memset(ram.host + 0x8000, 9, 0x4000);
    for (unsigned i = 0; i < 20; i++)
        ck_assert(ram_map_file(&ram, BASE + 0x8000, fd, 0x3000));
    ck_assert_uint_eq(ram.host[0x7fff], 0);
    ck_assert_uint_eq(ram.host[0x8000], 1);
    ck_assert_uint_eq(ram.host[0xafff], 3);
    ck_assert_uint_eq(ram.host[0xb000], 9);
    ck_assert(!ram_map_file(&ram, BASE + 0x8800, fd, 0x1000));
    ck_assert(!ram_map_file(&ram, BASE + SIZE - 0x1000, fd, 0x2000));
    close(fd);
    ram_destroy(&ram);
}
END_TEST

START_TEST(zeros_in_a_mapped_file_are_not_given_back)
{
    struct ram ram;
    struct error error;
    const int fd = three_pages();
    ck_assert(ram_create(&ram, BASE, SIZE, &error));
    ck_assert(ram_map_file(&ram, BASE, fd, 0x3000));
    close(fd);
    ram_start_trimming(&ram);
    for (unsigned page = 0; page < 8; page++)
        ram_note(&ram, (uint64_t)page << 12);
    memset(ram.host, 0, 0x3000);
    ram_trim(&ram);
    for (unsigned i = 0; i < 0x3000; i++)
        ck_assert_uint_eq(ram.host[i], 0);
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

static bool is_there(const struct ram *ram, uint64_t offset)
{
    unsigned char there;
    ck_assert_int_eq(mincore(ram->host + offset, 4096, &there), 0);
    return there;
}

START_TEST(pages_of_zeros_are_given_back)
{
    static const uint64_t zeros[] = { 0x10000, 0x11000, 0x13000, SIZE - 4096 };
    struct ram ram;
    struct error error;
    ck_assert(ram_create(&ram, BASE, SIZE, &error));
    ram_start_trimming(&ram);
    memset(ram.host + 0x10000, 0, 0x4000);
    ram.host[0x12fff] = 5;
    ram.host[SIZE - 1] = 0;
    ram.host[0x8000] = 0; /* not noted */
    for (uint64_t offset = 0x10000; offset < 0x14000; offset += 4096)
        ram_note(&ram, offset);
    ram_note(&ram, SIZE - 4096);
    ram_trim(&ram);
    for (unsigned i = 0; i < 4; i++) {
        ck_assert(!is_there(&ram, zeros[i]));
        ck_assert_uint_eq(ram.host[zeros[i]], 0);
    }
    ck_assert_uint_eq(ram.host[0x12fff], 5);
    ck_assert(is_there(&ram, 0x12000) && is_there(&ram, 0x8000));
    ram_destroy(&ram);
}
END_TEST

/* Whatever the guest does in between, trimming changes no byte. */
START_TEST(a_page_is_looked_at_again_when_it_is_used_again)
{
    struct ram ram;
    struct error error;
    ck_assert(ram_create(&ram, BASE, SIZE, &error));
    ram_note(&ram, 0); /* before the start: nothing happens */
    ram_start_trimming(&ram);
    ck_assert_uint_eq(ram.fresh_count, 0);
    for (unsigned round = 0; round < 3; round++) {
        ram_note(&ram, 4096);
        ram_note(&ram, 4096);
        ck_assert_uint_eq(ram.fresh_count, 1);
        ram.host[4096] = 0;
        ram_trim(&ram);
        ck_assert(!is_there(&ram, 4096));
    }
    ram.host[4096] = 1;
    ram_note(&ram, 4096);
    ram_trim(&ram);
    ram_note(&ram, 4096); /* it holds something: once is enough */
    ck_assert_uint_eq(ram.fresh_count, 0);
    ck_assert_uint_eq(ram.host[4096], 1);
    ram_destroy(&ram);
}
END_TEST

START_TEST(more_pages_than_can_be_noted_are_left_alone)
{
    struct ram ram;
    struct error error;
    ck_assert(ram_create(&ram, BASE, UINT64_C(256) << 20, &error));
    ram_start_trimming(&ram);
    for (uint64_t page = 0; page < RAM_FRESH; page++)
        ram_note(&ram, page << 12);
    ck_assert(ram_wants_trim(&ram));
    ram_note(&ram, (uint64_t)RAM_FRESH << 12);
    ck_assert_uint_eq(ram.fresh_count, RAM_FRESH);
    ram_trim(&ram);
    ck_assert(!ram_wants_trim(&ram));
    ram_note(&ram, (uint64_t)RAM_FRESH << 12);
    ck_assert_uint_eq(ram.fresh_count, 1);
    ram_destroy(&ram);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mach-virt/ram");
    TCase *tests = tcase_create("RAM");
    tcase_add_test(tests, only_ram_is_mapped);
    tcase_add_test(tests, a_snapshot_holds_the_touched_pages_only);
    tcase_add_test(tests, a_mapped_file_is_there_again_after_each_mapping);
    tcase_add_test(tests, zeros_in_a_mapped_file_are_not_given_back);
    tcase_add_test(tests, a_snapshot_with_an_odd_page_is_refused);
    tcase_add_test(tests, pages_of_zeros_are_given_back);
    tcase_add_test(tests, a_page_is_looked_at_again_when_it_is_used_again);
    tcase_add_test(tests, more_pages_than_can_be_noted_are_left_alone);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
