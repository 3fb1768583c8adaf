/* SPDX-License-Identifier: MIT */
/*
 * The virt board: everything that hangs together, in one struct.
 *
 * virt_create puts it together in visible order, run.h makes it run. The parts below each know
 * their own business only; this struct is what mach-virt's files share.
 */
#ifndef MACH_VIRT_VIRT_H
#define MACH_VIRT_VIRT_H

#include "cpu/cpu.h"
#include "devices/bus.h"
#include "devices/env.h"
#include "devices/gic.h"
#include "devices/pci_host.h"
#include "devices/pl011.h"
#include "devices/pl061.h"
#include "loader/boot.h"
#include "mach-virt/clock.h"
#include "mach-virt/config.h"
#include "mach-virt/error.h"
#include "mach-virt/event_loop.h"
#include "mach-virt/guest_kernel.h"
#include "mach-virt/log.h"
#include "mach-virt/memmap.h"
#include "mach-virt/psci.h"
#include "mach-virt/ram.h"
#include "mach-virt/run.h"

struct debug;
struct parallel;

/* The guest's window to the outside: who talks to its serial port and its network cards. */
struct virt_host {
    struct event_loop *loop;
    struct chardev *serial; /* NULL: nothing is connected */
    /* net[i] is the network of config->net[i]; NULL: the card's cable is loose. */
    struct net_user *net[CONFIG_NETS_MAX];
};

struct virt {
    const struct config *config;
    struct virt_host host;
    struct machine_log *log;

    struct ram ram;
    struct machine_clock clock;
    struct device_env env; /* what the devices get of the three above */

    struct code_cache *code;
    struct cpu *cpu[CONFIG_CPUS_MAX];
    unsigned cpus;
    struct psci psci;

    struct bus *bus;
    struct gic *gic;
    struct pl011 *uart;
    struct pci_host *pci;
    struct pl061 *gpio;
    struct timer power_button; /* until it is let go */

    unsigned cards;      /* network cards made without a MAC address of their own */
    struct link nowhere; /* behind a card without a network: the machine is only described */

    uint8_t seed[40]; /* what /chosen holds of randomness; the same after a reset */
    struct boot boot;
    struct guest_kernel guest_kernel; /* for debuggers */
    struct run run;
    struct parallel *parallel; /* run_parallel.h; NULL: all processors share a host thread */
    struct debug *debug;    /* NULL: nobody debugs */
    struct debug *debugger; /* for who wants to: becomes `debug` then; NULL: not in this program */
    struct cpu_profile *profile; /* -profile, or NULL */
    struct cpu_coverage *coverage; /* -coverage, or NULL */
    struct cpu_trace trace;      /* where -d exec and -d cpu go */
    FILE *trace_file;            /* the monitor's, or NULL */
};

/* Builds the machine, loads the kernel and writes the device tree; nothing runs yet. `config`,
 * `host` and `log` must outlive it. Destroy with virt_destroy, whatever the result. */
bool virt_create(struct virt *virt, const struct config *config, const struct virt_host *host,
                 struct machine_log *log, struct error *error);
void virt_destroy(struct virt *virt);

/* Power-on state of everything, and the boot files written to RAM again. */
void virt_reset(struct virt *virt);

/* The power button is pressed for a tenth of a second (system_powerdown). */
void virt_press_power_button(struct virt *virt);

#endif
