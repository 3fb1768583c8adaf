/* SPDX-License-Identifier: MIT */
/*
 * From power-on to main(), the exception vectors, and the way to EL0 and back.
 */
    .section .text.start, "ax"
    .global _start
_start:
    adrp x1, stack_top
    add x1, x1, :lo12:stack_top
    mov sp, x1
    adrp x1, vectors
    add x1, x1, :lo12:vectors
    msr vbar_el1, x1
    isb
    bl init_console
    bl main
    /* main() is done: fall into power_off */
    .global power_off
power_off:
    movz x0, #0x8400, lsl #16           /* PSCI SYSTEM_OFF */
    movk x0, #0x0008
    hvc #0
    b .

    /* u64 psci(u64 function, u64 a, u64 b, u64 c) */
    .global psci
psci:
    hvc #0
    ret

/*
 * u64 call_el0(u64 entry, u64 x0, u64 x1, u64 x30): run at EL0 until svc #0xff (or, as the caller may ask, any
 * exception), which exception() answers with leave_el0(x0): the stack below keeps what a C call must keep.
 */
    .global call_el0
call_el0:
    stp x19, x20, [sp, #-96]!
    stp x21, x22, [sp, #16]
    stp x23, x24, [sp, #32]
    stp x25, x26, [sp, #48]
    stp x27, x28, [sp, #64]
    stp x29, x30, [sp, #80]
    mov x9, sp
    adrp x10, el1_sp
    str x9, [x10, :lo12:el1_sp]
    adrp x9, el0_stack_top
    add x9, x9, :lo12:el0_stack_top
    msr sp_el0, x9
    msr elr_el1, x0
    mov x9, #0x3c0                      /* EL0t, all exceptions masked */
    msr spsr_el1, x9
    mov x0, x1
    mov x1, x2
    mov x30, x3
    eret

    .global leave_el0
leave_el0:
    adrp x2, el1_sp
    ldr x1, [x2, :lo12:el1_sp]
    mov sp, x1
    ldp x21, x22, [sp, #16]
    ldp x23, x24, [sp, #32]
    ldp x25, x26, [sp, #48]
    ldp x27, x28, [sp, #64]
    ldp x29, x30, [sp, #80]
    ldp x19, x20, [sp], #96
    ret

/*
 * u64 call_high(u64 (*entry)(u64), u64 x): run entry(x) with program counter, stack and vectors in the upper half
 * of the address space, where the same memory is mapped.
 */
    .global call_high
call_high:
    stp x29, x30, [sp, #-32]!
    str x19, [sp, #16]
    movz x19, #0xffff, lsl #48
    mov x9, sp
    orr x9, x9, x19
    mov sp, x9
    mrs x9, vbar_el1
    orr x9, x9, x19
    msr vbar_el1, x9
    adr x9, 1f
    orr x9, x9, x19
    br x9
1:  orr x9, x0, x19
    mov x0, x1
    blr x9
    mrs x9, vbar_el1
    bic x9, x9, x19
    msr vbar_el1, x9
    mov x9, sp
    bic x9, x9, x19
    mov sp, x9
    adr x9, 2f
    bic x9, x9, x19
    br x9
2:  ldr x19, [sp, #16]
    ldp x29, x30, [sp], #32
    ret

/* What a CPU does that start_cpu() has switched on: x0 is its struct cpu_start. */
    .global secondary_start
secondary_start:
    adrp x1, vectors
    add x1, x1, :lo12:vectors
    msr vbar_el1, x1
    ldp x1, x2, [x0]
    mov sp, x1
    ldp x3, x4, [x0, #16]
    msr mair_el1, x3
    msr tcr_el1, x4
    ldp x3, x4, [x0, #32]
    msr ttbr0_el1, x3
    msr ttbr1_el1, x4
    ldr x3, [x0, #48]
    isb
    msr sctlr_el1, x3
    isb
    blr x2
    movz x0, #0x8400, lsl #16           /* PSCI CPU_OFF */
    movk x0, #0x0002
    hvc #0
    b .

    .bss
    .balign 8
el1_sp:
    .skip 8
    .text

/* Every vector saves x0-x30 (a struct frame) and calls exception(vector, frame). */
    .macro vector number
    .balign 128
    sub sp, sp, #256
    stp x0, x1, [sp]
    mov x0, #\number
    b save_and_call
    .endm

    .balign 2048
vectors:
    .set i, 0
    .rept 16
    vector i
    .set i, i + 1
    .endr

save_and_call:
    stp x2, x3, [sp, #16]
    stp x4, x5, [sp, #32]
    stp x6, x7, [sp, #48]
    stp x8, x9, [sp, #64]
    stp x10, x11, [sp, #80]
    stp x12, x13, [sp, #96]
    stp x14, x15, [sp, #112]
    stp x16, x17, [sp, #128]
    stp x18, x19, [sp, #144]
    stp x20, x21, [sp, #160]
    stp x22, x23, [sp, #176]
    stp x24, x25, [sp, #192]
    stp x26, x27, [sp, #208]
    stp x28, x29, [sp, #224]
    str x30, [sp, #240]
    mov x1, sp
    bl exception
    ldp x2, x3, [sp, #16]
    ldp x4, x5, [sp, #32]
    ldp x6, x7, [sp, #48]
    ldp x8, x9, [sp, #64]
    ldp x10, x11, [sp, #80]
    ldp x12, x13, [sp, #96]
    ldp x14, x15, [sp, #112]
    ldp x16, x17, [sp, #128]
    ldp x18, x19, [sp, #144]
    ldp x20, x21, [sp, #160]
    ldp x22, x23, [sp, #176]
    ldp x24, x25, [sp, #192]
    ldp x26, x27, [sp, #208]
    ldp x28, x29, [sp, #224]
    ldr x30, [sp, #240]
    ldp x0, x1, [sp], #256
    eret
