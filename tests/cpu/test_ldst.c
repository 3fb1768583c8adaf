/* SPDX-License-Identifier: MIT */
/*
 * Loads and stores of single registers, pairs and literals, general and SIMD&FP. Instruction words
 * are put together here from the Arm ARM's class diagrams (C4.1.88), and memory is modelled byte by
 * byte.
 *
 * Every access runs with an empty TLB (the slow handler) and again at once (the fast one).
 */
#include "tests/cpu/insn.h"

#include <string.h>

static uint8_t *byte_at(uint64_t va)
{
    uint64_t pa = va;
    if (va >= FIRST && va < SECOND)
        pa = va - FIRST + DATA;
    else if (va >= SECOND && va < UNMAPPED)
        pa = va - SECOND + DATA + 0x3000;
    ck_assert(pa >= BOARD_RAM && pa < BOARD_RAM + BOARD_RAM_SIZE);
    return board()->ram + (pa - BOARD_RAM);
}

/* -- kinds of access: the fields size and opc, the bit V, and what they mean -- */

struct kind {
    uint8_t size, opc, simd;
    uint8_t bytes;
    bool load, sign, wide;
};
static const struct kind kinds[] = {
    { 0, 0, 0, 1, false, false, false }, /* STRB */
    { 0, 1, 0, 1, true, false, false },  /* LDRB */
    { 0, 2, 0, 1, true, true, true },    /* LDRSB Xt */
    { 0, 3, 0, 1, true, true, false },   /* LDRSB Wt */
    { 1, 0, 0, 2, false, false, false }, /* STRH */
    { 1, 1, 0, 2, true, false, false },  { 1, 2, 0, 2, true, true, true },
    { 1, 3, 0, 2, true, true, false },   { 2, 0, 0, 4, false, false, false }, /* STR Wt */
    { 2, 1, 0, 4, true, false, false },  { 2, 2, 0, 4, true, true, true },    /* LDRSW */
    { 3, 0, 0, 8, false, false, false }, { 3, 1, 0, 8, true, false, true },
    { 0, 0, 1, 1, false, false, false }, /* STR Bt */
    { 0, 1, 1, 1, true, false, false },  { 1, 0, 1, 2, false, false, false },
    { 1, 1, 1, 2, true, false, false },  { 2, 0, 1, 4, false, false, false },
    { 2, 1, 1, 4, true, false, false },  { 3, 0, 1, 8, false, false, false },
    { 3, 1, 1, 8, true, false, false },  { 0, 2, 1, 16, false, false, false }, /* STR Qt */
    { 0, 3, 1, 16, true, false, false },
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static unsigned scale(const struct kind *k)
{
    return (unsigned)__builtin_ctz(k->bytes);
}

/* Rt is 0, Rn 1, Rm 2 unless a test says otherwise. */
#define REGISTERS (1u << 5)
enum { UNSCALED, POST, UNPRIV, PRE };

static uint32_t unsigned_offset(const struct kind *k, unsigned imm12)
{
    return (uint32_t)k->size << 30 | 0x39000000 | k->simd << 26 | k->opc << 22 | imm12 << 10 |
           REGISTERS;
}

static uint32_t imm9_mode(const struct kind *k, unsigned mode, int imm9)
{
    return (uint32_t)k->size << 30 | 0x38000000 | k->simd << 26 | k->opc << 22 |
           (imm9 & 0x1ff) << 12 | mode << 10 | REGISTERS;
}

static uint32_t register_offset(const struct kind *k, unsigned option, bool S)
{
    return (uint32_t)k->size << 30 | 0x38200800 | k->simd << 26 | k->opc << 22 | 2 << 16 |
           option << 13 | S << 12 | REGISTERS;
}

/* -- the model -- */

static const uint8_t contents[16] = { 0x81, 0x92, 0xa3, 0xb4, 0xc5, 0xd6, 0xe7, 0xf8,
                                      0x19, 0x2a, 0x3b, 0x4c, 0x5d, 0x6e, 0x7f, 0x80 };
#define OLD_X 0x1122334455667788ull
static const uint64_t old_v[2] = { 0x99aabbccddeeff00, 0x1021324354657687 };

static void fill(uint64_t va, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        *byte_at(va + i) = contents[i % 16];
}

/* The register that a load of these bytes gives. */
static void loaded(const struct kind *k, const uint8_t *bytes, uint64_t value[2])
{
    value[0] = value[1] = 0;
    memcpy(value, bytes, k->bytes);
    if (k->sign && bytes[k->bytes - 1] & 0x80)
        value[0] |= UINT64_MAX << (8 * k->bytes - 1);
    if (!k->wide && !k->simd)
        value[0] = (uint32_t)value[0];
}

static void expect_bytes(uint64_t va, const void *expected, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        ck_assert_msg(*byte_at(va + i) == ((const uint8_t *)expected)[i], "byte at %#lx", va + i);
}

static void check_load(const struct kind *k, uint32_t word, uint64_t va)
{
    uint64_t expected[2], v[2];
    fill(va, k->bytes);
    loaded(k, contents, expected);
    run(word);
    cpu_get_v(board()->cpu, 0, v);
    ck_assert_uint_eq(k->simd ? v[0] : x(0), expected[0]);
    ck_assert_uint_eq(v[1], k->simd ? expected[1] : old_v[1]);
    expect_bytes(va, contents, k->bytes);
}

static void check_store(const struct kind *k, uint32_t word, uint64_t va)
{
    const uint8_t guard[2] = { 0x5a, 0xa5 };
    *byte_at(va - 1) = guard[0];
    *byte_at(va + k->bytes) = guard[1];
    fill(va, k->bytes);
    run(word);
    expect_bytes(va, k->simd ? old_v : (const uint64_t[]){ OLD_X }, k->bytes);
    expect_bytes(va - 1, &guard[0], 1);
    expect_bytes(va + k->bytes, &guard[1], 1);
}

/* x1 is `base` before and `base_after` behind; the access is at va. */
static void check_access(const struct kind *k, uint32_t word, uint64_t base, uint64_t va,
                         uint64_t base_after)
{
    forget_translations();
    for (unsigned hot = 0; hot < 2; hot++) {
        set_x(0, OLD_X);
        set_x(1, base);
        cpu_set_v(board()->cpu, 0, old_v);
        if (k->load)
            check_load(k, word, va);
        else
            check_store(k, word, va);
        ck_assert_uint_eq(x(1), base_after);
    }
}

/* -- single registers -- */

START_TEST(unsigned_offsets_are_scaled)
{
    map_memory();
    for (const struct kind *k = kinds; k < kinds + KINDS; k++) {
        uint64_t base = DATA + 0x100;
        check_access(k, unsigned_offset(k, 0), base, base, base);
        check_access(k, unsigned_offset(k, 5), base, base + 5 * k->bytes, base);
        check_access(k, unsigned_offset(k, 0xfff), base, base + 0xfffull * k->bytes, base);
    }
}
END_TEST

START_TEST(unscaled_offsets_are_signed_bytes)
{
    static const int offsets[] = { 0, 1, -1, 255, -256, 7 };
    map_memory();
    for (const struct kind *k = kinds; k < kinds + KINDS; k++)
        for (unsigned i = 0; i < 6; i++)
            check_access(k, imm9_mode(k, UNSCALED, offsets[i]), DATA + 0x400,
                         DATA + 0x400 + (uint64_t)offsets[i], DATA + 0x400);
}
END_TEST

START_TEST(pre_and_post_index_write_the_base_back)
{
    static const int offsets[] = { 16, -16, 8, 1, -1, 255, -256 };
    map_memory();
    for (const struct kind *k = kinds; k < kinds + KINDS; k++) {
        for (unsigned i = 0; i < 7; i++) {
            uint64_t base = DATA + 0x800, moved = base + (uint64_t)offsets[i];
            check_access(k, imm9_mode(k, PRE, offsets[i]), base, moved, moved);
            check_access(k, imm9_mode(k, POST, offsets[i]), base, base, moved);
        }
    }
}
END_TEST

START_TEST(register_offsets_are_extended_and_shifted)
{
    map_memory();
    for (const struct kind *k = kinds; k < kinds + KINDS; k++) {
        for (unsigned S = 0; S < 2; S++) {
            const unsigned shift = S ? scale(k) : 0;
            const uint64_t base = DATA + 0x800;
            set_x(2, 3);
            check_access(k, register_offset(k, 3, S), base, base + (3ull << shift), base); /* LSL */
            check_access(k, register_offset(k, 7, S), base, base + (3ull << shift),
                         base); /* SXTX */
            set_x(2, 0xffffffff00000003);
            check_access(k, register_offset(k, 2, S), base, base + (3ull << shift),
                         base); /* UXTW */
            set_x(2, 0x12345678fffffffd);
            check_access(k, register_offset(k, 6, S), base, base - (3ull << shift),
                         base); /* SXTW */
            set_x(2, (uint64_t)-3);
            check_access(k, register_offset(k, 3, S), base, base - (3ull << shift), base);
            check_access(k, register_offset(k, 2, S), base - (0xfffffffdull << shift), base,
                         base - (0xfffffffdull << shift));
        }
        for (unsigned option = 0; option < 8; option++)
            if (!(option & 2))
                expect_undefined(register_offset(k, option, false));
    }
}
END_TEST

START_TEST(accesses_cross_pages)
{
    map_memory();
    for (const struct kind *k = kinds; k < kinds + KINDS; k++) {
        for (unsigned before = 1; before <= 16; before++) {
            uint64_t va = SECOND - before;
            check_access(k, imm9_mode(k, UNSCALED, 0), va, va, va);
            check_access(k, imm9_mode(k, POST, 3), va, va, va + 3);
            check_access(k, imm9_mode(k, PRE, -3), va + 3, va, va);
        }
    }
}
END_TEST

START_TEST(register_31_stores_zero_and_loads_nothing)
{
    map_memory();
    set_x(SP, DATA + 0x20);
    set_x(1, DATA);
    fill(DATA, 16);
    run(enc_STR_uimm(1, 0, 1, 31));
    ck_assert_uint_eq(board_read(board(), DATA), 0);
    fill(DATA, 16);
    run(enc_LDR_uimm(1, 0, 1, 31));
    run(enc_LDRSB_post(0, 8, 1, 31));
    ck_assert_uint_eq(x(SP), DATA + 0x20);
    ck_assert_uint_eq(x(1), DATA + 8);
    run(enc_LDR_uimm(1, 1, 31, 0)); /* as a base it is SP */
    ck_assert_uint_eq(x(0), board_read(board(), DATA + 0x28));
    set_x(2, 8);
    board_write(board(), DATA + 0x28, OLD_X);
    run(enc_LDR_reg(1, 2, 3, 0, 31, 0));
    ck_assert_uint_eq(x(0), OLD_X);
}
END_TEST

/* -- literals -- */

START_TEST(literals_are_relative_to_the_instruction)
{
    map_memory();
    for (int distance = -8; distance <= 8; distance += 4) {
        if (!distance)
            continue;
        const uint64_t va = CODE + (uint64_t)(int64_t)distance * 4;
        const uint32_t imm19 = (uint32_t)distance;
        uint64_t v[2];
        memcpy(byte_at(va), contents, 16);
        for (unsigned hot = 0; hot < 2; hot++) {
            run(enc_LDR_lit(0, imm19, 0));
            ck_assert_uint_eq(x(0), 0xb4a39281);
            run(enc_LDR_lit(1, imm19, 0));
            ck_assert_uint_eq(x(0), 0xf8e7d6c5b4a39281);
            run(enc_LDRSW_lit(imm19, 0));
            ck_assert_uint_eq(x(0), 0xffffffffb4a39281);
            for (unsigned opc = 0; opc < 3; opc++) {
                run(enc_LDR_lit_simd(opc, imm19, 0));
                cpu_get_v(board()->cpu, 0, v);
                ck_assert_uint_eq(v[0], opc ? 0xf8e7d6c5b4a39281 : 0xb4a39281);
                ck_assert_uint_eq(v[1], opc == 2 ? 0x807f6e5d4c3b2a19 : 0);
            }
        }
    }
    expect_undefined(enc_LDR_lit_simd(3, 4, 0));
}
END_TEST

START_TEST(literals_reach_a_megabyte)
{
    map_memory();
    set_x(0, OLD_X);
    ck_assert_uint_eq(run_to(enc_LDR_lit(1, 0x40000, 0)), VECTORS + 0x200);
    ck_assert_uint_eq(board_get(board(), "FAR_EL1"), CODE - 0x100000);
    ck_assert_uint_eq(x(0), OLD_X);
    memcpy(byte_at(CODE + 0xb0000), contents, 16);
    run(enc_LDR_lit(1, 0xb0000 / 4, 0));
    ck_assert_uint_eq(x(0), 0xf8e7d6c5b4a39281);
}
END_TEST

/* -- pairs: by opc and V -- */

struct pair_kind {
    uint8_t opc, simd, bytes; /* of one register */
    bool load, sign;
};
static const struct pair_kind pair_kinds[] = {
    { 0, 0, 4, false, false },  { 0, 0, 4, true, false },  { 1, 0, 4, true, true }, /* LDPSW */
    { 2, 0, 8, false, false },  { 2, 0, 8, true, false },  { 0, 1, 4, false, false },
    { 0, 1, 4, true, false },   { 1, 1, 8, false, false }, { 1, 1, 8, true, false },
    { 2, 1, 16, false, false }, { 2, 1, 16, true, false },
};
#define PAIR_KINDS (sizeof(pair_kinds) / sizeof(pair_kinds[0]))
enum { PAIR_NP, PAIR_POST, PAIR_OFF, PAIR_PRE };

/* Rt 0, Rt2 3, Rn 1. */
static uint32_t pair_word(const struct pair_kind *k, unsigned mode, int imm7)
{
    return (uint32_t)k->opc << 30 | 0x28000000 | k->simd << 26 | mode << 23 | k->load << 22 |
           (imm7 & 0x7f) << 15 | 3 << 10 | REGISTERS;
}

static const uint64_t second_v[2] = { 0xfedcba9876543210, 0x0f1e2d3c4b5a6978 };
#define SECOND_X 0x99887766aabbccddull

static void expect_register(const struct pair_kind *k, unsigned n, const uint8_t *bytes)
{
    uint64_t expected[2] = { 0 }, v[2];
    memcpy(expected, bytes, k->bytes);
    if (k->sign)
        expected[0] = (uint64_t)(int32_t)expected[0];
    cpu_get_v(board()->cpu, n, v);
    ck_assert_uint_eq(k->simd ? v[0] : x(n), expected[0]);
    if (k->simd)
        ck_assert_uint_eq(v[1], expected[1]);
}

static void check_pair(const struct pair_kind *k, uint32_t word, uint64_t base, uint64_t va,
                       uint64_t base_after)
{
    uint8_t bytes[32];
    forget_translations();
    for (unsigned hot = 0; hot < 2; hot++) {
        set_x(0, OLD_X);
        set_x(3, SECOND_X);
        cpu_set_v(board()->cpu, 0, old_v);
        cpu_set_v(board()->cpu, 3, second_v);
        set_x(1, base);
        for (unsigned i = 0; i < 32; i++)
            bytes[i] = *byte_at(va + i) = (uint8_t)(0x91 + 7 * i);
        run(word);
        ck_assert_uint_eq(x(1), base_after);
        if (k->load) {
            expect_register(k, 0, bytes);
            expect_register(k, 3, bytes + k->bytes);
        } else {
            memcpy(bytes, k->simd ? old_v : (const uint64_t[]){ OLD_X }, k->bytes);
            memcpy(bytes + k->bytes, k->simd ? second_v : (const uint64_t[]){ SECOND_X }, k->bytes);
        }
        expect_bytes(va, bytes, 32);
    }
}

START_TEST(pairs_in_every_addressing_mode)
{
    static const int offsets[] = { 0, 1, -1, 2, 63, -64 };
    map_memory();
    for (const struct pair_kind *k = pair_kinds; k < pair_kinds + PAIR_KINDS; k++) {
        for (unsigned i = 0; i < 6; i++) {
            uint64_t base = DATA + 0x800, moved = base + (uint64_t)((int64_t)offsets[i] * k->bytes);
            if (!k->sign)
                check_pair(k, pair_word(k, PAIR_NP, offsets[i]), base, moved, base);
            check_pair(k, pair_word(k, PAIR_OFF, offsets[i]), base, moved, base);
            check_pair(k, pair_word(k, PAIR_PRE, offsets[i]), base, moved, moved);
            check_pair(k, pair_word(k, PAIR_POST, offsets[i]), base, base, moved);
        }
    }
}
END_TEST

START_TEST(pairs_cross_pages)
{
    map_memory();
    for (const struct pair_kind *k = pair_kinds; k < pair_kinds + PAIR_KINDS; k++) {
        for (unsigned before = 1; before <= 32; before++) {
            uint64_t va = SECOND - before;
            check_pair(k, pair_word(k, PAIR_OFF, 0), va, va, va);
            check_pair(k, pair_word(k, PAIR_POST, 2), va, va, va + 2 * k->bytes);
            check_pair(k, pair_word(k, PAIR_PRE, -2), va + 2 * k->bytes, va, va);
        }
    }
}
END_TEST

START_TEST(a_pair_can_load_its_own_base)
{
    map_memory();
    board_write(board(), DATA, 0x1111);
    board_write(board(), DATA + 8, 0x2222);
    for (unsigned hot = 0; hot < 2; hot++) {
        set_x(1, DATA);
        run(enc_LDP_off(1, 0, 0, 1, 1)); /* ldp x1, x0, [x1] */
        ck_assert_uint_eq(x(1), 0x1111);
        ck_assert_uint_eq(x(0), 0x2222);
        set_x(1, DATA);
        run(enc_LDP_off(1, 0, 1, 1, 0)); /* ldp x0, x1, [x1] */
        ck_assert_uint_eq(x(1), 0x2222);
    }
}
END_TEST

/* -- faults -- */

#define DATA_ABORT(dfsc, write) (0x25u << 26 | 1u << 25 | (write) << 6 | (dfsc))
enum { TRANSLATION_3 = 7, PERMISSION_3 = 15, EXTERNAL = 0x10, ALIGNMENT = 0x21 };

/* The access at x1 = base must abort, leaving registers as they are. */
static void expect_abort(uint32_t word, uint64_t base, uint64_t far, unsigned dfsc, bool write)
{
    uint64_t v[2];
    for (unsigned again = 0; again < 2; again++) {
        set_x(0, OLD_X);
        set_x(1, base);
        set_x(3, SECOND_X);
        cpu_set_v(board()->cpu, 0, old_v);
        cpu_set_v(board()->cpu, 3, second_v);
        set_flags(N | C);
        ck_assert_msg(run_to(word) == VECTORS + 0x200, "%08x did not abort", word);
        ck_assert_uint_eq(board_get(board(), "ESR_EL1"), DATA_ABORT(dfsc, write));
        ck_assert_uint_eq(board_get(board(), "FAR_EL1"), far);
        ck_assert_uint_eq(board_get(board(), "ELR_EL1"), CODE);
        ck_assert_uint_eq(board_get(board(), "SPSR_EL1") >> 28, N | C);
        ck_assert_uint_eq(x(0), OLD_X);
        ck_assert_uint_eq(x(1), base);
        ck_assert_uint_eq(x(3), SECOND_X);
        cpu_get_v(board()->cpu, 0, v);
        ck_assert_mem_eq(v, old_v, 16);
        cpu_get_v(board()->cpu, 3, v);
        ck_assert_mem_eq(v, second_v, 16);
    }
}

START_TEST(a_fault_leaves_registers_alone)
{
    map_memory();
    set_x(2, 0);
    for (const struct kind *k = kinds; k < kinds + KINDS; k++) {
        const bool write = !k->load;
        expect_abort(unsigned_offset(k, 0), UNMAPPED, UNMAPPED, TRANSLATION_3, write);
        expect_abort(imm9_mode(k, UNSCALED, -1), UNMAPPED + 1, UNMAPPED, TRANSLATION_3, write);
        expect_abort(imm9_mode(k, PRE, 16), UNMAPPED - 16, UNMAPPED, TRANSLATION_3, write);
        expect_abort(imm9_mode(k, POST, 16), UNMAPPED, UNMAPPED, TRANSLATION_3, write);
        expect_abort(register_offset(k, 3, true), UNMAPPED, UNMAPPED, TRANSLATION_3, write);
        if (!k->simd)
            expect_abort(imm9_mode(k, UNPRIV, 0), UNMAPPED, UNMAPPED, TRANSLATION_3, write);
    }
    for (const struct pair_kind *k = pair_kinds; k < pair_kinds + PAIR_KINDS; k++) {
        expect_abort(pair_word(k, PAIR_OFF, 0), UNMAPPED, UNMAPPED, TRANSLATION_3, !k->load);
        expect_abort(pair_word(k, PAIR_PRE, 1), UNMAPPED - k->bytes, UNMAPPED, TRANSLATION_3,
                     !k->load);
        expect_abort(pair_word(k, PAIR_POST, 1), UNMAPPED, UNMAPPED, TRANSLATION_3, !k->load);
    }
}
END_TEST

START_TEST(a_fault_on_the_second_page_stores_nothing)
{
    map_memory();
    memset(byte_at(SECOND + 0xfc0), 0x33, 64);
    for (const struct kind *k = kinds; k < kinds + KINDS; k++)
        for (unsigned before = 1; before < k->bytes; before++)
            expect_abort(imm9_mode(k, POST, 16), UNMAPPED - before, UNMAPPED, TRANSLATION_3,
                         !k->load);
    for (const struct pair_kind *k = pair_kinds; k < pair_kinds + PAIR_KINDS; k++)
        for (unsigned before = 1; before < 2u * k->bytes; before++)
            expect_abort(pair_word(k, PAIR_PRE, 1), UNMAPPED - before - k->bytes, UNMAPPED,
                         TRANSLATION_3, !k->load);
    for (unsigned i = 0; i < 64; i++)
        ck_assert_uint_eq(*byte_at(SECOND + 0xfc0 + i), 0x33);
}
END_TEST

START_TEST(a_page_that_was_read_is_still_read_only)
{
    map_memory();
    for (const struct kind *k = kinds; k < kinds + KINDS; k++) {
        set_x(1, READ_ONLY);
        if (k->load)
            run(unsigned_offset(k, 0));
        else
            expect_abort(unsigned_offset(k, 0), READ_ONLY, READ_ONLY, PERMISSION_3, true);
    }
    for (const struct pair_kind *k = pair_kinds; k < pair_kinds + PAIR_KINDS; k++)
        if (!k->load)
            expect_abort(pair_word(k, PAIR_OFF, 1), READ_ONLY, READ_ONLY + k->bytes, PERMISSION_3,
                         true);
}
END_TEST

START_TEST(unprivileged_accesses_from_el1_have_the_rights_of_el0)
{
    map_memory();
    for (const struct kind *k = kinds; k < kinds + KINDS; k++) {
        if (k->simd)
            continue;
        set_x(1, DATA);
        run(unsigned_offset(k, 0)); /* EL1 may, and remembers it */
        expect_abort(imm9_mode(k, UNPRIV, 0), DATA, DATA, 0x0e,
                     !k->load); /* a permission fault of level 2 */
        set_x(1, USER + 8);
        board_write(board(), DATA + 0x6000, 0xf1);
        for (unsigned hot = 0; hot < 2; hot++) {
            run(imm9_mode(k, UNPRIV, -8));
            if (k->load)
                ck_assert_uint_eq(x(0) & 0xff, 0xf1);
        }
    }
}
END_TEST

START_TEST(unaligned_accesses_fault_in_device_memory)
{
    map_memory();
    for (const struct kind *k = kinds; k < kinds + KINDS; k++)
        if (k->bytes > 1)
            expect_abort(imm9_mode(k, PRE, 1), DEVICE, DEVICE + 1, ALIGNMENT, !k->load);
    for (const struct pair_kind *k = pair_kinds; k < pair_kinds + PAIR_KINDS; k++)
        expect_abort(pair_word(k, PAIR_OFF, 0), DEVICE + k->bytes / 2, DEVICE + k->bytes / 2,
                     ALIGNMENT, !k->load);
    ck_assert_str_eq(board()->bus, "");
}
END_TEST

START_TEST(sctlr_a_wants_each_element_aligned)
{
    map_memory();
    board_set(board(), "SCTLR_EL1", board_get(board(), "SCTLR_EL1") | 2);
    for (const struct kind *k = kinds; k < kinds + KINDS; k++) {
        if (k->bytes > 1)
            expect_abort(imm9_mode(k, UNSCALED, 1), DATA, DATA + 1, ALIGNMENT, !k->load);
        check_access(k, imm9_mode(k, UNSCALED, 0), DATA + k->bytes, DATA + k->bytes,
                     DATA + k->bytes);
    }
    for (const struct pair_kind *k = pair_kinds; k < pair_kinds + PAIR_KINDS; k++) {
        check_pair(k, pair_word(k, PAIR_OFF, 1), DATA, DATA + k->bytes, DATA);
        expect_abort(pair_word(k, PAIR_OFF, 0), DATA + k->bytes / 2, DATA + k->bytes / 2, ALIGNMENT,
                     !k->load);
    }
}
END_TEST

START_TEST(simd_accesses_trap_before_they_look_at_memory)
{
    map_memory();
    board_set(board(), "CPACR_EL1", 0);
    set_x(1, UNMAPPED);
    for (const struct kind *k = kinds; k < kinds + KINDS; k++)
        if (k->simd)
            expect_exception(imm9_mode(k, POST, 1), 0x07, 1u << 24 | 0xeu << 20);
    for (const struct pair_kind *k = pair_kinds; k < pair_kinds + PAIR_KINDS; k++)
        if (k->simd)
            expect_exception(pair_word(k, PAIR_PRE, 1), 0x07, 1u << 24 | 0xeu << 20);
    expect_exception(enc_LDR_lit_simd(2, 4, 0), 0x07, 1u << 24 | 0xeu << 20);
    ck_assert_uint_eq(x(1), UNMAPPED);
}
END_TEST

/* -- SP as a base -- */

#define SCTLR_SA (1u << 3)

START_TEST(a_misaligned_sp_faults_as_a_base)
{
    map_memory();
    const uint64_t sctlr = board_get(board(), "SCTLR_EL1");
    for (unsigned checked = 0; checked < 2; checked++) {
        board_set(board(), "SCTLR_EL1", checked ? sctlr | SCTLR_SA : sctlr & ~(uint64_t)SCTLR_SA);
        const uint32_t words[] = {
            enc_LDR_uimm(1, 1, 31, 0),         enc_STRB_unscaled(1, 31, 0),
            enc_LDRSW_unpriv(0, 31, 0),        enc_LDR_reg(1, 2, 3, 0, 31, 0),
            enc_LDP_off(1, 0, 3, 31, 0),       enc_STP_np(0, 0, 3, 31, 0),
            enc_STR_simd_uimm(3, 0, 0, 31, 0), enc_LDP_simd_off(2, 0, 3, 31, 0)
        };
        set_x(2, 0);
        set_x(SP, USER + 0x108);
        for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
            if (checked)
                expect_exception(words[i], 0x26, 0);
            else
                run(words[i]);
        }
        set_x(1, DATA);
        run(enc_LDR_uimm(1, 0, 1, 0)); /* other bases are fine */
        run(enc_LDR_lit(1, 4, 0));
        run(enc_PRFM_uimm(0, 31, 0)); /* a hint accesses nothing */
        set_x(SP, USER + 0x100);
        for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
            run(words[i]);
    }
}
END_TEST

