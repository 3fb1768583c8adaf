/* SPDX-License-Identifier: MIT */
/*
 * What went wrong with a file, on its way up to whoever prints it: one line that names the file and
 * what to do about it. The caller owns the struct; it is written only when something fails.
 */
#ifndef LOADER_ERROR_H
#define LOADER_ERROR_H

#include <stdbool.h>

struct load_error {
    char text[512]; /* no newline */
};

/* Fills in the text and returns false, so that a caller can return it in turn. */
__attribute__((format(printf, 2, 3))) bool load_error_set(struct load_error *error,
                                                          const char *format, ...);

#endif
