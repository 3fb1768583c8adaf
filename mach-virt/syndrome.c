/* SPDX-License-Identifier: MIT */
#include "mach-virt/syndrome.h"

#include <stdio.h>

/* clang-format off */
enum {
    EC_WFX = 0x01, EC_SVC = 0x15, EC_HVC = 0x16, EC_SMC = 0x17, EC_SYSREG = 0x18, EC_IABORT_LOWER = 0x20, EC_IABORT = 0x21,
    EC_PC_ALIGNMENT = 0x22, EC_DABORT_LOWER = 0x24, EC_DABORT = 0x25, EC_WATCHPOINT_LOWER = 0x34, EC_WATCHPOINT = 0x35,
    EC_BRK = 0x3c,
};

static const char *const classes[64] = {
    [0x00] = "unknown reason: the instruction is UNDEFINED here",
    [0x01] = "trapped WFI or WFE",
    [0x07] = "trapped FP or SIMD instruction (CPACR_EL1.FPEN)",
    [0x0e] = "illegal execution state (PSTATE.IL)",
    [0x15] = "SVC",
    [0x16] = "HVC",
    [0x17] = "SMC",
    [0x18] = "trapped MSR, MRS or system instruction",
    [0x20] = "instruction abort from EL0",
    [0x21] = "instruction abort from EL1",
    [0x22] = "PC alignment fault",
    [0x24] = "data abort from EL0",
    [0x25] = "data abort from EL1",
    [0x26] = "SP alignment fault",
    [0x2c] = "trapped floating-point exception",
    [0x2f] = "SError interrupt",
    [0x30] = "breakpoint from EL0",
    [0x31] = "breakpoint from EL1",
    [0x32] = "software step from EL0",
    [0x33] = "software step from EL1",
    [0x34] = "watchpoint from EL0",
    [0x35] = "watchpoint from EL1",
    [0x3c] = "BRK",
};
/* clang-format on */

static unsigned class_of(uint64_t esr)
{
    return esr >> 26 & 63;
}

const char *syndrome_class(uint64_t esr)
{
    const char *name = classes[class_of(esr)];
    return name ? name : "a class that AArch64 EL1 does not have";
}

/* ISS encoding for an exception from a Data Abort: DFSC. */
void syndrome_fault_status(unsigned status, char *text, size_t size)
{
    static const char *const by_level[] = { "address size fault", "translation fault",
                                            "access flag fault", "permission fault" };
    status &= 63;
    if (status < 0x10)
        snprintf(text, size, "%s, level %u", by_level[status >> 2], status & 3);
    else if (status >= 0x14 && status <= 0x17)
        snprintf(text, size, "external abort on the table walk, level %u", status & 3);
    else
        snprintf(text, size, "%s",
                 status == 0x10   ? "external abort: nothing answers at this physical address"
                 : status == 0x21 ? "alignment fault"
                 : status == 0x22 ? "debug exception"
                 : status == 0x30 ? "TLB conflict"
                 : status == 0x35 ? "exclusive access to memory that does not support it"
                                  : "a fault status that is not known here");
}

bool syndrome_has_address(uint64_t esr)
{
    switch (class_of(esr)) {
    case EC_IABORT_LOWER:
    case EC_IABORT:
    case EC_PC_ALIGNMENT:
    case EC_DABORT_LOWER:
    case EC_DABORT:
    case EC_WATCHPOINT_LOWER:
    case EC_WATCHPOINT:
        return true;
    default:
        return false;
    }
}

static void describe_abort(uint64_t esr, const char *what, char *text, size_t size)
{
    char status[80];
    syndrome_fault_status((unsigned)esr, status, sizeof(status));
    snprintf(text, size, "%s failed: %s", what, status);
}

/* ISS encoding for an exception from a Data Abort: CM, S1PTW and WnR. */
static void describe_data_abort(uint64_t esr, char *text, size_t size)
{
    const char *what = esr >> 8 & 1   ? "cache maintenance or AT"
                       : esr >> 6 & 1 ? "a write"
                                      : "a read";
    describe_abort(esr, what, text, size);
}

/* ISS encoding for an exception from MSR, MRS, or System instruction execution. */
static void describe_trap(uint64_t esr, const char *(*name_of)(unsigned), char *text, size_t size)
{
    unsigned op0 = esr >> 20 & 3, op2 = esr >> 17 & 7, op1 = esr >> 14 & 7, crn = esr >> 10 & 15;
    unsigned rt = esr >> 5 & 31, crm = esr >> 1 & 15;
    const char *name = name_of(op0 << 14 | op1 << 11 | crn << 7 | crm << 3 | op2);
    char generic[32];
    snprintf(generic, sizeof(generic), "S%u_%u_C%u_C%u_%u", op0, op1, crn, crm, op2);
    if (op0 == 1)
        snprintf(text, size, "system instruction op1=%u CRn=%u CRm=%u op2=%u with X%u was trapped",
                 op1, crn, crm, op2, rt);
    else if (esr & 1)
        snprintf(text, size, "MRS X%u, %s was trapped", rt, name ? name : generic);
    else
        snprintf(text, size, "MSR %s, X%u was trapped", name ? name : generic, rt);
}

void syndrome_describe(uint64_t esr, const char *(*name_of)(unsigned encoding), char *text,
                       size_t size)
{
    unsigned ec = class_of(esr);
    switch (ec) {
    case EC_DABORT_LOWER:
    case EC_DABORT:
        describe_data_abort(esr, text, size);
        break;
    case EC_IABORT_LOWER:
    case EC_IABORT:
        describe_abort(esr, "an instruction fetch", text, size);
        break;
    case EC_SVC:
    case EC_HVC:
    case EC_SMC:
    case EC_BRK:
        snprintf(text, size, "%s #%#x", classes[ec], (unsigned)(esr & 0xffff));
        break;
    case EC_SYSREG:
        describe_trap(esr, name_of, text, size);
        break;
    case EC_WFX:
        snprintf(text, size, "%s was trapped (SCTLR_EL1.nTW%c is 0)", esr & 1 ? "WFE" : "WFI",
                 esr & 1 ? 'E' : 'I');
        break;
    default:
        snprintf(text, size, "%s", syndrome_class(esr));
    }
}
