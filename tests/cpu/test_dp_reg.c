/* SPDX-License-Identifier: MIT */
/*
 * Data processing - register. Expected values: Arm ARM C6.2, by instruction.
 */
#include "tests/cpu/insn.h"

#define PATTERN 0x8877665544332211ull

/* The width of an operation applied to a value. */
static uint64_t cut(bool sf, uint64_t value)
{
    return sf ? value : (uint32_t)value;
}

/* Arm ARM J1, ShiftReg, bit by bit. */
enum { LSL, LSR, ASR, ROR };
static uint64_t shift_reg(bool sf, uint64_t value, unsigned type, unsigned amount)
{
    unsigned size = sf ? 64 : 32;
    uint64_t result = 0;
    for (unsigned bit = 0; bit < size; bit++) {
        unsigned from = type == LSL ? bit - amount : bit + amount;
        if (type == ROR)
            from %= size;
        else if (type == ASR && from >= size)
            from = size - 1;
        if (from < size)
            result |= (value >> from & 1) << bit;
    }
    return result;
}

static const unsigned amounts[] = { 0, 1, 7, 31, 32, 63 };
#define AMOUNTS (sizeof(amounts) / sizeof(amounts[0]))

/* -- logical (shifted register) -- */

typedef uint32_t encode_shifted(uint32_t sf, uint32_t shift, uint32_t Rm, uint32_t imm6,
                                uint32_t Rn, uint32_t Rd);

static void check_logic(encode_shifted *encode, bool sf, unsigned type, unsigned amount,
                        uint64_t expected, bool set_flags_too)
{
    expected = cut(sf, expected);
    set_flags(C | V);
    run(encode(sf, type, 2, amount, 1, 0));
    ck_assert_uint_eq(x(0), expected);
    ck_assert_uint_eq(flags(), set_flags_too ? logical_flags(sf, expected) : C | V);
}

static void check_logic_of(bool sf, unsigned type, unsigned amount, uint64_t a, uint64_t m)
{
    const uint64_t b = shift_reg(sf, m, type, amount);
    set_x(1, a);
    set_x(2, m);
    check_logic(enc_AND_shift, sf, type, amount, a & b, false);
    check_logic(enc_BIC_shift, sf, type, amount, a & ~b, false);
    check_logic(enc_ORR_shift, sf, type, amount, a | b, false);
    check_logic(enc_ORN_shift, sf, type, amount, a | ~b, false);
    check_logic(enc_EOR_shift, sf, type, amount, a ^ b, false);
    check_logic(enc_EON_shift, sf, type, amount, a ^ ~b, false);
    check_logic(enc_ANDS_shift, sf, type, amount, a & b, true);
    check_logic(enc_BICS_shift, sf, type, amount, a & ~b, true);
}

START_TEST(logical_operations_shift_their_second_operand)
{
    for (unsigned form = 0; form < 8; form++) {
        for (unsigned i = 0; i < AMOUNTS; i++) {
            bool sf = form & 1;
            if (!sf && amounts[i] >= 32)
                continue;
            check_logic_of(sf, form >> 1, amounts[i], 0xf0f0f0f00f0f0f0f, PATTERN);
            check_logic_of(sf, form >> 1, amounts[i], UINT64_MAX, 0x8000000080000000);
            check_logic_of(sf, form >> 1, amounts[i], 0x7fffffff, 0x4000000080000001);
        }
    }
}
END_TEST

START_TEST(logical_operations_read_zero_and_discard_in_register_31)
{
    set_x(SP, DATA);
    set_x(1, PATTERN);
    run(enc_ORR_shift(1, LSL, 1, 0, 31, 0)); /* mov x0, x1 */
    ck_assert_uint_eq(x(0), PATTERN);
    run(enc_ORR_shift(0, LSL, 1, 0, 31, 0)); /* mov w0, w1 */
    ck_assert_uint_eq(x(0), 0x44332211);
    run(enc_ORR_shift(0, LSR, 1, 4, 31, 0));
    ck_assert_uint_eq(x(0), 0x4433221);
    run(enc_ORR_shift(1, LSL, 31, 0, 31, 0)); /* mov x0, xzr */
    ck_assert_uint_eq(x(0), 0);
    run(enc_ORN_shift(0, LSL, 31, 0, 31, 0)); /* mvn w0, wzr */
    ck_assert_uint_eq(x(0), 0xffffffff);
    run(enc_ORR_shift(1, LSL, 1, 0, 31, 31));
    run(enc_ANDS_shift(1, LSL, 1, 0, 1, 31));
    ck_assert_uint_eq(flags(), N);
    ck_assert_uint_eq(x(SP), DATA);
}
END_TEST

