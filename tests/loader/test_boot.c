/* SPDX-License-Identifier: MIT */
/* The layout of RAM at reset. Expected addresses: the virt board's, as its users see them. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "loader/boot.h"
#include "tests/loader/rig.h"

static char initrd_path[] = "/tmp/armlet-initrd-XXXXXX";

static const char *make_initrd(size_t size)
{
    snprintf(initrd_path, sizeof(initrd_path), "/tmp/armlet-initrd-XXXXXX");
    int fd = mkstemp(initrd_path);
    uint8_t *data = malloc(size);
    memset(data, 0x1d, size);
    ck_assert_int_eq(write(fd, data, size), (ssize_t)size);
    close(fd);
    free(data);
    return initrd_path;
}

static struct bytes make_tree(void)
{
    struct bytes tree = { .data = malloc(1000), .size = 1000 };
    memset(tree.data, 0xd7, tree.size);
    return tree;
}

struct attempt {
    struct boot boot;
    struct load_target target;
    struct load_error error;
    bool ok;
};

static struct attempt boot(struct bytes kernel, size_t initrd, unsigned mib)
{
    struct attempt a = { .target = make_ram(mib) };
    const char *initrd_file = initrd ? make_initrd(initrd) : NULL;
    a.ok = boot_prepare(&a.boot, &a.target, temp_file(kernel.data, kernel.size), initrd_file,
                        &a.error) &&
           boot_finish(&a.boot, make_tree(), &a.error);
    if (a.ok)
        boot_write(&a.boot);
    if (initrd_file)
        unlink(initrd_file);
    free(kernel.data);
    return a;
}

static void done(struct attempt *a)
{
    boot_free(&a->boot);
    free_ram(&a->target);
}

START_TEST(a_kernel_of_linux_4_9_on_512_MiB)
{
    struct attempt a = boot(make_image(1 << 20, 0x80000, 2 << 20), 0xf25e6, 512);
    ck_assert_msg(a.ok, "%s", a.error.text);
    ck_assert_uint_eq(a.boot.start, 0x40000000);
    ck_assert_uint_eq(a.boot.kernel.entry, 0x40080000);
    ck_assert_uint_eq(a.boot.initrd, 0x48000000);
    ck_assert_uint_eq(a.boot.initrd_end, 0x480f25e6);
    ck_assert_uint_eq(a.boot.dtb, 0x48200000);
    ck_assert_uint_eq(a.target.ram[0x8000000], 0x1d);
    ck_assert_uint_eq(a.target.ram[0x8200000], 0xd7);
    done(&a);
}
END_TEST

START_TEST(without_an_initrd_the_tree_takes_its_place)
{
    struct attempt a = boot(make_image(4096, 0, 8192), 0, 512);
    ck_assert_uint_eq(a.boot.kernel.entry, 0x40200000);
    ck_assert_uint_eq(a.boot.dtb, 0x48000000);
    ck_assert_uint_eq(a.boot.initrd, a.boot.initrd_end);
    done(&a);
}
END_TEST

START_TEST(in_small_ram_the_initrd_stands_in_the_middle)
{
    struct attempt a = boot(make_image(4096, 0x80000, 8192), 5000, 64);
    ck_assert_uint_eq(a.boot.initrd, 0x42000000);
    ck_assert_uint_eq(a.boot.dtb, 0x42200000);
    done(&a);
}
END_TEST

START_TEST(behind_a_kernel_that_reaches_beyond_the_middle)
{
    struct attempt a = boot(make_image(4096, 0x80000, 40 << 20), 5000, 64);
    ck_assert_uint_eq(a.boot.initrd, 0x40080000 + (40 << 20));
    ck_assert_uint_eq(a.boot.dtb, 0x42a00000);
    done(&a);
}
END_TEST

START_TEST(the_stub_is_the_one_that_debuggers_show)
{
    static const uint32_t expected[] = { 0x580000c0, 0xaa1f03e1, 0xaa1f03e2, 0xaa1f03e3, 0x58000084,
                                         0xd61f0080, 0x48200000, 0,          0x40080000, 0 };
    struct attempt a = boot(make_image(4096, 0x80000, 8192), 100, 512);
    for (unsigned i = 0; i < 10; i++)
        ck_assert_uint_eq(load_le32(a.target.ram + 4 * i), expected[i]);
    done(&a);
}
END_TEST

START_TEST(an_elf_file_is_entered_directly_with_the_tree_at_the_start_of_ram)
{
    struct attempt a = boot(make_elf(0x40100000, 64, 64, 0x40100000), 0, 16);
    ck_assert_uint_eq(a.boot.start, 0x40100000);
    ck_assert_uint_eq(a.boot.dtb, 0x40000000);
    ck_assert_uint_eq(a.target.ram[0], 0xd7);
    done(&a);
}
END_TEST

START_TEST(an_elf_file_at_the_start_of_ram_does_without_a_tree)
{
    struct attempt a = boot(make_elf(0x40000000, 64, 64, 0x40000000), 0, 16);
    ck_assert_msg(a.ok, "%s", a.error.text);
    ck_assert_uint_eq(a.boot.start, 0x40000000);
    ck_assert_uint_eq(a.target.ram[0], 0xaa);
    ck_assert_uint_eq(a.target.ram[64], 0);
    done(&a);
}
END_TEST

START_TEST(a_reset_writes_everything_again)
{
    struct attempt a = boot(make_image(8192, 0x80000, 8192), 100, 512);
    static const struct {
        unsigned at, size;
    } parts[] = { { 0, 0x28 }, { 0x80000, 8192 }, { 0x8000000, 100 }, { 0x8200000, 1000 } };
    uint8_t copy[4][8192];
    for (unsigned i = 0; i < 4; i++) {
        memcpy(copy[i], a.target.ram + parts[i].at, parts[i].size);
        memset(a.target.ram + parts[i].at, 0xee, parts[i].size);
    }
    boot_write(&a.boot);
    for (unsigned i = 0; i < 4; i++)
        ck_assert_int_eq(memcmp(a.target.ram + parts[i].at, copy[i], parts[i].size), 0);
    done(&a);
}
END_TEST

START_TEST(an_initrd_that_does_not_fit_is_named)
{
    struct attempt a = boot(make_image(4096, 0x80000, 8192), 9 << 20, 16);
    ck_assert(!a.ok);
    ck_assert_ptr_nonnull(strstr(a.error.text, "/tmp/armlet-initrd-"));
    ck_assert_ptr_nonnull(strstr(a.error.text, "-m"));
    done(&a);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("loader/boot");
    TCase *tests = tcase_create("layout");
    tcase_add_test(tests, a_kernel_of_linux_4_9_on_512_MiB);
    tcase_add_test(tests, without_an_initrd_the_tree_takes_its_place);
    tcase_add_test(tests, in_small_ram_the_initrd_stands_in_the_middle);
    tcase_add_test(tests, behind_a_kernel_that_reaches_beyond_the_middle);
    tcase_add_test(tests, the_stub_is_the_one_that_debuggers_show);
    tcase_add_test(tests, an_elf_file_is_entered_directly_with_the_tree_at_the_start_of_ram);
    tcase_add_test(tests, an_elf_file_at_the_start_of_ram_does_without_a_tree);
    tcase_add_test(tests, a_reset_writes_everything_again);
    tcase_add_test(tests, an_initrd_that_does_not_fit_is_named);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
