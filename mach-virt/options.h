/* SPDX-License-Identifier: MIT */
/*
 * The command line, in QEMU's spelling; each option with one dash or two. README.md lists them, as
 * does -help; both come from the table in options_table.c.
 *
 * Whatever is not understood is an error that names it: an option, a property of one, a device.
 */
#ifndef MACH_VIRT_OPTIONS_H
#define MACH_VIRT_OPTIONS_H

#include <stdio.h>

#include "mach-virt/config.h"
#include "mach-virt/error.h"

/* Fills in `config`, which config_init has prepared and config_free frees, whatever the result. */
bool options_parse(struct config *config, int argc, char **argv, struct error *error);

void options_help(FILE *out);

#endif
