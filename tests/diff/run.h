/* SPDX-License-Identifier: MIT */
/* A run of the differential test: its batches, and what becomes of a difference. */
#ifndef TESTS_DIFF_RUN_H
#define TESTS_DIFF_RUN_H

#include "tests/diff/core.h"
#include "tests/diff/generate.h"

#define KNOWN 6 /* entries of known.c */

struct run {
    struct generator generator;
    uint64_t count; /* cases */
    bool show_rows;
    char *const *reference; /* argv */
    struct core *core;
    /* A batch: CASES_MAX each. */
    struct diff_case *cases;
    struct diff_state *expected, *results;
    uint64_t cases_of[A64_ROWS + 1], differences_of[A64_ROWS + 1]; /* by a case's first row */
    uint64_t wild, known[KNOWN];
};

/* -- reference.c's other end: process.c -- */
/* Runs the first `count` of run->cases; fills run->expected. false: it did not answer, which was
 * reported. */
bool run_reference(struct run *run, size_t count);

/* -- compare.c -- */
/* Nothing to object to: the results are the same, or both may do as they like. */
bool same_result(const struct diff_state *expected, const struct diff_state *result);
void print_differences(const struct diff_case *c, const struct diff_state *expected,
                       const struct diff_state *result);

/* -- shrink.c -- */
/* Makes a case that differs as small as it gets, one instruction if possible. way: of the core that
 * differs. Uses the batch's arrays. */
void shrink(struct run *run, struct diff_case *c, enum core_way way);

/* -- testcase.c -- */
/* Prints a case and what the reference makes of it as a test for tests/cpu (insn.h). */
void print_test(const struct diff_case *c, const struct diff_state *expected,
                const struct diff_state *result);

/* -- known.c: where the reference is wrong, or free -- */
/* Which entry of its table explains the difference; -1: none, it is the core's. */
int known_difference(const struct diff_case *c, const struct diff_state *expected,
                     const struct diff_state *result);
const char *known_name(int number);

#endif
