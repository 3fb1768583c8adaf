/* SPDX-License-Identifier: MIT */
#include "gdbstub/features.h"

static void write_vector(struct gdb_buffer *out, const struct gdb_type *type)
{
    gdb_buffer_print(out, "<vector id=\"%s\" type=\"%s\" count=\"%u\"/>", type->id, type->element,
                     type->count);
}

static void write_union(struct gdb_buffer *out, const struct gdb_type *type)
{
    gdb_buffer_print(out, "<union id=\"%s\">", type->id);
    for (unsigned i = 0; i < type->count; i++)
        gdb_buffer_print(out, "<field name=\"%s\" type=\"%s\"/>", type->field[i].name,
                         type->field[i].type);
    gdb_buffer_text(out, "</union>");
}

static void write_flags(struct gdb_buffer *out, const struct gdb_type *type)
{
    gdb_buffer_print(out, "<flags id=\"%s\" size=\"%u\">", type->id, type->bytes);
    for (unsigned i = 0; i < type->count; i++)
        gdb_buffer_print(out, "<field name=\"%s\" start=\"%u\" end=\"%u\"/>", type->field[i].name,
                         type->field[i].start, type->field[i].end);
    gdb_buffer_text(out, "</flags>");
}

static void write_type(struct gdb_buffer *out, const struct gdb_type *type)
{
    switch (type->kind) {
    case GDB_TYPE_VECTOR:
        write_vector(out, type);
        break;
    case GDB_TYPE_UNION:
        write_union(out, type);
        break;
    case GDB_TYPE_FLAGS:
        write_flags(out, type);
        break;
    }
}

/* gdb saves and restores registers around a call of the program's functions (`print f()`): not
 * those that are fetched on demand, whose writes have effects. */
static void write_register(struct gdb_buffer *out, const struct gdb_register *reg, unsigned number,
                           bool on_demand)
{
    gdb_buffer_print(out, "<reg name=\"%s\" bitsize=\"%u\" regnum=\"%u\" type=\"%s\"", reg->name,
                     reg->bits, number, reg->type ? reg->type : "int");
    if (reg->group)
        gdb_buffer_print(out, " group=\"%s\"", reg->group);
    gdb_buffer_text(out, on_demand ? " save-restore=\"no\"/>" : "/>");
}

void features_write_xml(struct gdb_buffer *out, const struct gdb_target *target)
{
    unsigned number = 0;
    gdb_buffer_text(out, "<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\">"
                         "<target version=\"1.0\">");
    gdb_buffer_print(out, "<architecture>%s</architecture>", target->ops->architecture);
    for (unsigned i = 0; i < target->features; i++) {
        const struct gdb_feature *feature = &target->feature[i];
        gdb_buffer_print(out, "<feature name=\"%s\">", feature->name);
        for (unsigned t = 0; t < feature->types; t++)
            write_type(out, &feature->type[t]);
        for (unsigned r = 0; r < feature->regs; r++)
            write_register(out, &feature->reg[r], number++, feature->on_demand);
        gdb_buffer_text(out, "</feature>");
    }
    gdb_buffer_text(out, "</target>");
}

const struct gdb_register *features_register(const struct gdb_target *target, uint64_t number,
                                             bool *on_demand)
{
    *on_demand = false;
    for (unsigned i = 0; i < target->features; i++) {
        const struct gdb_feature *feature = &target->feature[i];
        *on_demand |= feature->on_demand;
        if (number < feature->regs)
            return &feature->reg[number];
        number -= feature->regs;
    }
    return NULL;
}

unsigned features_register_bytes(const struct gdb_register *reg)
{
    return reg->bits / 8;
}
