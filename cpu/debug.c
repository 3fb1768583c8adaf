/* SPDX-License-Identifier: MIT */
#include "cpu/debug.h"

#include "cpu/breakpoint.h"
#include "cpu/code.h"
#include "cpu/exception.h"
#include "cpu/sysreg_internal.h"
#include "cpu/watch.h"

#define BREAKPOINTS         DEBUG_BREAKPOINTS
#define WATCHPOINTS         4u
#define FIRST_CONTEXT_AWARE 4u    /* ID_AA64DFR0_EL1.CTX_CMPs: the last two */
#define DEBUG_IFSC          0x22u /* "Debug exception" in the fault status of the ISS */
#define SPSR_D              (1u << 9)
#define SPSR_SS             (1u << 21)

static uint64_t field(uint64_t value, unsigned high, unsigned low)
{
    return value >> low & (UINT64_MAX >> (63 - (high - low)));
}

static uint64_t breakpoint_control(const struct cpu *cpu, unsigned n)
{
    return cpu->sys[SYSREG_DBGBCR0_EL1 + 2 * n];
}

static uint64_t breakpoint_value(const struct cpu *cpu, unsigned n)
{
    return cpu->sys[SYSREG_DBGBVR0_EL1 + 2 * n];
}

static uint64_t watchpoint_control(const struct cpu *cpu, unsigned n)
{
    return cpu->sys[SYSREG_DBGWCR0_EL1 + 2 * n];
}

/* Bits 63:49 repeat bit 48 (RESS). */
static uint64_t address_value(uint64_t value)
{
    return (uint64_t)((int64_t)(value << 15) >> 15) & ~(uint64_t)3;
}

/* -- when debug exceptions are generated (Arm ARM J1, AArch64.GenerateDebugExceptionsFrom) -- */

static bool double_locked(const struct cpu *cpu)
{
    return (cpu->sys[SYSREG_OSDLR_EL1] & 1) && !(cpu->sys[SYSREG_DBGPRCR_EL1] & 1);
}

static bool locked(const struct cpu *cpu)
{
    return (cpu->sys[SYSREG_OSLSR_EL1] & OSLSR_OSLK) || double_locked(cpu);
}

static bool generates_from(const struct cpu *cpu, unsigned el, bool masked)
{
    if (locked(cpu))
        return false;
    return el == 0 || ((cpu->sys[SYSREG_MDSCR_EL1] & MDSCR_KDE) && !masked);
}

static bool generates(const struct cpu *cpu)
{
    return generates_from(cpu, cpu->el, cpu->daif & PSTATE_D);
}

/* -- breakpoints -- */

enum { BT_ADDRESS = 0, BT_LINKED_ADDRESS = 1, BT_CONTEXT = 2, BT_LINKED_CONTEXT = 3 };

static unsigned breakpoint_type(uint64_t control)
{
    return (unsigned)field(control, 23, 20);
}

static bool is_address(uint64_t control)
{
    return breakpoint_type(control) <= BT_LINKED_ADDRESS;
}

static bool context_matches(const struct cpu *cpu, unsigned n)
{
    return (uint32_t)breakpoint_value(cpu, n) == (uint32_t)cpu->sys[SYSREG_CONTEXTIDR_EL1];
}

/* AArch64.BreakpointValueMatch with linked_to. */
static bool linked_matches(const struct cpu *cpu, unsigned n)
{
    if (n < FIRST_CONTEXT_AWARE || n >= BREAKPOINTS)
        return false;
    const uint64_t control = breakpoint_control(cpu, n);
    return (control & 1) && breakpoint_type(control) == BT_LINKED_CONTEXT &&
           context_matches(cpu, n);
}

/* AArch64.StateMatch. PMC and PAC, HMC, SSC and LBN are in the same place in both control
 * registers. Without EL2 and EL3 all but HMC:SSC = 000 is reserved, and so is matching nowhere;
 * reserved ones are disabled. */
static bool state_matches(const struct cpu *cpu, uint64_t control, bool linked, unsigned el)
{
    const unsigned pxc = (unsigned)field(control, 2, 1);
    if (field(control, 15, 13) != 0 || !(pxc & (el ? 1 : 2)))
        return false;
    return !linked || linked_matches(cpu, (unsigned)field(control, 19, 16));
}

/* AArch64.BreakpointMatch. Types that are reserved here (mismatch; VMIDs, which need EL2) match
 * nothing. */
static bool breakpoint_matches(const struct cpu *cpu, unsigned n)
{
    const uint64_t control = breakpoint_control(cpu, n);
    const unsigned type = breakpoint_type(control);
    if (!(control & 1) || !state_matches(cpu, control, type == BT_LINKED_ADDRESS, cpu->el))
        return false;
    if (is_address(control))
        return (control & DBGBCR_BAS0) && address_value(breakpoint_value(cpu, n)) == cpu->pc;
    return type == BT_CONTEXT && n >= FIRST_CONTEXT_AWARE && context_matches(cpu, n);
}

