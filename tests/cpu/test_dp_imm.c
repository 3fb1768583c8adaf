/* SPDX-License-Identifier: MIT */
/*
 * Data processing - immediate. Expected values: Arm ARM C6.2, by instruction.
 */
#include "tests/cpu/insn.h"

#define PATTERN 0x8877665544332211ull

START_TEST(adr_adds_21_signed_bits_to_the_pc)
{
    run(enc_ADR(3, 0, 0));
    ck_assert_uint_eq(x(0), CODE + 3);
    run(enc_ADR(3, 0x7ffff, 1));
    ck_assert_uint_eq(x(1), CODE - 1);
    run(enc_ADR(0, 0x40000, 2));
    ck_assert_uint_eq(x(2), CODE - 0x100000);
    run(enc_ADR(3, 0x3ffff, 2));
    ck_assert_uint_eq(x(2), CODE + 0xfffff);
}
END_TEST

START_TEST(adrp_adds_pages_to_the_page_of_the_pc)
{
    const uint64_t page = CODE & ~0xfffull;
    run(enc_ADRP(0, 0, 0));
    ck_assert_uint_eq(x(0), page);
    run(enc_ADRP(1, 0, 1));
    ck_assert_uint_eq(x(1), page + 0x1000);
    run(enc_ADRP(0, 0x40000, 2));
    ck_assert_uint_eq(x(2), page - 0x100000000ull);
    run(enc_ADRP(3, 0x3ffff, 2));
    ck_assert_uint_eq(x(2), page + 0xfffff000ull);
}
END_TEST

START_TEST(adr_and_adrp_to_register_31_discard)
{
    set_x(SP, DATA);
    run(enc_ADR(0, 1, 31));
    run(enc_ADRP(0, 1, 31));
    ck_assert_uint_eq(x(SP), DATA);
}
END_TEST

/* -- add, subtract -- */

static const uint32_t immediates[] = { 0, 1, 15, 16, 0x7ff, 0x800, 0xfff };
#define IMMEDIATES (sizeof(immediates) / sizeof(immediates[0]))

static void check_add_sub(bool sf, bool sh, uint32_t imm12, uint64_t a)
{
    unsigned nzcv, entry = imm12 & 15;
    const uint64_t imm = (uint64_t)imm12 << (sh ? 12 : 0);
    const uint64_t sum = add_with_carry(sf, a, imm, false, &nzcv);
    set_x(1, a);
    set_flags(entry);
    run(enc_ADD_imm(sf, sh, imm12, 1, 0));
    ck_assert_uint_eq(x(0), sum);
    ck_assert_uint_eq(flags(), entry);
    run(enc_ADDS_imm(sf, sh, imm12, 1, 2));
    ck_assert_uint_eq(x(2), sum);
    ck_assert_uint_eq(flags(), nzcv);
    const uint64_t difference = add_with_carry(sf, a, ~imm, true, &nzcv);
    set_flags(entry);
    run(enc_SUB_imm(sf, sh, imm12, 1, 0));
    ck_assert_uint_eq(x(0), difference);
    ck_assert_uint_eq(flags(), entry);
    run(enc_SUBS_imm(sf, sh, imm12, 1, 2));
    ck_assert_uint_eq(x(2), difference);
    ck_assert_uint_eq(flags(), nzcv);
    ck_assert_uint_eq(x(1), a);
}

START_TEST(add_and_sub_are_add_with_carry)
{
    for (unsigned form = 0; form < 4; form++)
        for (unsigned i = 0; i < IMMEDIATES; i++)
            for (unsigned c = 0; c < CORNERS; c++)
                check_add_sub(form & 1, form >> 1, immediates[i], corners[c]);
}
END_TEST

START_TEST(adds_signed_overflow_sets_v)
{
    set_x(1, INT64_MAX);
    run(enc_ADDS_imm(1, 0, 1, 1, 0));
    ck_assert_uint_eq(x(0), 0x8000000000000000);
    ck_assert_uint_eq(flags(), N | V);
    set_x(1, INT32_MAX);
    run(enc_ADDS_imm(0, 0, 1, 1, 0));
    ck_assert_uint_eq(x(0), 0x80000000);
    ck_assert_uint_eq(flags(), N | V);
}
END_TEST

START_TEST(adds_unsigned_overflow_sets_c)
{
    set_x(1, UINT64_MAX);
    run(enc_ADDS_imm(1, 0, 1, 1, 0));
    ck_assert_uint_eq(x(0), 0);
    ck_assert_uint_eq(flags(), Z | C);
    set_x(1, UINT32_MAX);
    run(enc_ADDS_imm(0, 0, 1, 1, 0));
    ck_assert_uint_eq(x(0), 0);
    ck_assert_uint_eq(flags(), Z | C);
}
END_TEST

