/* SPDX-License-Identifier: MIT */
/*
 * The handlers that belong to no instruction: decoding, leaving a page, leaving the core, slow branches.
 */
#include "cpu/exec.h"

#include "cpu/breakpoint.h"
#include "cpu/debug.h"
#include "cpu/decode.h"
#include "cpu/exception.h"
#include "cpu/fuse.h"
#include "cpu/mem.h"
#include "cpu/parallel.h"

#include <stdio.h>
#include <string.h>

#if EXEC_LOOP
struct exec_loop *exec_loop(struct cpu *cpu)
{
    _Static_assert(sizeof(struct exec_loop) <= sizeof(cpu->loop), "struct cpu has room for the loop");
    return (struct exec_loop *)cpu->loop;
}
#endif

static struct code_page *page_of(struct record *r, uint64_t pc)
{
    return (struct code_page *)(r - (pc >> 2 & (PAGE_RECORDS - 1)));
}

/* Looks for the longest sequence of fusion.def that begins at r, with `handler`; returns what executes it, or `handler`. The
 * records behind r keep their handlers; those that have none yet get their operands, which is what a fused handler needs of
 * them. */
static handler_fn *fuse(struct cpu *cpu, const struct code_page *page, struct record *r, handler_fn *handler)
{
    const struct fuse_tree *tree = code_fuse_tree(cpu->cache);
    const unsigned index = (unsigned)(r - page->record);
    handler_fn *fused = handler;
    for (unsigned i = 1, node = 0; (node = fuse_step(tree, node, handler, &fused)) && i < FUSE_MAX; i++) {
        if (index + i >= PAGE_RECORDS || code_has_breakpoint_offset(cpu->cache, 4 * (index + i)))
            break;
        struct record next;
        a64_decode_at(page, index + i, cpu->thread, &next);
        handler = next.handler;
        if (r[i].handler == exec_decode) {
            next.handler = exec_decode;
            record_publish(&r[i], &next);
        }
    }
    return fused;
}

static void decode_record(struct cpu *cpu, const struct code_page *page, struct record *r)
{
    unsigned index = (unsigned)(r - page->record);
    struct record decoded;
    a64_decode_at(page, index, cpu->thread, &decoded);
    if (unlikely(code_has_breakpoint_offset(cpu->cache, 4 * index)))
        decoded.handler = exec_breakpoint;
    else
        decoded.handler = fuse(cpu, page, r, decoded.handler);
    record_publish(r, &decoded);
}

/* false: a grace period is needed first (parallel.h). */
static bool decode(struct cpu *cpu, struct code_page *page, struct record *r)
{
    bool may = true;
    code_lock(cpu->cache);
    if (!code_has_records(page))
        code_page_begin(cpu, page);
    if (cpu->thread)
        may = code_may_decode(cpu->cache, page);
    if (may)
        decode_record(cpu, page, r);
    code_unlock(cpu->cache);
    return may;
}

COLD HANDLER(exec_decode_later)
{
    SAVE();
    if (!parallel_wait_to_decode(cpu))
        STOP(CPU_EXIT_BUDGET);
    TAIL(exec_resume);
}

COLD HANDLER(exec_decode)
{
    if (!decode(cpu, page_of(r, PC()), r))
        TAIL(exec_decode_later);
    if (cpu->thread)
        cpu->thread->waited = false;
    TAIL(HANDLER_OF(r));
}

/* What the record would do without the breakpoint; its operands are those of the instruction all along. */
static handler_fn *handler_below(struct cpu *cpu, struct record *r, uint64_t pc)
{
    struct code_page *page = page_of(r, pc);
    struct record scratch;
    a64_decode_at(page, (unsigned)(r - page->record), cpu->thread, &scratch);
    return scratch.handler;
}

COLD HANDLER(exec_breakpoint)
{
    const uint64_t pa = page_of(r, PC())->pa | (PC() & ~PAGE_MASK);
    SAVE();
    if (code_has_breakpoint(cpu->cache, cpu->pc, pa))
        STOP(CPU_EXIT_BREAKPOINT);
    if (!debug_take_breakpoint(cpu))
        TAIL(handler_below(cpu, r, PC()));
    cpu->count++;
    TAIL(exec_resume);
}

