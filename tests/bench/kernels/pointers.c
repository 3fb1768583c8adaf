/* SPDX-License-Identifier: MIT */
/* Pointer chasing within the reach of the TLB: 256 KiB. */
#include "tests/bench/kernels/chase.h"

u64 work(void)
{
    return chase(make_circle(256ul << 10), 250000000);
}
