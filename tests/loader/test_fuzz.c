/* SPDX-License-Identifier: MIT */
/*
 * Every format with bytes changed at random, from fixed seeds: whatever comes, the answer is a load
 * inside RAM or one line that names the file. The sanitizers watch.
 */
#include <stdlib.h>

#include "loader/boot.h"
#include "tests/loader/rig.h"

#define ROUNDS 1500

static uint64_t state;

static uint32_t next_random(void)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(state >> 33);
}

static struct bytes seeds(unsigned kind)
{
    struct bytes plain = make_image(3000, 0x80000, 0x4000);
    if (kind == 0)
        return plain;
    struct bytes packed = make_gzip(&plain);
    if (kind == 1) {
        free(plain.data);
        return packed;
    }
    free(packed.data);
    free(plain.data);
    return make_elf(0x40010000, 200, 300, 0x40010000);
}

/* Mostly in the header, where the numbers are. */
static void spoil(struct bytes *b)
{
    unsigned changes = 1 + next_random() % 6;
    size_t range = next_random() % 2 && b->size > 128 ? 128 : b->size;
    for (unsigned i = 0; i < changes; i++)
        b->data[next_random() % range] = (uint8_t)(next_random() % 4 ? next_random() : 0xff);
    if (next_random() % 4 == 0)
        b->size = 1 + next_random() % b->size;
}

START_TEST(spoilt_files_load_inside_ram_or_are_refused_by_name)
{
    struct load_target target = make_ram(1);
    for (unsigned i = 0; i < ROUNDS; i++) {
        state = i + 1;
        struct bytes b = seeds((unsigned)_i);
        struct boot boot;
        struct load_error error = { "" };
        spoil(&b);
        bool ok = boot_prepare(&boot, &target, temp_file(b.data, b.size), NULL, &error) &&
                  boot_finish(&boot, (struct bytes){ .data = calloc(1, 100), .size = 100 }, &error);
        if (ok)
            boot_write(&boot);
        else
            ck_assert_uint_gt(strlen(error.text), 10);
        boot_free(&boot);
        free(b.data);
    }
    free_ram(&target);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("loader/fuzz");
    TCase *tests = tcase_create("hostile files");
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, spoilt_files_load_inside_ram_or_are_refused_by_name, 0, 3);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
