/* SPDX-License-Identifier: MIT */
/*
 * System registers: encodings, values, access rights and traps. Expected values: Arm ARM C5 and
 * D13, Cortex-A57 TRM chapter 4 ("System Control").
 */
#include "cpu/sysreg.h"
#include "cpu/state.h"
#include "tests/cpu/paging.h"

#include <stdlib.h>
#include <string.h>

#define TABLES (BOARD_RAM + 0x40000)

static struct board *b;
static struct cpu *cpu;

static void setup(void)
{
    b = board_create();
    cpu = b->cpu;
}

static void teardown(void)
{
    board_destroy(b);
}

#define ENC(op0, op1, crn, crm, op2) SYSREG_ENCODING(op0, op1, crn, crm, op2)

static void expect_read(uint32_t encoding, enum sysreg_result expected)
{
    uint64_t value;
    ck_assert_int_eq(sysreg_read(cpu, encoding, &value), expected);
}

static void expect_write(uint32_t encoding, uint64_t value, enum sysreg_result expected)
{
    ck_assert_int_eq(sysreg_write(cpu, encoding, value), expected);
}

START_TEST(encodings_are_those_of_the_manual)
{
    static const struct {
        uint32_t encoding;
        int reg;
    } cases[] = {
        { ENC(3, 0, 0, 0, 0), SYSREG_MIDR_EL1 },
        { ENC(3, 0, 1, 0, 0), SYSREG_SCTLR_EL1 },
        { ENC(3, 0, 2, 0, 0), SYSREG_TTBR0_EL1 },
        { ENC(3, 0, 2, 0, 2), SYSREG_TCR_EL1 },
        { ENC(3, 0, 10, 2, 0), SYSREG_MAIR_EL1 },
        { ENC(3, 0, 12, 0, 0), SYSREG_VBAR_EL1 },
        { ENC(3, 3, 13, 0, 2), SYSREG_TPIDR_EL0 },
        { ENC(3, 3, 13, 0, 3), SYSREG_TPIDRRO_EL0 },
        { ENC(3, 0, 13, 0, 4), SYSREG_TPIDR_EL1 },
        { ENC(3, 3, 14, 0, 2), SYSREG_CNTVCT_EL0 },
        { ENC(3, 3, 14, 3, 1), SYSREG_CNTV_CTL_EL0 },
        { ENC(3, 3, 14, 2, 2), SYSREG_CNTP_CVAL_EL0 },
        { ENC(3, 3, 4, 2, 1), SYSREG_DAIF },
        { ENC(3, 0, 4, 2, 2), SYSREG_CurrentEL },
        { ENC(2, 0, 0, 2, 2), SYSREG_MDSCR_EL1 },
        { ENC(2, 0, 1, 0, 4), SYSREG_OSLAR_EL1 },
        { ENC(3, 0, 6, 0, 0), SYSREG_FAR_EL1 },
        { ENC(3, 0, 5, 2, 0), SYSREG_ESR_EL1 },
        { ENC(3, 3, 9, 13, 0), SYSREG_PMCCNTR_EL0 },
        { ENC(3, 3, 14, 15, 7), SYSREG_PMCCFILTR_EL0 },
        { ENC(3, 4, 1, 0, 0), -1 },
        { ENC(1, 0, 8, 7, 0), -1 },
    };
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        ck_assert_int_eq(sysreg_find(cases[i].encoding), cases[i].reg);
}
END_TEST

START_TEST(every_encoding_has_one_row)
{
    unsigned found = 0;
    for (uint32_t encoding = 0; encoding < 1u << 16; encoding++)
        found += sysreg_find(encoding) >= 0;
    ck_assert_uint_eq(found, SYSREG_COUNT);
}
END_TEST

START_TEST(identification_of_a_cortex_a57)
{
    static const struct {
        const char *name;
        uint64_t value;
    } cases[] = {
        { "MIDR_EL1", 0x411fd070 },     { "MPIDR_EL1", 0x80000000 },
        { "CTR_EL0", 0x8444c004 },      { "DCZID_EL0", 4 },
        { "CLIDR_EL1", 0x0a200023 },    { "ID_AA64DFR0_EL1", 0x10305106 },
        { "ID_AA64PFR0_EL1", 0x11 },    /* no AArch32, no EL2, no EL3 */
        { "ID_AA64MMFR0_EL1", 0x1124 },
        { "ID_AA64PFR1_EL1", 0 },       { "ID_AA64ISAR1_EL1", 0 },
        { "ID_AA64MMFR1_EL1", 0 },      { "REVIDR_EL1", 0 },
    };
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        ck_assert_uint_eq(board_get(b, cases[i].name), cases[i].value);
    uint64_t isar0 = board_get(b, "ID_AA64ISAR0_EL1");
    ck_assert_uint_eq(isar0 >> 16 & 0xf, 1);   /* CRC32 */
    ck_assert_uint_eq(isar0 & ~0x1fff0ull, 0); /* nothing newer than Armv8.0 */
}
END_TEST

