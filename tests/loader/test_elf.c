/* SPDX-License-Identifier: MIT */
#include <elf.h>
#include <stdlib.h>

#include "loader/elf.h"
#include "tests/loader/rig.h"

struct attempt {
    struct load_target target;
    struct blob_list list;
    struct elf_result result;
    struct load_error error;
    bool ok;
};

static struct attempt load(struct bytes b)
{
    struct attempt a = { .target = make_ram(4) };
    memset(a.target.ram, 0xff, a.target.size);
    a.ok = is_elf(&b) && elf_load("x.elf", &b, &a.target, &a.list, &a.result, &a.error);
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

static void refuse(struct bytes b, const char *why)
{
    struct attempt a = load(b);
    ck_assert(!a.ok);
    ck_assert_msg(strstr(a.error.text, why), "message: %s", a.error.text);
    done(&a);
}

static Elf64_Ehdr *header(struct bytes *b)
{
    return (Elf64_Ehdr *)b->data;
}

static Elf64_Phdr *segment(struct bytes *b)
{
    return (Elf64_Phdr *)(b->data + sizeof(Elf64_Ehdr));
}

START_TEST(segments_go_to_physical_addresses_and_bss_is_cleared)
{
    struct attempt a = load(make_elf(0x40100000, 256, 512, 0x40100010));
    ck_assert(a.ok);
    ck_assert_uint_eq(a.result.entry, 0x40100010);
    ck_assert_uint_eq(a.result.low, 0x40100000);
    ck_assert_uint_eq(a.result.end, 0x40100200);
    ck_assert_uint_eq(a.target.ram[0x100000 - 1], 0xff);
    ck_assert_uint_eq(a.target.ram[0x100000], 0xaa);
    ck_assert_uint_eq(a.target.ram[0x100000 + 255], 0xaa);
    ck_assert_uint_eq(a.target.ram[0x100000 + 256], 0);
    ck_assert_uint_eq(a.target.ram[0x100000 + 511], 0);
    ck_assert_uint_eq(a.target.ram[0x100000 + 512], 0xff);
    done(&a);
}
END_TEST

START_TEST(a_virtual_entry_point_moves_with_its_segment)
{
    struct bytes b = make_elf(0x40100000, 256, 256, 0xffff000000080020);
    segment(&b)->p_vaddr = 0xffff000000080000;
    struct attempt a = load(b);
    ck_assert(a.ok);
    ck_assert_uint_eq(a.result.entry, 0x40100020);
    done(&a);
}
END_TEST

START_TEST(a_segment_without_ram_is_left_out_and_counted)
{
    struct bytes small = make_elf(0x40100000, 16, 16, 0x40100000);
    struct bytes b = { .data = calloc(1, 256), .size = 256 };
    memcpy(b.data, small.data, small.size);
    header(&b)->e_phnum = 2;
    segment(&b)->p_offset = 200;
    segment(&b)[1] = *segment(&b);
    segment(&b)[1].p_paddr = segment(&b)[1].p_vaddr = 0x400000;
    struct attempt a = load(b);
    ck_assert(a.ok);
    ck_assert_uint_eq(a.result.outside, 1);
    ck_assert_uint_eq(a.result.left_out, 0x400000);
    done(&a);
    free(small.data);
}
END_TEST

START_TEST(an_entry_point_without_ram_is_refused)
{
    refuse(make_elf(0xffff000008080000, 16, 16, 0xffff000008080000), "its Image, not from vmlinux");
    refuse(make_elf(0x40100000, 16, 16, 0x40100010), "entry point");
    refuse(make_elf(0x403fffff, 16, 16, 0x403fffff), "entry point");
    refuse(make_elf(0x40000000, 16, UINT64_MAX - 15, 0x40000000), "entry point");
    refuse(make_elf(UINT64_MAX, 16, 16, UINT64_MAX), "entry point");
}
END_TEST

START_TEST(files_for_other_processors_are_refused)
{
    struct bytes b = make_elf(0x40100000, 16, 16, 0x40100000);
    header(&b)->e_machine = EM_X86_64;
    refuse(b, "another processor");
    b = make_elf(0x40100000, 16, 16, 0x40100000);
    header(&b)->e_ident[EI_CLASS] = ELFCLASS32;
    refuse(b, "another processor");
    b = make_elf(0x40100000, 16, 16, 0x40100000);
    header(&b)->e_ident[EI_DATA] = ELFDATA2MSB;
    refuse(b, "big-endian");
    b = make_elf(0x40100000, 16, 16, 0x40100000);
    header(&b)->e_type = ET_DYN;
    refuse(b, "-static");
}
END_TEST

START_TEST(headers_that_point_outside_the_file_are_refused)
{
    struct bytes b = make_elf(0x40100000, 16, 16, 0x40100000);
    b.size = 63;
    refuse(b, "truncated");
    b = make_elf(0x40100000, 16, 16, 0x40100000);
    header(&b)->e_phoff = UINT64_MAX - 8;
    refuse(b, "truncated");
    b = make_elf(0x40100000, 16, 16, 0x40100000);
    header(&b)->e_phnum = 65535;
    refuse(b, "truncated");
    b = make_elf(0x40100000, 16, 16, 0x40100000);
    header(&b)->e_phentsize = 0;
    refuse(b, "program headers");
    b = make_elf(0x40100000, 16, 16, 0x40100000);
    segment(&b)->p_filesz = segment(&b)->p_memsz = 17;
    refuse(b, "truncated");
    b = make_elf(0x40100000, 16, 16, 0x40100000);
    segment(&b)->p_offset = UINT64_MAX;
    refuse(b, "truncated");
    b = make_elf(0x40100000, 16, 16, 0x40100000);
    segment(&b)->p_memsz = 15;
    refuse(b, "damaged");
}
END_TEST

START_TEST(overlapping_segments_are_refused)
{
    struct bytes small = make_elf(0x40100000, 16, 16, 0x40100000);
    struct bytes b = { .data = calloc(1, 256), .size = 256 };
    memcpy(b.data, small.data, small.size);
    header(&b)->e_phnum = 2;
    segment(&b)->p_offset = 200;
    segment(&b)[1] = *segment(&b);
    segment(&b)[1].p_paddr += 15;
    refuse(b, "overlaps");
    free(small.data);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("loader/elf");
    TCase *tests = tcase_create("ELF");
    tcase_add_test(tests, segments_go_to_physical_addresses_and_bss_is_cleared);
    tcase_add_test(tests, a_virtual_entry_point_moves_with_its_segment);
    tcase_add_test(tests, a_segment_without_ram_is_left_out_and_counted);
    tcase_add_test(tests, an_entry_point_without_ram_is_refused);
    tcase_add_test(tests, files_for_other_processors_are_refused);
    tcase_add_test(tests, headers_that_point_outside_the_file_are_refused);
    tcase_add_test(tests, overlapping_segments_are_refused);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
