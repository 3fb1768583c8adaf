/* SPDX-License-Identifier: MIT */
/* -profile FILE: which straight runs of instructions were executed, and how often; -coverage FILE: which rows of
 * cpu/a64.def (cpu/cpu.h). */
#ifndef MACH_VIRT_PROFILE_H
#define MACH_VIRT_PROFILE_H

#include <stdbool.h>

#include "mach-virt/error.h"

struct virt;

/* Starts counting what the configuration asks for; the processors take their slow path from then on. */
bool profile_start(struct virt *virt, struct error *error);
/* Writes the files. Without any: true. */
bool profile_end(struct virt *virt, struct error *error);

#endif