/* As qemu-system-aarch64 -cpu cortex-a53 shows them to EL1. */
START_TEST(identification_of_a_cortex_a53)
{
    static const uint64_t ccsidr[] = { 0x700fe01a, 0x201fe00a, 0x707fe07a };
    teardown();
    b = board_create_model("cortex-a53");
    cpu = b->cpu;
    ck_assert_uint_eq(board_get(b, "MIDR_EL1"), 0x410fd034);
    ck_assert_uint_eq(board_get(b, "REVIDR_EL1"), 0);
    ck_assert_uint_eq(board_get(b, "CTR_EL0"), 0x84448004);
    ck_assert_uint_eq(board_get(b, "CLIDR_EL1"), 0x0a200023);
    ck_assert_uint_eq(board_get(b, "ID_AA64MMFR0_EL1") & 0xf, 2); /* 40 bits */
    ck_assert_uint_eq(board_get(b, "PMCR_EL0"), 0x41033000);
    expect_write(ENC(3, 3, 9, 12, 0), 0xff0001, SYSREG_OK); /* IDCODE is read-only */
    ck_assert_uint_eq(board_get(b, "PMCR_EL0"), 0x41033001);
    for (unsigned i = 0; i < 4; i++) {
        board_set(b, "CSSELR_EL1", i);
        ck_assert_uint_eq(board_get(b, "CCSIDR_EL1"), i < 3 ? ccsidr[i] : 0);
    }
}
END_TEST

START_TEST(cache_geometry_follows_csselr)
{
    static const uint64_t ccsidr[] = { 0x701fe00a, 0x201fe012, 0x70ffe07a };
    for (unsigned i = 0; i < 3; i++) {
        board_set(b, "CSSELR_EL1", i);
        ck_assert_uint_eq(board_get(b, "CCSIDR_EL1"), ccsidr[i]);
    }
}
END_TEST

START_TEST(reserved_bits_do_not_change)
{
    expect_write(ENC(3, 0, 2, 0, 2), UINT64_MAX, SYSREG_OK);
    ck_assert_uint_eq(board_get(b, "TCR_EL1"), 0x77ffffffbf);
    expect_write(ENC(3, 0, 12, 0, 0), UINT64_MAX, SYSREG_OK);
    ck_assert_uint_eq(board_get(b, "VBAR_EL1"), ~0x7ffull);
    expect_write(ENC(3, 0, 4, 0, 0), UINT64_MAX, SYSREG_OK);
    ck_assert_uint_eq(board_get(b, "SPSR_EL1"), UINT32_MAX);
    expect_write(ENC(3, 0, 1, 0, 0), UINT64_MAX & ~3ull, SYSREG_OK); /* without M and A */
    ck_assert_uint_eq(board_get(b, "SCTLR_EL1"), 0x37dddbbc);
    expect_write(ENC(3, 0, 1, 0, 0), 0, SYSREG_OK);
    expect_write(ENC(3, 0, 1, 0, 1), UINT64_MAX, SYSREG_OK); /* ACTLR_EL1 */
    ck_assert_uint_eq(board_get(b, "ACTLR_EL1"), 0);
}
END_TEST

START_TEST(wrong_direction_is_undefined)
{
    expect_write(ENC(3, 0, 0, 0, 0), 1, SYSREG_UNDEFINED);  /* MIDR_EL1 */
    expect_read(ENC(2, 0, 1, 0, 4), SYSREG_UNDEFINED);      /* OSLAR_EL1 */
    expect_write(ENC(3, 3, 14, 0, 1), 1, SYSREG_UNDEFINED); /* CNTPCT_EL0 */
    ck_assert(!cpu_set_sysreg(cpu, "MIDR_EL1", 0));
}
END_TEST

