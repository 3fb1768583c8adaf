/* SPDX-License-Identifier: MIT */
/* How often the rows of a64.def were executed; cpu.h has the public half. */
#ifndef CPU_COVERAGE_H
#define CPU_COVERAGE_H

#include "cpu/decode.h"

/* By enum a64_row; the last one is everything unallocated. */
struct cpu_coverage {
    uint64_t executed[A64_ROWS + 1];  /* tried, at least: an access may have faulted, SVC takes an exception */
    uint64_t undefined[A64_ROWS + 1]; /* encodings of the row that decode_ROW() finds UNDEFINED */
};

/* An instruction of this row is about to be executed by this handler. */
void coverage_note(struct cpu_coverage *coverage, unsigned row, handler_fn *handler);

#endif
