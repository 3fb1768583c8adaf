/* SPDX-License-Identifier: MIT */
/*
 * Decoded instructions: a page of records for each physical page that was ever executed.
 *
 * A record is one instruction: the function that executes it and its operands. Record i of a page is the instruction at
 * offset 4 * i; `pc + 4` is `record + 1`. Records begin as `decode`, which fills them at their first execution. They depend on
 * nothing but the instruction word and its place in the page, so virtual aliases share them and TLB maintenance leaves
 * them alone; a write to the page resets those it touched.
 *
 * A page that has decoded records is kept off the soft TLBs' write path, so that every store into it comes by here. After
 * a few of those it is taken to be data again: all its records are dropped and writes are fast until it is executed.
 */
#ifndef CPU_CODE_H
#define CPU_CODE_H

#include "cpu/state.h"

struct record;
/* cpu, the record, the limit (see exec.h), and the flags of struct flags. */
typedef void handler_fn(struct cpu *cpu, struct record *r, struct record *limit, uint64_t left, uint64_t right, uint64_t how);

struct record {
    handler_fn *handler;
    union {
        struct {
            uint8_t rd, rn, rm, ra; /* slots of cpu->x or numbers of vector registers; small constants in some handlers */
            int32_t imm;
        };
        uint64_t operands;
    };
};
_Static_assert(sizeof(struct record) == 16, "the program counter is a record pointer divided by 4");

#define PAGE_RECORDS (PAGE_SIZE / 4)

struct code_page {
    struct record record[PAGE_RECORDS + 1]; /* the last one leaves the page */
    uint64_t pa;
    const uint8_t *host;    /* the instruction words */
    bool has_records;       /* at least one record is not `decode` */
    bool used;              /* somebody looked it up since the last sweep */
    uint8_t compilations;   /* how often it was to be compiled (compile.h), at most COMPILATIONS_MAX */
    unsigned heat;          /* samples that found it being interpreted, since then */
    unsigned code_unit, code_units; /* its compiled code; 0 units: none */
    uint64_t compiled[PAGE_RECORDS / 64]; /* what that is of: a bit per record */
    unsigned stores;        /* into this page since has_records became true */
    unsigned patience;      /* log2 of what multiplies the stores that make it data again (parallel CPUs) */
    uint64_t begun;         /* grace periods begun when has_records became true */
    uint64_t stale_after;   /* records may be decoded when a later grace period than this one has ended */
    struct code_page *next; /* in the hash chain */
};

/* The page's records, NULL when it has never been executed. */
struct code_page *code_find(const struct code_cache *cache, uint64_t pa);
/* The same, made when missing. NULL: out of memory. `host` is the page's memory. */
struct code_page *code_get(struct code_cache *cache, uint64_t pa, const uint8_t *host);
/* A page with every record set to `decode`, outside of any cache: the step page. */
struct code_page *code_page_create(handler_fn *handler);

static inline bool code_has_records(const struct code_page *page)
{
    return page && __atomic_load_n(&page->has_records, __ATOMIC_RELAXED);
}

/* Puts a decoded instruction into a record: the operands first, for another CPU may be about to run it. */
static inline void record_publish(struct record *r, const struct record *decoded)
{
    if (r->operands != decoded->operands)
        __atomic_store_n(&r->operands, decoded->operands, __ATOMIC_RELAXED);
    __atomic_store_n(&r->handler, decoded->handler, __ATOMIC_RELEASE);
}

/* The sequences to look for when decoding (fuse.h). */
struct fuse_tree;
const struct fuse_tree *code_fuse_tree(const struct code_cache *cache);

/* A CPU stored `size` bytes at pa: resets the records it touched. To be called after the store. */
void code_written(struct code_cache *cache, uint64_t pa, uint64_t size);
/* Behind a store to memory that does not go through a write entry of the soft TLB. */
static inline void code_stored(const struct cpu *cpu, uint64_t pa, uint64_t size)
{
    if (cpu->thread)
        __atomic_thread_fence(__ATOMIC_SEQ_CST); /* code_page_begin: has_records, then the instruction words */
    if (code_has_records(code_find(cpu->cache, pa)))
        code_written(cpu->cache, pa, size);
}
/* The first record of the page is about to be decoded, by `cpu`: revokes write access in all soft TLBs. */
void code_page_begin(struct cpu *cpu, struct code_page *page);

/* cpu->pc is where it is, every now and then: a page that is met often is compiled. */
void code_sample(struct cpu *cpu);
/* Does the record at pa hold compiled code? */
bool code_is_compiled(const struct code_cache *cache, uint64_t pa);
/* The compiled code of the page of pa, for those who look on; NULL: none. */
const uint8_t *code_compiled(const struct code_cache *cache, uint64_t pa, size_t *size);

/* For CPUs on threads of their own (parallel.h), nothing otherwise. */
bool code_is_parallel(const struct code_cache *cache);
/* To be held while decoding; taken by what resets records. */
void code_lock(struct code_cache *cache);
void code_unlock(struct code_cache *cache);
/* Locked: may records of this page be decoded, or is a grace period to be awaited first? */
bool code_may_decode(const struct code_cache *cache, const struct code_page *page);
/* A soft TLB is about to hold the page for writing; if the page has records when this returns, it must not. */
void code_note_writer(struct code_cache *cache, uint64_t pa);
/* IC: what was decoded of these bytes, or of all memory, is forgotten, whoever wrote them and how. */
void code_forget(struct code_cache *cache, uint64_t pa, uint64_t size);
void code_forget_all(struct code_cache *cache);
/* A grace period's number; the number of the last one that has ended. */
uint64_t code_grace_begins(struct code_cache *cache);
void code_grace_ends(struct code_cache *cache, uint64_t number);

/* True the first time it is asked for a row of a64.def: what is not implemented is reported once. */
bool code_first_report(struct code_cache *cache, unsigned row);

void code_cache_add_cpu(struct code_cache *cache, struct cpu *cpu);
void code_cache_remove_cpu(struct code_cache *cache, struct cpu *cpu);
/* First CPU of the list linked by next_in_cache. */
struct cpu *code_cache_cpus(const struct code_cache *cache);

/* The list of the debugger's watchpoints, which is watch.c's. */
struct watchpoint **code_watchpoints(struct code_cache *cache);

/* Every record at this page offset looks again whether it is at a breakpoint (breakpoint.h). */
void code_reset_offset(struct code_cache *cache, unsigned offset);

#endif