START_TEST(el0_has_no_access_to_el1_registers)
{
    board_set_el(b, 0);
    expect_read(ENC(3, 0, 1, 0, 0), SYSREG_UNDEFINED);
    expect_read(ENC(3, 0, 0, 0, 0), SYSREG_UNDEFINED); /* no emulation of ID registers here */
    expect_write(ENC(3, 0, 12, 0, 0), 0, SYSREG_UNDEFINED);
    expect_write(ENC(3, 3, 13, 0, 3), 0, SYSREG_UNDEFINED); /* TPIDRRO_EL0 is read-only */
    expect_read(ENC(3, 3, 13, 0, 3), SYSREG_OK);
    expect_write(ENC(3, 3, 13, 0, 2), 5, SYSREG_OK);
    ck_assert_uint_eq(board_get(b, "TPIDR_EL0"), 5);
    ck_assert_int_eq(sysreg_operation(cpu, SYSREG_ENCODING(1, 0, 8, 7, 0), 0), SYSREG_UNDEFINED);
}
END_TEST

/* A control register, the bit that lets EL0 in, and a register behind it. */
START_TEST(el0_is_let_in_by_controls)
{
    static const struct {
        const char *control;
        uint64_t open;
        uint32_t encoding;
        bool write;
    } cases[] = {
        { "SCTLR_EL1", 1u << 15, ENC(3, 3, 0, 0, 1), false },   /* UCT: CTR_EL0 */
        { "SCTLR_EL1", 1u << 9, ENC(3, 3, 4, 2, 1), false },    /* UMA: DAIF */
        { "CNTKCTL_EL1", 1u << 0, ENC(3, 3, 14, 0, 1), false }, /* EL0PCTEN: CNTPCT_EL0 */
        { "CNTKCTL_EL1", 1u << 1, ENC(3, 3, 14, 0, 2), false }, /* EL0VCTEN: CNTVCT_EL0 */
        { "CNTKCTL_EL1", 1u << 0, ENC(3, 3, 14, 0, 0), false }, /* either: CNTFRQ_EL0 */
        { "CNTKCTL_EL1", 1u << 1, ENC(3, 3, 14, 0, 0), false },
        { "CNTKCTL_EL1", 1u << 9, ENC(3, 3, 14, 2, 0), true }, /* EL0PTEN: CNTP_TVAL_EL0 */
        { "CNTKCTL_EL1", 1u << 8, ENC(3, 3, 14, 3, 1), true }, /* EL0VTEN: CNTV_CTL_EL0 */
        { "PMUSERENR_EL0", 1, ENC(3, 3, 9, 12, 0), true },     /* EN: PMCR_EL0 */
        { "PMUSERENR_EL0", 2, ENC(3, 3, 9, 12, 4), true },     /* SW: PMSWINC_EL0 */
        { "PMUSERENR_EL0", 4, ENC(3, 3, 9, 13, 0), false },    /* CR: PMCCNTR_EL0 */
        { "PMUSERENR_EL0", 8, ENC(3, 3, 14, 8, 3), false },    /* ER: PMEVCNTR3_EL0 */
        { "PMUSERENR_EL0", 8, ENC(3, 3, 9, 12, 5), true },     /* ER: PMSELR_EL0 */
    };
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        board_set(b, cases[i].control, 0);
        board_set_el(b, 0);
        if (cases[i].write)
            expect_write(cases[i].encoding, 0, SYSREG_TRAPPED);
        else
            expect_read(cases[i].encoding, SYSREG_TRAPPED);
        board_set(b, cases[i].control, cases[i].open);
        if (cases[i].write)
            expect_write(cases[i].encoding, 0, SYSREG_OK);
        else
            expect_read(cases[i].encoding, SYSREG_OK);
        board_set_el(b, 1);
        board_set(b, cases[i].control, 0);
        expect_read(ENC(3, 3, 14, 0, 1), SYSREG_OK);
    }
}
END_TEST

START_TEST(fpcr_and_fpsr_obey_fpen)
{
    static const struct {
        unsigned fpen, el;
        enum sysreg_result result;
    } cases[] = {
        { 0, 0, SYSREG_FP_TRAPPED }, { 0, 1, SYSREG_FP_TRAPPED }, { 1, 0, SYSREG_FP_TRAPPED },
        { 1, 1, SYSREG_OK },         { 2, 1, SYSREG_FP_TRAPPED }, { 3, 0, SYSREG_OK },
        { 3, 1, SYSREG_OK },
    };
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        board_set(b, "CPACR_EL1", (uint64_t)cases[i].fpen << 20);
        board_set_el(b, cases[i].el);
        expect_read(ENC(3, 3, 4, 4, 0), cases[i].result);
        expect_write(ENC(3, 3, 4, 4, 1), 0, cases[i].result);
    }
    expect_write(ENC(3, 3, 4, 4, 0), UINT64_MAX, SYSREG_OK);
    ck_assert_uint_eq(cpu_get_fpcr(cpu), 0x07c00000);
    expect_write(ENC(3, 3, 4, 4, 1), UINT64_MAX, SYSREG_OK);
    ck_assert_uint_eq(cpu_get_fpsr(cpu), 0x0800009f);
}
END_TEST

