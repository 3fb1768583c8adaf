/* SPDX-License-Identifier: MIT */
/* One straight loop of 12,000 instructions: nothing that repeats soon enough to be predicted. */
#include "tests/bench/kernels/emit.h"

#define SIZE 12000

u64 work(void)
{
    u32 *code = (u32 *)free_memory;
    u64 random = 13, result = 0;

    emit_run(code, SIZE, &random);
    code[SIZE] = INSN_RET;
    publish_code((u64)code, (SIZE + 1) * 4);
    for (u64 round = 0; round < 30000; round++)
        result = result * 31 + call_code((u64)code, round);
    return result;
}
