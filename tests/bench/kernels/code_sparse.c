/* SPDX-License-Identifier: MIT */
/* 10 MiB of code, executed sparsely: 40 instructions in each page, the pages in random order. */
#include "tests/bench/kernels/emit.h"

#define PAGES 2560
#define RUN   40

static unsigned short order[PAGES];

static void shuffle(u64 *random)
{
    for (u32 i = 0; i < PAGES; i++)
        order[i] = (unsigned short)i;
    for (u32 i = PAGES - 1; i > 0; i--) {
        u32 k = next_random(random) % (i + 1);
        unsigned short page = order[i];

        order[i] = order[k];
        order[k] = page;
    }
}

static u64 run_start(u32 i)
{
    return (u64)free_memory + order[i] * PAGE_SIZE + order[i] * 68u % 3800 / 4 * 4;
}

u64 work(void)
{
    u64 random = 11, result = 0;

    shuffle(&random);
    for (u32 i = 0; i < PAGES; i++) {
        u32 *code = (u32 *)run_start(i);

        emit_run(code, RUN, &random);
        code[RUN] = i + 1 < PAGES ? branch((u64)(code + RUN), run_start(i + 1)) : INSN_RET;
    }
    publish_code((u64)free_memory, PAGES * PAGE_SIZE);
    for (u64 round = 0; round < 2000; round++)
        result = result * 31 + call_code(run_start(0), round);
    return result;
}
