/* SPDX-License-Identifier: MIT */
/*
 * A host or user error on its way up to main, which prints it: one line that names the option or
 * file and what to do about it. The caller owns the struct; it is written only when something
 * fails.
 */
#ifndef MACH_VIRT_ERROR_H
#define MACH_VIRT_ERROR_H

#include <stdbool.h>

struct error {
    char text[600]; /* no newline; room for a folder's own error with a few words in front */
};

/* Fills in the text and returns false, so that a caller can return it in turn. */
__attribute__((format(printf, 2, 3))) bool error_set(struct error *error, const char *format, ...);

#endif
