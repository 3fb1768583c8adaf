/* SPDX-License-Identifier: MIT */
/*
 * Exception generation, hints, barriers and system registers (Arm ARM C4.1.87).
 *
 * These run on the exact state: SAVE, do it, and go on from wherever the program counter is then. The few that kernels
 * use on every path - DAIF, SP_EL0, TPIDR, NZCV - have a handler of their own.
 */
#include "cpu/decode.h"
#include "cpu/exception.h"
#include "cpu/exec.h"
#include "cpu/mem.h"
#include "cpu/parallel.h"

#include <string.h>

/* Instructions without operands, and those that are allocated but UNDEFINED here. */
#define DECODE_BARE(op, handler)                                                                   \
    bool decode_##op(struct decode *d, const struct a64_##op *f)                                   \
    {                                                                                              \
        return emit(d, handler, 0, 0, 0, 0, 0);                                                    \
    }
#define DECODE_UNDEFINED(op)                                                                       \
    bool decode_##op(struct decode *d, const struct a64_##op *f)                                   \
    {                                                                                              \
        return false;                                                                              \
    }

/* -- Exception generation -- */

/* The instruction has ended in an exception. */
#define EXCEPTION_TAKEN()                                                                          \
    do {                                                                                           \
        cpu->count++;                                                                              \
        TAIL(exec_resume);                                                                         \
    } while (0)

OP(svc)
{
    SAVE();
    cpu->ss = 0; /* SSAdvance: it is executed; all others are not when they take an exception */
    exception_take(cpu, EC_SVC64, (uint16_t)r->imm, cpu->pc + 4);
    EXCEPTION_TAKEN();
}

COLD_OP(brk64)
{
    SAVE();
    exception_take(cpu, EC_BRK64, (uint16_t)r->imm, cpu->pc);
    EXCEPTION_TAKEN();
}

/* HVC and SMC: rd tells them apart. Served by the machine; without a server they are UNDEFINED, and so they are at EL0. */
COLD_OP(call_machine)
{
    if (cpu->el == 0)
        TAIL(exec_undefined);
    SAVE();
    cpu->pc += 4;
    if (!cpu->port.call(cpu->port.ctx, cpu->index, r->rd, (uint16_t)r->imm)) {
        cpu->pc -= 4;
        TAIL(exec_undefined);
    }
    cpu->count++;
    TAIL(exec_resume);
}

bool decode_SVC(struct decode *d, const struct a64_SVC *f)
{
    return emit(d, svc, 0, 0, 0, 0, f->imm16);
}

bool decode_HVC(struct decode *d, const struct a64_HVC *f)
{
    return emit(d, call_machine, 0, 0, 0, 0, f->imm16);
}

bool decode_SMC(struct decode *d, const struct a64_SMC *f)
{
    return emit(d, call_machine, 1, 0, 0, 0, f->imm16);
}

bool decode_BRK(struct decode *d, const struct a64_BRK *f)
{
    return emit(d, brk64, 0, 0, 0, 0, f->imm16);
}

/* Halting debug is not enabled: HLT is UNDEFINED, and DCPS and DRPS are outside Debug state. */
DECODE_UNDEFINED(HLT)
DECODE_UNDEFINED(DCPS1)
DECODE_UNDEFINED(DCPS2)
DECODE_UNDEFINED(DCPS3)
DECODE_UNDEFINED(DRPS)

OP(eret)
{
    if (cpu->el == 0)
        TAIL(exec_undefined);
    SAVE();
    exception_return(cpu);
    cpu->count++;
    TAIL(exec_resume);
}

DECODE_BARE(ERET, eret)

/* -- Hints -- */

/* At EL0, SCTLR_EL1.nTWI and nTWE send the wait to EL1 (ISS: TI), where there would be one. */
#define SCTLR_NTWI (1u << 16)
#define SCTLR_NTWE (1u << 18)
#define WFX_ISS(ti) (ISS_COND_ALWAYS | (ti))

