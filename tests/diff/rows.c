/* SPDX-License-Identifier: MIT */
#include "tests/diff/rows.h"

#include <string.h>

static bool starts(const char *name, const char *prefix)
{
    return strncmp(name, prefix, strlen(prefix)) == 0;
}

static bool ends(const char *name, const char *suffix)
{
    const size_t n = strlen(name), m = strlen(suffix);
    return n >= m && strcmp(name + n - m, suffix) == 0;
}

static bool starts_with_one_of(const char *name, const char *const prefixes[], unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (starts(name, prefixes[i]))
            return true;
    return false;
}
#define STARTS_WITH(name, ...)                                                                     \
    starts_with_one_of(name, (const char *const[]){ __VA_ARGS__ },                                 \
                       sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

static struct field field_of(const struct a64_row_info *info, const char *name)
{
    for (unsigned i = 0; i < info->fields; i++)
        if (strcmp(info->field[i].name, name) == 0)
            return (struct field){ info->field[i].lsb, info->field[i].width, true };
    return (struct field){ 0, 0, false };
}

/* The first of these that the row has. */
static struct field target_of(const struct a64_row_info *info)
{
    static const char *const names[] = { "imm14", "imm19", "imm26" };
    for (unsigned i = 0; i < 3; i++)
        if (field_of(info, names[i]).present)
            return field_of(info, names[i]);
    return (struct field){ 0, 0, false };
}

static void find_fields(const struct a64_row_info *info, struct row_facts *f)
{
    f->Rd = field_of(info, "Rd");
    f->Rn = field_of(info, "Rn");
    f->Rm = field_of(info, "Rm");
    f->Rt = field_of(info, "Rt");
    f->Rt2 = field_of(info, "Rt2");
    f->Rs = field_of(info, "Rs");
    f->option = field_of(info, "option");
    f->imm12 = field_of(info, "imm12");
    f->imm7 = field_of(info, "imm7");
    f->immhi = field_of(info, "immhi");
    f->target = target_of(info);
}

static void find_kind(const char *name, struct row_facts *f)
{
    f->load = starts(name, "LD");
    f->memory = f->load || STARTS_WITH(name, "ST", "PRFM");
    f->store_exclusive = STARTS_WITH(name, "STX", "STLX");
    f->exclusive = f->store_exclusive || STARTS_WITH(name, "LDX", "LDAX");
    f->indirect = STARTS_WITH(name, "BR", "BLR", "RET") && !starts(name, "BRK");
    f->links = starts(name, "BL");
    f->simd_memory = f->memory && strstr(name, "_simd");
    f->writeback = f->memory && (ends(name, "_pre") || ends(name, "_post"));
    f->adrp = starts(name, "ADRP");
    f->adr = starts(name, "ADR") && !f->adrp;
    f->system = STARTS_WITH(name, "MSR_", "MRS", "SYS");
    f->plain =
        !f->memory && !f->indirect && !f->system && !f->adr && !f->adrp && !f->target.present;
}

void row_table_fill(struct row_table *table)
{
    memset(table, 0, sizeof(*table));
    for (unsigned i = 0; i < A64_ROWS; i++) {
        struct row_facts *f = &table->row[i];
        const char *name = a64_rows[i].name;
        find_fields(&a64_rows[i], f);
        find_kind(name, f);
        /* A system call, the end of a case, and what a kernel may let a program do or not. */
        f->covered = a64_rows[i].decode && !STARTS_WITH(name, "SVC", "BRK", "WFI", "WFE", "YIELD");
    }
}

bool row_is_unpredictable(const struct row_facts *f, uint32_t word)
{
    const uint32_t Rt = field_get(word, f->Rt), Rt2 = field_get(word, f->Rt2);
    const uint32_t Rn = field_get(word, f->Rn), Rs = field_get(word, f->Rs);
    if (f->store_exclusive)
        return Rs == Rt || Rs == Rt2 || (Rs == Rn && Rn != 31);
    if (f->load && f->Rt2.present && Rt == Rt2)
        return true;
    return f->writeback && !f->simd_memory && Rn != 31 &&
           (Rt == Rn || (f->Rt2.present && Rt2 == Rn));
}
