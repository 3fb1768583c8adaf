/* SPDX-License-Identifier: MIT */
/*
 * All bitmask immediates (Arm ARM J1, DecodeBitMasks with immediate TRUE and 64-bit width), by N:immr:imms; made by
 * bitmask_gen.c. Entries of reserved combinations are 0. The low half of an entry with N = 0 is the 32-bit immediate.
 */
#ifndef CPU_BITMASK_H
#define CPU_BITMASK_H

#include <stdint.h>

extern const uint64_t bitmask_immediates[1 << 13];

#endif