/* Leaves with the PC behind the instruction at r. */
#define WAIT(why)                                                                                  \
    do {                                                                                           \
        r++;                                                                                       \
        SAVE();                                                                                    \
        STOP(why);                                                                                 \
    } while (0)

COLD_OP(wfi)
{
    if (cpu_has_work(cpu))
        NEXT();
    if (cpu->el == 0 && !(cpu->sys[SYSREG_SCTLR_EL1] & SCTLR_NTWI)) {
        SAVE();
        exception_take(cpu, EC_WFX, WFX_ISS(0), cpu->pc);
        EXCEPTION_TAKEN();
    }
    WAIT(CPU_EXIT_WFI);
}

COLD_OP(wfe)
{
    if (cpu_has_event(cpu)) {
        __atomic_store_n(&cpu->event, false, __ATOMIC_RELAXED);
        NEXT();
    }
    if (cpu->el == 0 && !(cpu->sys[SYSREG_SCTLR_EL1] & SCTLR_NTWE)) {
        SAVE();
        exception_take(cpu, EC_WFX, WFX_ISS(1), cpu->pc);
        EXCEPTION_TAKEN();
    }
    WAIT(CPU_EXIT_WFE);
}

COLD_OP(yield)
{
    if (!cpu->yields)
        NEXT();
    WAIT(CPU_EXIT_YIELD);
}

COLD_OP(sev)
{
    SAVE();
    cpu->port.send_event(cpu->port.ctx);
    NEXT_CHECKED();
}

OP(sevl)
{
    __atomic_store_n(&cpu->event, true, __ATOMIC_RELAXED);
    NEXT();
}

HANDLER(exec_nop)
{
    NEXT();
}

DECODE_BARE(HINT, exec_nop) /* unallocated hints are NOPs */
DECODE_BARE(NOP, exec_nop)
DECODE_BARE(YIELD, yield)
DECODE_BARE(WFE, wfe)
DECODE_BARE(WFI, wfi)
DECODE_BARE(SEV, sev)
DECODE_BARE(SEVL, sevl)

/* -- Barriers: memory is in order already, unless CPUs have threads of their own; ISB fetches the following instructions
 * anew -- */

OP(clrex)
{
    cpu->exclusive.armed = false;
    NEXT();
}

OP(isb)
{
    SAVE();
    __atomic_thread_fence(__ATOMIC_ACQUIRE); /* a load that came before, then the records */
    cpu->pc += 4;
    cpu->count++;
    TAIL(exec_resume);
}

DECODE_BARE(CLREX, clrex)
DECODE_BARE(ISB, isb)

bool decode_DSB(struct decode *d, const struct a64_DSB *f)
{
    return emit(d, d->parallel ? dsb_parallel : exec_nop, 0, 0, 0, 0, 0);
}

/* CRm<1:0>, the access types: LD and ST have the values 1 and 2. */
bool decode_DMB(struct decode *d, const struct a64_DMB *f)
{
    const bool one_way = (f->CRm & 3) == 1 || (f->CRm & 3) == 2;
    handler_fn *handler = one_way ? dmb_one_way_parallel : dmb_parallel;
    return emit(d, d->parallel ? handler : exec_nop, 0, 0, 0, 0, 0);
}

/* -- System registers and operations: imm is the encoding -- */

/* The syndrome of a trapped MSR, MRS or system instruction (Arm ARM D13, ISS encoding of EC 0x18). */
static uint32_t sysreg_iss(uint32_t encoding, unsigned rt, bool read)
{
    uint32_t op0 = encoding >> 14, op1 = encoding >> 11 & 7, crn = encoding >> 7 & 15, crm = encoding >> 3 & 15,
             op2 = encoding & 7;
    return op0 << 20 | op2 << 17 | op1 << 14 | crn << 10 | rt << 5 | crm << 1 | read;
}

