/* SPDX-License-Identifier: MIT */
/* Counting straight runs of handlers; cpu.h has the public half. */
#ifndef CPU_PROFILE_H
#define CPU_PROFILE_H

#include "cpu/code.h"

/* The instruction at `pc`, about to be executed, is this record (fusion apart). */
void profile_note(struct cpu_profile *profile, uint64_t pc, const struct record *record);

#endif
