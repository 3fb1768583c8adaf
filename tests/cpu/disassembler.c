/* SPDX-License-Identifier: MIT */
#include "tests/cpu/disassembler.h"

#include "cpu/exec.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define ENTRIES(a) (sizeof(a) / sizeof((a)[0]))

bool disassembler_open(struct disassembler *d)
{
    if (cs_open(CS_ARCH_ARM64, CS_MODE_LITTLE_ENDIAN, &d->handle) != CS_ERR_OK)
        return false;
    d->insn = cs_malloc(d->handle);
    return d->insn != NULL;
}

void disassembler_close(struct disassembler *d)
{
    cs_free(d->insn, 1);
    cs_close(&d->handle);
}

/* Capstone's mnemonic, NULL for what it does not know. */
static const char *mnemonic_of(struct disassembler *d, uint32_t word)
{
    const uint8_t *code = (const uint8_t *)&word;
    size_t size = 4;
    uint64_t address = 0;
    return cs_disasm_iter(d->handle, &code, &size, &address, d->insn) ? d->insn->mnemonic : NULL;
}

enum verdict verdict_of(uint32_t word, unsigned *row)
{
    struct record record;
    struct decode d = { .out = &record, .word = word };
    *row = a64_decode(&d);
    if (record.handler == exec_unimplemented)
        return NOT_IMPLEMENTED;
    return record.handler == exec_undefined ? UNDEFINED : ALLOCATED;
}

/* -- where capstone 4.0 is known to differ, by row; `when` says for which words -- */

static unsigned bits(uint32_t word, unsigned high, unsigned low)
{
    return word >> low & ((1u << (high - low + 1)) - 1);
}

static bool always(uint32_t word)
{
    return true;
}

static bool loads_one_register_twice(uint32_t word)
{
    return bits(word, 4, 0) == bits(word, 14, 10);
}

static bool overwrites_its_base(uint32_t word)
{
    return bits(word, 9, 5) == bits(word, 4, 0) && bits(word, 9, 5) != 31;
}

static bool pair_overwrites_its_base(uint32_t word)
{
    unsigned rn = bits(word, 9, 5);
    return loads_one_register_twice(word) ||
           (rn != 31 && (rn == bits(word, 4, 0) || rn == bits(word, 14, 10)));
}

static bool has_ignored_bits_in_imm5(uint32_t word)
{
    unsigned imm5 = bits(word, 20, 16), lowest = imm5 & -imm5;
    return imm5 != lowest;
}

static bool has_ignored_bits_in_imm4(uint32_t word)
{
    unsigned imm5 = bits(word, 20, 16), lowest = imm5 & -imm5;
    return bits(word, 14, 11) & (lowest - 1);
}

static bool is_no_pstate_field(uint32_t word)
{
    unsigned op = bits(word, 18, 16) << 3 | bits(word, 7, 5);
    return op != 005 && op != 036 && op != 037; /* SPSel, DAIFSet, DAIFClr */
}

static bool op0_is_0(uint32_t word)
{
    return bits(word, 20, 19) == 0;
}

