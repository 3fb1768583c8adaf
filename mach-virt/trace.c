/* SPDX-License-Identifier: MIT */
#include "mach-virt/trace.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "mach-virt/run_parallel.h"
#include "mach-virt/virt.h"

static void print_state(struct virt *virt, const struct cpu *cpu)
{
    FILE *out = virt->log->out;
    fprintf(out, "PC=%016" PRIx64 " PSTATE=%08" PRIx32 "\n", cpu_get_pc(cpu), cpu_get_pstate(cpu));
    for (unsigned i = 0; i < 32; i++)
        fprintf(out, "X%02u=%016" PRIx64 "%c", i, cpu_get_x(cpu, i), i % 4 == 3 ? '\n' : ' ');
}

static void print_instruction(FILE *out, unsigned cpu, uint64_t pc, const char *text)
{
    fprintf(out, "cpu%u %016" PRIx64 " %s\n", cpu, pc, text);
}

static void instruction(void *ctx, unsigned cpu, uint64_t pc, uint32_t word, const char *text)
{
    struct virt *virt = ctx;
    parallel_lock(virt);
    if (virt->config->log & LOG_ITEM_CPU)
        print_state(virt, virt->cpu[cpu]);
    if (virt->config->log & LOG_ITEM_EXEC)
        print_instruction(virt->log->out, cpu, pc, text);
    if (virt->trace_file)
        print_instruction(virt->trace_file, cpu, pc, text);
    parallel_unlock(virt);
}

static void set_trace(struct virt *virt)
{
    bool wanted = (virt->config->log & (LOG_ITEM_EXEC | LOG_ITEM_CPU)) || virt->trace_file;
    virt->trace = (struct cpu_trace){ virt, instruction };
    for (unsigned i = 0; i < virt->cpus; i++)
        cpu_set_trace(virt->cpu[i], wanted ? &virt->trace : NULL);
}

void trace_start(struct virt *virt)
{
    set_trace(virt);
}

bool trace_to_file(struct virt *virt, const char *path, struct error *error)
{
    bool ok = true;
    if (virt->trace_file && fclose(virt->trace_file))
        ok = error_set(error, "the trace could not be written: %s", strerror(errno));
    virt->trace_file = path ? fopen(path, "we") : NULL;
    if (path && !virt->trace_file)
        ok = error_set(error, "cannot write %s: %s", path, strerror(errno));
    set_trace(virt);
    return ok;
}
