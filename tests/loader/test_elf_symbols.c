/* SPDX-License-Identifier: MIT */
/* Symbol tables, good and spoilt, and vmlinux files: System V gABI, "Symbol Table", "Program
 * Header". */
#include <elf.h>
#include <stdlib.h>

#include "loader/elf_symbols.h"
#include "loader/kernel.h"
#include "tests/loader/rig.h"

#define BASE UINT64_C(0xffff800008000000)

/* As long as keeps the section headers behind it aligned. */
static const char names[48] = "\0start\0$x\0buffer\0Alias\0undefined\0_early\0";
enum { START = 1, MARK = 7, BUFFER = 10, ALIAS = 17, UNDEFINED = 23, EARLY = 33 };

#define FUNC   ELF64_ST_INFO(STB_GLOBAL, STT_FUNC)
#define OBJECT ELF64_ST_INFO(STB_LOCAL, STT_OBJECT)
#define NONE   ELF64_ST_INFO(STB_LOCAL, STT_NOTYPE)

static const Elf64_Sym table[] = {
    { 0 },
    { BUFFER, OBJECT, 0, 2, BASE + 0x2000, 0x100 },
    { MARK, NONE, 0, 1, BASE + 0x1000, 0 },
    { EARLY, NONE, 0, 1, BASE + 0x1000, 0 },
    { START, FUNC, 0, 1, BASE + 0x1000, 0x40 },
    { UNDEFINED, FUNC, 0, SHN_UNDEF, 0, 0 },
    { ALIAS, NONE, 0, 1, BASE + 0x1800, 0 },
};

/* An ELF file with a segment at BASE and the tables above. */
static struct bytes make_file(void)
{
    struct bytes b = make_elf(BASE, 128, 256, BASE);
    const uint64_t at = b.size, strings = at + sizeof(table), sections = strings + sizeof(names);
    const Elf64_Shdr section[] = {
        { 0 },
        { .sh_type = SHT_SYMTAB,
          .sh_offset = at,
          .sh_size = sizeof(table),
          .sh_link = 2,
          .sh_entsize = sizeof(*table) },
        { .sh_type = SHT_STRTAB, .sh_offset = strings, .sh_size = sizeof(names) },
    };
    b.size = sections + sizeof(section);
    b.data = realloc(b.data, b.size);
    memcpy(b.data + at, table, sizeof(table));
    memcpy(b.data + strings, names, sizeof(names));
    memcpy(b.data + sections, section, sizeof(section));
    Elf64_Ehdr *header = (Elf64_Ehdr *)b.data;
    header->e_shoff = sections;
    header->e_shnum = 3;
    header->e_shentsize = sizeof(*section);
    return b;
}

static Elf64_Shdr *section_of(struct bytes *b, unsigned i)
{
    return (Elf64_Shdr *)(b->data + ((Elf64_Ehdr *)b->data)->e_shoff) + i;
}

static void expect_name(const struct elf_symbols *symbols, uint64_t address, const char *name)
{
    const struct elf_symbol *symbol = elf_symbols_at(symbols, address);
    if (!name)
        ck_assert_ptr_null(symbol);
    else
        ck_assert_str_eq(symbol ? symbol->name : "nothing", name);
}

START_TEST(an_address_belongs_to_the_symbol_around_it)
{
    struct bytes b = make_file();
    struct elf_symbols symbols = { 0 };
    struct load_error error;
    ck_assert_msg(elf_symbols_read(temp_file(b.data, b.size), &symbols, &error), "%s", error.text);
    ck_assert_uint_eq(symbols.base, BASE);
    expect_name(&symbols, BASE + 0xfff, NULL);
    expect_name(&symbols, BASE + 0x1000,
                "start"); /* has a size; the mark between code and data is no name */
    expect_name(&symbols, BASE + 0x103f, "start");
    expect_name(&symbols, BASE + 0x1040, NULL);
    expect_name(&symbols, BASE + 0x1ffc, "Alias"); /* without a size: up to the next */
    expect_name(&symbols, BASE + 0x20ff, "buffer");
    expect_name(&symbols, BASE + 0x2100, NULL);
    ck_assert_uint_eq(elf_symbols_find(&symbols, "_early")->address, BASE + 0x1000);
    ck_assert_ptr_null(elf_symbols_find(&symbols, "undefined"));
    elf_symbols_free(&symbols);
    free(b.data);
}
END_TEST

static void refuse(struct bytes b, const char *why)
{
    struct elf_symbols symbols = { 0 };
    struct load_error error;
    ck_assert(!elf_symbols_read(temp_file(b.data, b.size), &symbols, &error));
    ck_assert_msg(strstr(error.text, why), "message: %s", error.text);
    ck_assert_uint_eq(symbols.count, 0);
    free(b.data);
}

