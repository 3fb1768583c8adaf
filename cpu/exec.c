/* SPDX-License-Identifier: MIT */
/*
 * The handlers that belong to no instruction: decoding, leaving a page, leaving the core, slow branches.
 */
#include "cpu/exec.h"

#include "cpu/decode.h"
#include "cpu/exception.h"
#include "cpu/fuse.h"
#include "cpu/mem.h"

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

static void decode_word(const struct code_page *page, unsigned index, struct record *out)
{
    struct decode d = { .out = out, .index = index };
    memcpy(&d.word, page->host + 4 * index, 4);
    a64_decode(&d);
}

/* Looks for the longest sequence of fusion.def that begins at r. The records behind r keep their handlers; those that have
 * none yet get their operands, which is what a fused handler needs of them. */
static void fuse(struct cpu *cpu, const struct code_page *page, struct record *r)
{
    const struct fuse_tree *tree = code_fuse_tree(cpu->cache);
    unsigned index = (unsigned)(r - page->record);
    handler_fn *fused = NULL, *handler = r->handler;
    for (unsigned i = 1, node = 0; (node = fuse_step(tree, node, handler, &fused)) && i < FUSE_MAX; i++) {
        if (index + i >= PAGE_RECORDS || code_has_breakpoint_offset(cpu->cache, 4 * (index + i)))
            break;
        struct record next;
        decode_word(page, index + i, &next);
        handler = next.handler;
        if (r[i].handler == exec_decode) {
            next.handler = exec_decode;
            r[i] = next;
        }
    }
    if (fused)
        r->handler = fused;
}

static void decode_record(struct cpu *cpu, struct record *r, uint64_t pc)
{
    struct code_page *page = page_of(r, pc);
    unsigned index = (unsigned)(r - page->record);
    if (!page->has_records)
        code_page_begin(cpu->cache, page);
    decode_word(page, index, r);
    if (unlikely(code_has_breakpoint_offset(cpu->cache, 4 * index)))
        r->handler = exec_breakpoint;
    else
        fuse(cpu, page, r);
}

COLD HANDLER(exec_decode)
{
    decode_record(cpu, r, PC());
    TAIL(r->handler);
}

/* What the record would do without the breakpoint; its operands are those of the instruction all along. */
static handler_fn *handler_below(struct record *r, uint64_t pc)
{
    struct code_page *page = page_of(r, pc);
    struct record scratch;
    decode_word(page, (unsigned)(r - page->record), &scratch);
    return scratch.handler;
}

COLD HANDLER(exec_breakpoint)
{
    const uint64_t pa = page_of(r, PC())->pa | (PC() & ~PAGE_MASK);
    if (!code_has_breakpoint(cpu->cache, PC(), pa))
        TAIL(handler_below(r, PC()));
    SAVE();
    STOP(CPU_EXIT_BREAKPOINT);
}

COLD HANDLER(exec_check_point)
{
    SAVE();
    STOP(CPU_EXIT_BUDGET);
}

COLD HANDLER(exec_stepped)
{
    SAVE();
    STOP(CPU_EXIT_STEPPED);
}

HANDLER(exec_nop)
{
    NEXT();
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
        if (cpu->interrupt || cpu->exit_requested || left <= 0)
            return false;
        if (cpu->il) {
            exception_take(cpu, EC_ILLEGAL_STATE, 0, cpu->pc);
            cpu->count++;
            continue;
        }
        const struct code_entry *e = &cpu->ctlb->entry[cpu->pc >> PAGE_BITS & (CTLB_SIZE - 1)];
        struct code_page *page =
            (cpu->pc & ~(uint64_t)0xffc) == e->tag ? e->page : mem_fetch_page(cpu);
        if (page) {
            cpu->r = &page->record[cpu->pc >> 2 & (PAGE_RECORDS - 1)];
            cpu->limit = RECORD_AT(cpu->r, left * 16);
            cpu->bias = cpu->pc - ((uintptr_t)cpu->r >> 2);
            return true;
        }
        exception_instruction_abort(cpu);
        cpu->count++;
    }
}

HANDLER(exec_resume)
{
    if (!locate(cpu))
        STOP(CPU_EXIT_BUDGET);
    r = cpu->r;
    limit = cpu->limit;
    n = cpu->flags.n;
    z = cpu->flags.z;
    cv = cpu->flags.cv;
    TAIL(r->handler);
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
