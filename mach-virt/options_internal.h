/* SPDX-License-Identifier: MIT */
/* Between the option table, its handlers and the parser. */
#ifndef MACH_VIRT_OPTIONS_INTERNAL_H
#define MACH_VIRT_OPTIONS_INTERNAL_H

#include <stddef.h>

#include "mach-virt/config.h"
#include "mach-virt/error.h"

/* Handles the text behind the option ("" when it takes none). */
typedef bool option_handler(struct config *config, const char *value, struct error *error);

struct option {
    const char *name;     /* without dashes; NULL: the start of a group called `help` */
    const char *argument; /* as -help shows it; NULL: the option takes none */
    const char *help;
    option_handler *handler; /* NULL: `field` says where the value goes */
    size_t field;            /* offset in struct config of a bool or a const char * */
};

extern const struct option option_table[];
extern const unsigned option_count;

/* options_machine.c */
option_handler option_machine, option_cpu, option_smp, option_memory, option_accel, option_icount,
    option_rtc, option_seed, option_log, option_action, option_serial, option_monitor,
    option_display, option_none_only, option_gdb_default, option_semihosting, option_bios,
    option_help, option_version;
/* options_device.c */
option_handler option_nic, option_netdev, option_net, option_nfs, option_drive, option_device,
    option_global;
/* Connects devices with their back ends and adds the default card; after the last option. */
bool options_resolve_devices(struct config *config, struct error *error);

/* The candidate that is spelled most like `word`, or NULL when none is close. */
const char *closest_word(const char *word, const char *best, const char *candidate);

#endif
