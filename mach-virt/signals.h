/* SPDX-License-Identifier: MIT */
/*
 * SIGINT, SIGTERM and SIGHUP end the machine in order: the loop hears of them through a pipe. A
 * second one, or one before the loop runs, ends the program at once with the terminal restored.
 */
#ifndef MACH_VIRT_SIGNALS_H
#define MACH_VIRT_SIGNALS_H

#include <signal.h>

#include "devices/chardev_stdio.h"
#include "devices/poll.h"
#include "mach-virt/error.h"

struct signals {
    struct poll_source pipe; /* for the event loop */
    int write_end;
    struct terminal *terminal;
    volatile sig_atomic_t orderly; /* the loop runs and has not been told yet */
    volatile sig_atomic_t caught;  /* the signal's number; 0: none */
    void (*end)(void *ctx);        /* called on the loop's thread */
    void *ctx;
};

/* Installs the handlers; one per process. `end` is called once after signals_run. */
bool signals_init(struct signals *signals, struct terminal *terminal, void (*end)(void *ctx),
                  void *ctx, struct error *error);
/* The loop starts: from now on the first signal ends it in order. */
void signals_run(struct signals *signals);
/* Back to the system's defaults. */
void signals_free(struct signals *signals);

#endif
