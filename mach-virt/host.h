/* SPDX-License-Identifier: MIT */
/*
 * The host's side of the machine: the terminal, the other character streams, the monitor and the
 * user networks that the command line asks for.
 */
#ifndef MACH_VIRT_HOST_H
#define MACH_VIRT_HOST_H

#include "devices/chardev_stdio.h"
#include "devices/mux.h"
#include "mach-virt/config.h"
#include "mach-virt/error.h"
#include "mach-virt/event_loop.h"
#include "mach-virt/input_script.h"
#include "mach-virt/monitor.h"
#include "mach-virt/panic_watch.h"
#include "mach-virt/virt.h"

struct host {
    struct event_loop loop;
    struct terminal *terminal;
    struct virt *virt;

    struct chardev *serial;       /* the back end of -serial; NULL: none */
    struct mux *mux;              /* on it, for mon: */
    struct chardev *monitor_port; /* the back end of -monitor; NULL: none of its own */
    struct panic_watch panic_watch;
    struct input_script input;
    struct monitor monitor;
    struct virt_host port; /* for the board */
};

/* Opens everything. `virt` is the machine that will be created on it; its clock may be asked before
 * that. Close with host_close, whatever the result, after the machine is gone. */
bool host_open(struct host *host, const struct config *config, struct terminal *terminal,
               struct virt *virt, struct machine_log *log, struct error *error);
/* The machine has been created: what goes by its clock begins. */
void host_start(struct host *host);
void host_close(struct host *host);

#endif