START_TEST(subs_sets_c_where_it_does_not_borrow)
{
    set_x(1, 0);
    run(enc_SUBS_imm(1, 0, 0, 1, 0));
    ck_assert_uint_eq(flags(), Z | C);
    run(enc_SUBS_imm(1, 0, 1, 1, 0));
    ck_assert_uint_eq(flags(), N);
    set_x(1, (uint64_t)INT64_MIN);
    run(enc_SUBS_imm(1, 0, 1, 1, 0));
    ck_assert_uint_eq(flags(), C | V);
    set_x(1, 0x80000000);
    run(enc_SUBS_imm(0, 0, 1, 1, 0));
    ck_assert_uint_eq(flags(), C | V);
}
END_TEST

START_TEST(register_31_is_sp_for_add_and_the_source_of_adds)
{
    set_x(SP, 0x1000);
    run(enc_ADD_imm(1, 0, 0, 31, 0)); /* mov x0, sp */
    ck_assert_uint_eq(x(0), 0x1000);
    run(enc_SUB_imm(1, 0, 0x20, 31, 31));
    ck_assert_uint_eq(x(SP), 0xfe0);
    run(enc_ADD_imm(1, 1, 1, 31, 31));
    ck_assert_uint_eq(x(SP), 0x1fe0);
    run(enc_SUB_imm(1, 0, 1, 31, 31)); /* an SP may be misaligned as long as nobody uses it */
    ck_assert_uint_eq(x(SP), 0x1fdf);
    run(enc_ADDS_imm(1, 0, 1, 31, 1));
    ck_assert_uint_eq(x(1), 0x1fe0);
    set_x(2, 0xabcdef0123456789);
    run(enc_ADD_imm(1, 0, 0, 2, 31)); /* mov sp, x2 */
    ck_assert_uint_eq(x(SP), 0xabcdef0123456789);
    run(enc_ADD_imm(0, 0, 1, 2, 31)); /* add wsp, w2, #1 */
    ck_assert_uint_eq(x(SP), 0x2345678a);
    run(enc_SUB_imm(0, 0, 0xff, 31, 31));
    ck_assert_uint_eq(x(SP), 0x2345668b);
    set_x(SP, 0xffffffff00000000);
    run(enc_SUB_imm(0, 0, 16, 31, 31));
    ck_assert_uint_eq(x(SP), 0xfffffff0);
}
END_TEST

START_TEST(the_flag_setting_forms_discard_register_31)
{
    set_x(SP, 0x1000);
    set_x(1, 5);
    run(enc_SUBS_imm(1, 0, 5, 1, 31)); /* cmp x1, #5 */
    ck_assert_uint_eq(flags(), Z | C);
    run(enc_ADDS_imm(1, 0, 5, 1, 31));
    run(enc_ANDS_imm(1, 1, 0, 0, 1, 31)); /* tst x1, #1 */
    ck_assert_uint_eq(flags(), 0);
    ck_assert_uint_eq(x(SP), 0x1000);
}
END_TEST

START_TEST(a_register_can_be_source_and_destination)
{
    set_x(3, 7);
    run(enc_ADD_imm(1, 0, 1, 3, 3));
    run(enc_SUBS_imm(1, 0, 2, 3, 3));
    ck_assert_uint_eq(x(3), 6);
}
END_TEST

/* -- logical -- */

/* The mask of a 64-bit immediate, bit by bit; its low half with sf = 0. */
static bool mask_of(bool sf, unsigned n, unsigned immr, unsigned imms, uint64_t *mask)
{
    unsigned size = n ? 64 : 32;
    for (unsigned stop = 0x20; !n && (imms & stop); stop >>= 1)
        size /= 2;
    if (size < 2 || (!sf && n) || imms % size == size - 1)
        return false;
    *mask = 0;
    for (unsigned bit = 0; bit < (sf ? 64 : 32); bit++)
        if ((bit + immr) % size <= imms % size)
            *mask |= 1ull << bit;
    return true;
}

