/* SPDX-License-Identifier: MIT */
/*
 * The target description (gdb's manual, "Target Descriptions"): the registers as XML, made from the
 * target's table.
 */
#ifndef GDBSTUB_FEATURES_H
#define GDBSTUB_FEATURES_H

#include "gdbstub/buffer.h"
#include "gdbstub/target.h"

/* Appends the whole of target.xml. */
void features_write_xml(struct gdb_buffer *out, const struct gdb_target *target);

/* Register by number; NULL: there is none. *on_demand: not part of g and G. */
const struct gdb_register *features_register(const struct gdb_target *target, uint64_t number,
                                             bool *on_demand);
unsigned features_register_bytes(const struct gdb_register *reg);

#endif