/* -- add, subtract -- */

typedef uint32_t encode_extended(uint32_t sf, uint32_t Rm, uint32_t option, uint32_t imm3,
                                 uint32_t Rn, uint32_t Rd);

static void check_sum(uint32_t plain, uint32_t setting, bool sf, uint64_t a, uint64_t b,
                      bool subtract)
{
    unsigned nzcv;
    const uint64_t expected = add_with_carry(sf, a, subtract ? ~b : b, subtract, &nzcv);
    set_flags(Z | V);
    run(plain);
    ck_assert_uint_eq(x(0), expected);
    ck_assert_uint_eq(flags(), Z | V);
    set_x(0, ~expected);
    run(setting);
    ck_assert_uint_eq(x(0), expected);
    ck_assert_uint_eq(flags(), nzcv);
}

static void check_add_sub_shifted(bool sf, unsigned type, unsigned amount, uint64_t a, uint64_t m)
{
    const uint64_t b = shift_reg(sf, m, type, amount);
    set_x(1, a);
    set_x(2, m);
    check_sum(enc_ADD_shift(sf, type, 2, amount, 1, 0), enc_ADDS_shift(sf, type, 2, amount, 1, 0),
              sf, a, b, false);
    check_sum(enc_SUB_shift(sf, type, 2, amount, 1, 0), enc_SUBS_shift(sf, type, 2, amount, 1, 0),
              sf, a, b, true);
}

START_TEST(add_and_sub_of_shifted_registers)
{
    for (unsigned form = 0; form < 6; form++)
        for (unsigned i = 0; i < AMOUNTS; i++)
            for (unsigned c = 0; c < CORNERS * CORNERS && ((form & 1) || amounts[i] < 32); c++)
                check_add_sub_shifted(form & 1, form >> 1, amounts[i], corners[c / CORNERS],
                                      corners[c % CORNERS]);
}
END_TEST

/* Arm ARM J1, ExtendReg: the low 8 << (option & 3) bits, extended by zeros or by their sign. */
static uint64_t extend_reg(bool sf, uint64_t value, unsigned option, unsigned shift)
{
    unsigned length = 8u << (option & 3);
    uint64_t sign = option & 4 ? value >> (length - 1) & 1 : 0, result = 0;
    for (unsigned bit = 0; bit + shift < (sf ? 64 : 32); bit++)
        result |= (bit < length ? value >> bit & 1 : sign) << (bit + shift);
    return result;
}

static void check_add_sub_extended(bool sf, unsigned option, unsigned shift, uint64_t a, uint64_t m)
{
    const uint64_t b = extend_reg(sf, m, option, shift);
    set_x(1, a);
    set_x(2, m);
    check_sum(enc_ADD_ext(sf, 2, option, shift, 1, 0), enc_ADDS_ext(sf, 2, option, shift, 1, 0), sf,
              a, b, false);
    check_sum(enc_SUB_ext(sf, 2, option, shift, 1, 0), enc_SUBS_ext(sf, 2, option, shift, 1, 0), sf,
              a, b, true);
}

START_TEST(add_and_sub_of_extended_registers)
{
    static const uint64_t operands[] = { 0,          0x7f,       0x80,    0x7fff,    0x8000,
                                         0x7fffffff, 0x80000000, PATTERN, UINT64_MAX };
    for (unsigned form = 0; form < 16 * 5; form++)
        for (unsigned i = 0; i < sizeof(operands) / sizeof(operands[0]); i++)
            for (unsigned c = 0; c < CORNERS; c += 3)
                check_add_sub_extended(form & 1, form >> 1 & 7, form / 16, corners[c], operands[i]);
}
END_TEST

