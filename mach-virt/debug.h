/* SPDX-License-Identifier: MIT */
/*
 * The debug stub's place in the machine (-gdb): its stream, its client's coming and going, and what
 * the run loop asks.
 *
 * A client that comes stops the machine; while it is stopped guest time stands still and the host's
 * events go on. A client that leaves lets the machine go on; catchpoints, the monitor's `step` and
 * `mmio` are as at the start then.
 *
 * Stepping. A step is a round of its own in which the processor executes one instruction and the
 * others, if they run, as much as fits beside it. Guest time passes by that instruction, and timers
 * expire; but the processor takes no interrupt: what has become pending is taken when it continues
 * (`monitor step interrupts on`: before the next step). So a step stays in the code that the user
 * looks at. WFI and WFE are stepped over without waiting. The exclusive monitor is left as the
 * instructions leave it: a LDXR and its STXR can be stepped through.
 *
 * `monitor step exceptions off`: an instruction that runs into an exception, a system call or a
 * page fault, is done when that has returned to where it came from: the same exception level and
 * stack and, at EL0, the same tables. Until then the machine runs as usual, with interrupts. An
 * instruction that is to be executed again then is executed again.
 *
 * Breakpoints. A processor that was reported to stand at a breakpoint executes that instruction
 * when it goes on; one that merely happens to be there stops. debug_breakpoints.h: what they are.
 */
#ifndef MACH_VIRT_DEBUG_H
#define MACH_VIRT_DEBUG_H

#include <limits.h>

#include "cpu/cpu.h"
#include "devices/chardev.h"
#include "devices/chardev_stdio.h"
#include "gdbstub/server.h"
#include "mach-virt/config.h"
#include "mach-virt/debug_breakpoints.h"
#include "mach-virt/debug_registers.h"
#include "mach-virt/error.h"

struct virt;

/* Where a step was when it ran into an exception that it is to step over. */
struct debug_context {
    unsigned el;
    uint64_t pc, sp, user; /* user: of EL0, the tables */
};

struct debug {
    struct virt *virt;
    struct chardev *stream;    /* NULL: no -gdb */
    struct gdb_server *server; /* NULL: no -gdb */
    struct debug_registers registers;

    uint8_t action[CONFIG_CPUS_MAX]; /* enum gdb_action; GDB_CONTINUE while nobody debugs */
    struct {
        uint64_t start, end;
    } range[CONFIG_CPUS_MAX]; /* GDB_STEP: the step goes on while the PC is in there */
    bool non_stop;            /* what happens to a processor stops that one only */
    bool mmio;                /* the client's accesses to memory reach devices */
    char exec_file[PATH_MAX]; /* absolute path of the kernel, when it is an ELF file */
    struct gdb_stop stop;     /* why the machine stands, for a client that waits */
    struct debug_breakpoint *breakpoints;
    uint64_t hinted; /* the distance of the last advice to load symbols elsewhere */
    unsigned catch;  /* enum cpu_catch: exceptions that stop the machine */

    bool step_exceptions;       /* a step goes into exceptions, not over them */
    bool step_interrupts;       /* a step takes a pending interrupt */
    bool away[CONFIG_CPUS_MAX]; /* GDB_STEP: runs until it is back where it was: */
    struct debug_context from[CONFIG_CPUS_MAX];

    /* What happened to a processor and was not told yet. */
    bool anything, happened[CONFIG_CPUS_MAX];
    struct gdb_stop event[CONFIG_CPUS_MAX];
    unsigned caught[CONFIG_CPUS_MAX]; /* enum cpu_catch: the exception that it was, or 0 */
    uint64_t alias[CONFIG_CPUS_MAX];  /* the breakpoint that was hit at another address, or 0 */
    /* Where the client knows a processor to stand. */
    struct {
        bool known;
        uint64_t pc;
    } at[CONFIG_CPUS_MAX];
};

/* Listens where config->gdb says, if at all: tcp:[HOST]:PORT, unix:PATH, either with QEMU's
 * options, or stdio. The machine must be there; the caller then sets virt->debug. Close with
 * debug_close, whatever the result, while the machine is still there. */
bool debug_open(struct debug *debug, const struct config *config, struct poll_list *polls,
                struct terminal *terminal, struct virt *virt, struct error *error);
void debug_close(struct debug *debug);

/* ---- for the run loop ---- */

/* The client holds the processor back. */
static inline bool debug_holds(const struct debug *debug, unsigned cpu)
{
    return debug && debug->action[cpu] == GDB_STAY;
}

/* The client holds all processors back: guest time stands, too. */
bool debug_holds_all(const struct debug *debug);
/* This round is a step. */
bool debug_steps(const struct debug *debug);
/* In place of cpu_run. */
enum cpu_exit debug_turn(struct debug *debug, unsigned cpu, uint64_t until);
/* Behind each round: what happened in it stops the machine, or the processors that it happened to.
 */
void debug_round_over(struct debug *debug);
/* The machine stands: tells the client that waits for it. */
void debug_report(struct debug *debug);
/* Stops the machine at these exceptions: a set of enum cpu_catch (cpu/catch.h), 0: at none. */
void debug_set_catch(struct debug *debug, unsigned what);
/* A line for whoever debugs: for the client, if it waits, otherwise in the log. */
__attribute__((format(printf, 2, 3))) void debug_say(struct debug *debug, const char *format, ...);
/* The machine's run is over: with a status, or by a signal (0: none). */
void debug_end(struct debug *debug, int status, int signal);

#endif