bool debug_take_breakpoint(struct cpu *cpu)
{
    if (!cpu->breakpoints_enabled || !(cpu->sys[SYSREG_MDSCR_EL1] & MDSCR_MDE) || !generates(cpu))
        return false;
    for (unsigned n = 0; n < BREAKPOINTS; n++) {
        if (!breakpoint_matches(cpu, n))
            continue;
        exception_take(cpu, EC_BREAKPOINT_LOWER + cpu->el, DEBUG_IFSC, cpu->pc);
        return true;
    }
    return false;
}

/* -- watchpoints -- */

/* log2 of the bytes that a watchpoint's address says: DBGWCR.MASK, or the doubleword. 1 and 2 are
 * reserved: 0. */
static unsigned range_bits(uint64_t control)
{
    const unsigned mask = (unsigned)field(control, 28, 24);
    return mask == 0 ? 3 : mask < 3 ? 0 : mask;
}

/* AArch64.WatchpointByteMatch. A mask goes with all of BAS; other combinations are unpredictable:
 * here BAS counts, too. */
static bool byte_matches(uint64_t value, uint64_t control, uint64_t va)
{
    const unsigned bits = range_bits(control);
    const unsigned word =
        value & 4 && bits == 3 ? 4 : 0; /* DBGWVR<2>: BAS<3:0> select bytes of this word */
    if (!bits || (va ^ value) >> bits)
        return false;
    if (word && !(va & 4))
        return false;
    return control >> (5 + (va & (word ? 3 : 7))) & 1;
}

static bool enabled_for(const struct cpu *cpu, uint64_t control, unsigned el, bool write)
{
    return (control & 1) && (field(control, 4, 3) & (write ? 2 : 1)) &&
           state_matches(cpu, control, control & DBGWCR_WT, el);
}

/* AArch64.WatchpointMatch. */
static bool watchpoint_matches(const struct cpu *cpu, unsigned n, uint64_t va, unsigned size,
                               unsigned *byte)
{
    const uint64_t value = address_value(cpu->sys[SYSREG_DBGWVR0_EL1 + 2 * n]);
    for (*byte = 0; *byte < size; ++*byte)
        if (byte_matches(value, watchpoint_control(cpu, n), va + *byte))
            return true;
    return false;
}

bool debug_watchpoint_matches(const struct cpu *cpu, uint64_t *va, unsigned size, unsigned el,
                              bool write)
{
    unsigned lowest = size, byte;
    if (!(cpu->sys[SYSREG_MDSCR_EL1] & MDSCR_MDE) || !generates(cpu))
        return false;
    for (unsigned n = 0; n < WATCHPOINTS; n++)
        if (enabled_for(cpu, watchpoint_control(cpu, n), el, write) &&
            watchpoint_matches(cpu, n, aarch64_branch_addr(cpu, *va), size, &byte) && byte < lowest)
            lowest = byte;
    *va += lowest;
    return lowest < size;
}

bool debug_watches_page(const struct cpu *cpu, uint64_t va)
{
    va = aarch64_branch_addr(cpu, va);
    for (unsigned n = 0; n < WATCHPOINTS; n++) {
        const uint64_t control = watchpoint_control(cpu, n);
        const unsigned bits = range_bits(control) < PAGE_BITS ? PAGE_BITS : range_bits(control);
        if ((control & 1) && !((va ^ address_value(cpu->sys[SYSREG_DBGWVR0_EL1 + 2 * n])) >> bits))
            return true;
    }
    return false;
}

/* -- software step (Arm ARM D2.12) -- */

bool debug_take_step(struct cpu *cpu)
{
    if (!debug_step_active(cpu) || cpu->ss)
        return false;
    const uint32_t isv = cpu->step_syndrome;
    cpu->step_syndrome = 0;
    exception_take(cpu, EC_STEP_LOWER + cpu->el, isv | DEBUG_IFSC, cpu->pc);
    return true;
}

static bool is_load_exclusive(uint32_t word)
{
    return (word & 0x3fc00000) == 0x08400000;
}

bool debug_begin_step(struct cpu *cpu, uint32_t word)
{
    if (!debug_step_active(cpu))
        return false;
    cpu->step_syndrome = STEP_ISV | (is_load_exclusive(word) ? STEP_EX : 0);
    return true;
}

bool debug_return_ss(const struct cpu *cpu, unsigned el, uint32_t spsr)
{
    if (!(cpu->sys[SYSREG_MDSCR_EL1] & MDSCR_SS) || generates(cpu))
        return false;
    return generates_from(cpu, el, spsr & SPSR_D) && (spsr & SPSR_SS);
}

/* -- what is on -- */

/* cpu->armed: the page offset at which the records of a breakpoint look, with bit 0 set; 0: none.
 */
