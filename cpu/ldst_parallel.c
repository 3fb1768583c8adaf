/* SPDX-License-Identifier: MIT */
/*
 * Exclusive and ordered accesses and barriers, where each CPU has a host thread of its own.
 *
 * The decoder takes these in place of ldst_exclusive.c's and of the barriers that do nothing. Cold handlers are shared
 * with ldst_exclusive.c where their order is good enough: those of the exclusives use the host's atomics always.
 *
 * STLR is followed by LDAR in program order only after it is visible (RCsc): both are sequentially consistent here.
 */
#include "cpu/ldst.h"
#include "cpu/parallel.h"

#define ALIGNED(va, size) (((va) & ((size) - 1)) == 0)

#define TYPE_1 uint8_t
#define TYPE_2 uint16_t
#define TYPE_4 uint32_t
#define TYPE_8 uint64_t

#define DEFINE_ORDERED(bytes)                                                                      \
    handler_fn ldxr_##bytes##_cold, stxr_##bytes##_cold;                                           \
    OP(ldxr_parallel_##bytes)                                                                      \
    {                                                                                              \
        const uint64_t va = RN;                                                                    \
        const struct tlb_entry *e = DTLB_READ(cpu->dtlb, va);                                      \
        if (!DTLB_HITS(e, va, bytes) || !ALIGNED(va, bytes))                                       \
            TAIL(ldxr_##bytes##_cold);                                                             \
        const uint64_t value = __atomic_load_n((TYPE_##bytes *)DTLB_HOST(e, va), __ATOMIC_SEQ_CST); \
        cpu->exclusive.armed = true;                                                               \
        cpu->exclusive.size = bytes;                                                               \
        cpu->exclusive.pa = DTLB_PHYSICAL(read, va);                                               \
        cpu->exclusive.data[0] = value;                                                            \
        RD = value;                                                                                \
        NEXT();                                                                                    \
    }                                                                                              \
    OP(stxr_parallel_##bytes)                                                                      \
    {                                                                                              \
        const uint64_t va = RN;                                                                    \
        const struct tlb_entry *e = DTLB_WRITE(cpu->dtlb, va);                                     \
        if (!DTLB_HITS(e, va, bytes) || !ALIGNED(va, bytes) || !cpu->exclusive.armed ||            \
            cpu->exclusive.size != bytes || cpu->exclusive.pa != DTLB_PHYSICAL(write, va))         \
            TAIL(stxr_##bytes##_cold);                                                             \
        const bool stored = __sync_bool_compare_and_swap(                                          \
            (TYPE_##bytes *)DTLB_HOST(e, va), (TYPE_##bytes)cpu->exclusive.data[0], (TYPE_##bytes)RD); \
        cpu->exclusive.armed = false;                                                              \
        RM = !stored;                                                                              \
        NEXT();                                                                                    \
    }                                                                                              \
    static COLD HANDLER(ldar_cold_##bytes)                                                         \
    {                                                                                              \
        SAVE();                                                                                    \
        if (!mem_load(cpu, RN, bytes, BASE_FLAG() | MEM_ALIGNED))                                  \
            TAIL(exec_data_abort);                                                                 \
        __atomic_thread_fence(__ATOMIC_ACQUIRE);                                                   \
        RD = cpu->data[0].d[0];                                                                    \
        NEXT_CHECKED();                                                                            \
    }                                                                                              \
    OP(ldar_parallel_##bytes)                                                                      \
    {                                                                                              \
        const uint64_t va = RN;                                                                    \
        const struct tlb_entry *e = DTLB_READ(cpu->dtlb, va);                                      \
        if (!DTLB_HITS(e, va, bytes) || !ALIGNED(va, bytes))                                       \
            TAIL(ldar_cold_##bytes);                                                               \
        RD = __atomic_load_n((TYPE_##bytes *)DTLB_HOST(e, va), __ATOMIC_SEQ_CST);                  \
        NEXT();                                                                                    \
    }                                                                                              \
    static COLD HANDLER(stlr_cold_##bytes)                                                         \
    {                                                                                              \
        SAVE();                                                                                    \
        cpu->data[0].d[0] = RD;                                                                    \
        __atomic_thread_fence(__ATOMIC_RELEASE);                                                   \
        if (!mem_store(cpu, RN, bytes, BASE_FLAG() | MEM_ALIGNED))                                 \
            TAIL(exec_data_abort);                                                                 \
        __atomic_thread_fence(__ATOMIC_SEQ_CST);                                                   \
        NEXT_CHECKED();                                                                            \
    }                                                                                              \
    OP(stlr_parallel_##bytes)                                                                      \
    {                                                                                              \
        const uint64_t va = RN;                                                                    \
        const struct tlb_entry *e = DTLB_WRITE(cpu->dtlb, va);                                     \
        if (!DTLB_HITS(e, va, bytes) || !ALIGNED(va, bytes))                                       \
            TAIL(stlr_cold_##bytes);                                                               \
        __atomic_store_n((TYPE_##bytes *)DTLB_HOST(e, va), (TYPE_##bytes)RD, __ATOMIC_SEQ_CST);    \
        NEXT();                                                                                    \
    }
DEFINE_ORDERED(1)
DEFINE_ORDERED(2)
DEFINE_ORDERED(4)
DEFINE_ORDERED(8)

/* -- Barriers -- */

OP(dmb_parallel)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    NEXT();
}

/* DMB LD: loads before everything behind; DMB ST: stores before stores. */
OP(dmb_one_way_parallel)
{
    __atomic_thread_fence(__ATOMIC_ACQ_REL);
    NEXT();
}

static COLD HANDLER(dsb_waits)
{
    SAVE();
    cpu->pc += 4;
    cpu->count++;
    parallel_wait(cpu);
    TAIL(exec_resume);
}

/* Whatever its type: nothing behind a DSB begins before what it waits for is done. */
OP(dsb_parallel)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (unlikely(cpu->thread->unanswered))
        TAIL(dsb_waits);
    NEXT();
}
