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

/*
 * void run_registers(const u32 *code, struct registers *r): call code with x0-x3 and q0-q3 from *r, and bring them
 * back.
 */
    .arch_extension simd
    .global run_registers
run_registers:
    stp x29, x30, [sp, #-32]!
    str x19, [sp, #16]
    mov x19, x1
    mov x9, x0
    ldp q0, q1, [x19, #32]
    ldp q2, q3, [x19, #64]
    ldp x0, x1, [x19]
    ldp x2, x3, [x19, #16]
    blr x9
    stp x0, x1, [x19]
    stp x2, x3, [x19, #16]
    stp q0, q1, [x19, #32]
    stp q2, q3, [x19, #64]
    ldr x19, [sp, #16]
    ldp x29, x30, [sp], #32
    ret