START_TEST(a_trapped_fpcr_is_an_fp_access)
{
    const uint32_t mrs_x0_fpcr = 0xd53b4400;
    bool check_point;
    board_code(b, BOARD_RAM, &mrs_x0_fpcr, 1);
    cpu_step(cpu, &check_point);
    ck_assert_uint_eq(board_get(b, "ESR_EL1"),
                      0x07u << 26 | 1u << 25 | 1u << 24 | 0xeu << 20); /* CV, COND */
}
END_TEST

START_TEST(stack_pointers_by_selection)
{
    cpu_set_x(cpu, 31, 0x1110);
    expect_write(ENC(3, 0, 4, 1, 0), 0x2220, SYSREG_OK); /* SP_EL0 */
    ck_assert_uint_eq(cpu_get_x(cpu, 31), 0x1110);
    ck_assert_int_eq(sysreg_write_pstate(cpu, 0, 5, 0), SYSREG_OK); /* MSR SPSel, #0 */
    ck_assert_uint_eq(cpu_get_x(cpu, 31), 0x2220);
    expect_read(ENC(3, 0, 4, 1, 0), SYSREG_UNDEFINED); /* it is the current stack pointer */
    ck_assert_uint_eq(board_get(b, "SP_EL0"), 0x2220);
    ck_assert_uint_eq(board_get(b, "SP_EL1"), 0x1110);
    ck_assert_uint_eq(board_get(b, "SPSel"), 0);
    expect_read(ENC(3, 4, 4, 1, 0), SYSREG_UNDEFINED); /* SP_EL1 belongs to EL2 */
}
END_TEST

START_TEST(daif_set_and_clear)
{
    ck_assert_uint_eq(board_get(b, "DAIF"), 0x3c0);
    ck_assert_int_eq(sysreg_write_pstate(cpu, 3, 7, 0x2), SYSREG_OK);
    ck_assert_uint_eq(board_get(b, "DAIF"), 0x340);
    ck_assert_int_eq(sysreg_write_pstate(cpu, 3, 6, 0x2), SYSREG_OK);
    ck_assert_uint_eq(board_get(b, "DAIF"), 0x3c0);
    cpu_set_line(cpu, CPU_LINE_IRQ, true);
    expect_write(ENC(3, 3, 4, 2, 1), 0x40, SYSREG_OK);
    ck_assert(cpu->interrupt);
    ck_assert_uint_eq(board_get(b, "ISR_EL1"), 0x80);
    ck_assert_int_eq(sysreg_write_pstate(cpu, 0, 4, 1), SYSREG_UNDEFINED); /* PAN: Armv8.1 */
    board_set(b, "SCTLR_EL1", 0);
    board_set_el(b, 0);
    ck_assert_int_eq(sysreg_write_pstate(cpu, 3, 6, 1), SYSREG_TRAPPED);
    ck_assert_int_eq(sysreg_write_pstate(cpu, 0, 5, 1), SYSREG_UNDEFINED);
}
END_TEST

START_TEST(an_unknown_register_is_logged_once_as_a_row)
{
    expect_read(ENC(3, 7, 11, 3, 5), SYSREG_UNDEFINED);
    ck_assert_ptr_nonnull(strstr(b->log, "SYSREG(S3_7_C11_C3_5, 3, 7, 11, 3, 5, "));
    size_t length = strlen(b->log);
    expect_write(ENC(3, 7, 11, 3, 5), 0, SYSREG_UNDEFINED);
    ck_assert_uint_eq(strlen(b->log), length);
}
END_TEST