static void check_logical(bool sf, uint64_t mask, unsigned n, unsigned immr, unsigned imms)
{
    const uint64_t a = sf ? PATTERN : (uint32_t)PATTERN;
    set_flags(C | V);
    run(enc_AND_imm(sf, n, immr, imms, 1, 0));
    ck_assert_uint_eq(x(0), a & mask);
    run(enc_ORR_imm(sf, n, immr, imms, 1, 0));
    ck_assert_uint_eq(x(0), a | mask);
    run(enc_EOR_imm(sf, n, immr, imms, 1, 0));
    ck_assert_uint_eq(x(0), a ^ mask);
    run(enc_ORR_imm(sf, n, immr, imms, 31, 0)); /* mov x0, #mask */
    ck_assert_uint_eq(x(0), mask);
    ck_assert_uint_eq(flags(), C | V);
    run(enc_ANDS_imm(sf, n, immr, imms, 1, 0));
    ck_assert_uint_eq(x(0), a & mask);
    ck_assert_uint_eq(flags(), logical_flags(sf, a & mask)); /* C and V are cleared */
}

START_TEST(logical_operations_with_every_bitmask)
{
    set_x(1, PATTERN);
    for (unsigned i = 0; i < 1u << 14; i++) {
        unsigned sf = i >> 13, n = i >> 12 & 1, immr = i >> 6 & 63, imms = i & 63;
        uint64_t mask;
        if (mask_of(sf, n, immr, imms, &mask))
            check_logical(sf, mask, n, immr, imms);
        else if (immr % 16 == 3)
            expect_undefined(enc_AND_imm(sf, n, immr, imms, 1, 0));
    }
}
END_TEST

START_TEST(logical_operations_write_sp_and_read_zero)
{
    set_x(SP, 0x5555);
    set_x(1, 0xfff7);
    run(enc_AND_imm(1, 1, 60, 59, 1, 31)); /* and sp, x1, #~15 */
    ck_assert_uint_eq(x(SP), 0xfff0);
    run(enc_ORR_imm(1, 1, 0, 3, 1, 31)); /* orr sp, x1, #15 */
    ck_assert_uint_eq(x(SP), 0xffff);
    run(enc_EOR_imm(1, 1, 0, 3, 1, 31));
    ck_assert_uint_eq(x(SP), 0xfff8);
    run(enc_ORR_imm(1, 1, 0, 3, 31, 31)); /* mov sp, #15: the source is XZR */
    ck_assert_uint_eq(x(SP), 15);
    set_x(1, 0xffffffff0000fff7);
    run(enc_AND_imm(0, 0, 28, 27, 1, 31)); /* and wsp, w1, #~15 */
    ck_assert_uint_eq(x(SP), 0xfff0);
    run(enc_AND_imm(1, 1, 0, 3, 31, 0));
    ck_assert_uint_eq(x(0), 0);
}
END_TEST

/* -- move wide -- */

START_TEST(move_wide_places_16_bits)
{
    for (unsigned hw = 0; hw < 4; hw++) {
        set_x(0, PATTERN);
        run(enc_MOVZ(1, hw, 0xfedc, 0));
        ck_assert_uint_eq(x(0), 0xfedcull << 16 * hw);
        run(enc_MOVN(1, hw, 0xfedc, 0));
        ck_assert_uint_eq(x(0), ~(0xfedcull << 16 * hw));
        set_x(0, PATTERN);
        run(enc_MOVK(1, hw, 0xfedc, 0));
        ck_assert_uint_eq(x(0), (PATTERN & ~(0xffffull << 16 * hw)) | 0xfedcull << 16 * hw);
    }
}
END_TEST

START_TEST(move_wide_to_w_clears_the_upper_half)
{
    for (unsigned hw = 0; hw < 2; hw++) {
        set_x(0, PATTERN);
        run(enc_MOVK(0, hw, 0xfedc, 0));
        ck_assert_uint_eq(x(0), hw ? 0xfedc2211 : 0x4433fedc);
        set_x(0, PATTERN);
        run(enc_MOVN(0, hw, 0x1234, 0));
        ck_assert_uint_eq(x(0), hw ? 0xedcbffff : 0xffffedcb);
        run(enc_MOVZ(0, hw, 0xffff, 0));
        ck_assert_uint_eq(x(0), hw ? 0xffff0000 : 0x0000ffff);
    }
}
END_TEST

START_TEST(move_wide_to_w_has_no_upper_halfwords)
{
    for (unsigned hw = 2; hw < 4; hw++) {
        expect_undefined(enc_MOVZ(0, hw, 1, 0));
        expect_undefined(enc_MOVN(0, hw, 1, 0));
        expect_undefined(enc_MOVK(0, hw, 1, 0));
    }
}
END_TEST