static const struct {
    const char *row;
    enum verdict ours;
    bool (*when)(uint32_t word);
} known[] = {
    /* Allocated, and UNDEFINED on a PE whose halting debug is off (D: "Halting debug"). */
    { "HLT", UNDEFINED, always },
    { "DCPS1", UNDEFINED, always },
    { "DCPS2", UNDEFINED, always },
    { "DCPS3", UNDEFINED, always },
    { "DRPS", UNDEFINED, always },
    /* A Cortex-A57 has no system instruction that returns a value. */
    { "SYSL", UNDEFINED, always },
    /* Which PSTATE fields there are is found out when it executes. */
    { "MSR_imm", ALLOCATED, is_no_pstate_field },
    /* Capstone takes op0 = 0 for MRS and MSR, which have 2 and 3. */
    { "UNALLOCATED", UNDEFINED, op0_is_0 },
    /* "Unspecified bits in imm5 (imm4) are ignored"; capstone wants zeros. */
    { "DUP_gen", ALLOCATED, has_ignored_bits_in_imm5 },
    { "INS_elem", ALLOCATED, has_ignored_bits_in_imm4 },
    /* CONSTRAINED UNPREDICTABLE: capstone refuses, here it executes. GNU objdump 2.40 takes all of
     * these but those of LDPSW; in the rest of this table it says what capstone says, and takes DUP
     * and INS as we do. */
    { "LDXP", ALLOCATED, loads_one_register_twice },
    { "LDAXP", ALLOCATED, loads_one_register_twice },
    { "LDP_np", ALLOCATED, loads_one_register_twice },
    { "LDP_off", ALLOCATED, loads_one_register_twice },
    { "LDPSW_off", ALLOCATED, loads_one_register_twice },
    { "LDP_simd_np", ALLOCATED, loads_one_register_twice },
    { "LDP_simd_off", ALLOCATED, loads_one_register_twice },
    { "LDP_simd_pre", ALLOCATED, loads_one_register_twice },
    { "LDP_simd_post", ALLOCATED, loads_one_register_twice },
    { "LDP_pre", ALLOCATED, pair_overwrites_its_base },
    { "LDP_post", ALLOCATED, pair_overwrites_its_base },
    { "LDPSW_pre", ALLOCATED, pair_overwrites_its_base },
    { "LDPSW_post", ALLOCATED, pair_overwrites_its_base },
    { "STP_pre", ALLOCATED, pair_overwrites_its_base },
    { "STP_post", ALLOCATED, pair_overwrites_its_base },
    { "LDR_pre", ALLOCATED, overwrites_its_base },
    { "LDR_post", ALLOCATED, overwrites_its_base },
    { "LDRB_pre", ALLOCATED, overwrites_its_base },
    { "LDRB_post", ALLOCATED, overwrites_its_base },
    { "LDRH_pre", ALLOCATED, overwrites_its_base },
    { "LDRH_post", ALLOCATED, overwrites_its_base },
    { "LDRSB_pre", ALLOCATED, overwrites_its_base },
    { "LDRSB_post", ALLOCATED, overwrites_its_base },
    { "LDRSH_pre", ALLOCATED, overwrites_its_base },
    { "LDRSH_post", ALLOCATED, overwrites_its_base },
    /* Capstone believes that LDTR writes its base back. */
    { "LDR_unpriv", ALLOCATED, overwrites_its_base },
    { "LDRB_unpriv", ALLOCATED, overwrites_its_base },
    { "LDRH_unpriv", ALLOCATED, overwrites_its_base },
    { "LDRSB_unpriv", ALLOCATED, overwrites_its_base },
    { "LDRSH_unpriv", ALLOCATED, overwrites_its_base },
};

static bool is_known(unsigned row, enum verdict ours, uint32_t word)
{
    for (unsigned i = 0; i < ENTRIES(known); i++)
        if (!strcmp(known[i].row, a64_rows[row].name) && known[i].ours == ours)
            return known[i].when(word);
    return false;
}

/* -- names: capstone prints the row's mnemonic, or one of these aliases and longer forms -- */