/* UXTX #0 with SP is how `add sp, sp, x1` and `cmp sp, x1` are written. */
START_TEST(extended_forms_read_and_write_sp)
{
    set_x(SP, 0x10000);
    set_x(1, 0xffffffff00000020);
    run(enc_SUB_ext(1, 1, 3, 0, 31, 0));
    ck_assert_uint_eq(x(0), 0xffffffe0 + 0x10000ull);
    for (unsigned option = 0; option < 8; option++) {
        uint64_t b = extend_reg(true, 0xffffffff00000020, option, 2),
                 w = extend_reg(false, 0xffffffff00000020, option, 2);
        set_x(SP, 0x10000);
        run(enc_ADD_ext(1, 1, option, 2, 31, 31));
        ck_assert_uint_eq(x(SP), 0x10000 + b);
        run(enc_SUB_ext(1, 1, option, 2, 31, 31));
        ck_assert_uint_eq(x(SP), 0x10000);
        run(enc_SUB_ext(0, 1, option, 2, 31, 31));
        ck_assert_uint_eq(x(SP), (uint32_t)(0x10000 - w));
        run(enc_ADD_ext(0, 1, option, 2, 31, 31));
        ck_assert_uint_eq(x(SP), 0x10000);
    }
    set_x(1, 0x10000);
    run(enc_SUBS_ext(1, 1, 3, 0, 31, 31)); /* cmp sp, x1 */
    ck_assert_uint_eq(flags(), Z | C);
    run(enc_ADDS_ext(1, 31, 3, 0, 31, 0)); /* Rm 31 is XZR */
    ck_assert_uint_eq(x(0), 0x10000);
    ck_assert_uint_eq(x(SP), 0x10000);
}
END_TEST

START_TEST(shifted_forms_read_zero_in_register_31)
{
    set_x(SP, DATA);
    set_x(1, 5);
    run(enc_SUB_shift(1, LSL, 1, 0, 31, 0)); /* neg x0, x1 */
    ck_assert_uint_eq(x(0), (uint64_t)-5);
    run(enc_ADD_shift(1, LSL, 1, 0, 1, 31));
    run(enc_SUBS_shift(1, LSL, 1, 0, 1, 31)); /* cmp x1, x1 */
    ck_assert_uint_eq(flags(), Z | C);
    ck_assert_uint_eq(x(SP), DATA);
}
END_TEST

START_TEST(reserved_shifts_and_extends_are_undefined)
{
    expect_undefined(enc_ADD_shift(1, ROR, 2, 0, 1, 0));
    expect_undefined(enc_SUBS_shift(0, LSL, 2, 32, 1, 0));
    expect_undefined(enc_AND_shift(0, LSL, 2, 32, 1, 0));
    expect_undefined(enc_ADD_ext(1, 2, 3, 5, 1, 0));
}
END_TEST

/* -- with carry -- */

static void check_carry(bool sf, uint64_t a, uint64_t b, bool carry)
{
    unsigned nzcv, entry = carry ? C | Z : N | V;
    set_x(1, a);
    set_x(2, b);
    uint64_t sum = add_with_carry(sf, a, b, carry, &nzcv);
    set_flags(entry);
    run(enc_ADC(sf, 2, 1, 0));
    ck_assert_uint_eq(x(0), sum);
    ck_assert_uint_eq(flags(), entry);
    run(enc_ADCS(sf, 2, 1, 0));
    ck_assert_uint_eq(x(0), sum);
    ck_assert_uint_eq(flags(), nzcv);
    uint64_t difference = add_with_carry(sf, a, ~b, carry, &nzcv);
    set_flags(entry);
    run(enc_SBC(sf, 2, 1, 0));
    ck_assert_uint_eq(x(0), difference);
    ck_assert_uint_eq(flags(), entry);
    run(enc_SBCS(sf, 2, 1, 0));
    ck_assert_uint_eq(x(0), difference);
    ck_assert_uint_eq(flags(), nzcv);
}

START_TEST(adc_and_sbc_take_the_carry_in)
{
    for (unsigned sf = 0; sf < 2; sf++)
        for (unsigned c = 0; c < 2 * CORNERS * CORNERS; c++)
            check_carry(sf, corners[c / 2 / CORNERS], corners[c / 2 % CORNERS], c & 1);
}
END_TEST

START_TEST(adcs_of_all_ones_and_carry_carries_out)
{
    set_x(1, 7);
    set_x(2, UINT64_MAX);
    set_flags(C);
    run(enc_ADCS(1, 2, 1, 0));
    ck_assert_uint_eq(x(0), 7);
    ck_assert_uint_eq(flags(), C);
    run(enc_SBCS(1, 31, 1, 0)); /* 7 - 0 - !C */
    ck_assert_uint_eq(x(0), 7);
    ck_assert_uint_eq(flags(), C);
}
END_TEST

