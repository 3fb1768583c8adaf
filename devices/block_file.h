/* SPDX-License-Identifier: MIT */
/*
 * A raw disk image in a host file or block device.
 */
#ifndef DEVICES_BLOCK_FILE_H
#define DEVICES_BLOCK_FILE_H

#include <stddef.h>

#include "devices/block.h"

/* Opens `path` as a disk. The file is locked against a second writer as long as it is open. Its
 * last partial sector, if there is one, is not part of the disk. false: `error` says what is wrong
 * and names the file, and `out` is untouched. */
bool block_file_open(struct block *out, const char *path, bool readonly, char *error,
                     size_t error_size);

#endif
