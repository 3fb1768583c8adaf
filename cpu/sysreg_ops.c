/* SPDX-License-Identifier: MIT */
/*
 * System instructions: cache maintenance, address translation, TLB maintenance (Arm ARM C5.3 to
 * C5.5).
 *
 * There are no caches to maintain: instructions come from the same bytes as data, and stores to
 * decoded pages are noticed. What remains of DC and IC is their translation, which may fault.
 */
#include "cpu/sysreg_internal.h"

#include "cpu/code.h"
#include "cpu/exception.h"
#include "cpu/mem.h"
#include "cpu/parallel.h"

#define OP(op1, crn, crm, op2) SYSREG_ENCODING(1, op1, crn, crm, op2)

/* -- TLBI -- */

static uint16_t effective_asid(const struct cpu *cpu, uint64_t value)
{
    bool wide = cpu->sys[SYSREG_TCR_EL1] >> 36 & 1; /* AS */
    return (uint16_t)(wide ? value >> 48 : value >> 48 & 0xff);
}

/* TLBI's register: VA[55:12] in bits 43:0, ASID in 63:48. */
static struct tlb_request tlb_request(const struct cpu *cpu, unsigned op2, uint64_t value)
{
    struct tlb_request request = { .asid = effective_asid(cpu, value),
                                   .address = value << PAGE_BITS };
    switch (op2) {
    case 0: /* VMALLE1 */
        request.what = TLB_DROP_ALL;
        break;
    case 1: /* VAE1 */
    case 5: /* VALE1 */
        request.what = TLB_DROP_PAGE;
        break;
    case 2: /* ASIDE1 */
        request.what = TLB_DROP_ASID;
        break;
    default: /* VAAE1, VAALE1 */
        request.what = TLB_DROP_PAGE_OF_EVERY_ASID;
    }
    return request;
}

static void broadcast(struct cpu *cpu, const struct tlb_request *request)
{
    tlb_obey(cpu, request);
    if (cpu->thread) {
        parallel_ask(cpu, request);
        return;
    }
    for (struct cpu *c = code_cache_cpus(cpu->cache); c; c = c->next_in_cache)
        if (c != cpu)
            tlb_obey(c, request);
}

static enum sysreg_result tlbi(struct cpu *cpu, uint32_t encoding, uint64_t value)
{
    const unsigned op2 = encoding & 7;
    const struct tlb_request request = tlb_request(cpu, op2, value);
    bool inner_shareable = (encoding >> 3 & 15) == 3;
    if (op2 == 4 || op2 == 6)
        return SYSREG_UNDEFINED;
    if (inner_shareable)
        broadcast(cpu, &request);
    else
        tlb_obey(cpu, &request);
    return SYSREG_OK;
}

/* -- AT -- */

static uint64_t par_of(const struct translation *t) /* PAR_EL1 with F = 0; Non-secure */
{
    return (uint64_t)t->memattr << 56 | (t->pa & PAGE_MASK) | 1u << 11 | 1u << 9 |
           (uint64_t)t->shareability << 7;
}

static uint64_t par_of_fault(const struct fault *fault)
{
    return 1u << 11 | exception_fault_status(fault) << 1 | 1;
}

static enum sysreg_result address_translate(struct cpu *cpu, unsigned op2, uint64_t va)
{
    const unsigned el = op2 & 2 ? 0 : 1;
    const enum access_type access = op2 & 1 ? ACCESS_WRITE : ACCESS_READ;
    struct translation t;
    struct fault fault = { 0 };
    if (aarch64_translate_address(cpu, va, access, el, &t, &fault)) {
        cpu->sys[SYSREG_PAR_EL1] = par_of(&t);
        return SYSREG_OK;
    }
    if (fault.type == FAULT_EXTERNAL_ON_WALK) {
        cpu->fault = fault;
        cpu->fault.cache_maintenance = cpu->fault.write = true;
        return SYSREG_FAULT;
    }
    cpu->sys[SYSREG_PAR_EL1] = par_of_fault(&fault);
    return SYSREG_OK;
}

/* -- DC and IC -- */

