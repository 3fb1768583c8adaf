/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "loader/gunzip.h"
#include "loader/image.h"
#include "loader/kernel.h"
#include "tests/loader/rig.h"

/* One load of a file made of `b` (freed here) into `mib` MiB. */
struct attempt {
    struct load_target target;
    struct blob_list list;
    struct kernel kernel;
    struct load_error error;
    bool ok;
};

static struct attempt load(struct bytes b, unsigned mib)
{
    struct attempt a = { .target = make_ram(mib) };
    a.ok = kernel_load(temp_file(b.data, b.size), &a.target, &a.list, &a.kernel, &a.error);
    if (a.ok)
        blob_write_all(&a.list, &a.target);
    free(b.data);
    return a;
}

static void done(struct attempt *a)
{
    blob_list_free(&a->list);
    free_ram(&a->target);
}

static void refuse(struct bytes b, unsigned mib, const char *why)
{
    struct attempt a = load(b, mib);
    ck_assert(!a.ok);
    ck_assert_msg(strstr(a.error.text, why) && strstr(a.error.text, "/tmp/armlet-loader-"),
                  "message: %s", a.error.text);
    done(&a);
}

START_TEST(booting_rst_text_offset_is_obeyed)
{
    struct attempt a = load(make_image(8192, 0x80000, 0x100000), 16);
    ck_assert(a.ok && a.kernel.stub);
    ck_assert_uint_eq(a.kernel.entry, 0x40080000);
    ck_assert_uint_eq(a.kernel.end, 0x40180000);
    ck_assert_uint_eq(load_le32(a.target.ram + 0x80000 + 4096), 4096);
    done(&a);
}
END_TEST

START_TEST(text_offset_0_leaves_room_for_the_boot_stub)
{
    struct attempt a = load(make_image(8192, 0, 0x100000), 16);
    ck_assert(a.ok);
    ck_assert_uint_eq(a.kernel.entry, 0x40200000);
    done(&a);
}
END_TEST

START_TEST(image_size_0_means_an_old_kernel_at_0x80000)
{
    struct attempt a = load(make_image(8192, 0x12345678, 0), 16);
    ck_assert(a.ok);
    ck_assert_uint_eq(a.kernel.entry, 0x40080000);
    ck_assert_uint_eq(a.kernel.end, 0x40080000 + 8192);
    done(&a);
}
END_TEST

START_TEST(bss_is_cleared)
{
    struct bytes b = make_image(4096, 0x80000, 8192);
    struct load_target target = make_ram(16);
    struct blob_list list = { 0 };
    struct kernel kernel;
    struct load_error error;
    memset(target.ram, 0xff, target.size);
    ck_assert(kernel_load(temp_file(b.data, b.size), &target, &list, &kernel, &error));
    blob_write_all(&list, &target);
    ck_assert_uint_eq(target.ram[0x80000 + 4096], 0);
    ck_assert_uint_eq(target.ram[0x80000 + 8191], 0);
    ck_assert_uint_eq(target.ram[0x80000 + 8192], 0xff);
    blob_list_free(&list);
    free_ram(&target);
    free(b.data);
}
END_TEST

START_TEST(image_gz_is_unpacked)
{
    struct bytes plain = make_image(100000, 0x80000, 0x100000);
    struct bytes packed = make_gzip(&plain);
    struct attempt a = load(packed, 16);
    ck_assert(a.ok);
    ck_assert_int_eq(memcmp(a.target.ram + 0x80000, plain.data, plain.size), 0);
    done(&a);
    free(plain.data);
}
END_TEST

static struct bytes make_zboot(const char *method)
{
    struct bytes plain = make_image(50000, 0x80000, 0x100000);
    struct bytes packed = make_gzip(&plain);
    struct bytes b = { .data = calloc(1, 4096 + packed.size), .size = 4096 + packed.size };
    memcpy(b.data, "MZ\0\0zimg", 8);
    put32(b.data + 8, 4096);
    put32(b.data + 12, (uint32_t)packed.size);
    snprintf((char *)b.data + 24, 32, "%s", method);
    memcpy(b.data + 4096, packed.data, packed.size);
    free(plain.data);
    free(packed.data);
    return b;
}

START_TEST(efi_zboot_with_gzip_is_unpacked)
{
    struct attempt a = load(make_zboot("gzip"), 16);
    ck_assert(a.ok);
    ck_assert_uint_eq(load_le32(a.target.ram + 0x80000 + 4096), 4096);
    done(&a);
}
END_TEST

START_TEST(efi_zboot_with_another_method_is_refused_by_name)
{
    refuse(make_zboot("zstd22"), 16, "zstd22");
    struct bytes cut = make_zboot("gzip");
    cut.size -= 100;
    refuse(cut, 16, "truncated");
}
END_TEST

START_TEST(raw_code_goes_where_an_old_kernel_goes)
{
    struct bytes b = { .data = calloc(1, 4), .size = 4 };
    put32(b.data, 0x14000000);
    struct attempt a = load(b, 16);
    ck_assert(a.ok && a.kernel.stub);
    ck_assert_uint_eq(a.kernel.entry, 0x40080000);
    ck_assert_uint_eq(load_le32(a.target.ram + 0x80000), 0x14000000);
    done(&a);
}
END_TEST

