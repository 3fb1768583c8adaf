/* SPDX-License-Identifier: MIT */
/*
 * Whether two runs came to the same state, in one line: a hash of everything that belongs to the
 * machine and that a guest could see. Two runs of the same version of the program with the same
 * inputs have the same hashes; the parts tell where runs that differ do.
 *
 * RAM that was never touched costs next to nothing. No TLB, decoded instruction or host resource is
 * part of it.
 */
#ifndef MACH_VIRT_STATE_HASH_H
#define MACH_VIRT_STATE_HASH_H

#include <stddef.h>
#include <stdint.h>

struct virt;

struct state_hash {
    uint64_t instructions; /* retired by all processors */
    uint64_t time;         /* guest ns since power-on */
    uint64_t ram, processors, devices;
};

#define STATE_HASH_TEXT 160

/* Between rounds, or after the run. */
void state_hash_take(const struct virt *virt, struct state_hash *hash);
/* The same in words: "instructions=N time=NS ram=HASH processors=HASH devices=HASH". */
void state_hash_print(const struct virt *virt, char text[STATE_HASH_TEXT]);

#endif
