/* SPDX-License-Identifier: MIT */
/*
 * Where qemu-aarch64 7.2 and the core may differ: the reference is wrong by the Arm ARM (DDI 0487),
 * or the Arm ARM leaves the value open. Each entry is as narrow as its rule.
 */
#include "tests/diff/run.h"

#include <string.h>

/* The word at which both sides stopped with an abort; 0: it was something else. */
static uint32_t aborting_word(const struct diff_case *c, const struct diff_state *expected,
                              const struct diff_state *result)
{
    const bool abort = result->end == END_ABORT || result->end == END_PERMISSION;
    if (!abort || expected->end != result->end || expected->pc != result->pc)
        return 0;
    return result->pc / 4 < c->length ? c->words[result->pc / 4] : 0;
}

static bool same_but_vectors(struct diff_state expected, const struct diff_state *result,
                             uint32_t vectors)
{
    for (unsigned i = 0; i < 32; i++)
        if (vectors >> i & 1)
            memcpy(expected.v[i], result->v[i], sizeof(expected.v[i]));
    return memcmp(&expected, result, sizeof(*result)) == 0;
}

/* The vector registers that a load of several writes, as a bit set; 0: it is none. */
static uint32_t vectors_loaded(uint32_t word)
{
    const uint32_t Rt = word & 31, Rt2 = word >> 10 & 31;
    if ((word & 0xbe400000) ==
        0x0c400000) /* LD1 to LD4 in all forms: up to four, V31 is followed by V0 */
        return 1u << Rt | 1u << (Rt + 1) % 32 | 1u << (Rt + 2) % 32 | 1u << (Rt + 3) % 32;
    return (word & 0x3e400000) == 0x2c400000 ? 1u << Rt | 1u << Rt2 : 0; /* LDP */
}

/* D1.13, "Effect of Data Aborts": the registers that a load which takes one was to write are
 * UNKNOWN. The reference has written some by then, the core none. */
static bool is_half_loaded(const struct diff_case *c, const struct diff_state *expected,
                           const struct diff_state *result)
{
    return same_but_vectors(*expected, result, vectors_loaded(aborting_word(c, expected, result)));
}

/* DC CVAU, CVAC, CIVAC, IC IVAU translate their address (D4.4.8) and abort where nothing is mapped.
 * The reference does not look at it, and goes on. */
static bool is_cache_maintenance(const struct diff_case *c, const struct diff_state *expected,
                                 const struct diff_state *result)
{
    static const uint32_t operations[] = { 0xd50b7a20, 0xd50b7b20, 0xd50b7e20, 0xd50b7520 };
    const uint32_t word = result->pc / 4 < c->length ? c->words[result->pc / 4] & ~31u : 0;
    bool found = false;
    for (unsigned i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
        found |= word == operations[i];
    return found && result->end == END_ABORT && result->address >= HOLE;
}

/* FAR_EL1: a fault of DC ZVA reports "the address specified in the register argument of the
 * instruction". A program under the reference gets the start of the block, and sometimes the PC of
 * an instruction before it. */
static bool is_dc_zva(const struct diff_case *c, const struct diff_state *expected,
                      const struct diff_state *result)
{
    const uint32_t word = result->pc / 4 < c->length ? c->words[result->pc / 4] : 0;
    struct diff_state e = *expected;
    e.address = result->address;
    e.pc = result->pc;
    return (word & ~31u) == 0xd50b7420 && expected->address == (result->address & ~63ull) &&
           expected->pc <= result->pc && !memcmp(&e, result, sizeof(e));
}

#define AARCH32_FPSR 0xf0000000u /* N, Z, C, V */
#define AARCH32_FPCR 0x00370000u /* Stride, Len */

/* FPSR, FPCR: fields that are "RES0 when AArch32 is not supported at any Exception level". The
 * reference's CPU supports it. */
static bool is_aarch32_field(const struct diff_case *c, const struct diff_state *expected,
                             const struct diff_state *result)
{
    struct diff_state e = *expected;
    e.fpsr &= ~AARCH32_FPSR;
    e.fpcr &= ~AARCH32_FPCR;
    return memcmp(&e, result, sizeof(e)) == 0;
}

static bool is_fp_register(uint32_t word, bool read) /* MRS, MSR: FPCR, FPSR */
{
    return (word & ~(31u | 1u << 5)) == (read ? 0xd53b4400 : 0xd51b4400);
}

/* The same, and the sequence read them back. */
static bool is_aarch32_field_read(const struct diff_case *c, const struct diff_state *expected,
                                  const struct diff_state *result)
{
    unsigned read = 0, written = 0; /* bit 0: FPCR, bit 1: FPSR */
    for (unsigned i = 0; i < c->length; i++) {
        const unsigned which = 1u << (c->words[i] >> 5 & 1);
        read |= is_fp_register(c->words[i], true) ? which : 0;
        written |= is_fp_register(c->words[i], false) ? which : 0;
    }
    return read & written;
}

/* AArch64.ExclusiveMonitorsPass aborts for a misaligned address before it asks the monitor, and "it
 * is IMPLEMENTATION DEFINED whether the detection of memory aborts happens before or after the
 * check on the local Exclusives monitor". The reference looks at the address only when the monitor
 * is armed for it. Memory that can be written is no reason to abort. */
static bool is_failed_exclusive(const struct diff_case *c, const struct diff_state *expected,
                                const struct diff_state *result)
{
    const uint32_t word = result->pc / 4 < c->length ? c->words[result->pc / 4] : 0;
    const bool abort = result->end == END_ABORT || result->end == END_PERMISSION;
    const uint64_t size = (uint64_t)((word >> 21 & 1) + 1) << (word >> 30);
    const bool refused = result->address >= READ_ONLY || (result->address & (size - 1));
    return abort && refused && (word & 0x3fc00000) == 0x08000000 &&
           !(expected->pc == result->pc && expected->end == result->end);
}

static const struct {
    const char *what;
    bool (*applies)(const struct diff_case *c, const struct diff_state *expected,
                    const struct diff_state *result);
} known[] = {
    { "LDP, LD1 to LD4 that abort: loaded registers are UNKNOWN", is_half_loaded },
    { "cache maintenance by address where nothing is mapped", is_cache_maintenance },
    { "STXR that aborts, of an address not monitored", is_failed_exclusive },
    { "DC ZVA that aborts: FAR", is_dc_zva },
    { "FPSR, FPCR: fields for AArch32", is_aarch32_field },
    { "FPSR, FPCR: fields for AArch32, read back", is_aarch32_field_read },
};

_Static_assert(sizeof(known) / sizeof(known[0]) == KNOWN, "run.h counts them");

const char *known_name(int number)
{
    return known[number].what;
}

int known_difference(const struct diff_case *c, const struct diff_state *expected,
                     const struct diff_state *result)
{
    for (int i = 0; i < KNOWN; i++)
        if (known[i].applies(c, expected, result))
            return i;
    return -1;
}