COLD HANDLER(exec_check_point)
{
    SAVE();
    STOP(CPU_EXIT_BUDGET);
}

/* The budget may have ended here as well; whoever asked for the run sees that from the count. */
COLD HANDLER(exec_yield)
{
    SAVE();
    STOP(CPU_EXIT_YIELD);
}

COLD HANDLER(exec_stepped)
{
    SAVE();
    STOP(CPU_EXIT_STEPPED);
}

/* The sentinel is no instruction: nothing retires, the limit keeps its distance. */
HANDLER(exec_page_end)
{
    const uint64_t va = PC();
    const struct code_entry *e = &cpu->ctlb->entry[va >> PAGE_BITS & (CTLB_SIZE - 1)];
    if (unlikely(va != e->tag)) {
        SAVE();
        TAIL(exec_resume);
    }
    struct record *to = e->page->record;
    cpu->bias = va - ((uintptr_t)to >> 2);
    limit = RECORD_AT(to, RECORD_DISTANCE(limit, r));
    r = to;
    CHECK_POINT();
}

/* A tagged target comes here always: no entry of the code TLB has a tag. */
COLD HANDLER(exec_jump_slow)
{
    SAVE();
    cpu->pc = aarch64_branch_addr(cpu, cpu->va);
    cpu->count++;
    TAIL(exec_resume);
}

/* Finds the record for cpu->pc and the limit that goes with it; takes the exceptions that fetching raises.
 * false: the run ends here. */
static bool locate(struct cpu *cpu)
{
    for (;;) {
        int64_t left = (int64_t)(cpu->limit_count - cpu->count);
        if (cpu_looks_up(cpu) || left <= 0)
            return false;
        const struct code_entry *e = &cpu->ctlb->entry[cpu->pc >> PAGE_BITS & (CTLB_SIZE - 1)];
        struct code_page *page =
            (cpu->pc & ~(uint64_t)0xffc) == e->tag ? e->page : mem_fetch_page(cpu);
        if (page && !cpu->il) {
            cpu->r = &page->record[cpu->pc >> 2 & (PAGE_RECORDS - 1)];
            cpu->limit = RECORD_AT(cpu->r, left * 16);
            cpu->bias = cpu->pc - ((uintptr_t)cpu->r >> 2);
            return true;
        }
        exception_before(cpu, page != NULL);
        cpu->count++;
    }
}

HANDLER(exec_resume)
{
    if (!locate(cpu))
        STOP(CPU_EXIT_BUDGET);
    r = cpu->r;
    limit = cpu->limit;
    left = cpu->flags.left;
    right = cpu->flags.right;
    how = cpu->flags.how;
    TAIL(HANDLER_OF(r));
}

COLD HANDLER(exec_undefined)
{
    SAVE();
    exception_undefined(cpu);
    cpu->count++;
    TAIL(exec_resume);
}

static void log_unimplemented(struct cpu *cpu, unsigned row)
{
    char text[120];
    if (!code_first_report(cpu->cache, row))
        return;
    snprintf(text, sizeof(text), "%s at %#llx is not implemented: UNDEFINED", a64_rows[row].name,
             (unsigned long long)cpu->pc);
    cpu->port.log(cpu->port.ctx, cpu->index, CPU_LOG_UNIMP, text);
}

COLD HANDLER(exec_unimplemented)
{
    SAVE();
    log_unimplemented(cpu, (unsigned)r->imm);
    exception_undefined(cpu);
    cpu->count++;
    TAIL(exec_resume);
}

COLD HANDLER(exec_fp_trap)
{
    SAVE();
    exception_take(cpu, EC_FP_ACCESS, ISS_COND_ALWAYS, cpu->pc);
    cpu->count++;
    TAIL(exec_resume);
}

COLD HANDLER(exec_data_abort)
{
    exception_data_abort(cpu);
    cpu->count++;
    TAIL(exec_resume);
}

COLD HANDLER(exec_sp_changed)
{
    cpu_refresh(cpu);
    NEXT();
}