static void sysreg_failed(struct cpu *cpu, enum sysreg_result result, uint32_t encoding, unsigned rt, bool read)
{
    if (result == SYSREG_FAULT)
        exception_data_abort(cpu);
    else if (result == SYSREG_TRAPPED)
        exception_take(cpu, EC_SYSREG, sysreg_iss(encoding, rt, read), cpu->pc);
    else if (result == SYSREG_FP_TRAPPED)
        exception_take(cpu, EC_FP_ACCESS, ISS_COND_ALWAYS, cpu->pc);
    else
        exception_undefined(cpu);
}

/* Each returns false after it has taken an exception. */
static bool read_register(struct cpu *cpu, const struct record *r)
{
    uint64_t value = 0;
    enum sysreg_result result = sysreg_read(cpu, (uint32_t)r->imm, &value);
    if (result == SYSREG_OK)
        RD = value;
    else
        sysreg_failed(cpu, result, (uint32_t)r->imm, r->ra, true);
    return result == SYSREG_OK;
}

static bool write_register(struct cpu *cpu, const struct record *r)
{
    enum sysreg_result result = sysreg_write(cpu, (uint32_t)r->imm, RN);
    if (result != SYSREG_OK)
        sysreg_failed(cpu, result, (uint32_t)r->imm, r->ra, false);
    return result == SYSREG_OK;
}

static bool operate(struct cpu *cpu, const struct record *r)
{
    enum sysreg_result result = sysreg_operation(cpu, (uint32_t)r->imm, RN);
    if (result != SYSREG_OK)
        sysreg_failed(cpu, result, (uint32_t)r->imm, r->ra, false);
    return result == SYSREG_OK;
}

/* MSR (immediate): rm and ra are op1 and op2, rd the operand. A trapped access (SCTLR_EL1.UMA) has no register: Rt 31. */
static bool write_pstate_field(struct cpu *cpu, const struct record *r)
{
    enum sysreg_result result = sysreg_write_pstate(cpu, r->rm, r->ra, r->rd);
    if (result != SYSREG_OK)
        sysreg_failed(cpu, result, SYSREG_ENCODING(0, r->rm, 4, r->rd, r->ra), 31, false);
    return result == SYSREG_OK;
}

/* Writes can change the flags, the translation, the interrupts: all but the program counter is loaded again. */
#define DEFINE_SYSTEM(name, action)                                                                \
    OP(name)                                                                                       \
    {                                                                                              \
        SAVE();                                                                                    \
        if (!action(cpu, r))                                                                       \
            EXCEPTION_TAKEN();                                                                     \
        left = cpu->flags.left;                                                                    \
        right = cpu->flags.right;                                                                  \
        how = cpu->flags.how;                                                                      \
        NEXT_CHECKED();                                                                            \
    }
DEFINE_SYSTEM(mrs, read_register)
DEFINE_SYSTEM(msr, write_register)
DEFINE_SYSTEM(sys, operate)
DEFINE_SYSTEM(msr_imm, write_pstate_field)

/* -- The frequent ones -- */

/* A register that is a plain cell: rn is its index, rm the lowest EL that may read it. */
OP(mrs_plain)
{
    if (unlikely(cpu->el < r->rm))
        TAIL(mrs);
    RD = cpu->sys[r->rn];
    NEXT();
}

OP(mrs_nzcv)
{
    RD = (uint64_t)flags_nzcv(left, right, how) << 28;
    NEXT();
}

OP(msr_nzcv)
{
    GIVE_FLAGS(RN >> 28 & 15);
    NEXT();
}

OP(mrs_sp_el0)
{
    if (unlikely(cpu->el == 0 || !cpu->sp_sel))
        TAIL(mrs);
    RD = cpu->sp_el[0];
    NEXT();
}

OP(mrs_daif)
{
    if (unlikely(cpu->el == 0))
        TAIL(mrs);
    RD = (uint64_t)cpu->daif << 6;
    NEXT();
}