/* Each way of writing SP is noticed by the access that follows. */
START_TEST(writing_sp_changes_the_check)
{
    map_memory();
    board_set(board(), "SCTLR_EL1", board_get(board(), "SCTLR_EL1") | SCTLR_SA);
    const uint32_t load = enc_LDR_uimm(1, 0, 31, 0);
    const uint32_t by_8[][2] = {
        { enc_SUB_imm(1, 0, 8, 31, 31), enc_ADD_imm(1, 0, 8, 31, 31) },
        { enc_STR_pre(1, (uint32_t)-8, 31, 0), enc_ADD_imm(1, 0, 8, 31, 31) },
        { enc_LDR_post(1, (uint32_t)-8, 31, 0), enc_ADD_imm(1, 0, 8, 31, 31) },
        { enc_STP_pre(0, (uint32_t)-2, 3, 31, 0), enc_ADD_imm(1, 0, 8, 31, 31) },
        { enc_LDP_simd_post(1, (uint32_t)-1, 3, 31, 0), enc_ADD_imm(1, 0, 8, 31, 31) },
        { enc_ADD_ext(1, 4, 3, 0, 31, 31), enc_SUB_ext(1, 4, 3, 0, 31, 31) },
        { enc_ORR_imm(1, 1, 61, 0, 5, 31), enc_AND_imm(1, 1, 60, 59, 5, 31) }, /* of x5 */
    };
    set_x(4, (uint64_t)-8);
    for (unsigned i = 0; i < sizeof(by_8) / sizeof(by_8[0]); i++) {
        set_x(SP, DATA + 0x100);
        set_x(5, DATA + 0x100);
        run(load);
        run(by_8[i][0]);
        ck_assert_uint_eq(x(SP) & 15, 8);
        expect_exception(load, 0x26, 0);
        run(by_8[i][1]);
        ck_assert_uint_eq(x(SP) & 15, 0);
        run(load);
    }
}
END_TEST