START_TEST(move_wide_to_register_31_discards)
{
    set_x(SP, DATA);
    run(enc_MOVZ(1, 0, 1, 31));
    run(enc_MOVN(1, 0, 1, 31));
    run(enc_MOVK(1, 0, 1, 31));
    ck_assert_uint_eq(x(SP), DATA);
}
END_TEST

/* -- bitfield -- */

/* Where the field goes, bit by bit: immr..imms to bit 0, or 0..imms to bit (size - immr). */
static uint64_t move_field(unsigned size, unsigned immr, unsigned imms, uint64_t source,
                           uint64_t old, uint64_t fill)
{
    unsigned width = imms >= immr ? imms - immr + 1 : imms + 1;
    unsigned from = imms >= immr ? immr : 0, to = imms >= immr ? 0 : size - immr;
    uint64_t result = 0;
    for (unsigned bit = 0; bit < size; bit++) {
        uint64_t origin = bit < to           ? old >> bit
                          : bit < to + width ? source >> (bit - to + from)
                                             : fill >> bit;
        result |= (origin & 1) << bit;
    }
    return result;
}

static void check_bitfield(bool sf, unsigned immr, unsigned imms, uint64_t source)
{
    const unsigned size = sf ? 64 : 32;
    const uint64_t old = ~PATTERN, sign = source >> imms & 1 ? UINT64_MAX : 0;
    set_x(1, source);
    set_x(0, old);
    run(enc_BFM(sf, sf, immr, imms, 1, 0));
    ck_assert_msg(x(0) == move_field(size, immr, imms, source, old, old), "bfm %u %u", immr, imms);
    run(enc_UBFM(sf, sf, immr, imms, 1, 0));
    ck_assert_msg(x(0) == move_field(size, immr, imms, source, 0, 0), "ubfm %u %u", immr, imms);
    run(enc_SBFM(sf, sf, immr, imms, 1, 0));
    ck_assert_msg(x(0) == move_field(size, immr, imms, source, 0, sign), "sbfm %u %u", immr, imms);
}

START_TEST(bitfields_of_every_position_and_width)
{
    for (unsigned sf = 0; sf < 2; sf++) {
        for (unsigned immr = 0; immr < (sf ? 64 : 32); immr++) {
            for (unsigned imms = 0; imms < (sf ? 64 : 32); imms++) {
                check_bitfield(sf, immr, imms, PATTERN);
                check_bitfield(sf, immr, imms, 0xa5a5a5a5c3c3c3c3);
            }
        }
    }
}
END_TEST

/* The aliases that handlers are specialised for. */
START_TEST(shifts_and_extends_by_immediate)
{
    set_x(1, 0x80000000000000ff);
    run(enc_UBFM(1, 1, 63, 62, 1, 0)); /* lsl #1 */
    ck_assert_uint_eq(x(0), 0x1fe);
    run(enc_UBFM(1, 1, 1, 0, 1, 0)); /* lsl #63 */
    ck_assert_uint_eq(x(0), 0x8000000000000000);
    run(enc_UBFM(1, 1, 63, 63, 1, 0)); /* lsr #63 */
    ck_assert_uint_eq(x(0), 1);
    run(enc_SBFM(1, 1, 63, 63, 1, 0)); /* asr #63 */
    ck_assert_uint_eq(x(0), UINT64_MAX);
    run(enc_SBFM(1, 1, 0, 7, 1, 0)); /* sxtb */
    ck_assert_uint_eq(x(0), UINT64_MAX);
    run(enc_SBFM(0, 0, 0, 7, 1, 0)); /* sxtb w */
    ck_assert_uint_eq(x(0), 0xffffffff);
    set_x(1, 0xffffffff80008080);
    run(enc_UBFM(0, 0, 0, 7, 1, 0)); /* uxtb */
    ck_assert_uint_eq(x(0), 0x80);
    run(enc_UBFM(0, 0, 0, 15, 1, 0)); /* uxth */
    ck_assert_uint_eq(x(0), 0x8080);
    run(enc_SBFM(1, 1, 0, 15, 1, 0)); /* sxth */
    ck_assert_uint_eq(x(0), 0xffffffffffff8080);
    run(enc_SBFM(1, 1, 0, 31, 1, 0)); /* sxtw */
    ck_assert_uint_eq(x(0), 0xffffffff80008080);
    run(enc_UBFM(0, 0, 31, 31, 1, 0)); /* lsr w #31 */
    ck_assert_uint_eq(x(0), 1);
    run(enc_SBFM(0, 0, 31, 31, 1, 0)); /* asr w #31 */
    ck_assert_uint_eq(x(0), 0xffffffff);
    run(enc_UBFM(0, 0, 1, 0, 1, 0)); /* lsl w #31: bit 0 is 0 */
    ck_assert_uint_eq(x(0), 0);
}
END_TEST

