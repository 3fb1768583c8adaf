/* SPDX-License-Identifier: MIT */
/* -d exec and -d cpu: every instruction, or every register before it, in the log. */
#ifndef MACH_VIRT_TRACE_H
#define MACH_VIRT_TRACE_H

struct virt;

/* Starts what config->log asks for; the processors take their slow path from then on. */
void trace_start(struct virt *virt);

#endif
