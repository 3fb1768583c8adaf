/* SPDX-License-Identifier: MIT */
/*
 * Single accesses, to be run at either exception level (paging.h, "probe"): x0 is the address, x1 a value.
 */
    .macro probe name, instruction:vararg
    .global probe_\name
probe_\name:
    \instruction
    ret
    .endm

    .text
    probe load, ldr x0, [x0]
    probe store, str x1, [x0]
    probe load_unprivileged, ldtr x0, [x0]
    probe store_unprivileged, sttr x1, [x0]
    probe fetch, br x0

    .global probe_done
probe_done:
    svc #0xff
