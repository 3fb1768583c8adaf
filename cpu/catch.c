/* SPDX-License-Identifier: MIT */
#include "cpu/catch.h"

#include "cpu/exception.h"

static unsigned kind_of_class(unsigned ec)
{
    switch (ec) {
    case EC_SVC64:
        return CPU_CATCH_SVC;
    case EC_DATA_ABORT:
    case EC_DATA_ABORT_LOWER:
    case EC_SP_ALIGNMENT:
        return CPU_CATCH_DABORT;
    case EC_INSTRUCTION_ABORT:
    case EC_INSTRUCTION_ABORT_LOWER:
    case EC_PC_ALIGNMENT:
        return CPU_CATCH_IABORT;
    case EC_UNKNOWN:
    case EC_ILLEGAL_STATE:
        return CPU_CATCH_UNDEF;
    default:
        return CPU_CATCH_OTHER;
    }
}

static void note(struct cpu *cpu, unsigned what)
{
    if (!(cpu->catch & what))
        return;
    cpu->caught |= what;
    cpu->exit_requested = true;
}

void catch_entry(struct cpu *cpu, unsigned from_el, bool interrupt)
{
    unsigned kind =
        interrupt ? CPU_CATCH_IRQ : kind_of_class((unsigned)(cpu->sys[SYSREG_ESR_EL1] >> 26) & 63);
    note(cpu, kind | (from_el ? CPU_CATCH_EL1 : CPU_CATCH_EL0));
}

void catch_return(struct cpu *cpu)
{
    note(cpu, CPU_CATCH_RETURN);
}

void cpu_set_catch(struct cpu *cpu, unsigned what)
{
    cpu->catch = what;
}

unsigned cpu_take_caught(struct cpu *cpu)
{
    unsigned caught = cpu->caught;
    cpu->caught = 0;
    return caught;
}
