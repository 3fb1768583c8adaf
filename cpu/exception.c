/* SPDX-License-Identifier: MIT */
/*
 * Exceptions to EL1 and back (Arm ARM D1 and J1, "aarch64/exceptions").
 */
#include "cpu/exception.h"

#include "cpu/debug.h"
#include "cpu/mem.h"
#include "cpu/pmu.h"
#include "cpu/profile.h"
#include "cpu/watch.h"

/* A 32-bit instruction, or a class that always says so: all of AArch64. */
#define ESR_IL (1u << 25)

#define SPSR_IL (1u << 20)
#define SPSR_SS (1u << 21)
#define SPSR_M4 (1u << 4) /* AArch32 */

/* Offsets from VBAR_EL1 (Arm ARM D1.10.2, "Exception vectors"). */
enum vector { VECTOR_SYNCHRONOUS = 0x000, VECTOR_IRQ = 0x080, VECTOR_FIQ = 0x100 };
enum { VECTOR_CURRENT_SP0 = 0x000, VECTOR_CURRENT_SPX = 0x200, VECTOR_LOWER_64 = 0x400 };

uint32_t pstate_read(const struct cpu *cpu)
{
    return flags_to_nzcv(cpu->flags) | (uint32_t)cpu->ss << 21 | (uint32_t)cpu->il << 20 |
           (uint32_t)cpu->daif << 6 | (uint32_t)cpu->el << 2 | cpu->sp_sel;
}

/* The slot of the stack pointer in use, of an exception level and PSTATE.SP. */
static unsigned stack_of(unsigned el, unsigned sp_sel)
{
    return el == 0 ? 0 : sp_sel;
}

void pstate_select(struct cpu *cpu, unsigned el, unsigned sp_sel)
{
    cpu->sp_el[stack_of(cpu->el, cpu->sp_sel)] = cpu->x[X_SP];
    cpu->el = (uint8_t)el;
    cpu->sp_sel = (uint8_t)sp_sel;
    cpu->x[X_SP] = cpu->sp_el[stack_of(el, sp_sel)];
}

void pstate_write(struct cpu *cpu, uint32_t spsr)
{
    cpu->flags = flags_from_nzcv(spsr);
    cpu->daif = spsr >> 6 & 0xf;
    if (!(spsr & (SPSR_M4 | 0xa))) /* EL0t, EL1t, EL1h; EL2, EL3 and AArch32 are not there */
        pstate_select(cpu, spsr >> 2 & 1, spsr >> 2 & spsr & 1);
    cpu_refresh(cpu);
}

/* AArch64.TakeException, to EL1. */
static void take(struct cpu *cpu, enum vector vector, uint64_t return_address)
{
    const bool counting = cpu->pmu_active;
    if (counting)
        pmu_leave_el(cpu, PMU_EXC_TAKEN, return_address != cpu->pc);
    const unsigned from_el = cpu->el;
    unsigned offset = cpu->el == 0  ? VECTOR_LOWER_64
                      : cpu->sp_sel ? VECTOR_CURRENT_SPX
                                    : VECTOR_CURRENT_SP0;
    cpu->sys[SYSREG_SPSR_EL1] = pstate_read(cpu);
    cpu->sys[SYSREG_ELR_EL1] = return_address;
    pstate_select(cpu, 1, 1);
    cpu->daif = 0xf;
    cpu->il = 0;
    cpu->ss = 0;
    cpu->step_syndrome = 0;
    cpu->pc = cpu->sys[SYSREG_VBAR_EL1] + offset + vector;
    cpu_refresh(cpu);
    if (cpu->catch)
        catch_entry(cpu, from_el, vector != VECTOR_SYNCHRONOUS);
    if (counting)
        pmu_enter_el(cpu);
}

void exception_take(struct cpu *cpu, enum exception_class ec, uint32_t iss, uint64_t return_address)
{
    cpu_log(cpu, CPU_LOG_INT, "exception class %#x iss %#x at %#llx from EL%u", ec, iss,
            (unsigned long long)cpu->pc, cpu->el);
    cpu->sys[SYSREG_ESR_EL1] = (uint32_t)ec << 26 | ESR_IL | iss;
    profile_exception(cpu, ec);
    take(cpu, VECTOR_SYNCHRONOUS, return_address);
}

void exception_undefined(struct cpu *cpu)
{
    exception_take(cpu, EC_UNKNOWN, 0, cpu->pc);
}

/* EncodeLDFSC: the DFSC and IFSC codes. */
uint32_t exception_fault_status(const struct fault *fault)
{
    switch (fault->type) {
    case FAULT_ADDRESS_SIZE:
        return 0x00 + fault->level;
    case FAULT_TRANSLATION:
        return 0x04 + fault->level;
    case FAULT_ACCESS_FLAG:
        return 0x08 + fault->level;
    case FAULT_PERMISSION:
        return 0x0c + fault->level;
    case FAULT_EXTERNAL_ON_WALK:
        return 0x14 + fault->level;
    case FAULT_ALIGNMENT:
        return 0x21;
    case FAULT_DEBUG_WATCHPOINT:
        return 0x22;
    case FAULT_UNSUPPORTED_EXCLUSIVE:
        return 0x35;
    case FAULT_EXTERNAL:
    case FAULT_NONE:
    case FAULT_SP_ALIGNMENT:
        break;
    }
    return 0x10; /* synchronous external abort */
}