/* -- conditions -- */

/* Arm ARM J1, ConditionHolds. */
static bool holds(unsigned cond, unsigned nzcv)
{
    bool n = nzcv & N, z = nzcv & Z, c = nzcv & C, v = nzcv & V, result = true;
    switch (cond >> 1) {
    case 0:
        result = z;
        break;
    case 1:
        result = c;
        break;
    case 2:
        result = n;
        break;
    case 3:
        result = v;
        break;
    case 4:
        result = c && !z;
        break;
    case 5:
        result = n == v;
        break;
    case 6:
        result = n == v && !z;
        break;
    }
    return (cond & 1) && cond != 15 ? !result : result;
}

START_TEST(csel_family_by_every_condition_and_flags)
{
    const uint64_t a = 0x1111111122222222, b = 0x80000000ffffffff;
    set_x(1, a);
    set_x(2, b);
    for (unsigned i = 0; i < 16 * 16 * 2; i++) {
        unsigned cond = i & 15, nzcv = i >> 4 & 15, sf = i >> 8;
        bool yes = holds(cond, nzcv);
        set_flags(nzcv);
        run(enc_CSEL(sf, 2, cond, 1, 0));
        ck_assert_msg(x(0) == cut(sf, yes ? a : b), "csel %u %x", cond, nzcv);
        run(enc_CSINC(sf, 2, cond, 1, 0));
        ck_assert_uint_eq(x(0), cut(sf, yes ? a : b + 1));
        run(enc_CSINV(sf, 2, cond, 1, 0));
        ck_assert_uint_eq(x(0), cut(sf, yes ? a : ~b));
        run(enc_CSNEG(sf, 2, cond, 1, 0));
        ck_assert_uint_eq(x(0), cut(sf, yes ? a : -b));
        ck_assert_uint_eq(flags(), nzcv);
    }
}
END_TEST

START_TEST(cset_and_csetm_use_the_zero_register)
{
    set_flags(Z);
    run(enc_CSINC(1, 31, NE, 31, 0)); /* cset x0, eq */
    ck_assert_uint_eq(x(0), 1);
    run(enc_CSINV(0, 31, NE, 31, 0)); /* csetm w0, eq */
    ck_assert_uint_eq(x(0), 0xffffffff);
    run(enc_CSINC(1, 31, EQ, 31, 0));
    ck_assert_uint_eq(x(0), 0);
}
END_TEST

static void check_compare(bool sf, unsigned cond, unsigned entry, uint64_t a, unsigned b)
{
    const unsigned otherwise = (cond * 7 + b + entry) & 15;
    unsigned sum, difference;
    add_with_carry(sf, a, b, false, &sum);
    add_with_carry(sf, a, ~(uint64_t)b, true, &difference);
    if (!holds(cond, entry))
        sum = difference = otherwise;
    set_x(1, a);
    set_x(2, b | 0xffffffff00000000 * !sf);
    set_flags(entry);
    run(enc_CCMN_imm(sf, b, cond, 1, otherwise));
    ck_assert_uint_eq(flags(), sum);
    set_flags(entry);
    run(enc_CCMN_reg(sf, 2, cond, 1, otherwise));
    ck_assert_uint_eq(flags(), sum);
    set_flags(entry);
    run(enc_CCMP_imm(sf, b, cond, 1, otherwise));
    ck_assert_uint_eq(flags(), difference);
    set_flags(entry);
    run(enc_CCMP_reg(sf, 2, cond, 1, otherwise));
    ck_assert_uint_eq(flags(), difference);
}

START_TEST(ccmp_and_ccmn_by_every_condition_and_flags)
{
    for (unsigned i = 0; i < 16 * 16 * 2; i++) {
        for (unsigned c = 0; c < CORNERS; c += 3)
            check_compare(i >> 8, i & 15, i >> 4 & 15, corners[c], (i + c) & 31);
        check_compare(i >> 8, i & 15, i >> 4 & 15, 31, 31);
    }
}
END_TEST

/* A compare never makes N and Z at once; CCMP's else-flags can, and every condition must then see
 * both. */