/* A PE header at 64 with one section that ends at byte 8192 of the file. */
static struct bytes make_efi_image(size_t size)
{
    struct bytes b = make_image(size, 0x80000, 0x100000);
    memcpy(b.data, "MZ", 2);
    put32(b.data + 60, 64);
    memset(b.data + 64, 0, 24 + 40);
    memcpy(b.data + 64, "PE", 2);
    put16(b.data + 64 + 6, 1);
    put32(b.data + 64 + 24 + 16, 4096);
    put32(b.data + 64 + 24 + 20, 4096);
    return b;
}

START_TEST(a_truncated_image_is_told_by_its_pe_sections)
{
    struct attempt a = load(make_efi_image(8192), 16);
    ck_assert(a.ok);
    done(&a);
    refuse(make_efi_image(8191), 16, "truncated");
}
END_TEST

START_TEST(what_does_not_fit_into_ram_names_the_file_and_m)
{
    refuse(make_image(4096, 0x80000, 64 << 20), 16, "-m");
    refuse(make_image(2 << 20, 0, 2 << 20), 1, "-m");
    refuse(make_image(4096, UINT64_MAX - 4096, 1 << 20), 16, "-m");
    refuse(make_image(4096, 0x80000, UINT64_MAX), 16, "-m");
    struct bytes plain = { .data = calloc(1, 32 << 20), .size = 32 << 20 };
    refuse(make_gzip(&plain), 16, "-m");
    free(plain.data);
}
END_TEST

START_TEST(damaged_and_cut_gzip_is_refused)
{
    struct bytes plain = make_image(100000, 0x80000, 0x100000);
    struct bytes cut = make_gzip(&plain);
    cut.size -= 20;
    refuse(cut, 16, "truncated");
    struct bytes damaged = make_gzip(&plain);
    damaged.data[damaged.size / 2] ^= 0x55;
    damaged.data[damaged.size - 6] ^= 0x55;
    refuse(damaged, 16, "damaged");
    free(plain.data);
}
END_TEST

START_TEST(files_for_other_loaders_are_named)
{
    struct bytes b = { .data = calloc(1, 4096), .size = 4096 };
    memcpy(b.data + 0x202, "HdrS", 4);
    refuse(b, 16, "x86");
    b = (struct bytes){ .data = calloc(1, 4096), .size = 4096 };
    memcpy(b.data, "\x27\x05\x19\x56", 4);
    refuse(b, 16, "U-Boot");
    b = make_image(4096, 0x80000, 8192);
    memcpy(b.data, "MZ", 2);
    b.size = 40; /* cut off inside the header */
    refuse(b, 16, "cut off");
    b = make_image(4096, 0x80000, 8192);
    put64(b.data + 24, 1);
    refuse(b, 16, "big-endian");
}
END_TEST

START_TEST(missing_empty_and_unreadable_files_are_named)
{
    struct load_target target = make_ram(1);
    struct blob_list list = { 0 };
    struct kernel kernel;
    struct load_error error;
    ck_assert(!kernel_load("/nonexistent/Image", &target, &list, &kernel, &error));
    ck_assert_str_eq(error.text, "cannot open /nonexistent/Image: No such file or directory");
    ck_assert(!kernel_load("/tmp", &target, &list, &kernel, &error));
    ck_assert_str_eq(error.text, "cannot read /tmp: Is a directory");
    ck_assert(!kernel_load("/dev/zero", &target, &list, &kernel, &error));
    ck_assert_ptr_nonnull(strstr(error.text, "/dev/zero does not fit"));
    free_ram(&target);
    refuse((struct bytes){ .data = malloc(1), .size = 0 }, 1, "is empty");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("loader/kernel");
    TCase *image = tcase_create("Image");
    tcase_add_test(image, booting_rst_text_offset_is_obeyed);
    tcase_add_test(image, text_offset_0_leaves_room_for_the_boot_stub);
    tcase_add_test(image, image_size_0_means_an_old_kernel_at_0x80000);
    tcase_add_test(image, bss_is_cleared);
    tcase_add_test(image, a_truncated_image_is_told_by_its_pe_sections);
    suite_add_tcase(suite, image);
    TCase *others = tcase_create("other formats");
    tcase_add_test(others, image_gz_is_unpacked);
    tcase_add_test(others, efi_zboot_with_gzip_is_unpacked);
    tcase_add_test(others, efi_zboot_with_another_method_is_refused_by_name);
    tcase_add_test(others, raw_code_goes_where_an_old_kernel_goes);
    suite_add_tcase(suite, others);
    TCase *refused = tcase_create("refused");
    tcase_add_test(refused, what_does_not_fit_into_ram_names_the_file_and_m);
    tcase_add_test(refused, damaged_and_cut_gzip_is_refused);
    tcase_add_test(refused, files_for_other_loaders_are_named);
    tcase_add_test(refused, missing_empty_and_unreadable_files_are_named);
    suite_add_tcase(suite, refused);
    return run_suite(suite);
}
