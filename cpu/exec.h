/* SPDX-License-Identifier: MIT */
/*
 * How handlers are written.
 *
 * A handler executes one record and ends in a tail call to the next record's handler, so that six arguments stay in host
 * registers for as long as the guest runs:
 *
 *   cpu      the vCPU
 *   r        the record being executed; the program counter in disguise (PC())
 *   limit    r + the number of instructions left in the budget. Straight-line code leaves it alone; a taken branch
 *            moves it with r, less the one instruction that the branch is. Only backward, indirect and page-crossing
 *            branches compare the two (CHECK_POINT): forward code ends by itself.
 *   left, right, how   the condition flags (flags.h)
 *
 * Rules: a handler changes no register before its last access can no longer fault. It writes those of its operands (RD, RN,
 * RM, RA) by = or += on every way to NEXT(), and reads no operand behind that: stencil_gen.py passes them on. Whatever needs more
 * than a few instructions is a cold handler reached by TAIL: it begins with SAVE(), which makes the state in *cpu exact, and ends with
 * NEXT(), NEXT_CHECKED() or TAIL(exec_resume). No handler takes the address of a local variable: that would spoil the
 * tail call.
 *
 * Where the compiler does not promise tail calls (no optimisation, sanitizers) the same handlers return to a loop.
 */
#ifndef CPU_EXEC_H
#define CPU_EXEC_H

#include "cpu/code.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define EXEC_LOOP 1
#endif
#endif
#if !defined(__OPTIMIZE__) || defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define EXEC_LOOP 1
#endif

#define HANDLER(name)                                                                              \
    void name(struct cpu *cpu, struct record *r, struct record *limit, uint64_t left, uint64_t right, uint64_t how)
#define COLD __attribute__((cold, noinline))

/* The handlers of instructions: visible to what is made of them (fuse_gen.py, stencil_gen.py). */
#define OP(name)                                                                                   \
    handler_fn name;                                                                               \
    HANDLER(name)
#define COLD_OP(name)                                                                              \
    handler_fn name COLD;                                                                          \
    HANDLER(name)

#if EXEC_EXTRACT
/* For handler_bodies.py, which takes the bodies of handlers from preprocessed source. */
#define TAIL(h) FUSE_TAIL(h)
#define LEAVE() FUSE_LEAVE()
#elif EXEC_LOOP
/* Where the loop goes on; on the side of struct cpu so that it costs nothing elsewhere. */
struct exec_loop {
    handler_fn *handler;
    struct record *r, *limit;
    uint64_t left, right, how;
};
struct exec_loop *exec_loop(struct cpu *cpu);
#define TAIL(h)                                                                                    \
    do {                                                                                           \
        *exec_loop(cpu) = (struct exec_loop){ (h), r, limit, left, right, how };                   \
        return;                                                                                    \
    } while (0)
#define LEAVE()                                                                                    \
    do {                                                                                           \
        exec_loop(cpu)->handler = NULL;                                                            \
        return;                                                                                    \
    } while (0)
#else
#if defined(__clang__)
#define TAIL(h) __attribute__((musttail)) return (h)(cpu, r, limit, left, right, how)
#else
#define TAIL(h) return (h)(cpu, r, limit, left, right, how)
#endif
#define LEAVE() return
#endif

#define unlikely(x) __builtin_expect(!!(x), 0)
#define likely(x)   __builtin_expect(!!(x), 1)

/* The operands are read behind the handler that wants them: by themselves on x86-64, by acquiring it elsewhere. */
#if EXEC_EXTRACT
/* stays as it is, for handler_bodies.py */
#elif defined(__x86_64__) && !defined(__SANITIZE_THREAD__)
#define HANDLER_OF(r) ((r)->handler)
#else
#define HANDLER_OF(r) __atomic_load_n(&(r)->handler, __ATOMIC_ACQUIRE)
#endif

/* The address of the instruction at r. */
#define PC() (((uint64_t)(uintptr_t)r >> 2) + cpu->bias)

