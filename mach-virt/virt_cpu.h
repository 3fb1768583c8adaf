/* SPDX-License-Identifier: MIT */
/* The processors of the board and what they are wired to: RAM, bus, timers, firmware. */
#ifndef MACH_VIRT_VIRT_CPU_H
#define MACH_VIRT_VIRT_CPU_H

#include "mach-virt/virt.h"

/* After memory and clock, before the interrupt controller. */
bool virt_create_cpus(struct virt *virt, struct error *error);
void virt_destroy_cpus(struct virt *virt);
/* Processor 0 to the boot files' start, the others off. */
void virt_reset_cpus(struct virt *virt);

/* An interrupt input of processor `cpu`. */
struct irq_line virt_cpu_line(struct virt *virt, unsigned cpu, enum cpu_line line);

#endif