#define ARMED(va) ((uint16_t)(((va) & ~PAGE_MASK & ~(uint64_t)3) | 1))

static void arm(struct cpu *cpu, unsigned n, uint16_t armed)
{
    const uint16_t before = cpu->armed[n];
    if (before == armed)
        return;
    cpu->armed[n] = armed;
    if (before)
        code_remove_guest_breakpoint(cpu->cache, before & ~1u);
    if (armed)
        code_add_guest_breakpoint(cpu->cache, armed & ~1u);
}

static void refresh_breakpoints(struct cpu *cpu)
{
    cpu->breakpoints_enabled = cpu->context_breakpoint = false;
    for (unsigned n = 0; n < BREAKPOINTS; n++) {
        const uint64_t control = breakpoint_control(cpu, n);
        const bool on = control & 1;
        cpu->breakpoints_enabled |= on;
        cpu->context_breakpoint |= on && breakpoint_type(control) == BT_CONTEXT;
        arm(cpu, n, on && is_address(control) ? ARMED(breakpoint_value(cpu, n)) : 0);
    }
}

static void refresh_watchpoints(struct cpu *cpu)
{
    const bool before = cpu->watchpoints_enabled;
    cpu->watchpoints_enabled = false;
    for (unsigned n = 0; n < WATCHPOINTS; n++)
        cpu->watchpoints_enabled |= watchpoint_control(cpu, n) & 1;
    if (before || cpu->watchpoints_enabled)
        watch_changed(cpu);
}

void debug_refresh(struct cpu *cpu)
{
    cpu->step_enabled = (cpu->sys[SYSREG_MDSCR_EL1] & MDSCR_SS) && !locked(cpu);
    refresh_breakpoints(cpu);
    refresh_watchpoints(cpu);
    cpu_update_interrupt(cpu);
}

void debug_release(struct cpu *cpu)
{
    for (unsigned n = 0; n < BREAKPOINTS; n++)
        arm(cpu, n, 0);
}

/* -- registers -- */

WRITE_HOOK(debug_write)
{
    if (cpu->sys[reg] == value)
        return;
    cpu->sys[reg] = value;
    debug_refresh(cpu);
}

/* Bits that the OS Lock makes writable are for saving and restoring the registers of an external
 * debugger. */
WRITE_HOOK(mdscr_write)
{
    const uint64_t writable =
        MDSCR_OPEN | (cpu->sys[SYSREG_OSLSR_EL1] & OSLSR_OSLK ? MDSCR_LOCKED : 0);
    debug_write(cpu, reg, (cpu->sys[reg] & ~writable) | (value & writable));
}

WRITE_HOOK(oslar_write)
{
    const uint64_t oslsr = cpu->sys[SYSREG_OSLSR_EL1] & ~(uint64_t)OSLSR_OSLK;
    debug_write(cpu, SYSREG_OSLSR_EL1, oslsr | (value & 1 ? OSLSR_OSLK : 0));
}

/* The claim tags live in DBGCLAIMCLR_EL1, whose value they are. */
READ_HOOK(dbgclaimset_read)
{
    return 0xff;
}

WRITE_HOOK(dbgclaimset_write)
{
    cpu->sys[SYSREG_DBGCLAIMCLR_EL1] |= value;
}

WRITE_HOOK(dbgclaimclr_write)
{
    cpu->sys[SYSREG_DBGCLAIMCLR_EL1] &= ~value;
}

/*
 * The Debug Communications Channel. No external debugger takes what is written: TXfull stays, as on
 * a board without one. DTRTX and DTRRX live in OSDTRTX_EL1 and OSDTRRX_EL1, the full flags in
 * MDSCR_EL1.
 */
READ_HOOK(mdccsr_read)
{
    return cpu->sys[SYSREG_MDSCR_EL1] & (MDSCR_TXFULL | MDSCR_RXFULL);
}

READ_HOOK(dbgdtr_read)
{
    return cpu->sys[SYSREG_OSDTRTX_EL1] << 32 | cpu->sys[SYSREG_OSDTRRX_EL1];
}

WRITE_HOOK(dbgdtr_write)
{
    cpu->sys[SYSREG_OSDTRRX_EL1] = value >> 32;
    cpu->sys[SYSREG_OSDTRTX_EL1] = (uint32_t)value;
    cpu->sys[SYSREG_MDSCR_EL1] |= MDSCR_TXFULL;
}

READ_HOOK(dbgdtrrx_read)
{
    return cpu->sys[SYSREG_OSDTRRX_EL1];
}

void debug_word_received(struct cpu *cpu)
{
    cpu->sys[SYSREG_MDSCR_EL1] &= ~(uint64_t)MDSCR_RXFULL;
}

WRITE_HOOK(dbgdtrtx_write)
{
    cpu->sys[SYSREG_OSDTRTX_EL1] = value;
    cpu->sys[SYSREG_MDSCR_EL1] |= MDSCR_TXFULL;
}