/* Cortex-A57 TRM 4.3: reset values, and which bits are RES0 or read-only. */
START_TEST(controls_of_the_cortex_a57_keep_what_is_written)
{
    static const struct {
        const char *name;
        uint32_t encoding;
        uint64_t reset, ones;
    } cases[] = {
        { "CPUACTLR_EL1", ENC(3, 1, 15, 2, 0), 0, UINT64_MAX },
        { "CPUECTLR_EL1", ENC(3, 1, 15, 2, 1), 0x1b00000000, 0x5b0000007f },
        { "L2CTLR_EL1", ENC(3, 1, 11, 0, 2), 0, 0x3003e7 },
        { "L2ECTLR_EL1", ENC(3, 1, 11, 0, 3), 0, 7 },
        { "L2ACTLR_EL1", ENC(3, 1, 15, 0, 0), 0x10, UINT32_MAX },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ck_assert_uint_eq(board_get(b, cases[i].name), cases[i].reset);
        expect_write(cases[i].encoding, cases[i].reset, SYSREG_OK);
        ck_assert_str_eq(b->log, "");
        expect_write(cases[i].encoding, UINT64_MAX, SYSREG_OK);
        ck_assert_uint_eq(board_get(b, cases[i].name), cases[i].ones);
        ck_assert_ptr_nonnull(strstr(b->log, cases[i].name));
        b->log[0] = 0;
        expect_write(cases[i].encoding, 0, SYSREG_OK);
        ck_assert_uint_eq(board_get(b, cases[i].name), 0);
        ck_assert_str_eq(b->log, "");
    }
}
END_TEST

START_TEST(cpus_share_the_controls_of_their_l2)
{
    struct cpu *other = cpu_create(&cpu->port, cpu->cache, 1);
    uint64_t value;
    ck_assert_ptr_nonnull(other);
    ck_assert_int_eq(sysreg_write(other, ENC(3, 1, 11, 0, 2), 0x82), SYSREG_OK);
    expect_write(ENC(3, 1, 15, 2, 1), 0x40, SYSREG_OK);
    ck_assert_uint_eq(board_get(b, "L2CTLR_EL1"), 1u << 24 | 0x82);
    ck_assert_int_eq(sysreg_read(other, ENC(3, 1, 11, 0, 2), &value), SYSREG_OK);
    ck_assert_uint_eq(value, 1u << 24 | 0x82);
    ck_assert_int_eq(sysreg_read(other, ENC(3, 1, 15, 2, 1), &value), SYSREG_OK);
    ck_assert_uint_eq(value, 0x1b00000000);
    cpu_destroy(other);
}
END_TEST

START_TEST(ramindex_finds_zeros)
{
    expect_write(ENC(3, 0, 15, 1, 4), UINT64_MAX, SYSREG_OK);
    ck_assert_uint_eq(board_get(b, "DL1DATA4_EL1"), UINT32_MAX);
    ck_assert_int_eq(sysreg_operation(cpu, ENC(1, 0, 15, 4, 0), 0), SYSREG_OK);
    ck_assert_uint_eq(board_get(b, "DL1DATA4_EL1"), 0);
}
END_TEST

START_TEST(the_reserved_id_space_reads_as_zero)
{
    for (unsigned crm = 1; crm < 8; crm++)
        for (unsigned op2 = 0; op2 < 8; op2++)
            expect_read(ENC(3, 0, 0, crm, op2), SYSREG_OK);
}
END_TEST

START_TEST(plain_reads_for_the_decoder)
{
    unsigned min_el;
    ck_assert(sysreg_is_plain_read(SYSREG_TPIDR_EL0, &min_el));
    ck_assert_uint_eq(min_el, 0);
    ck_assert(sysreg_is_plain_read(SYSREG_ESR_EL1, &min_el));
    ck_assert_uint_eq(min_el, 1);
    ck_assert(sysreg_is_plain_read(SYSREG_CNTFRQ_EL0, &min_el)); /* trapped at EL0 by CNTKCTL_EL1 */
    ck_assert_uint_eq(min_el, 1);
    ck_assert(!sysreg_is_plain_read(SYSREG_CNTVCT_EL0, &min_el));
    ck_assert(!sysreg_is_plain_read(SYSREG_FPCR, &min_el));
    ck_assert(!sysreg_is_plain_read(SYSREG_OSLAR_EL1, &min_el));
}
END_TEST

START_TEST(os_lock)
{
    ck_assert_uint_eq(board_get(b, "OSLSR_EL1"), 0xa); /* locked by a cold reset */
    expect_write(ENC(2, 0, 1, 0, 4), 0, SYSREG_OK);
    ck_assert_uint_eq(board_get(b, "OSLSR_EL1"), 0x8);
}
END_TEST

/* -- AT and cache maintenance -- */

static uint64_t at(unsigned op2, uint64_t va)
{
    ck_assert_int_eq(sysreg_operation(cpu, ENC(1, 0, 7, 8, op2), va), SYSREG_OK);
    return board_get(b, "PAR_EL1");
}

