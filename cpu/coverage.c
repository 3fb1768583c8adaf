/* SPDX-License-Identifier: MIT */
#include "cpu/coverage.h"

#include "cpu/exec.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct cpu_coverage *cpu_coverage_create(void)
{
    return calloc(1, sizeof(struct cpu_coverage));
}

void cpu_coverage_destroy(struct cpu_coverage *coverage)
{
    free(coverage);
}

void cpu_set_coverage(struct cpu *cpu, struct cpu_coverage *coverage)
{
    cpu->coverage = coverage;
}

void coverage_note(struct cpu_coverage *coverage, unsigned row, handler_fn *handler)
{
    if (handler == exec_undefined || handler == exec_unimplemented)
        coverage->undefined[row]++;
    else
        coverage->executed[row]++;
}

bool cpu_coverage_write(const struct cpu_coverage *coverage, const char *path)
{
    FILE *file = fopen(path, "a");
    if (!file)
        return false;
    for (unsigned row = 0; row <= A64_ROWS; row++)
        if (coverage->executed[row] || coverage->undefined[row])
            fprintf(file, "%s %" PRIu64 " %" PRIu64 "\n", a64_rows[row].name, coverage->executed[row],
                coverage->undefined[row]);
    return fclose(file) == 0;
}
