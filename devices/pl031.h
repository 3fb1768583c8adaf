/* SPDX-License-Identifier: MIT */
/*
 * PrimeCell Real Time Clock (PL031). Arm DDI 0224, "ARM PrimeCell Real Time Clock (PL031) Technical
 * Reference Manual".
 *
 * Counts seconds: clock->epoch plus guest time, plus what the guest loaded through RTCLR.
 */
#ifndef DEVICES_PL031_H
#define DEVICES_PL031_H

#include "devices/device.h"
#include "devices/env.h"

struct pl031;

/* irq: RTCINTR. NULL: out of memory. */
struct pl031 *pl031_create(const struct device_env *env, struct irq_line irq);

extern const struct device_ops pl031_ops;

#endif
