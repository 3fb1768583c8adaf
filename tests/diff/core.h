/* SPDX-License-Identifier: MIT */
/* The core's side of the differential test. */
#ifndef TESTS_DIFF_CORE_H
#define TESTS_DIFF_CORE_H

#include "tests/diff/record.h"

#include <stdbool.h>
#include <stddef.h>

struct core;
/* One CPU at EL0, with the memory of record.h mapped by the MMU. NULL: out of memory. */
struct core *core_create(void);
void core_destroy(struct core *core);
/* At most CASES_MAX. step: one instruction at a time (cpu_step), else from decoded pages (cpu_run).
 */
void core_run(struct core *core, const struct diff_case *cases, struct diff_state *results,
              size_t count, bool step);

#endif