/* PAR_EL1: ATTR [63:56], PA [47:12], RES1 11, NS 9, SH [8:7], F 0; or RES1 11, FST [6:1], F 1. */
START_TEST(at_writes_par)
{
    struct paging p = paging_create(b, 12, 39, TABLES);
    paging_map(&p, 0x1000, 3, 0x40005000 | D_PAGE | D_AF | D_SH);
    paging_map(&p, 0x2000, 3, 0x40006000 | D_PAGE | D_AF | D_SH | D_USER | D_RO);
    paging_enable(&p, TCR_T0SZ(25));
    ck_assert_uint_eq(at(0, 0x1234), 0xff00000040005b80);    /* S1E1R */
    ck_assert_uint_eq(at(1, 0x1234), 0xff00000040005b80);    /* S1E1W */
    ck_assert_uint_eq(at(2, 0x1234), 0x800 | 0x0f << 1 | 1); /* S1E0R: permission, level 3 */
    ck_assert_uint_eq(at(2, 0x2234), 0xff00000040006b80);
    ck_assert_uint_eq(at(3, 0x2234), 0x800 | 0x0f << 1 | 1); /* S1E0W */
    ck_assert_uint_eq(at(0, 0x5000), 0x800 | 0x07 << 1 | 1); /* translation, level 3 */
}
END_TEST

START_TEST(at_aborts_when_the_walk_does)
{
    struct paging p = paging_create(b, 12, 39, TABLES);
    paging_map(&p, 0x40000000, 1, 0x0a000000 | D_TABLE);
    paging_enable(&p, TCR_T0SZ(25));
    ck_assert_int_eq(sysreg_operation(cpu, ENC(1, 0, 7, 8, 0), 0x40000000), SYSREG_FAULT);
    ck_assert_int_eq(cpu->fault.type, FAULT_EXTERNAL_ON_WALK);
    ck_assert(cpu->fault.cache_maintenance && cpu->fault.write);
}
END_TEST

START_TEST(cache_maintenance_translates)
{
    static const uint32_t by_address[] = { ENC(1, 3, 7, 5, 1), ENC(1, 3, 7, 10, 1),
                                           ENC(1, 3, 7, 11, 1), ENC(1, 3, 7, 14, 1),
                                           ENC(1, 0, 7, 6, 1) };
    struct paging p = paging_create(b, 12, 39, TABLES);
    paging_map(&p, 0x1000, 3, 0x40005000 | D_PAGE | D_AF | D_RO);
    paging_enable(&p, TCR_T0SZ(25));
    for (unsigned i = 0; i < 5; i++) {
        bool ivac = i == 4; /* DC IVAC needs write permission */
        ck_assert_int_eq(sysreg_operation(cpu, by_address[i], 0x1000),
                         ivac ? SYSREG_FAULT : SYSREG_OK);
        ck_assert_int_eq(sysreg_operation(cpu, by_address[i], 0x2345), SYSREG_FAULT);
        ck_assert(cpu->fault.cache_maintenance && cpu->fault.write);
        ck_assert_uint_eq(cpu->fault.va, 0x2345);
    }
    ck_assert_int_eq(sysreg_operation(cpu, ENC(1, 0, 7, 5, 0), 0), SYSREG_OK);  /* IC IALLU */
    ck_assert_int_eq(sysreg_operation(cpu, ENC(1, 0, 7, 14, 2), 0), SYSREG_OK); /* DC CISW */
}
END_TEST

START_TEST(el0_cache_maintenance_needs_uci_and_dze)
{
    board_set(b, "SCTLR_EL1", 0);
    board_set_el(b, 0);
    ck_assert_int_eq(sysreg_operation(cpu, ENC(1, 3, 7, 11, 1), BOARD_RAM), SYSREG_TRAPPED);
    ck_assert_int_eq(sysreg_operation(cpu, ENC(1, 3, 7, 4, 1), BOARD_RAM), SYSREG_TRAPPED);
    ck_assert_uint_eq(board_get(b, "DCZID_EL0"), 0x14); /* DZP */
    board_set(b, "SCTLR_EL1", 1u << 26 | 1u << 14);
    ck_assert_int_eq(sysreg_operation(cpu, ENC(1, 3, 7, 11, 1), BOARD_RAM), SYSREG_OK);
    ck_assert_int_eq(sysreg_operation(cpu, ENC(1, 3, 7, 4, 1), BOARD_RAM),
                     SYSREG_FAULT); /* Device: MMU off */
    ck_assert_uint_eq(board_get(b, "DCZID_EL0"), 4);
}
END_TEST

