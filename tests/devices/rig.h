/* SPDX-License-Identifier: MIT */
/*
 * What a device test needs around the device: a clock that the test moves, a log that is counted,
 * wires whose level can be read, a chardev that records, a snapshot in memory.
 */
#ifndef TESTS_DEVICES_RIG_H
#define TESTS_DEVICES_RIG_H

#include <check.h>

#include "devices/chardev.h"
#include "devices/device.h"
#include "devices/env.h"
#include "devices/snapshot.h"

struct rig {
    struct device_env env; /* hand this to the constructor */
    struct clock clock;
    uint64_t now;         /* guest nanoseconds; move it with rig_advance */
    struct timer *timers; /* armed ones */
    unsigned guest_errors, unimplemented;
    char last_line[256];
};

/* At guest time 0, 2001-09-09 01:46:40 UTC (1000000000 s). */
void rig_init(struct rig *rig);
/* Moves the clock on and runs every timer that becomes due, in the order of deadlines. */
void rig_advance(struct rig *rig, uint64_t ns);

/* A wire: remembers the level and counts rising edges. Number: the wire's own. */
struct wire {
    bool level;
    unsigned rises;
};
struct irq_line wire_line(struct wire *wire);

/* One access of CPU `cpu` straight into a device. */
uint64_t dev_read(const struct device_ops *ops, void *dev, uint64_t offset, unsigned size,
                  unsigned cpu);
void dev_write(const struct device_ops *ops, void *dev, uint64_t offset, unsigned size,
               unsigned cpu, uint64_t value);

/* A host back end that records what the guest sends and counts the device's calls of `ready`. */
struct recorder {
    struct chardev port;
    uint8_t data[4096];
    size_t size;
    unsigned ready;
};
void recorder_init(struct recorder *recorder);
/* Offers bytes to the device; returns how many it took. */
size_t recorder_send(struct recorder *recorder, const void *data, size_t size);

/* Saves one device and loads what it wrote into another; returns whether load took it. */
bool copy_state(const struct device_ops *ops, const void *from, void *to);
/* Whether a load from a stream cut after `size` bytes is refused, for every size short of the
 * whole. */
bool refuses_every_cut(const struct device_ops *ops, const void *from, void *to);

/* Runs the suite in this process or forked (CK_FORK), returns main's status. */
int run_suite(Suite *suite);

#endif