START_TEST(ccmp_can_set_n_and_z_together)
{
    for (unsigned otherwise = 0; otherwise < 16; otherwise++) {
        for (unsigned cond = 0; cond < 16; cond++) {
            set_flags(Z);
            run(enc_CCMP_imm(1, 0, NE, 1, otherwise));
            ck_assert_uint_eq(flags(), otherwise);
            set_x(1, 1);
            run(enc_CSEL(1, 31, cond, 1, 0));
            ck_assert_uint_eq(x(0), holds(cond, otherwise));
        }
    }
}
END_TEST

/* -- two sources -- */

static void two(bool sf, uint32_t word, uint64_t a, uint64_t b, uint64_t expected)
{
    set_x(1, a);
    set_x(2, b);
    run(word);
    ck_assert_msg(x(0) == cut(sf, expected), "%08x of %#lx, %#lx: %#lx", word, a, b, x(0));
}

START_TEST(division_by_zero_gives_zero)
{
    for (unsigned sf = 0; sf < 2; sf++) {
        for (unsigned c = 0; c < CORNERS; c++) {
            two(sf, enc_UDIV(sf, 2, 1, 0), corners[c], 0, 0);
            two(sf, enc_SDIV(sf, 2, 1, 0), corners[c], 0, 0);
        }
    }
    two(false, enc_UDIV(0, 2, 1, 0), 5, 0xffffffff00000000, 0);
}
END_TEST

START_TEST(the_most_negative_number_divided_by_minus_one_is_itself)
{
    two(true, enc_SDIV(1, 2, 1, 0), (uint64_t)INT64_MIN, UINT64_MAX, (uint64_t)INT64_MIN);
    two(false, enc_SDIV(0, 2, 1, 0), 0x80000000, 0xffffffff, 0x80000000);
    two(true, enc_SDIV(1, 2, 1, 0), 0x80000000, UINT64_MAX, 0xffffffff80000000);
}
END_TEST

START_TEST(division_rounds_towards_zero)
{
    two(true, enc_SDIV(1, 2, 1, 0), (uint64_t)-7, 2, (uint64_t)-3);
    two(true, enc_SDIV(1, 2, 1, 0), 7, (uint64_t)-2, (uint64_t)-3);
    two(false, enc_SDIV(0, 2, 1, 0), (uint32_t)-7, (uint32_t)-2, 3);
    two(false, enc_SDIV(0, 2, 1, 0), 0x1234567800000007, 0x8765432100000002, 3);
    two(true, enc_UDIV(1, 2, 1, 0), (uint64_t)-7, 2, 0x7ffffffffffffffc);
    two(false, enc_UDIV(0, 2, 1, 0), (uint64_t)-7, 2, 0x7ffffffc);
    two(true, enc_UDIV(1, 2, 1, 0), UINT64_MAX, UINT64_MAX, 1);
}
END_TEST

START_TEST(shifts_by_register_are_modulo_the_width)
{
    static const uint64_t by[] = { 0, 1, 31, 32, 33, 63, 64, 65, 0x1000000000000003, UINT64_MAX };
    for (unsigned sf = 0; sf < 2; sf++) {
        for (unsigned i = 0; i < sizeof(by) / sizeof(by[0]); i++) {
            unsigned amount = by[i] % (sf ? 64 : 32);
            two(sf, enc_LSLV(sf, 2, 1, 0), PATTERN, by[i], shift_reg(sf, PATTERN, LSL, amount));
            two(sf, enc_LSRV(sf, 2, 1, 0), PATTERN, by[i], shift_reg(sf, PATTERN, LSR, amount));
            two(sf, enc_ASRV(sf, 2, 1, 0), PATTERN, by[i], shift_reg(sf, PATTERN, ASR, amount));
            two(sf, enc_ASRV(sf, 2, 1, 0), ~PATTERN, by[i], shift_reg(sf, ~PATTERN, ASR, amount));
            two(sf, enc_ASRV(sf, 2, 1, 0), 0x80000000, by[i],
                shift_reg(sf, 0x80000000, ASR, amount));
            two(sf, enc_RORV(sf, 2, 1, 0), PATTERN, by[i], shift_reg(sf, PATTERN, ROR, amount));
        }
    }
}
END_TEST

/* The check values of the CRC catalogues: CRC-32/ISO-HDLC and CRC-32/ISCSI of "123456789", both
 * inverted in and out. */
