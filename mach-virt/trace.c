/* SPDX-License-Identifier: MIT */
#include "mach-virt/trace.h"

#include <inttypes.h>

#include "mach-virt/run_parallel.h"
#include "mach-virt/virt.h"

static void print_state(struct virt *virt, const struct cpu *cpu)
{
    FILE *out = virt->log->out;
    fprintf(out, "PC=%016" PRIx64 " PSTATE=%08" PRIx32 "\n", cpu_get_pc(cpu), cpu_get_pstate(cpu));
    for (unsigned i = 0; i < 32; i++)
        fprintf(out, "X%02u=%016" PRIx64 "%c", i, cpu_get_x(cpu, i), i % 4 == 3 ? '\n' : ' ');
}

static void instruction(void *ctx, unsigned cpu, uint64_t pc, uint32_t word, const char *text)
{
    struct virt *virt = ctx;
    parallel_lock(virt);
    if (virt->config->log & LOG_ITEM_CPU)
        print_state(virt, virt->cpu[cpu]);
    if (virt->config->log & LOG_ITEM_EXEC)
        fprintf(virt->log->out, "cpu%u %016" PRIx64 " %s\n", cpu, pc, text);
    parallel_unlock(virt);
}

void trace_start(struct virt *virt)
{
    virt->trace = (struct cpu_trace){ virt, instruction };
    if (virt->config->log & (LOG_ITEM_EXEC | LOG_ITEM_CPU))
        for (unsigned i = 0; i < virt->cpus; i++)
            cpu_set_trace(virt->cpu[i], &virt->trace);
}
