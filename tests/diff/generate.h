/* SPDX-License-Identifier: MIT */
/*
 * Random cases. A row of the decode table is chosen, its fields are filled, and the state is made
 * interesting to it: addresses point into the window, branches go a few instructions ahead,
 * floating-point registers hold special values. Everything follows from the seed.
 */
#ifndef TESTS_DIFF_GENERATE_H
#define TESTS_DIFF_GENERATE_H

#include "tests/diff/record.h"

#include <stdbool.h>
#include <stddef.h>

struct generator {
    uint64_t seed;      /* changes with each case */
    const char *prefix; /* rows whose names begin so; "" is all */
    unsigned length;    /* instructions of a case, up to WORDS_MAX */
    const uint32_t
        *text; /* if not NULL, instructions are taken from here, as they follow each other */
    size_t text_words;
};

/* Can this row be tested: not one that enters the system or waits? */
bool generate_covers(unsigned row);
/* false: there is nothing to choose from. */
bool generate_case(struct generator *g, struct diff_case *c);

#endif
