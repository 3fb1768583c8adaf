/* SPDX-License-Identifier: MIT */
/*
 * The debug stub's place in the machine (-gdb): its stream, its client's coming and going, and what
 * the run loop asks.
 *
 * A client that comes stops the machine; while it is stopped guest time stands still and the host's
 * events go on. A client that leaves lets the machine go on.
 *
 * Stepping. A step is a round of its own in which the processor executes one instruction and the
 * others, if they run, as much as fits beside it. Guest time passes by that instruction, and timers
 * expire; but the processor takes no interrupt: what has become pending is taken when it continues.
 * So a step stays in the code that the user looks at. WFI and WFE are stepped over without waiting.
 *
 * Stops. In all-stop mode whatever happens to one processor stops the machine. In non-stop mode
 * that processor is held and the others run on; when all are held the machine stops.
 *
 * Stops. In all-stop mode whatever happens to one processor stops the machine. In non-stop mode it
 * stops that processor, and the others run on; when none is left the machine stands.
 *
 * Breakpoints. A processor that was reported to stand at a breakpoint executes that instruction
 * when it goes on; one that merely happens to be there stops.
 */
#ifndef MACH_VIRT_DEBUG_H
#define MACH_VIRT_DEBUG_H

#include <limits.h>

#include "cpu/cpu.h"
#include "devices/chardev.h"
#include "devices/chardev_stdio.h"
#include "gdbstub/server.h"
#include "mach-virt/config.h"
#include "mach-virt/debug_registers.h"
#include "mach-virt/error.h"

struct virt;

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
    /* What happened to a processor and was not told yet. */
    bool anything, happened[CONFIG_CPUS_MAX];
    struct gdb_stop event[CONFIG_CPUS_MAX];
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
/* The machine's run is over: with a status, or by a signal (0: none). */
void debug_end(struct debug *debug, int status, int signal);

#endif
