/* SPDX-License-Identifier: MIT */
/*
 * PrimeCell General Purpose Input/Output (PL061). Arm DDI 0190, "ARM PrimeCell General Purpose
 * Input/Output (PL061) Technical Reference Manual".
 *
 * Eight lines. An input that nothing drives reads 0.
 */
#ifndef DEVICES_PL061_H
#define DEVICES_PL061_H

#include "devices/device.h"
#include "devices/env.h"

#define PL061_LINES 8

struct pl061;

/* irq: GPIOINTR. out: PL061_LINES lines that the GPIOs drive while they are outputs (copied), or
 * NULL. NULL: out of memory. */
struct pl061 *pl061_create(const struct device_env *env, struct irq_line irq,
                           const struct irq_line *out);
/* The wire into GPIO number `line`, 0..7; out of range: a line that leads nowhere. */
struct irq_line pl061_input(struct pl061 *gpio, unsigned line);
/* The gpio-keys node of the power button on GPIO `line` of the controller with that phandle; parent
 * is the offset of "/". A press is the input line up, then down. Returns 0 or libfdt's negative
 * error. */
int pl061_describe_power_key(void *fdt, int parent, uint32_t phandle, unsigned line);

extern const struct device_ops pl061_ops;

#endif