/* -- devices -- */

static void expect_bus(const char *expected)
{
    ck_assert_str_eq(board()->bus, expected);
    board()->bus[0] = 0;
}

START_TEST(devices_see_accesses_of_the_size_of_the_register)
{
    map_memory();
    board()->device = 0x81828384f5f6f7f8;
    set_x(1, DEVICE + 0x10);
    run(enc_LDRB_uimm(0, 1, 0));
    ck_assert_uint_eq(x(0), 0xf8);
    run(enc_LDRSB_uimm(0, 1, 1, 0));
    ck_assert_uint_eq(x(0), 0xfffffffffffffff8);
    run(enc_LDRSH_uimm(1, 0, 1, 0));
    ck_assert_uint_eq(x(0), 0xfffff7f8);
    run(enc_LDRSW_uimm(0, 1, 0));
    ck_assert_uint_eq(x(0), 0xfffffffff5f6f7f8);
    run(enc_LDR_post(1, 8, 1, 0));
    ck_assert_uint_eq(x(0), 0x81828384f5f6f7f8);
    ck_assert_uint_eq(x(1), DEVICE + 0x18);
    run(enc_STRH_pre(2, 1, 0));
    ck_assert_uint_eq(x(1), DEVICE + 0x1a);
    ck_assert_uint_eq(board()->device, 0xf7f8);
    expect_bus("r1@10 r1@11 r2@10 r4@10 r8@10 w2@1a ");
}
END_TEST

