/* SPDX-License-Identifier: MIT */
/* gzip files in memory (RFC 1952): the first member, whatever follows it. */
#ifndef LOADER_GUNZIP_H
#define LOADER_GUNZIP_H

#include "loader/bytes.h"
#include "loader/error.h"

bool is_gzip(const struct bytes *file);

/* Unpacks into fresh memory. `path` is for messages. False: damaged, cut short, or more than
 * `limit` bytes when unpacked (the limit is the machine's RAM). */
bool gunzip(const char *path, const struct bytes *file, uint64_t limit, struct bytes *out,
            struct load_error *error);

#endif