START_TEST(bitfields_read_zero_and_discard_in_register_31)
{
    set_x(SP, DATA);
    set_x(0, UINT64_MAX);
    run(enc_BFM(1, 1, 0, 7, 31, 0)); /* bfc x0, #0, #8 */
    ck_assert_uint_eq(x(0), 0xffffffffffffff00);
    run(enc_BFM(1, 1, 0, 7, 0, 31));
    run(enc_UBFM(1, 1, 0, 7, 0, 31));
    ck_assert_uint_eq(x(SP), DATA);
}
END_TEST

START_TEST(bitfield_width_must_fit_the_register)
{
    expect_undefined(enc_UBFM(1, 0, 0, 0, 1, 0));
    expect_undefined(enc_SBFM(0, 1, 0, 0, 1, 0));
    expect_undefined(enc_BFM(0, 0, 32, 0, 1, 0));
    expect_undefined(enc_BFM(0, 0, 0, 32, 1, 0));
}
END_TEST

/* -- extract -- */

START_TEST(extr_takes_a_register_out_of_two)
{
    set_x(1, PATTERN);
    set_x(2, 0xa5a5a5a5c3c3c3c3);
    for (unsigned lsb = 0; lsb < 64; lsb++) {
        unsigned __int128 pair = (unsigned __int128)PATTERN << 64 | 0xa5a5a5a5c3c3c3c3;
        run(enc_EXTR(1, 1, 2, lsb, 1, 0));
        ck_assert_uint_eq(x(0), (uint64_t)(pair >> lsb));
    }
    for (unsigned lsb = 0; lsb < 32; lsb++) {
        uint64_t pair = (uint64_t)(uint32_t)PATTERN << 32 | 0xc3c3c3c3;
        run(enc_EXTR(0, 0, 2, lsb, 1, 0));
        ck_assert_uint_eq(x(0), (uint32_t)(pair >> lsb));
    }
    run(enc_EXTR(1, 1, 1, 8, 1, 1)); /* ror x1, x1, #8 */
    ck_assert_uint_eq(x(1), 0x1188776655443322);
}
END_TEST

START_TEST(extr_lsb_must_fit_the_register)
{
    expect_undefined(enc_EXTR(0, 0, 2, 32, 1, 0));
    expect_undefined(enc_EXTR(1, 0, 2, 0, 1, 0));
    expect_undefined(enc_EXTR(0, 1, 2, 0, 1, 0));
}
END_TEST

static void add_tests(TCase *tc)
{
    tcase_add_test(tc, adr_adds_21_signed_bits_to_the_pc);
    tcase_add_test(tc, adrp_adds_pages_to_the_page_of_the_pc);
    tcase_add_test(tc, adr_and_adrp_to_register_31_discard);
    tcase_add_test(tc, add_and_sub_are_add_with_carry);
    tcase_add_test(tc, adds_signed_overflow_sets_v);
    tcase_add_test(tc, adds_unsigned_overflow_sets_c);
    tcase_add_test(tc, subs_sets_c_where_it_does_not_borrow);
    tcase_add_test(tc, register_31_is_sp_for_add_and_the_source_of_adds);
    tcase_add_test(tc, the_flag_setting_forms_discard_register_31);
    tcase_add_test(tc, a_register_can_be_source_and_destination);
    tcase_add_test(tc, logical_operations_with_every_bitmask);
    tcase_add_test(tc, logical_operations_write_sp_and_read_zero);
    tcase_add_test(tc, move_wide_places_16_bits);
    tcase_add_test(tc, move_wide_to_w_clears_the_upper_half);
    tcase_add_test(tc, move_wide_to_w_has_no_upper_halfwords);
    tcase_add_test(tc, move_wide_to_register_31_discards);
    tcase_add_test(tc, bitfields_of_every_position_and_width);
    tcase_add_test(tc, shifts_and_extends_by_immediate);
    tcase_add_test(tc, bitfields_read_zero_and_discard_in_register_31);
    tcase_add_test(tc, bitfield_width_must_fit_the_register);
    tcase_add_test(tc, extr_takes_a_register_out_of_two);
    tcase_add_test(tc, extr_lsb_must_fit_the_register);
}

int main(void)
{
    return insn_run_suite("dp_imm", add_tests);
}
