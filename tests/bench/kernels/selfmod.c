/* SPDX-License-Identifier: MIT */
/* Code that is rewritten before each of its runs, as a guest's own JIT or a patched kernel does. */
#include "tests/bench/kernels/emit.h"

#define SIZE 64

u64 work(void)
{
    u32 *code = (u32 *)free_memory;
    u64 random = 17, result = 0;

    for (u64 round = 0; round < 30000; round++) {
        emit_run(code, SIZE, &random);
        code[SIZE] = INSN_RET;
        publish_code((u64)code, (SIZE + 1) * 4);
        result = result * 31 + call_code((u64)code, round);
    }
    return result;
}
