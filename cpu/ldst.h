/* SPDX-License-Identifier: MIT */
/*
 * What the load and store files share: for one kind of access, the fast handler of each addressing
 * mode and the cold one that takes over when the soft TLB misses.
 *
 * A kind is named by three macros, so that the modes can be written once:
 *   SIZE_kind   bytes
 *   GET_kind(p) what a load does with the host address p: assigns the register
 *   PUT_kind(p) what a store does with it
 * Fast and cold handlers of a mode compute the address in the same expression ADDRESS_mode and
 * write back in WRITEBACK_mode.
 *
 * rm = 1 in a record of a mode with writeback: the base is SP and its alignment may change; the
 * cold handler does it.
 */
#ifndef CPU_LDST_H
#define CPU_LDST_H

#include "cpu/decode.h"
#include "cpu/exec.h"
#include "cpu/mem.h"

#include <string.h>

/* Unaligned accesses to host memory; the compiler makes one move of each. */
typedef uint64_t __attribute__((aligned(1), may_alias)) u64_at;
typedef uint32_t __attribute__((aligned(1), may_alias)) u32_at;
typedef uint16_t __attribute__((aligned(1), may_alias)) u16_at;
typedef uint8_t __attribute__((may_alias)) u8_at;

#define OFFSET_IMM() ((uint64_t)(int64_t)r->imm)

#define ADDRESS_imm()     (RN + OFFSET_IMM())
#define ADDRESS_unpriv()  (RN + OFFSET_IMM())
#define ADDRESS_pre()     (RN + OFFSET_IMM())
#define ADDRESS_post()    (RN)
#define ADDRESS_lsl()     (RN + (RM << r->ra))
#define ADDRESS_uxtw()    (RN + ((uint64_t)(uint32_t)RM << r->ra))
#define ADDRESS_sxtw()    (RN + ((uint64_t)(int64_t)(int32_t)RM << r->ra))
#define ADDRESS_literal() (PC() + OFFSET_IMM())

#define WRITEBACK_imm()
#define WRITEBACK_unpriv()
#define WRITEBACK_pre()  (RN += OFFSET_IMM())
#define WRITEBACK_post() (RN += OFFSET_IMM())
#define WRITEBACK_lsl()
#define WRITEBACK_uxtw()
#define WRITEBACK_sxtw()
#define WRITEBACK_literal()

#define TLB_imm     cpu->dtlb
#define TLB_unpriv  cpu->user_dtlb
#define TLB_pre     cpu->dtlb
#define TLB_post    cpu->dtlb
#define TLB_lsl     cpu->dtlb
#define TLB_uxtw    cpu->dtlb
#define TLB_sxtw    cpu->dtlb
#define TLB_literal cpu->dtlb

/* Is the access one for the cold handler from the start? */
#define FORCED_COLD_imm()     false
#define FORCED_COLD_unpriv()  false
#define FORCED_COLD_pre()     unlikely(r->rm)
#define FORCED_COLD_post()    unlikely(r->rm)
#define FORCED_COLD_lsl()     false
#define FORCED_COLD_uxtw()    false
#define FORCED_COLD_sxtw()    false
#define FORCED_COLD_literal() false

#define BASE_FLAG()     (r->rn == X_SP ? MEM_SP_BASE : 0u)
#define FLAGS_imm()     BASE_FLAG()
#define FLAGS_unpriv()  (BASE_FLAG() | MEM_UNPRIVILEGED)
#define FLAGS_pre()     BASE_FLAG()
#define FLAGS_post()    BASE_FLAG()
#define FLAGS_lsl()     BASE_FLAG()
#define FLAGS_uxtw()    BASE_FLAG()
#define FLAGS_sxtw()    BASE_FLAG()
#define FLAGS_literal() 0u

/* After a writeback by a cold handler. */
#define REFRESH_SP()                                                                               \
    do {                                                                                           \
        if (r->rn == X_SP)                                                                         \
            cpu_refresh(cpu);                                                                      \
    } while (0)

/* `load` and `store` do the access when it misses the soft TLB. */
#define DEFINE_LOAD_BY(load, kind, mode)                                                           \
    COLD_OP(kind##_##mode##_cold)                                                                  \
    {                                                                                              \
        SAVE();                                                                                    \
        if (!load(cpu, ADDRESS_##mode(), SIZE_##kind, FLAGS_##mode()))                             \
            TAIL(exec_data_abort);                                                                 \
        WRITEBACK_##mode();                                                                        \
        GET_##kind(&cpu->data[0]);                                                                 \
        REFRESH_SP();                                                                              \
        NEXT_CHECKED();                                                                            \
    }                                                                                              \
    OP(kind##_##mode)                                                                              \
    {                                                                                              \
        CHECK_##kind();                                                                            \
        const uint64_t va = ADDRESS_##mode();                                                      \
        const struct tlb_entry *e = DTLB_READ(TLB_##mode, va);                                     \
        if (FORCED_COLD_##mode() || !DTLB_HITS(e, va, SIZE_##kind))                                \
            TAIL(kind##_##mode##_cold);                                                            \
        const void *host = DTLB_HOST(e, va);                                                       \
        WRITEBACK_##mode();                                                                        \
        GET_##kind(host);                                                                          \
        NEXT();                                                                                    \
    }

#define DEFINE_STORE_BY(store, kind, mode)                                                         \
    COLD_OP(kind##_##mode##_cold)                                                                  \
    {                                                                                              \
        SAVE();                                                                                    \
        PUT_##kind(&cpu->data[0]);                                                                 \
        if (!store(cpu, ADDRESS_##mode(), SIZE_##kind, FLAGS_##mode()))                            \
            TAIL(exec_data_abort);                                                                 \
        WRITEBACK_##mode();                                                                        \
        REFRESH_SP();                                                                              \
        NEXT_CHECKED();                                                                            \
    }                                                                                              \
    OP(kind##_##mode)                                                                              \
    {                                                                                              \
        CHECK_##kind();                                                                            \
        const uint64_t va = ADDRESS_##mode();                                                      \
        const struct tlb_entry *e = DTLB_WRITE(TLB_##mode, va);                                    \
        if (FORCED_COLD_##mode() || !DTLB_HITS(e, va, SIZE_##kind))                                \
            TAIL(kind##_##mode##_cold);                                                            \
        PUT_##kind(DTLB_HOST(e, va));                                                              \
        WRITEBACK_##mode();                                                                        \
        NEXT();                                                                                    \
    }

#define DEFINE_LOAD(kind, mode)  DEFINE_LOAD_BY(mem_load, kind, mode)
#define DEFINE_STORE(kind, mode) DEFINE_STORE_BY(mem_store, kind, mode)

/* The register-offset modes by `option` (UXTW 2, LSL 3, SXTW 6, SXTX 7). */
#define LIST_EXTEND(kind)                                                                          \
    {                                                                                              \
        [2] = kind##_uxtw, [3] = kind##_lsl, [6] = kind##_sxtw, [7] = kind##_lsl                   \
    }
#define DEFINE_EXTENDS(DEFINE, kind) DEFINE(kind, lsl) DEFINE(kind, uxtw) DEFINE(kind, sxtw)

/* A record of a mode with writeback. */
static inline bool emit_writeback(struct decode *d, handler_fn *handler, unsigned rd, unsigned rn,
                                  unsigned ra, int32_t imm)
{
    return emit(d, handler, rd, rn, rn == X_SP && imm % 16 != 0, ra, imm);
}

#endif