static const struct {
    const char *row; /* up to the _ */
    const char *mnemonics;
} aliases[] = {
    { "ADDS", " cmn " },
    { "ADD_imm", " mov " },
    { "ANDS", " tst " },
    { "ASRV", " asr " },
    { "B_cond",
      " b.eq b.ne b.hs b.lo b.mi b.pl b.vs b.vc b.hi b.ls b.ge b.lt b.gt b.le b.al b.nv " },
    { "BFM", " bfi bfxil " },
    { "CRC32", " crc32b crc32h crc32w crc32x " },
    { "CRC32C", " crc32cb crc32ch crc32cw crc32cx " },
    { "CSINC", " cinc cset " },
    { "CSINV", " cinv csetm " },
    { "CSNEG", " cneg " },
    { "DUP_elem_s", " mov " },
    { "EXTR", " ror " },
    { "LSLV", " lsl " },
    { "LSRV", " lsr " },
    { "MADD", " mul " },
    { "MSUB", " mneg " },
    { "NOT", " mvn " },
    { "ORN", " mvn " },
    { "ORR", " mov " },
    { "RORV", " ror " },
    { "SBC", " ngc " },
    { "SBCS", " ngcs " },
    { "SBFM", " asr sbfiz sbfx sxtb sxth sxtw " },
    { "SMADDL", " smull " },
    { "SMSUBL", " smnegl " },
    { "SUB", " neg " },
    { "SUBS", " cmp negs " },
    { "SYS", " at dc ic tlbi " },
    { "UBFM", " lsl lsr ubfiz ubfx uxtb uxth " },
    { "UMADDL", " umull " },
    { "UMOV", " mov " },
    { "UMSUBL", " umnegl " },
    /* Addressing modes that have a mnemonic of their own. */
    { "LDP_np", " ldnp " },
    { "STP_np", " stnp " },
    { "LDP_simd_np", " ldnp " },
    { "STP_simd_np", " stnp " },
    { "LDRB_unscaled", " ldurb " },
    { "LDRH_unscaled", " ldurh " },
    { "LDRSB_unscaled", " ldursb " },
    { "LDRSH_unscaled", " ldursh " },
    { "LDRSW_unscaled", " ldursw " },
    { "LDR_unscaled", " ldur " },
    { "LDR_simd_unscaled", " ldur " },
    { "PRFM_unscaled", " prfum " },
    { "STRB_unscaled", " sturb " },
    { "STRH_unscaled", " sturh " },
    { "STR_unscaled", " stur " },
    { "STR_simd_unscaled", " stur " },
    { "LDRB_unpriv", " ldtrb " },
    { "LDRH_unpriv", " ldtrh " },
    { "LDRSB_unpriv", " ldtrsb " },
    { "LDRSH_unpriv", " ldtrsh " },
    { "LDRSW_unpriv", " ldtrsw " },
    { "LDR_unpriv", " ldtr " },
    { "STRB_unpriv", " sttrb " },
    { "STRH_unpriv", " sttrh " },
    { "STR_unpriv", " sttr " },
};

/* The row's name up to the suffix that tells its forms apart, in lower case. */
static void base_of(const char *row, char base[32])
{
    size_t i = 0;
    for (; row[i] && row[i] != '_' && i < 31; i++)
        base[i] = (char)tolower((unsigned char)row[i]);
    base[i] = 0;
}

static bool is_alias(const char *row, const char *mnemonic)
{
    char word[40];
    size_t length = strcspn(row, "_");
    snprintf(word, sizeof(word), " %s ", mnemonic);
    for (unsigned i = 0; i < ENTRIES(aliases); i++) {
        const char *name = aliases[i].row;
        bool same = !strcmp(name, row) || (strlen(name) == length && !strncmp(name, row, length));
        if (same && strstr(aliases[i].mnemonics, word))
            return true;
    }
    return false;
}

/* `saddl2` is SADDL of the upper halves. */
static bool is_form_of(const char *row, const char *mnemonic)
{
    char base[32], upper[40];
    base_of(row, base);
    snprintf(upper, sizeof(upper), "%s2", base);
    return !strcmp(base, mnemonic) || !strcmp(upper, mnemonic) || is_alias(row, mnemonic);
}

struct comparison disassembler_compare(struct disassembler *d, uint32_t word)
{
    struct comparison c = { .theirs = mnemonic_of(d, word) };
    c.ours = verdict_of(word, &c.row);
    c.agrees = c.ours == NOT_IMPLEMENTED || (c.ours == ALLOCATED) == (c.theirs != NULL);
    c.known = !c.agrees && is_known(c.row, c.ours, word);
    c.same_name = c.ours == UNDEFINED || !c.theirs || is_form_of(a64_rows[c.row].name, c.theirs);
    return c;
}