#if EXEC_EXTRACT
#define NEXT() FUSE_NEXT()
#else
#define NEXT()                                                                                     \
    do {                                                                                           \
        r++;                                                                                       \
        TAIL(HANDLER_OF(r));                                                                       \
    } while (0)
#endif

/* The distance between two records in bytes, and a record that many bytes further: no division. */
#define RECORD_DISTANCE(a, b) ((intptr_t)((uintptr_t)(a) - (uintptr_t)(b)))
#define RECORD_AT(a, bytes)   ((struct record *)((uintptr_t)(a) + (uintptr_t)(bytes)))

#define CHECK_POINT()                                                                              \
    do {                                                                                           \
        if (unlikely((uintptr_t)r >= (uintptr_t)limit))                                            \
            TAIL(exec_check_point);                                                                \
        TAIL(HANDLER_OF(r));                                                                       \
    } while (0)

/* To the record imm further on or back. */
#define MOVE()                                                                                     \
    do {                                                                                           \
        const intptr_t distance = r->imm * (intptr_t)sizeof(struct record);                        \
        limit = RECORD_AT(limit, distance - (intptr_t)sizeof(struct record));                      \
        r = RECORD_AT(r, distance);                                                                \
    } while (0)

/* A taken branch to this record or one before it, in the same page. */
#define BACK()                                                                                     \
    do {                                                                                           \
        MOVE();                                                                                    \
        CHECK_POINT();                                                                             \
    } while (0)

/* Makes pc, flags and count exact; the instruction at r has not retired. */
#define SAVE()                                                                                     \
    do {                                                                                           \
        cpu->pc = PC();                                                                            \
        cpu->flags = (struct flags){ left, right, how };                                           \
        cpu->count = cpu->limit_count - (uint64_t)(RECORD_DISTANCE(limit, r) / 16);                \
    } while (0)

/* After a slow path that may have raised an interrupt or asked for an exit. */
#define NEXT_CHECKED()                                                                             \
    do {                                                                                           \
        if (unlikely(cpu_looks_up(cpu))) {                                                         \
            r++;                                                                                   \
            TAIL(exec_check_point);                                                                \
        }                                                                                          \
        NEXT();                                                                                    \
    } while (0)

/* To a record further on, in the same page. */
#define FORWARD()                                                                                  \
    do {                                                                                           \
        MOVE();                                                                                    \
        TAIL(HANDLER_OF(r));                                                                       \
    } while (0)

/* Goes on at an address: the fast way when the code TLB knows it. Assigns r and limit. */
#define JUMP(address)                                                                              \
    do {                                                                                           \
        const uint64_t jump_va = (address);                                                        \
        const struct code_entry *jump_e =                                                          \
            &cpu->ctlb->entry[jump_va >> PAGE_BITS & (CTLB_SIZE - 1)];                             \
        if (unlikely((jump_va & ~(uint64_t)0xffc) != jump_e->tag)) {                               \
            cpu->va = jump_va;                                                                     \
            TAIL(exec_jump_slow);                                                                  \
        }                                                                                          \
        struct record *jump_to = &jump_e->page->record[jump_va >> 2 & (PAGE_RECORDS - 1)];         \
        cpu->bias = jump_va - ((uintptr_t)jump_to >> 2);                                           \
        limit = RECORD_AT(jump_to, RECORD_DISTANCE(limit, r) - 16);                                \
        r = jump_to;                                                                               \
        CHECK_POINT();                                                                             \
    } while (0)

/* The condition codes 0..13 of the Arm ARM (ConditionHolds); 14 and 15 are always. */
#define FLAG(name) flags_##name(left, right, how)
#define COND_EQ (left == right)
#define COND_NE (left != right)
#define COND_CS FLAG(carry)
#define COND_CC (!FLAG(carry))
#define COND_MI FLAG(negative)
#define COND_PL (!FLAG(negative))
#define COND_VS FLAG(overflow)
#define COND_VC (!FLAG(overflow))
#define COND_HI (FLAG(carry) && left != right)
#define COND_LS (!FLAG(carry) || left == right)
#define COND_GE (!FLAG(less))
#define COND_LT FLAG(less)
#define COND_GT (!FLAG(less) && left != right)
#define COND_LE (FLAG(less) || left == right)
#define EACH_COND(X) X(EQ) X(NE) X(CS) X(CC) X(MI) X(PL) X(VS) X(VC) X(HI) X(LS) X(GE) X(LT) X(GT) X(LE)

