/* SPDX-License-Identifier: MIT */
/*
 * Every instruction that is executed, a line each: in the log (-d exec), with every register before
 * it (-d cpu), or, from the monitor and only for as long as the user likes, in a file. The
 * processors take their slow path meanwhile.
 */
#ifndef MACH_VIRT_TRACE_H
#define MACH_VIRT_TRACE_H

#include "mach-virt/error.h"

struct virt;

/* Starts what config->log asks for. */
void trace_start(struct virt *virt);
/* Writes to a new file from now on, besides what the log gets. NULL: no longer, and the file is
 * closed. */
bool trace_to_file(struct virt *virt, const char *path, struct error *error);

#endif
