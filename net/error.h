/* SPDX-License-Identifier: MIT */
/*
 * A host or user error, on its way up to whoever prints it: one line that names the option or file
 * and what to do about it. The caller owns the struct; it is written only when something fails.
 */
#ifndef NET_ERROR_H
#define NET_ERROR_H

#include <stdbool.h>

struct net_error {
    char text[512]; /* no newline */
};

/* Fills in the text (`error` may be NULL) and returns false, so that a caller can return it in
 * turn. */
__attribute__((format(printf, 2, 3))) bool net_error_set(struct net_error *error,
                                                         const char *format, ...);

#endif