/* Sets the flags to NZCV, 0..15. */
#define GIVE_FLAGS(nzcv)                                                                           \
    do {                                                                                           \
        left = (nzcv);                                                                             \
        right = flags_given_right(left);                                                           \
        how = FLAGS_GIVEN;                                                                         \
    } while (0)

/* The same for cold code; cond 0..15. */
static inline bool condition_holds(unsigned cond, uint64_t left, uint64_t right, uint64_t how)
{
    bool result;
    switch (cond >> 1) {
    case 0: result = COND_EQ; break;
    case 1: result = COND_CS; break;
    case 2: result = COND_MI; break;
    case 3: result = COND_VS; break;
    case 4: result = COND_HI; break;
    case 5: result = COND_GE; break;
    case 6: result = COND_GT; break;
    default: return true;
    }
    return result != (cond & 1);
}

/* Register operands of the record. */
#define RD (cpu->x[r->rd])
#define RN (cpu->x[r->rn])
#define RM (cpu->x[r->rm])
#define RA (cpu->x[r->ra])

/* FP and SIMD handlers begin with this: CPACR_EL1.FPEN. */
#define FP_ENABLED()                                                                               \
    do {                                                                                           \
        if (unlikely(cpu->fp_trap))                                                                \
            TAIL(exec_fp_trap);                                                                    \
    } while (0)

/* Data accesses that hit the soft TLB. DTLB_*(): the host address, when the access hits. */
#define DTLB_READ(tlb, address)      (&(tlb)->read.entry[DTLB_INDEX(address)])
#define DTLB_WRITE(tlb, address)     (&(tlb)->write.entry[DTLB_INDEX(address)])
#define DTLB_HITS(e, address, size)  likely((((address) + (size) - 1) & PAGE_MASK) == (e)->tag)
#define DTLB_HOST(e, address)        ((void *)(uintptr_t)((e)->addend + (address)))
#define DTLB_PHYSICAL(way, address)  ((cpu->dtlb->way.pa[DTLB_INDEX(address)] & PAGE_MASK) | ((address) & ~PAGE_MASK))

/* -- handlers that others go to -- */
COLD HANDLER(exec_decode);          /* this record has not been decoded */
COLD HANDLER(exec_decode_later);    /* the same, but a grace period is needed first (parallel.h) */
HANDLER(exec_page_end);        /* behind the last record: on to the next virtual page */
COLD HANDLER(exec_check_point);     /* r is the next instruction to execute; leaves with CPU_EXIT_BUDGET */
COLD HANDLER(exec_yield);           /* the same, with CPU_EXIT_YIELD */
COLD HANDLER(exec_jump_slow);       /* a branch to cpu->va, whose page is not in the code TLB */
HANDLER(exec_resume);          /* from the exact state: pc, flags, count in *cpu */
COLD HANDLER(exec_undefined);       /* the instruction at r is UNDEFINED */
COLD HANDLER(exec_unimplemented);   /* the same, for an instruction that ought to be here: logged by its name once */
COLD HANDLER(exec_fp_trap);         /* FP/SIMD access while CPACR_EL1 forbids it */
COLD HANDLER(exec_data_abort);      /* cpu->fault holds a data abort; SAVE() was done at this record */
COLD HANDLER(exec_breakpoint);      /* a record at the offset of some breakpoint */
COLD HANDLER(exec_stepped);         /* fills the step page */
HANDLER(exec_nop);
COLD HANDLER(exec_sp_changed);      /* SP was written with a value whose alignment may have changed */

/* Ends the run with `why`; the state is exact. */
#define STOP(why)                                                                                  \
    do {                                                                                           \
        cpu->exit = (why);                                                                         \
        LEAVE();                                                                                   \
    } while (0)

#endif