START_TEST(crc32_and_crc32c_of_the_check_string)
{
    const uint64_t text = 0x3837363534333231; /* "12345678" */
    for (unsigned c = 0; c < 2; c++) {
        uint32_t (*encode)(uint32_t, uint32_t, uint32_t, uint32_t, uint32_t) =
            c ? enc_CRC32C : enc_CRC32;
        for (unsigned sz = 0; sz < 4; sz++) {
            set_x(0, UINT32_MAX);
            for (unsigned at = 0; at < 64; at += 8u << sz) {
                set_x(2, text >> at | (sz < 3 ? 0xaa00000000000000
                                              : 0)); /* bits above the size do not count */
                run(encode(sz == 3, 2, sz, 0, 0));
            }
            set_x(2, '9');
            run(encode(0, 2, 0, 0, 0));
            ck_assert_uint_eq(x(0), c ? 0xe3069283 ^ UINT32_MAX : 0xcbf43926 ^ UINT32_MAX);
        }
    }
}
END_TEST

START_TEST(crc32_takes_32_bits_of_its_accumulator_and_gives_32)
{
    set_x(1, 0xffffffff00000000);
    set_x(2, 0);
    run(enc_CRC32(0, 2, 0, 1, 0));
    ck_assert_uint_eq(x(0), 0);
    set_x(2, 1);
    run(enc_CRC32(0, 2, 0, 1, 0));
    ck_assert_uint_eq(x(0), 0x77073096); /* the second entry of the well-known table */
    run(enc_CRC32C(0, 2, 0, 1, 0));
    ck_assert_uint_eq(x(0), 0xf26b8303);
}
END_TEST

START_TEST(crc32x_has_a_64_bit_source_and_the_others_32)
{
    expect_undefined(enc_CRC32(0, 2, 3, 1, 0));
    expect_undefined(enc_CRC32(1, 2, 2, 1, 0));
    expect_undefined(enc_CRC32C(1, 2, 0, 1, 0));
}
END_TEST

/* -- one source -- */

static void one(uint32_t word, uint64_t a, uint64_t expected)
{
    set_x(1, a);
    run(word);
    ck_assert_msg(x(0) == expected, "%08x of %#lx: %#lx", word, a, x(0));
}

START_TEST(rbit_reverses_bits)
{
    for (unsigned bit = 0; bit < 64; bit++) {
        one(enc_RBIT(1, 1, 0), 1ull << bit, 1ull << (63 - bit));
        one(enc_RBIT(0, 1, 0), 1ull << bit, bit < 32 ? 1ull << (31 - bit) : 0);
    }
}
END_TEST

START_TEST(rev_reverses_bytes_of_its_containers)
{
    one(enc_REV_64(1, 0), PATTERN, 0x1122334455667788);
    one(enc_REV32(1, 0), PATTERN, 0x5566778811223344);
    one(enc_REV16(1, 1, 0), PATTERN, 0x7788556633441122);
    one(enc_REV_32(1, 0), PATTERN, 0x11223344);
    one(enc_REV16(0, 1, 0), PATTERN, 0x33441122);
}
END_TEST

START_TEST(clz_counts_zeros_and_cls_copies_of_the_sign)
{
    one(enc_CLZ(1, 1, 0), 0, 64);
    one(enc_CLZ(0, 1, 0), 0xffffffff00000000, 32);
    one(enc_CLS(1, 1, 0), 0, 63);
    one(enc_CLS(1, 1, 0), UINT64_MAX, 63);
    one(enc_CLS(0, 1, 0), 0xffffffff, 31);
    one(enc_CLS(0, 1, 0), 0xffffffff00000000, 31);
    one(enc_CLS(1, 1, 0), 0xc000000000000000, 1);
    for (unsigned bit = 0; bit < 64; bit++) {
        one(enc_CLZ(1, 1, 0), 1ull << bit | 1, 63 - bit);
        one(enc_CLZ(0, 1, 0), 1ull << bit, bit < 32 ? 31 - bit : 32);
        one(enc_CLS(1, 1, 0), 1ull << bit, bit == 63 ? 0 : 62 - bit);
    }
}
END_TEST

/* -- three sources -- */

