/* SPDX-License-Identifier: MIT */
/*
 * The identification registers that every Arm PrimeCell ends its 4 KiB window with: PeriphID0-3 at
 * 0xfe0 and PCellID0-3 at 0xff0, eight bits each ("Peripheral identification registers" of each
 * manual).
 */
#ifndef DEVICES_PRIMECELL_H
#define DEVICES_PRIMECELL_H

#include <stdint.h>

#define PRIMECELL_ID_BASE 0xfe0
#define PRIMECELL_ID_END  0xfff

/* part: the 12-bit part number, 0x011 for the PL011; revision: 0..15. The designer is Arm (0x41).
 * offset: PRIMECELL_ID_BASE..PRIMECELL_ID_END. */
static inline uint32_t primecell_id(uint32_t part, uint32_t revision, uint64_t offset)
{
    const uint32_t periph = part | 0x41u << 12 | revision << 20, pcell = 0xb105f00d;
    return (offset < 0xff0 ? periph : pcell) >> 8 * (offset / 4 % 4) & 0xff;
}

#endif