/* -- PMU -- */

START_TEST(the_cycle_counter_counts_instructions_while_enabled)
{
    cpu->count = 1000;
    board_set(b, "PMCNTENSET_EL0", 1u << 31);
    cpu->count = 2000;
    ck_assert_uint_eq(board_get(b, "PMCCNTR_EL0"), 0);
    board_set(b, "PMCR_EL0", 1 | 4 | 1u << 6); /* E, C, LC */
    ck_assert_uint_eq(board_get(b, "PMCR_EL0"), 0x41013041);
    cpu->count = 2500;
    ck_assert_uint_eq(board_get(b, "PMCCNTR_EL0"), 500);
    board_set(b, "PMCNTENCLR_EL0", 1u << 31);
    cpu->count = 9000;
    ck_assert_uint_eq(board_get(b, "PMCCNTR_EL0"), 500);
}
END_TEST

START_TEST(event_counters_wrap_and_set_their_overflow_flag)
{
    board_set(b, "PMSELR_EL0", 2);
    board_set(b, "PMXEVTYPER_EL0", 0x08); /* INST_RETIRED */
    ck_assert_uint_eq(board_get(b, "PMEVTYPER2_EL0"), 0x08);
    board_set(b, "PMXEVCNTR_EL0", 0xfffffff0);
    board_set(b, "PMCNTENSET_EL0", 1u << 2 | 1u << 1);
    board_set(b, "PMCR_EL0", 1);
    cpu->count += 0x20;
    ck_assert_uint_eq(board_get(b, "PMEVCNTR2_EL0"), 0x10);
    ck_assert_uint_eq(board_get(b, "PMOVSCLR_EL0"), 1u << 2);
    board_set(b, "PMOVSCLR_EL0", 1u << 2);
    ck_assert_uint_eq(board_get(b, "PMOVSSET_EL0"), 0);
    board_set(b, "PMSWINC_EL0", 2); /* counter 1 counts event 0, SW_INCR */
    ck_assert_uint_eq(board_get(b, "PMEVCNTR1_EL0"), 1);
}
END_TEST

/* -- saving -- */

START_TEST(a_saved_state_comes_back)
{
    uint8_t *first = malloc(cpu_state_size()), *second = malloc(cpu_state_size());
    for (unsigned i = 0; i < 31; i++)
        cpu_set_x(cpu, i, 0x1000 + i);
    cpu_set_v(cpu, 7, (const uint64_t[2]){ 5, 6 });
    board_set(b, "TTBR0_EL1", 0x12ull << 48);
    board_set(b, "CNTV_CVAL_EL0", 77);
    cpu_set_pstate(cpu, 0x80000000);
    cpu_set_x(cpu, 31, 0x7770);
    cpu_set_pc(cpu, 0x1234);
    cpu->exclusive = (struct exclusive_monitor){ true, 8, 0x40000008, { 1, 2 } };
    cpu_save(cpu, first);
    cpu_reset(cpu, 0);
    ck_assert(cpu_load(cpu, first, cpu_state_size()));
    cpu_save(cpu, second);
    ck_assert_mem_eq(first, second, cpu_state_size());
    ck_assert_uint_eq(cpu_get_x(cpu, 31), 0x7770);
    ck_assert_uint_eq(cpu->asid, 0x12);
    free(first);
    free(second);
}
END_TEST

START_TEST(a_damaged_state_is_refused_or_made_harmless)
{
    size_t size = cpu_state_size();
    uint8_t *good = malloc(size), *bad = malloc(size);
    cpu_save(cpu, good);
    ck_assert(!cpu_load(cpu, good, size - 1));
    for (size_t i = 0; i < size; i++) {
        memcpy(bad, good, size);
        bad[i] ^= 0xff;
        if (!cpu_load(cpu, bad, size))
            continue;
        ck_assert_uint_le(cpu_get_el(cpu), 1);
        ck_assert_uint_eq(board_get(b, "MIDR_EL1"), 0x411fd070);
        ck_assert_uint_eq(board_get(b, "TCR_EL1") & ~0x77ffffffbfull, 0);
        ck_assert_uint_le(cpu->exclusive.size, 16);
    }
    free(good);
    free(bad);
}
END_TEST

static void count_visit(void *ctx, const char *name, uint64_t value)
{
    ++*(unsigned *)ctx;
}