START_TEST(madd_and_msub_wrap)
{
    set_x(1, PATTERN);
    set_x(2, 0x1000000000000001);
    set_x(3, 5);
    run(enc_MADD(1, 2, 3, 1, 0));
    ck_assert_uint_eq(x(0), 0x9877665544332216); /* only 0x1 of 0x11 << 60 stays */
    run(enc_MSUB(1, 2, 3, 1, 0));
    ck_assert_uint_eq(x(0), 5 - 0x9877665544332211);
    run(enc_MADD(0, 2, 3, 1, 0));
    ck_assert_uint_eq(x(0), 0x44332216);
    set_x(1, 0xffffffff);
    set_x(2, 0xffffffff);
    run(enc_MADD(0, 2, 31, 1, 0)); /* mul */
    ck_assert_uint_eq(x(0), 1);
    run(enc_MSUB(0, 2, 31, 1, 0)); /* mneg */
    ck_assert_uint_eq(x(0), 0xffffffff);
}
END_TEST

START_TEST(long_multiplies_extend_their_32_bit_sources)
{
    set_x(1, 0x12345678ffffffff);
    set_x(2, 0x80000000);
    set_x(3, 0x100000000);
    run(enc_SMADDL(2, 3, 1, 0)); /* -1 * INT32_MIN */
    ck_assert_uint_eq(x(0), 0x180000000);
    run(enc_SMSUBL(2, 3, 1, 0));
    ck_assert_uint_eq(x(0), 0x80000000);
    run(enc_UMADDL(2, 3, 1, 0));
    ck_assert_uint_eq(x(0), 0x8000000080000000);
    run(enc_UMSUBL(2, 3, 1, 0));
    ck_assert_uint_eq(x(0), 0x8000000180000000);
}
END_TEST

START_TEST(high_multiplies_give_the_upper_half)
{
    two(true, enc_UMULH(2, 31, 1, 0), UINT64_MAX, UINT64_MAX, 0xfffffffffffffffe);
    two(true, enc_SMULH(2, 31, 1, 0), UINT64_MAX, UINT64_MAX, 0);
    two(true, enc_SMULH(2, 31, 1, 0), UINT64_MAX, 1, UINT64_MAX);
    two(true, enc_SMULH(2, 31, 1, 0), (uint64_t)INT64_MIN, (uint64_t)INT64_MIN, 0x4000000000000000);
    two(true, enc_UMULH(2, 31, 1, 0), (uint64_t)INT64_MIN, 2, 1);
    two(true, enc_UMULH(2, 0, 1, 0), 1ull << 32, 1ull << 32, 1); /* Ra is ignored */
}
END_TEST

static void add_tests(TCase *tc)
{
    tcase_add_test(tc, logical_operations_shift_their_second_operand);
    tcase_add_test(tc, logical_operations_read_zero_and_discard_in_register_31);
    tcase_add_test(tc, add_and_sub_of_shifted_registers);
    tcase_add_test(tc, add_and_sub_of_extended_registers);
    tcase_add_test(tc, extended_forms_read_and_write_sp);
    tcase_add_test(tc, shifted_forms_read_zero_in_register_31);
    tcase_add_test(tc, reserved_shifts_and_extends_are_undefined);
    tcase_add_test(tc, adc_and_sbc_take_the_carry_in);
    tcase_add_test(tc, adcs_of_all_ones_and_carry_carries_out);
    tcase_add_test(tc, csel_family_by_every_condition_and_flags);
    tcase_add_test(tc, cset_and_csetm_use_the_zero_register);
    tcase_add_test(tc, ccmp_and_ccmn_by_every_condition_and_flags);
    tcase_add_test(tc, ccmp_can_set_n_and_z_together);
    tcase_add_test(tc, division_by_zero_gives_zero);
    tcase_add_test(tc, the_most_negative_number_divided_by_minus_one_is_itself);
    tcase_add_test(tc, division_rounds_towards_zero);
    tcase_add_test(tc, shifts_by_register_are_modulo_the_width);
    tcase_add_test(tc, crc32_and_crc32c_of_the_check_string);
    tcase_add_test(tc, crc32_takes_32_bits_of_its_accumulator_and_gives_32);
    tcase_add_test(tc, crc32x_has_a_64_bit_source_and_the_others_32);
    tcase_add_test(tc, rbit_reverses_bits);
    tcase_add_test(tc, rev_reverses_bytes_of_its_containers);
    tcase_add_test(tc, clz_counts_zeros_and_cls_copies_of_the_sign);
    tcase_add_test(tc, madd_and_msub_wrap);
    tcase_add_test(tc, long_multiplies_extend_their_32_bit_sources);
    tcase_add_test(tc, high_multiplies_give_the_upper_half);
}

int main(void)
{
    return insn_run_suite("dp_reg", add_tests);
}
