/* SPDX-License-Identifier: MIT */
/* A whole host file in memory. Pipes are read to their end, so `-initrd <(command)` works. */
#ifndef LOADER_FILE_H
#define LOADER_FILE_H

#include "loader/bytes.h"
#include "loader/error.h"

/* Reads at most `limit` bytes; a longer file is an error that speaks of RAM, because that is what
 * the limit is made of. An empty file is an error too. */
bool file_read(const char *path, uint64_t limit, struct bytes *out, struct load_error *error);

#endif