START_TEST(a_pair_is_two_accesses_to_a_device)
{
    map_memory();
    set_x(1, DEVICE);
    board()->device = 0x81828384f5f6f7f8;
    run(enc_LDP_off(0, 0, 3, 1, 0));
    ck_assert_uint_eq(x(0), 0xf5f6f7f8);
    ck_assert_uint_eq(x(3), 0xf5f6f7f8);
    run(enc_LDPSW_off(0, 3, 1, 0));
    ck_assert_uint_eq(x(3), 0xfffffffff5f6f7f8);
    run(enc_LDP_off(1, 1, 3, 1, 0));
    run(enc_STP_off(1, 0, 3, 1, 0));
    run(enc_STP_off(0, 2, 3, 1, 0));
    expect_bus("r4@0 r4@4 r4@0 r4@4 r8@8 r8@10 w8@0 w8@8 w4@8 w4@c ");
}
END_TEST

START_TEST(an_address_without_a_device_is_an_external_abort)
{
    map_memory();
    for (const struct kind *k = kinds; k < kinds + KINDS; k++)
        expect_abort(imm9_mode(k, POST, 1), NOTHING, NOTHING, EXTERNAL, !k->load);
    for (const struct pair_kind *k = pair_kinds; k < pair_kinds + PAIR_KINDS; k++)
        expect_abort(pair_word(k, PAIR_POST, 1), NOTHING, NOTHING, EXTERNAL, !k->load);
}
END_TEST

