/* SPDX-License-Identifier: MIT */
/* Pointer chasing out of the reach of any TLB: 64 MiB of 4 KiB pages, a new one with each step. */
#include "tests/bench/kernels/chase.h"

u64 work(void)
{
    return chase(make_circle(64ul << 20), 10000000);
}
