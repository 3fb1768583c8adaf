/* SPDX-License-Identifier: MIT */
/* Memory files: what is loaded stands in RAM at every reset, mapped where the board maps, copied where it does not. */
#include "loader/bytes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "loader/file.h"
#include "tests/loader/rig.h"

#define SIZE   (BYTES_FILE_MIN + 5000) /* pages and a tail */
#define TAIL   (SIZE % 4096)
#define LOADED (RAM_BASE + 0x80000)

static struct load_target target;
static unsigned maps;
static bool refuse;
static uint8_t content[2 * SIZE];

static bool map(void *ctx, uint64_t address, int fd, uint64_t size)
{
    const struct load_target *t = ctx;
    ck_assert_uint_eq(address % 4096, 0);
    ck_assert_uint_eq(size % 4096, 0);
    if (refuse)
        return false;
    maps++;
    return mmap(t->ram + (address - t->base), size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, fd, 0) != MAP_FAILED;
}

static void setup(void)
{
    target = make_ram(1);
    target.map = map;
    target.ctx = &target;
    maps = 0;
    refuse = false;
    for (size_t i = 0; i < sizeof(content); i++)
        content[i] = (uint8_t)(i * 7 + i / 256);
}

static void teardown(void)
{
    free_ram(&target);
}

static struct bytes read_file(size_t size, uint64_t limit)
{
    struct bytes b = { 0 };
    struct load_error error;
    if (!file_read(temp_file(content, size), limit, &b, &error)) {
        ck_assert_ptr_nonnull(strstr(error.text, "give the machine more with -m"));
        ck_assert_ptr_null(b.data);
    }
    return b;
}

static void expect_loaded(uint64_t address)
{
    const uint8_t *ram = target.ram + (address - target.base);
    ck_assert(!memcmp(ram, content, SIZE));
    ck_assert_uint_eq(ram[-1], 0);
    ck_assert_uint_eq(ram[SIZE], 0);
}

static void load_twice(uint64_t address, unsigned expected_maps)
{
    struct blob_list list = { 0 };
    struct load_error error;
    ck_assert(blob_add(&list, &target, "file", address, read_file(SIZE, 1 << 20), 100, &error));
    blob_write_all(&list, &target);
    expect_loaded(address);
    memset(target.ram + (address - target.base), 0xee, SIZE + 100); /* the guest writes; then a reset */
    blob_write_all(&list, &target);
    expect_loaded(address);
    ck_assert_uint_eq(maps, expected_maps);
    blob_list_free(&list);
    expect_loaded(address); /* RAM outlives the list */
}

START_TEST(a_large_file_is_mapped_at_each_reset_and_its_tail_copied)
{
    load_twice(LOADED, 2);
}
END_TEST

START_TEST(between_pages_it_is_copied)
{
    load_twice(LOADED + 8, 0);
}
END_TEST

START_TEST(where_the_board_refuses_it_is_copied)
{
    refuse = true;
    load_twice(LOADED, 0);
    target.map = NULL;
    load_twice(LOADED, 0);
}
END_TEST

START_TEST(the_limit_holds_for_files_of_every_size)
{
    static const size_t sizes[] = { 1000, BYTES_FILE_MIN, SIZE };
    for (unsigned i = 0; i < 3; i++) {
        struct bytes b = read_file(sizes[i], sizes[i]);
        ck_assert_uint_eq(b.size, sizes[i]);
        ck_assert_int_eq(b.mapped, sizes[i] >= BYTES_FILE_MIN);
        ck_assert(!memcmp(b.data, content, b.size));
        bytes_free(&b);
        ck_assert_ptr_null(b.data);
        ck_assert_ptr_null(read_file(sizes[i], sizes[i] - 1).data);
    }
}
END_TEST

START_TEST(a_pipe_is_read_to_its_end)
{
    char name[64];
    int ends[2];
    struct bytes b;
    struct load_error error;
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(write(ends[1], content, 5000), 5000);
    close(ends[1]);
    snprintf(name, sizeof(name), "/dev/fd/%d", ends[0]);
    ck_assert(file_read(name, 1 << 20, &b, &error));
    ck_assert(!b.mapped && b.size == 5000 && !memcmp(b.data, content, 5000));
    bytes_free(&b);
    close(ends[0]);
}
END_TEST

START_TEST(no_descriptor_is_left_behind)
{
    const int before = dup(0);
    close(before);
    for (unsigned i = 0; i < 20; i++) {
        struct bytes b = { .data = malloc(SIZE), .size = SIZE };
        memcpy(b.data, content, SIZE);
        bytes_to_file(&b);
        ck_assert(b.mapped && !memcmp(b.data, content, SIZE));
        bytes_free(&b);
        read_file(SIZE, SIZE - 1);
    }
    const int after = dup(0);
    ck_assert_int_eq(before, after);
    close(after);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("loader/bytes");
    TCase *tests = tcase_create("bytes");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_large_file_is_mapped_at_each_reset_and_its_tail_copied);
    tcase_add_test(tests, between_pages_it_is_copied);
    tcase_add_test(tests, where_the_board_refuses_it_is_copied);
    tcase_add_test(tests, the_limit_holds_for_files_of_every_size);
    tcase_add_test(tests, a_pipe_is_read_to_its_end);
    tcase_add_test(tests, no_descriptor_is_left_behind);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
