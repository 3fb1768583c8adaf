/* SPDX-License-Identifier: MIT */
/* What a machine test needs: a whole board around a few instructions, and somebody who runs suites.
 */
#ifndef TESTS_MACH_VIRT_RIG_H
#define TESTS_MACH_VIRT_RIG_H

#include <check.h>

#include "mach-virt/virt.h"

/* A board without a host side whose console output is kept. */
struct rig {
    struct config config;
    struct machine_log log;
    struct event_loop loop;
    struct chardev serial;
    char output[4096];
    size_t size;
    struct virt virt;
};

/* Prepares config and serial port; change them, then call rig_start. */
void rig_init(struct rig *rig, unsigned cpus);
/* Builds the machine with `words` as raw code at 0x40080000. */
void rig_start(struct rig *rig, const uint32_t *words, unsigned count);
void rig_free(struct rig *rig);

int run_suite(Suite *suite);

#endif
