/* SPDX-License-Identifier: MIT */
/* The machine as the debug stub sees it: gdbstub/target.h filled in. ctx is a struct debug. */
#ifndef MACH_VIRT_DEBUG_TARGET_H
#define MACH_VIRT_DEBUG_TARGET_H

#include "gdbstub/target.h"

extern const struct gdb_target_ops debug_target_ops;

#endif