START_TEST(with_the_mmu_off_memory_is_device_memory)
{
    board_write(board(), DATA, OLD_X);
    set_x(1, DATA);
    run(enc_LDR_uimm(1, 0, 1, 0));
    ck_assert_uint_eq(x(0), OLD_X);
    expect_abort(enc_LDR_unscaled(1, 1, 1, 0), DATA, DATA + 1, ALIGNMENT, false);
    expect_abort(enc_STP_off(1, 0, 3, 1, 0), DATA + 4, DATA + 4, ALIGNMENT, true);
}
END_TEST

START_TEST(prefetches_do_nothing_anywhere)
{
    map_memory();
    set_x(1, UNMAPPED);
    set_x(2, 1);
    run(enc_PRFM_uimm(0, 1, 0));
    run(enc_PRFM_unscaled(1, 1, 0));
    run(enc_PRFM_reg(2, 3, 1, 1, 31));
    run(enc_PRFM_lit(0x40000, 0));
    expect_undefined(enc_PRFM_reg(2, 0, 0, 1, 0));
}
END_TEST

static void add_tests(TCase *tc)
{
    tcase_add_test(tc, unsigned_offsets_are_scaled);
    tcase_add_test(tc, unscaled_offsets_are_signed_bytes);
    tcase_add_test(tc, pre_and_post_index_write_the_base_back);
    tcase_add_test(tc, register_offsets_are_extended_and_shifted);
    tcase_add_test(tc, accesses_cross_pages);
    tcase_add_test(tc, register_31_stores_zero_and_loads_nothing);
    tcase_add_test(tc, literals_are_relative_to_the_instruction);
    tcase_add_test(tc, literals_reach_a_megabyte);
    tcase_add_test(tc, pairs_in_every_addressing_mode);
    tcase_add_test(tc, pairs_cross_pages);
    tcase_add_test(tc, a_pair_can_load_its_own_base);
    tcase_add_test(tc, a_fault_leaves_registers_alone);
    tcase_add_test(tc, a_fault_on_the_second_page_stores_nothing);
    tcase_add_test(tc, a_page_that_was_read_is_still_read_only);
    tcase_add_test(tc, unprivileged_accesses_from_el1_have_the_rights_of_el0);
    tcase_add_test(tc, unaligned_accesses_fault_in_device_memory);
    tcase_add_test(tc, sctlr_a_wants_each_element_aligned);
    tcase_add_test(tc, simd_accesses_trap_before_they_look_at_memory);
    tcase_add_test(tc, a_misaligned_sp_faults_as_a_base);
    tcase_add_test(tc, writing_sp_changes_the_check);
    tcase_add_test(tc, devices_see_accesses_of_the_size_of_the_register);
    tcase_add_test(tc, a_pair_is_two_accesses_to_a_device);
    tcase_add_test(tc, an_address_without_a_device_is_an_external_abort);
    tcase_add_test(tc, with_the_mmu_off_memory_is_device_memory);
    tcase_add_test(tc, prefetches_do_nothing_anywhere);
}

int main(void)
{
    return insn_run_suite("ldst", add_tests);
}
