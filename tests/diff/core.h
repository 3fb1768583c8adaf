/* SPDX-License-Identifier: MIT */
/* The core's side of the differential test. */
#ifndef TESTS_DIFF_CORE_H
#define TESTS_DIFF_CORE_H

#include "tests/diff/record.h"

#include <stdbool.h>
#include <stddef.h>

struct core;
struct cpu_coverage;
/* One CPU at EL0, with the memory of record.h mapped by the MMU. NULL: out of memory. */
struct core *core_create(void);
void core_destroy(struct core *core);
/* How a case is executed: one instruction at a time (cpu_step), from decoded pages with their fused sequences (cpu_run), or from pages
 * that were compiled after that. */
enum core_way { CORE_STEPPED, CORE_DECODED, CORE_COMPILED, CORE_WAYS };
/* Is anything ever compiled here? */
bool core_compiles(struct core *core);

/* At most CASES_MAX. */
void core_run(struct core *core, const struct diff_case *cases, struct diff_state *results,
              size_t count, enum core_way way);

/* What cannot be compared: an abort outside of the memory of record.h, where the reference may have
 * some (sequences compute addresses of their own); stores to the code that are not made visible. */
static inline bool core_is_wild(const struct diff_state *result)
{
    const bool abort = result->end == END_ABORT || result->end == END_PERMISSION;
    return result->end == END_WILD ||
           (abort && result->address - DATA_BASE >= DATA_END - DATA_BASE &&
            result->address - CODE_BASE >= SLOT * CASES_MAX);
}

/* How often each row was executed, or was UNDEFINED, in cases that were stepped and are not wild.
 */
const struct cpu_coverage *core_coverage(const struct core *core);

#endif
