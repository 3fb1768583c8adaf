/* SPDX-License-Identifier: MIT */
#include <libfdt.h>
#include <stdlib.h>

#include "loader/fdt.h"
#include "tests/loader/rig.h"

static struct bytes finish(struct fdt_tree *tree)
{
    struct load_error error;
    struct bytes out;
    ck_assert(fdt_tree_finish(tree, &out, &error));
    fdt_tree_free(tree);
    return out;
}

static uint32_t cell(const void *fdt, const char *path, const char *property, unsigned index)
{
    int size;
    const void *value = fdt_getprop(fdt, fdt_path_offset(fdt, path), property, &size);
    ck_assert_ptr_nonnull(value);
    ck_assert_int_ge(size, (int)(4 * index + 4));
    return fdt32_ld((const fdt32_t *)value + index);
}

START_TEST(chosen_gets_the_command_line_and_the_initrd)
{
    struct fdt_tree tree;
    fdt_tree_create(&tree, 4096);
    fdt_tree_set_chosen(&tree, "console=ttyAMA0", 0x48000000, 0x48001000);
    struct bytes dtb = finish(&tree);
    int node = fdt_path_offset(dtb.data, "/chosen");
    ck_assert_str_eq(fdt_getprop(dtb.data, node, "bootargs", NULL), "console=ttyAMA0");
    ck_assert_uint_eq(cell(dtb.data, "/chosen", "linux,initrd-start", 0), 0x48000000);
    ck_assert_uint_eq(cell(dtb.data, "/chosen", "linux,initrd-end", 0), 0x48001000);
    free(dtb.data);
}
END_TEST

START_TEST(addresses_beyond_4_GiB_take_two_cells)
{
    struct fdt_tree tree;
    fdt_tree_create(&tree, 4096);
    fdt_tree_set_chosen(&tree, NULL, 0x148000000, 0x148001000);
    struct bytes dtb = finish(&tree);
    ck_assert_uint_eq(cell(dtb.data, "/chosen", "linux,initrd-end", 0), 1);
    ck_assert_uint_eq(cell(dtb.data, "/chosen", "linux,initrd-end", 1), 0x48001000);
    free(dtb.data);
}
END_TEST

START_TEST(a_given_tree_has_its_memory_nodes_replaced)
{
    struct fdt_tree tree;
    fdt_tree_create(&tree, 4096);
    FDT_CELLS(&tree, 0, "#address-cells", 2);
    FDT_CELLS(&tree, 0, "#size-cells", 1);
    FDT_CELLS(&tree, fdt_tree_node(&tree, 0, "memory"), "reg", 0, 0, 1);
    FDT_CELLS(&tree, fdt_tree_node(&tree, 0, "memory@80000000"), "reg", 0, 0x80000000, 1);
    struct bytes given = finish(&tree);
    struct load_error error;
    ck_assert(fdt_tree_open(&tree, temp_file(given.data, given.size), 4096, &error));
    fdt_tree_set_memory(&tree, 0x40000000, 0x8000000);
    struct bytes dtb = finish(&tree);
    ck_assert_int_lt(fdt_path_offset(dtb.data, "/memory@80000000"), 0);
    ck_assert_uint_eq(cell(dtb.data, "/memory@40000000", "reg", 0), 0);
    ck_assert_uint_eq(cell(dtb.data, "/memory@40000000", "reg", 1), 0x40000000);
    ck_assert_uint_eq(cell(dtb.data, "/memory@40000000", "reg", 2), 0x8000000);
    int nodes = 0, node;
    fdt_for_each_subnode(node, dtb.data, 0) nodes++;
    ck_assert_int_eq(nodes, 1);
    free(given.data);
    free(dtb.data);
}
END_TEST

START_TEST(files_that_are_no_tree_are_refused_by_name)
{
    struct fdt_tree tree;
    struct load_error error;
    ck_assert(
        !fdt_tree_open(&tree, temp_file("hello, world, this is no device tree", 36), 0, &error));
    ck_assert_ptr_nonnull(strstr(error.text, "not a valid device tree"));
    ck_assert_ptr_nonnull(strstr(error.text, "/tmp/armlet-loader-"));
}
END_TEST

START_TEST(cut_trees_are_refused)
{
    struct fdt_tree tree;
    struct load_error error;
    fdt_tree_create(&tree, 4096);
    fdt_tree_set_chosen(&tree, "x", 1, 2);
    struct bytes dtb = finish(&tree);
    for (size_t size = 1; size < dtb.size; size++)
        ck_assert(!fdt_tree_open(&tree, temp_file(dtb.data, size), 0, &error));
    free(dtb.data);
}
END_TEST

START_TEST(a_tree_without_room_reports_it_once_at_the_end)
{
    struct fdt_tree tree;
    struct load_error error;
    struct bytes out;
    char big[600];
    memset(big, 'x', sizeof(big));
    big[sizeof(big) - 1] = 0;
    fdt_tree_create(&tree, 512);
    fdt_tree_string(&tree, fdt_tree_node(&tree, 0, "a"), "p", big);
    fdt_tree_flag(&tree, fdt_tree_node(&tree, 0, "b"), "q");
    ck_assert(!fdt_tree_finish(&tree, &out, &error));
    ck_assert_ptr_nonnull(strstr(error.text, "FDT_ERR_NOSPACE"));
    fdt_tree_free(&tree);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("loader/fdt");
    TCase *tests = tcase_create("device tree");
    tcase_add_test(tests, chosen_gets_the_command_line_and_the_initrd);
    tcase_add_test(tests, addresses_beyond_4_GiB_take_two_cells);
    tcase_add_test(tests, a_given_tree_has_its_memory_nodes_replaced);
    tcase_add_test(tests, files_that_are_no_tree_are_refused_by_name);
    tcase_add_test(tests, cut_trees_are_refused);
    tcase_add_test(tests, a_tree_without_room_reports_it_once_at_the_end);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
