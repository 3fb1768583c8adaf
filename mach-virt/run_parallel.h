/* SPDX-License-Identifier: MIT */
/*
 * A host thread per processor (-accel interp,thread=multi), in place of run.h's rounds.
 *
 * Who runs. Each processor's thread executes it in turns of PARALLEL_TURN instructions, looks for
 * its own timers between them, and sleeps while the processor is off or waits. The main thread
 * serves the host's descriptors, the devices' timers, and the wishes of run.h.
 *
 * One lock, virt->parallel's, for everything that is not a processor or RAM: bus, devices,
 * interrupt lines, firmware, clock timers, network, log, and struct run. Processors take it in
 * their calls to the machine (virt_cpu.c); the main thread holds it except while it waits for the
 * host. It is recursive: a line that a device drives ends in a port call again. Locks are taken in
 * this order: this one, the code cache's, that of a processor's requests. Nobody waits for another
 * processor's turn to end (cpu/parallel.h) with any of them.
 *
 * The world stops, every thread between two turns, for resets, the end, the monitor, a debugger
 * that looks, and while the machine is stopped. Whatever reads or changes processors from outside
 * calls parallel_hold first; the main thread lets them go on when nothing keeps them.
 *
 * A debugger's steps, and all of its non-stop mode, are taken by the main thread with the world
 * stopped, one processor after the other.
 *
 * Guest time is the host's monotonic time since power-on, less the time in which the machine was
 * stopped. Runs do not repeat.
 */
#ifndef MACH_VIRT_RUN_PARALLEL_H
#define MACH_VIRT_RUN_PARALLEL_H

#include <stdbool.h>
#include <stdint.h>

#include "mach-virt/error.h"
#include "mach-virt/run.h"

/* In instructions: some microseconds, for which TLB maintenance and interrupts may have to wait. */
#define PARALLEL_TURN 5000

struct parallel;

/* After the machine was put together; the processors stand until run_machine. */
bool parallel_create(struct virt *virt, struct error *error);
void parallel_destroy(struct virt *virt);
/* run_machine of this mode. */
enum run_end parallel_run(struct virt *virt);

/* Is it a processor's thread that asks? It must not call parallel_hold. */
bool parallel_is_turn(const struct virt *virt);

/* All of the following do nothing when virt->parallel is NULL. */

/* Around what others may do at the same time. */
void parallel_lock(struct virt *virt);
void parallel_unlock(struct virt *virt);
/* Main thread: the world stands until the event that is being dispatched is dealt with. */
void parallel_hold(struct virt *virt);

/* Locked. A wish for the main thread was left: all processors stop, the main thread wakes up. */
void parallel_wish(struct virt *virt);
/* Locked. Something is due earlier than the main thread thinks, or it has new descriptors to wait
 * for. */
void parallel_kick(struct virt *virt);
/* Locked, by the processor itself: it stops at its next check point and then waits as
 * run.wait[cpu] says. */
void parallel_cpu_waits(struct virt *virt, unsigned cpu);
/* Locked. run.wait[cpu] or an interrupt line has changed. */
void parallel_cpu_wake(struct virt *virt, unsigned cpu);
/* Locked. Its thread resets it and makes it begin at `entry` with X0. */
void parallel_cpu_start(struct virt *virt, unsigned cpu, uint64_t entry, uint64_t x0);
/* By the processor itself, without lock: its next timer event is due at that guest time. */
void parallel_cpu_deadline(struct virt *virt, unsigned cpu, uint64_t deadline);
/* The world stands and all processors were reset. */
void parallel_cpus_reset(struct virt *virt);

#endif