OP(msr_daif)
{
    if (unlikely(cpu->el == 0))
        TAIL(msr);
    cpu->daif = RN >> 6 & 15;
    cpu_update_interrupt(cpu);
    NEXT_CHECKED();
}

OP(msr_daifset)
{
    if (unlikely(cpu->el == 0))
        TAIL(msr_imm);
    cpu->daif |= r->rd;
    cpu_update_interrupt(cpu);
    NEXT();
}

OP(msr_daifclr)
{
    if (unlikely(cpu->el == 0))
        TAIL(msr_imm);
    cpu->daif &= (uint8_t)~r->rd;
    cpu_update_interrupt(cpu);
    NEXT_CHECKED();
}

#define SCTLR_DZE (1u << 14)

/* DC ZVA on memory that the soft TLB knows. */
OP(dc_zva)
{
    const uint64_t va = RN & ~(uint64_t)63;
    const struct tlb_entry *e = DTLB_WRITE(cpu->dtlb, va);
    const bool allowed = cpu->el || (cpu->sys[SYSREG_SCTLR_EL1] & SCTLR_DZE);
    if (!DTLB_HITS(e, va, 64) || unlikely(!allowed))
        TAIL(sys);
    memset(DTLB_HOST(e, va), 0, 64);
    NEXT();
}

enum {
    ENC_NZCV = SYSREG_ENCODING(3, 3, 4, 2, 0),
    ENC_DAIF = SYSREG_ENCODING(3, 3, 4, 2, 1),
    ENC_SP_EL0 = SYSREG_ENCODING(3, 0, 4, 1, 0),
    ENC_DC_ZVA = SYSREG_ENCODING(1, 3, 7, 4, 1)
};

bool decode_MRS(struct decode *d, const struct a64_MRS *f)
{
    uint32_t encoding = SYSREG_ENCODING(2 + f->o0, f->op1, f->CRn, f->CRm, f->op2);
    unsigned min_el, rd = reg_write(f->Rt);
    int index = sysreg_find(encoding);
    if (encoding == ENC_NZCV)
        return emit(d, mrs_nzcv, rd, 0, 0, 0, 0);
    if (encoding == ENC_DAIF)
        return emit(d, mrs_daif, rd, 0, 0, f->Rt, (int32_t)encoding);
    if (encoding == ENC_SP_EL0)
        return emit(d, mrs_sp_el0, rd, 0, 0, f->Rt, (int32_t)encoding);
    if (index >= 0 && index < 256 && sysreg_is_plain_read(index, &min_el))
        return emit(d, mrs_plain, rd, (unsigned)index, min_el, f->Rt, (int32_t)encoding);
    return emit(d, mrs, rd, 0, 0, f->Rt, (int32_t)encoding);
}

bool decode_MSR_reg(struct decode *d, const struct a64_MSR_reg *f)
{
    uint32_t encoding = SYSREG_ENCODING(2 + f->o0, f->op1, f->CRn, f->CRm, f->op2);
    handler_fn *handler = encoding == ENC_NZCV ? msr_nzcv : encoding == ENC_DAIF ? msr_daif : msr;
    return emit(d, handler, 0, reg_read(f->Rt), 0, f->Rt, (int32_t)encoding);
}

bool decode_MSR_imm(struct decode *d, const struct a64_MSR_imm *f)
{
    bool daif = f->op1 == 3 && f->op2 >= 6;
    handler_fn *handler = !daif ? msr_imm : f->op2 == 6 ? msr_daifset : msr_daifclr;
    return emit(d, handler, f->CRm, 0, f->op1, f->op2, 0);
}

bool decode_SYS(struct decode *d, const struct a64_SYS *f)
{
    uint32_t encoding = SYSREG_ENCODING(1, f->op1, f->CRn, f->CRm, f->op2);
    return emit(d, encoding == ENC_DC_ZVA ? dc_zva : sys, 0, reg_read(f->Rt), 0, f->Rt, (int32_t)encoding);
}

/* The A57 has no SYSL operation. */
DECODE_UNDEFINED(SYSL)
