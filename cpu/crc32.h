/* SPDX-License-Identifier: MIT */
/* The checksums of CRC32{B,H,W,X} and CRC32C{B,H,W,X} (Arm ARM C6.2), in their reflected form. */
#ifndef CPU_CRC32_H
#define CPU_CRC32_H

#include <stdint.h>

/* The accumulator after the low `bytes` (1, 2, 4, 8) bytes of value, least significant first. */
uint32_t crc32_update(uint32_t crc, uint64_t value, unsigned bytes);
uint32_t crc32c_update(uint32_t crc, uint64_t value, unsigned bytes);

#endif