START_TEST(spoilt_tables_are_refused)
{
    struct bytes b = make_file();
    section_of(&b, 1)->sh_type = SHT_PROGBITS;
    refuse(b, "stripped");
    b = make_file();
    section_of(&b, 1)->sh_link = 3;
    refuse(b, "stripped");
    b = make_file();
    section_of(&b, 1)->sh_size = UINT64_MAX - 7;
    refuse(b, "damaged");
    b = make_file();
    section_of(&b, 2)->sh_offset = b.size;
    refuse(b, "damaged");
    b = make_file();
    b.size = 70;
    refuse(b, "damaged");
    b = make_file();
    b.data[EI_CLASS] = ELFCLASS32;
    refuse(b, "no ELF file for AArch64");
}
END_TEST

START_TEST(a_name_outside_its_table_is_left_out)
{
    struct bytes b = make_file();
    struct elf_symbols symbols = { 0 };
    struct load_error error;
    Elf64_Sym *sym = (Elf64_Sym *)(b.data + section_of(&b, 1)->sh_offset);
    sym[1].st_name = UINT32_MAX;
    ck_assert(elf_symbols_read(temp_file(b.data, b.size), &symbols, &error));
    expect_name(&symbols, BASE + 0x2000, "Alias");
    elf_symbols_free(&symbols);
    free(b.data);
}
END_TEST

/* ---- vmlinux ---- */

static struct bytes make_vmlinux(void)
{
    struct bytes b = make_elf(BASE, 128, 256, BASE);
    uint8_t *image = b.data + sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr);
    memset(image, 0, 64);
    put64(image + 16, 0x1000); /* image_size */
    memcpy(image + 56, "ARM\x64", 4);
    return b;
}

START_TEST(a_vmlinux_is_laid_out_as_its_image)
{
    struct load_target target = make_ram(16);
    struct blob_list list = { 0 };
    struct kernel kernel;
    struct load_error error;
    struct bytes b = make_vmlinux();
    ((Elf64_Ehdr *)b.data)->e_type = ET_DYN; /* a relocatable kernel's */
    bool ok = kernel_load(temp_file(b.data, b.size), &target, &list, &kernel, &error);
    ck_assert_msg(ok, "%s", error.text);
    blob_write_all(&list, &target);
    ck_assert(kernel.stub);
    ck_assert_uint_eq(kernel.entry, 0x40200000);
    ck_assert_uint_eq(kernel.end, 0x40201000);
    ck_assert_uint_eq(kernel.va, BASE);
    ck_assert_uint_eq(target.ram[0x200000 + 127], 0xaa);
    ck_assert_uint_eq(target.ram[0x200000 + 128], 0);
    blob_list_free(&list);
    free_ram(&target);
    free(b.data);
}
END_TEST

START_TEST(spoilt_vmlinux_files_are_refused)
{
    struct load_target target = make_ram(4);
    for (unsigned i = 0; i < 4; i++) {
        static const char *const why[] = { "damaged", "damaged", "-m", "no Linux kernel" };
        struct blob_list list = { 0 };
        struct kernel kernel;
        struct load_error error;
        struct bytes b = make_vmlinux();
        Elf64_Phdr *p = (Elf64_Phdr *)(b.data + sizeof(Elf64_Ehdr));
        if (i == 0)
            p->p_offset = b.size;
        if (i == 1)
            p->p_vaddr = UINT64_MAX - 64;
        if (i == 2) { /* one segment far above the other: the headers overlap the first's bytes */
            ((Elf64_Ehdr *)b.data)->e_phnum = 2;
            p[1] = p[0];
            p[1].p_vaddr += 1u << 30;
        }
        if (i == 3)
            memset(b.data + sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr) + 56, 0, 4);
        ck_assert(!kernel_load(temp_file(b.data, b.size), &target, &list, &kernel, &error));
        ck_assert_msg(strstr(error.text, why[i]), "message: %s", error.text);
        blob_list_free(&list);
        free(b.data);
    }
    free_ram(&target);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("elf_symbols");
    TCase *tc = tcase_create("elf_symbols");
    tcase_add_test(tc, an_address_belongs_to_the_symbol_around_it);
    tcase_add_test(tc, spoilt_tables_are_refused);
    tcase_add_test(tc, a_name_outside_its_table_is_left_out);
    tcase_add_test(tc, a_vmlinux_is_laid_out_as_its_image);
    tcase_add_test(tc, spoilt_vmlinux_files_are_refused);
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