START_TEST(every_register_can_be_listed)
{
    unsigned visited = 0;
    cpu_each_sysreg(cpu, count_visit, &visited);
    ck_assert_uint_eq(visited, SYSREG_COUNT);
    uint64_t value;
    ck_assert(!cpu_get_sysreg(cpu, "SCTLR_EL9", &value));
}
END_TEST

START_TEST(registers_are_described_by_group_and_access)
{
    static const struct cpu_sysreg wanted[] = {
        { "SCTLR_EL1", "system", true, true, SYSREG_ENCODING(3, 0, 1, 0, 0) },
        { "CSSELR_EL1", "id", true, true, SYSREG_ENCODING(3, 2, 0, 0, 0) },
        { "MIDR_EL1", "id", true, false, SYSREG_ENCODING(3, 0, 0, 0, 0) },
        { "CNTV_CTL_EL0", "timer", true, true, SYSREG_ENCODING(3, 3, 14, 3, 1) },
        { "CNTPCT_EL0", "timer", true, false, SYSREG_ENCODING(3, 3, 14, 0, 1) },
        { "PMEVTYPER3_EL0", "pmu", true, true, SYSREG_ENCODING(3, 3, 14, 12, 3) },
        { "PMINTENSET_EL1", "pmu", true, true, SYSREG_ENCODING(3, 0, 9, 14, 1) },
        { "OSLAR_EL1", "debug", false, true, SYSREG_ENCODING(2, 0, 1, 0, 4) },
        { "MDSCR_EL1", "debug", true, true, SYSREG_ENCODING(2, 0, 0, 2, 2) },
        { "CPUECTLR_EL1", "impdef", true, true, SYSREG_ENCODING(3, 1, 15, 2, 1) },
    };
    struct cpu_sysreg row;
    unsigned found = 0, index = 0;
    for (; cpu_describe_sysreg(index, &row); index++)
        for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
            if (strcmp(row.name, wanted[i].name))
                continue;
            found++;
            ck_assert_str_eq(row.group, wanted[i].group);
            ck_assert_int_eq(row.readable, wanted[i].readable);
            ck_assert_int_eq(row.writable, wanted[i].writable);
            ck_assert_uint_eq(row.encoding, wanted[i].encoding);
        }
    ck_assert_uint_eq(found, sizeof(wanted) / sizeof(*wanted));
    ck_assert_uint_eq(index, SYSREG_COUNT);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sysreg");
    TCase *tc = tcase_create("sysreg");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, encodings_are_those_of_the_manual);
    tcase_add_test(tc, every_encoding_has_one_row);
    tcase_add_test(tc, identification_of_a_cortex_a57);
    tcase_add_test(tc, identification_of_a_cortex_a53);
    tcase_add_test(tc, cache_geometry_follows_csselr);
    tcase_add_test(tc, reserved_bits_do_not_change);
    tcase_add_test(tc, wrong_direction_is_undefined);
    tcase_add_test(tc, el0_has_no_access_to_el1_registers);
    tcase_add_test(tc, el0_is_let_in_by_controls);
    tcase_add_test(tc, fpcr_and_fpsr_obey_fpen);
    tcase_add_test(tc, a_trapped_fpcr_is_an_fp_access);
    tcase_add_test(tc, stack_pointers_by_selection);
    tcase_add_test(tc, daif_set_and_clear);
    tcase_add_test(tc, an_unknown_register_is_logged_once_as_a_row);
    tcase_add_test(tc, controls_of_the_cortex_a57_keep_what_is_written);
    tcase_add_test(tc, cpus_share_the_controls_of_their_l2);
    tcase_add_test(tc, ramindex_finds_zeros);
    tcase_add_test(tc, the_reserved_id_space_reads_as_zero);
    tcase_add_test(tc, plain_reads_for_the_decoder);
    tcase_add_test(tc, os_lock);
    tcase_add_test(tc, at_writes_par);
    tcase_add_test(tc, at_aborts_when_the_walk_does);
    tcase_add_test(tc, cache_maintenance_translates);
    tcase_add_test(tc, el0_cache_maintenance_needs_uci_and_dze);
    tcase_add_test(tc, the_cycle_counter_counts_instructions_while_enabled);
    tcase_add_test(tc, event_counters_wrap_and_set_their_overflow_flag);
    tcase_add_test(tc, a_saved_state_comes_back);
    tcase_add_test(tc, a_damaged_state_is_refused_or_made_harmless);
    tcase_add_test(tc, every_register_can_be_listed);
    tcase_add_test(tc, registers_are_described_by_group_and_access);
    suite_add_tcase(suite, tc);
    return board_run_suite(suite);
}