void exception_data_abort(struct cpu *cpu)
{
    const struct fault *fault = &cpu->fault;
    watch_forget(cpu);
    if (fault->type == FAULT_SP_ALIGNMENT) {
        exception_take(cpu, EC_SP_ALIGNMENT, 0, cpu->pc);
        return;
    }
    uint32_t iss = (uint32_t)fault->cache_maintenance << 8 | (uint32_t)fault->s1ptw << 7 |
                   (uint32_t)fault->write << 6 | exception_fault_status(fault);
    cpu_log(cpu, CPU_LOG_MMU, "data abort: address %#llx", (unsigned long long)fault->va);
    cpu->sys[SYSREG_FAR_EL1] = fault->va;
    exception_take(
        cpu,
        (fault->type == FAULT_DEBUG_WATCHPOINT ? EC_WATCHPOINT_LOWER : EC_DATA_ABORT_LOWER) +
            cpu->el,
        iss, cpu->pc);
}

void exception_instruction_abort(struct cpu *cpu)
{
    const struct fault *fault = &cpu->fault;
    cpu->sys[SYSREG_FAR_EL1] = fault->va;
    if (fault->type == FAULT_ALIGNMENT) {
        exception_take(cpu, EC_PC_ALIGNMENT, 0, cpu->pc);
        return;
    }
    uint32_t iss = (uint32_t)fault->s1ptw << 7 | exception_fault_status(fault);
    cpu_log(cpu, CPU_LOG_MMU, "instruction abort: address %#llx", (unsigned long long)fault->va);
    exception_take(cpu, cpu->el == 0 ? EC_INSTRUCTION_ABORT_LOWER : EC_INSTRUCTION_ABORT, iss,
                   cpu->pc);
}

bool exception_before(struct cpu *cpu, bool fetched)
{
    if (!fetched)
        exception_instruction_abort(cpu);
    else if (debug_take_breakpoint(cpu))
        return true;
    else if (cpu->il)
        exception_take(cpu, EC_ILLEGAL_STATE, 0, cpu->pc);
    else
        return false;
    return true;
}

bool exception_interrupt(struct cpu *cpu)
{
    enum cpu_line line;
    if (cpu->held || !cpu_interrupt_pending(cpu, &line))
        return false;
    const enum vector vector = line == CPU_LINE_FIQ ? VECTOR_FIQ : VECTOR_IRQ;
    cpu_log(cpu, CPU_LOG_INT, "%s at %#llx from EL%u", vector == VECTOR_FIQ ? "FIQ" : "IRQ",
            (unsigned long long)cpu->pc, cpu->el);
    profile_exception(cpu, vector == VECTOR_FIQ ? PROFILE_FIQ : PROFILE_IRQ);
    take(cpu, vector, cpu->pc);
    return true;
}

/* IllegalExceptionReturn, for a PE that has EL0 and EL1 and no AArch32. */
static bool illegal_exception_return(const struct cpu *cpu, uint32_t spsr)
{
    unsigned target = spsr >> 2 & 3;
    if (spsr & (SPSR_M4 | 2)) /* AArch32 or a reserved value */
        return true;
    if (target == 0 && (spsr & 1)) /* EL0 uses SP_EL0 */
        return true;
    return target > cpu->el;
}

/* AArch64.ExceptionReturn, with SetPSTATEFromSPSR. */
void exception_return(struct cpu *cpu)
{
    const bool counting = cpu->pmu_active;
    if (counting)
        pmu_leave_el(cpu, PMU_EXC_RETURN, true);
    uint32_t spsr = (uint32_t)cpu->sys[SYSREG_SPSR_EL1];
    uint64_t target = cpu->sys[SYSREG_ELR_EL1];
    const bool illegal = illegal_exception_return(cpu, spsr);
    cpu->ss = debug_return_ss(cpu, illegal ? cpu->el : spsr >> 2 & 3, spsr);
    if (illegal) {
        cpu_log(cpu, CPU_LOG_GUEST_ERROR, "illegal exception return, SPSR_EL1 %#x", spsr);
        cpu->il = 1;
    } else {
        cpu->il = (spsr & SPSR_IL) != 0;
        pstate_select(cpu, spsr >> 2 & 3, spsr & 1);
        target = aarch64_branch_addr(cpu, target);
    }
    cpu->flags = flags_from_nzcv(spsr);
    cpu->daif = spsr >> 6 & 0xf;
    cpu->pc = target;
    cpu->exclusive.armed = false;
    __atomic_store_n(&cpu->event, true, __ATOMIC_RELAXED); /* SendEventLocal */
    cpu_refresh(cpu);
    if (counting)
        pmu_enter_el(cpu);
    if (cpu->catch)
        catch_return(cpu);
    cpu_log(cpu, CPU_LOG_INT, "return to EL%u at %#llx", cpu->el, (unsigned long long)target);
}