static enum sysreg_result touch(struct cpu *cpu, uint64_t va)
{
    if (cpu->el == 0 && !(cpu->sys[SYSREG_SCTLR_EL1] & SCTLR_UCI))
        return SYSREG_TRAPPED;
    return mem_touch(cpu, va, ACCESS_CACHE) ? SYSREG_OK : SYSREG_FAULT;
}

static enum sysreg_result zero_block(struct cpu *cpu, uint64_t va)
{
    if (cpu->el == 0 && !(cpu->sys[SYSREG_SCTLR_EL1] & SCTLR_DZE))
        return SYSREG_TRAPPED;
    return mem_zero_block(cpu, va) ? SYSREG_OK : SYSREG_FAULT;
}

/* Stores are noticed without it. But a device may have written while another CPU decoded what was
 * there before. */
static enum sysreg_result invalidate_line(struct cpu *cpu, uint64_t va)
{
    enum sysreg_result result = touch(cpu, va);
    if (result != SYSREG_OK || !cpu->thread)
        return result;
    const struct tlb_page *page = tlb_lookup(cpu, va, ACCESS_CACHE, &cpu->fault);
    const uint64_t line = va & ~PAGE_MASK & ~(uint64_t)63;
    if (page)
        code_forget(cpu->cache, page->pa | line, 64);
    return SYSREG_OK;
}

/* Those that EL0 may be allowed: op1 is 3. */
static enum sysreg_result user_operation(struct cpu *cpu, uint32_t encoding, uint64_t value)
{
    switch (encoding) {
    case OP(3, 7, 4, 1): /* DC ZVA */
        return zero_block(cpu, value);
    case OP(3, 7, 5, 1): /* IC IVAU */
        return invalidate_line(cpu, value);
    case OP(3, 7, 10, 1): /* DC CVAC */
    case OP(3, 7, 11, 1): /* DC CVAU */
    case OP(3, 7, 14, 1): /* DC CIVAC */
        return touch(cpu, value);
    }
    sysreg_log_unknown(cpu, encoding, true);
    return SYSREG_UNDEFINED;
}

/* RAMINDEX of the Cortex-A57 (TRM 4.3, "RAM Index operation"): there is no cache RAM to read. */
static enum sysreg_result ramindex(struct cpu *cpu)
{
    for (unsigned reg = SYSREG_IL1DATA0_EL1; reg <= SYSREG_DL1DATA4_EL1; reg++)
        cpu->sys[reg] = 0;
    return SYSREG_OK;
}

static enum sysreg_result kernel_operation(struct cpu *cpu, uint32_t encoding, uint64_t value)
{
    switch (encoding) {
    case OP(0, 7, 1, 0): /* IC IALLUIS */
    case OP(0, 7, 5, 0): /* IC IALLU */
        if (cpu->thread)
            code_forget_all(cpu->cache);
        return SYSREG_OK;
    case OP(0, 7, 6, 2):  /* DC ISW */
    case OP(0, 7, 10, 2): /* DC CSW */
    case OP(0, 7, 14, 2): /* DC CISW */
        return SYSREG_OK;
    case OP(0, 15, 4, 0):
        return ramindex(cpu);
    case OP(0, 7, 6, 1): /* DC IVAC needs write permission: it may change what memory holds */
        return mem_touch(cpu, value, ACCESS_WRITE) ? SYSREG_OK : SYSREG_FAULT;
    case OP(0, 7, 8, 0): /* AT S1E1R, S1E1W, S1E0R, S1E0W */
    case OP(0, 7, 8, 1):
    case OP(0, 7, 8, 2):
    case OP(0, 7, 8, 3):
        return address_translate(cpu, encoding & 7, value);
    }
    const uint32_t group = encoding & ~7u;
    if (group == OP(0, 8, 3, 0) || group == OP(0, 8, 7, 0))
        return tlbi(cpu, encoding, value);
    sysreg_log_unknown(cpu, encoding, true);
    return SYSREG_UNDEFINED;
}

enum sysreg_result sysreg_operation(struct cpu *cpu, uint32_t encoding, uint64_t value)
{
    if ((encoding >> 11 & 7) == 3)
        return user_operation(cpu, encoding, value);
    return cpu->el ? kernel_operation(cpu, encoding, value) : SYSREG_UNDEFINED;
}
