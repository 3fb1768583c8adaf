/* SPDX-License-Identifier: MIT */
/*
 * CPUs on host threads of their own (code_cache_set_parallel).
 *
 * Who owns what. Everything in struct cpu belongs to the thread that runs it, but for four cells that others store to with
 * atomic accesses: the interrupt lines, `interrupt` (then no more than a hint to look), the event register and the
 * requests below. TLBs in particular are touched by their own CPU only. The code cache is shared: its lock is held to
 * decode, to reset records and to enter pages; handlers and look-ups go without.
 *
 * A turn is the time in which a CPU is inside cpu_run or cpu_step and not waiting here. Between turns it holds nothing: no
 * translation, no operand of a record. So what others must give up is asked for (tlb_request), answered at the beginning
 * of the next turn, and awaited by parallel_wait, which returns when every other CPU has ended the turn it was in: a grace
 * period. Nobody is stopped for it, and who waits is between turns himself, so any number may wait at once. Turns are
 * a few thousand instructions long; the machine sees to that.
 *
 * A grace period is needed
 * - by DSB, if this CPU has broadcast TLB maintenance since the last one;
 * - before the first instruction of a page is decoded, if some CPU may have it in its soft TLB for writing;
 * - before a record is decoded anew after its memory was written: until then another CPU may be inside its old handler and
 *   read its operands. code_page.stale_after says which grace period that takes.
 *
 * Order. Plain loads and stores are plain accesses of the host, single-copy atomic where Arm's are. Barriers, acquire and
 * release are the host's as C11 has them: STLR and LDAR are sequentially consistent accesses, DMB LD and DMB ST fences that
 * cost nothing where the host keeps that order (x86-64), DMB and DSB full ones. A handler is published after its
 * operands, and dispatch acquires it where the host would reorder the two loads (HANDLER_OF in exec.h).
 */
#ifndef CPU_PARALLEL_H
#define CPU_PARALLEL_H

#include "cpu/code.h"

#include <pthread.h>

/* What one CPU asks of another's TLBs. */
struct tlb_request {
    enum { TLB_DROP_ALL, TLB_DROP_PAGE, TLB_DROP_PAGE_OF_EVERY_ASID, TLB_DROP_ASID, TLB_REVOKE_WRITES } what;
    uint16_t asid;
    uint64_t address; /* virtual; TLB_REVOKE_WRITES: physical */
};
#define TLB_REQUESTS 32 /* more than that become TLB_DROP_ALL */

struct cpu_thread {
    uint64_t turns;    /* atomic; odd inside a turn */
    bool requested;    /* atomic; there are requests */
    bool unanswered;   /* this CPU has asked others and has not waited since */
    bool waited;       /* for a grace period, to decode the record at hand */
    bool step_next;    /* that was not enough: the next instruction runs on the step page */
    pthread_mutex_t lock;
    unsigned requests;
    struct tlb_request request[TLB_REQUESTS];
};

/* NULL: out of memory. */
struct cpu_thread *cpu_thread_create(void);
void cpu_thread_destroy(struct cpu_thread *thread);

/* Around each turn; nothing when all CPUs share one thread. */
void parallel_enter(struct cpu *cpu);
void parallel_leave(struct cpu *cpu);

/* Does it to the TLBs of this CPU. */
void tlb_obey(struct cpu *cpu, const struct tlb_request *request);
/* Asks every other CPU; done when parallel_wait returns. */
void parallel_ask(struct cpu *cpu, const struct tlb_request *request);
/* Inside a turn, with exact state: ends it, waits for a grace period, begins the next one. */
void parallel_wait(struct cpu *cpu);
/* The record to be decoded needs a grace period. After one that did not help, because somebody keeps storing to the page,
 * has the instruction executed without a record. false: leave the handlers for that. */
bool parallel_wait_to_decode(struct cpu *cpu);

/* Handlers that take the place of the plain ones (ldst_parallel.c). */
#define EACH_PARALLEL_ACCESS(X, bytes)                                                             \
    X(ldxr_parallel_##bytes) X(stxr_parallel_##bytes) X(ldar_parallel_##bytes) X(stlr_parallel_##bytes)
#define DECLARE_HANDLER(name) handler_fn name;
EACH_PARALLEL_ACCESS(DECLARE_HANDLER, 1)
EACH_PARALLEL_ACCESS(DECLARE_HANDLER, 2)
EACH_PARALLEL_ACCESS(DECLARE_HANDLER, 4)
EACH_PARALLEL_ACCESS(DECLARE_HANDLER, 8)
DECLARE_HANDLER(dmb_parallel)
DECLARE_HANDLER(dmb_one_way_parallel)
DECLARE_HANDLER(dsb_parallel)

#endif
