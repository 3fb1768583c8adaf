/* SPDX-License-Identifier: MIT */
/* A whole host file in memory. Pipes are read to their end, so `-initrd <(command)` works. */
#ifndef LOADER_FILE_H
#define LOADER_FILE_H

#include "loader/bytes.h"
#include "loader/error.h"

/* Reads at most `limit` bytes, at least the size of RAM; a longer file is an error that speaks of
 * RAM. An empty file is an error too. */
bool file_read(const char *path, uint64_t limit, struct bytes *out, struct load_error *error);

#endif
