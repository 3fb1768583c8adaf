/* SPDX-License-Identifier: MIT */
/*
 * Stage 1 translation of EL1&0. Expected values: Arm ARM D4 ("The AArch64 Virtual Memory System
 * Architecture"); fault levels and the order of checks from the pseudocode of J1.
 */
#include "cpu/mem.h"
#include "tests/cpu/paging.h"

#define TABLES (BOARD_RAM + 0x40000)
#define LEAF   (D_AF | D_SH)

static struct board *b;
static struct translation t;
static struct fault fault;

static void setup(void)
{
    b = board_create();
}

static void teardown(void)
{
    board_destroy(b);
}

static bool translate(uint64_t va, enum access_type access, unsigned el)
{
    t = (struct translation){ 0 };
    fault = (struct fault){ 0 };
    return aarch64_translate_address(b->cpu, va, access, el, &t, &fault);
}

static void expect_pa(uint64_t va, uint64_t pa)
{
    ck_assert_msg(translate(va, ACCESS_READ, 1), "%#lx: fault %d level %u", va, fault.type,
                  fault.level);
    ck_assert_uint_eq(t.pa, pa);
}

static void expect_fault(uint64_t va, enum fault_type type, unsigned level)
{
    ck_assert(!translate(va, ACCESS_READ, 1));
    ck_assert_int_eq(fault.type, type);
    ck_assert_uint_eq(fault.level, level);
    ck_assert_uint_eq(fault.va, va);
}

START_TEST(mmu_off_is_flat_and_data_is_device)
{
    expect_pa(0x40001234, 0x40001234);
    ck_assert(t.device);
    ck_assert_uint_eq(t.memattr, 0x00);
    ck_assert(translate(0x40001234, ACCESS_FETCH, 1));
    ck_assert_uint_eq(t.memattr, 0x44); /* SCTLR_EL1.I = 0: Non-cacheable */
    board_set(b, "SCTLR_EL1", 1u << 12);
    ck_assert(translate(0x40001234, ACCESS_FETCH, 1));
    ck_assert_uint_eq(t.memattr, 0xaa);
}
END_TEST

START_TEST(mmu_off_addresses_beyond_pamax_are_address_size_faults)
{
    expect_pa((1ull << 44) - 1, (1ull << 44) - 1);
    expect_fault(1ull << 44, FAULT_ADDRESS_SIZE, 0);
    expect_fault(0xff00000040000000, FAULT_ADDRESS_SIZE, 0);
    board_set(b, "TCR_EL1", TCR_TBI0);
    expect_pa(0x5a00000040000000, 0x40000000);
}
END_TEST

START_TEST(granule_4k_pages_and_blocks)
{
    struct paging p = paging_create(b, 12, 48, TABLES);
    paging_map(&p, 0x123456789000, 3, 0xabcdef000 | D_PAGE | LEAF);
    paging_map(&p, 0x200000400000, 2, 0x80200000 | D_BLOCK | LEAF);
    paging_map(&p, 0x300040000000, 1, 0x1c0000000 | D_BLOCK | LEAF);
    paging_enable(&p, TCR_T0SZ(16) | TCR_IPS(4));
    expect_pa(0x123456789fff, 0xabcdeffff);
    ck_assert_uint_eq(t.level, 3);
    ck_assert_uint_eq(t.range_bits, 12);
    expect_pa(0x2000005abcde, 0x803abcde);
    ck_assert_uint_eq(t.level, 2);
    ck_assert_uint_eq(t.range_bits, 21);
    expect_pa(0x300071234567, 0x1f1234567);
    ck_assert_uint_eq(t.level, 1);
    ck_assert_uint_eq(t.range_bits, 30);
}
END_TEST

/* Cortex-A57 TRM, ID_AA64MMFR0_EL1.TGran16: not supported. QEMU's model does the same. */
START_TEST(ee_makes_descriptors_big_endian)
{
    struct paging p = paging_create(b, 12, 39, TABLES);
    uint64_t slot[4];
    paging_map(&p, 0x40001000, 3, (BOARD_RAM + 0x5000) | D_PAGE | LEAF);
    paging_enable(&p, TCR_T0SZ(25));
    board_set(b, "SCTLR_EL1", board_get(b, "SCTLR_EL1") | 1u << 25);
    expect_fault(0x40001000, FAULT_TRANSLATION, 1); /* 03 is in the wrong byte */
    for (unsigned level = 1; level <= 3; level++)
        slot[level] = paging_slot(&p, 0x40001000, level);
    for (unsigned level = 1; level <= 3; level++)
        board_write(b, slot[level], __builtin_bswap64(board_read(b, slot[level])));
    expect_pa(0x40001234, BOARD_RAM + 0x5234);
}
END_TEST

START_TEST(granule_16k_is_not_there_and_counts_as_4k)
{
    struct paging p = paging_create(b, 12, 48, TABLES);
    paging_map(&p, 0x123456788000, 3, 0xabcdec000 | D_PAGE | LEAF);
    paging_enable(&p, TCR_T0SZ(16) | TCR_TG0(2) | TCR_IPS(4));
    expect_pa(0x123456788fff, 0xabcdecfff);
    ck_assert_uint_eq(t.range_bits, 12);
    ck_assert_uint_eq(board_get(b, "ID_AA64MMFR0_EL1") >> 20 & 15, 0);
}
END_TEST

START_TEST(granule_64k_pages_and_blocks)
{
    struct paging p = paging_create(b, 16, 42, TABLES);
    paging_map(&p, 0x12345670000, 3, 0xabcde0000 | D_PAGE | LEAF);
    paging_map(&p, 0x20020000000, 2, 0xa0000000 | D_BLOCK | LEAF);
    paging_enable(&p, TCR_T0SZ(22) | TCR_TG0(1) | TCR_IPS(4));
    expect_pa(0x1234567ffff, 0xabcdeffff);
    expect_pa(0x2003abcdef0, 0xbabcdef0);
    ck_assert_uint_eq(t.range_bits, 29);
}
END_TEST

/* Arm ARM D4.2.6, "Initial lookup level": by granule and TnSZ. */
START_TEST(the_initial_lookup_level_follows_tnsz)
{
    static const struct {
        unsigned grain, tg, size, level;
    } cases[] = {
        { 12, 0, 48, 0 }, { 12, 0, 40, 0 }, { 12, 0, 39, 1 }, { 12, 0, 31, 1 },
        { 12, 0, 30, 2 }, { 12, 0, 25, 2 }, { 16, 1, 48, 1 }, { 16, 1, 43, 1 },
        { 16, 1, 42, 2 }, { 16, 1, 30, 2 }, { 16, 1, 29, 3 }, { 16, 1, 25, 3 },
    };
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct paging p = paging_create(b, cases[i].grain, cases[i].size, TABLES);
        paging_enable(&p, TCR_T0SZ(64 - cases[i].size) | TCR_TG0(cases[i].tg) | TCR_IPS(4));
        expect_fault(0x1000, FAULT_TRANSLATION, cases[i].level);
    }
}
END_TEST

/* A root table smaller than a page is aligned to its own size: D4.2.6, TTBR. */
START_TEST(a_small_root_table_need_not_be_page_aligned)
{
    uint64_t root = TABLES + 0x40;
    board_write(b, root + 8 * 3, 0xc0000000 | D_BLOCK | LEAF);
    board_set(b, "MAIR_EL1", PAGING_MAIR);
    board_set(b, "TTBR0_EL1", root);
    board_set(b, "TCR_EL1", TCR_T0SZ(64 - 33)); /* 8 entries of 1 GiB */
    board_set(b, "SCTLR_EL1", 1);
    expect_pa(0xc1234567, 0xc1234567);
}
END_TEST

START_TEST(invalid_descriptors_fault_at_their_level)
{
    struct paging p = paging_create(b, 12, 48, TABLES);
    paging_slot(&p, 0x0, 3);
    paging_enable(&p, TCR_T0SZ(16) | TCR_IPS(4));
    expect_fault(0x800000000000, FAULT_TRANSLATION, 0);
    expect_fault(0x7fc0000000, FAULT_TRANSLATION, 1);
    expect_fault(0x3fe00000, FAULT_TRANSLATION, 2);
    expect_fault(0x1ff000, FAULT_TRANSLATION, 3);
    paging_map(&p, 0x1000, 3, 0x40000000 | D_BLOCK | LEAF); /* 0b01 at level 3 is reserved */
    expect_fault(0x1000, FAULT_TRANSLATION, 3);
    paging_map(&p, 0x8000000000, 0, 0x40000000 | D_BLOCK | LEAF); /* no blocks at level 0 */
    expect_fault(0x8000000000, FAULT_TRANSLATION, 0);
}
END_TEST

START_TEST(ttbr1_serves_the_upper_half_and_the_hole_faults_at_level_0)
{
    struct paging low = paging_create(b, 12, 39, TABLES);
    struct paging high = paging_create(b, 16, 42, TABLES + 0x20000);
    paging_map(&low, 0x1000, 3, 0x40001000 | D_PAGE | LEAF);
    paging_map(&high, 0xfffffc0012340000, 3, 0x40020000 | D_PAGE | LEAF);
    board_set(b, "TTBR1_EL1", high.root);
    paging_enable(&low, TCR_T0SZ(25) | TCR_T1SZ(22) | TCR_TG1(3) | TCR_IPS(4));
    expect_pa(0x1234, 0x40001234);
    expect_pa(0xfffffc0012345678, 0x40025678);
    expect_fault(1ull << 39, FAULT_TRANSLATION, 0);
    expect_fault(0xfffffbffffffffff, FAULT_TRANSLATION, 0);
    expect_fault(0x00fffc0012345678, FAULT_TRANSLATION, 0);
    board_set(b, "TCR_EL1", board_get(b, "TCR_EL1") | TCR_EPD0);
    expect_fault(0x1234, FAULT_TRANSLATION, 0);
    expect_pa(0xfffffc0012345678, 0x40025678);
    board_set(b, "TCR_EL1", (board_get(b, "TCR_EL1") & ~TCR_EPD0) | TCR_EPD1);
    expect_pa(0x1234, 0x40001234);
    expect_fault(0xfffffc0012345678, FAULT_TRANSLATION, 0);
}
END_TEST

START_TEST(tbi_ignores_the_top_byte_of_its_half)
{
    struct paging p = paging_create(b, 12, 39, TABLES);
    paging_map(&p, 0x1000, 3, 0x40001000 | D_PAGE | LEAF);
    board_set(b, "TTBR1_EL1", p.root);
    paging_enable(&p, TCR_T0SZ(25) | TCR_T1SZ(25) | TCR_TG1(2));
    expect_fault(0x7f00000000001000, FAULT_TRANSLATION, 0);
    board_set(b, "TCR_EL1", board_get(b, "TCR_EL1") | TCR_TBI0);
    expect_pa(0xff00000000001000, 0x40001000);
    expect_fault(0x00ffff8000001000, FAULT_TRANSLATION,
                 0); /* bit 55 chooses TTBR1, bits 63:56 matter there */
    board_set(b, "TCR_EL1", board_get(b, "TCR_EL1") | TCR_TBI1);
    expect_pa(0x00ffff8000001000, 0x40001000);
    ck_assert_uint_eq(aarch64_branch_addr(b->cpu, 0x5a00000000001000), 0x1000);
    ck_assert_uint_eq(aarch64_branch_addr(b->cpu, 0x00ffff8000001000), 0xffffff8000001000);
}
END_TEST

START_TEST(a_clear_access_flag_faults_at_the_leaf)
{
    struct paging p = paging_create(b, 12, 39, TABLES);
    paging_map(&p, 0x1000, 3, 0x40001000 | D_PAGE);
    paging_map(&p, 0x40000000, 2, 0x40000000 | D_BLOCK);
    paging_map(&p, 0x80000000, 1, 0x40000000 | D_BLOCK);
    paging_enable(&p, TCR_T0SZ(25));
    expect_fault(0x1000, FAULT_ACCESS_FLAG, 3);
    expect_fault(0x40001000, FAULT_ACCESS_FLAG, 2);
    expect_fault(0x80001000, FAULT_ACCESS_FLAG, 1);
}
END_TEST

/* r, w, x at EL1 and EL0 as a number: bits 5..0 = EL1 r w x, EL0 r w x. */
static unsigned permissions(uint64_t va)
{
    unsigned result = 0;
    const enum access_type access[] = { ACCESS_READ, ACCESS_WRITE, ACCESS_FETCH };
    for (unsigned el = 2; el-- > 0;)
        for (unsigned i = 0; i < 3; i++)
            result = result << 1 | translate(va, access[i], el);
    return result;
}

/* Arm ARM D4.4.1, "Access permissions": AP[2:1], UXN, PXN. */
START_TEST(access_permissions)
{
    static const struct {
        uint64_t descriptor;
        unsigned expected, with_wxn;
    } cases[] = {
        { 0, 0b111001, 0b110001 },
        { D_USER, 0b110111, 0b110110 }, /* writable at EL0: never executable at EL1 */
        { D_RO, 0b101001, 0b101001 },
        { D_RO | D_USER, 0b101101, 0b101101 },
        { D_PXN, 0b110001, 0b110001 },
        { D_UXN, 0b111000, 0b110000 },
        { D_RO | D_PXN | D_UXN, 0b100000, 0b100000 },
        { D_RO | D_USER | D_UXN, 0b101100, 0b101100 },
        { D_RO | D_USER | D_PXN, 0b100101, 0b100101 },
    };
    struct paging p = paging_create(b, 12, 39, TABLES);
    paging_enable(&p, TCR_T0SZ(25));
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        paging_map(&p, 0x1000, 3, 0x40001000 | D_PAGE | LEAF | cases[i].descriptor);
        ck_assert_uint_eq(permissions(0x1000), cases[i].expected);
        board_set(b, "SCTLR_EL1", 1 | 1u << 19);
        ck_assert_uint_eq(permissions(0x1000), cases[i].with_wxn);
        board_set(b, "SCTLR_EL1", 1);
    }
    expect_pa(0x1000, 0x40001000);
    ck_assert(!translate(0x1000, ACCESS_WRITE, 1));
    ck_assert_int_eq(fault.type, FAULT_PERMISSION);
    ck_assert_uint_eq(fault.level, 3);
}
END_TEST

/* Arm ARM D4.4.1, "Hierarchical control of data access permissions". */
START_TEST(table_attributes_limit_what_is_below)
{
    static const struct {
        uint64_t table;
        unsigned expected;
    } cases[] = {
        { 0, 0b110111 },
        { D_APTABLE(1), 0b111001 },
        { D_APTABLE(2), 0b101101 },
        { D_APTABLE(3), 0b101001 },
        { D_UXNTABLE, 0b110110 },
        { D_APTABLE(2) | D_PXNTABLE, 0b100101 },
    };
    struct paging p = paging_create(b, 12, 39, TABLES);
    paging_map(&p, 0x1000, 3, 0x40001000 | D_PAGE | LEAF | D_USER);
    paging_enable(&p, TCR_T0SZ(25));
    for (unsigned level = 1; level <= 2; level++) {
        uint64_t slot = paging_slot(&p, 0x1000, level), clean = board_read(b, slot);
        for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
            board_write(b, slot, clean | cases[i].table);
            ck_assert_uint_eq(permissions(0x1000), cases[i].expected);
        }
        board_write(b, slot, clean);
    }
}
END_TEST

START_TEST(addresses_beyond_ips_are_address_size_faults)
{
    struct paging p = paging_create(b, 12, 39, TABLES);
    paging_map(&p, 0x1000, 3, 1ull << 36 | D_PAGE | LEAF);
    paging_map(&p, 0x40000000, 2, 1ull << 36 | D_TABLE);
    paging_map(&p, 0x80000000, 1, 1ull << 44 | D_BLOCK | LEAF);
    paging_enable(&p, TCR_T0SZ(25) | TCR_IPS(1));
    expect_fault(0x1000, FAULT_ADDRESS_SIZE, 3);
    expect_fault(0x40000000, FAULT_ADDRESS_SIZE, 2);
    board_set(b, "TCR_EL1", TCR_T0SZ(25) | TCR_IPS(2));
    expect_pa(0x1000, 1ull << 36);
    board_set(b, "TCR_EL1", TCR_T0SZ(25) | TCR_IPS(5)); /* 48 bits: more than there are */
    expect_fault(0x80000000, FAULT_ADDRESS_SIZE, 1);
    board_set(b, "TTBR0_EL1", p.root | 1ull << 45);
    expect_fault(0x1000, FAULT_ADDRESS_SIZE, 0);
}
END_TEST

START_TEST(a_table_outside_memory_is_an_external_abort_on_the_walk)
{
    struct paging p = paging_create(b, 12, 39, TABLES);
    paging_map(&p, 0x1000, 1, BOARD_DEVICE | D_TABLE);
    paging_enable(&p, TCR_T0SZ(25));
    expect_fault(0x1000, FAULT_EXTERNAL_ON_WALK, 2);
    board_set(b, "TTBR0_EL1", 0x1000);
    expect_fault(0x1000, FAULT_EXTERNAL_ON_WALK, 1);
}
END_TEST

START_TEST(mair_makes_the_memory_type)
{
    struct paging p = paging_create(b, 12, 39, TABLES);
    paging_map(&p, 0x1000, 3, 0x40001000 | D_PAGE | LEAF | D_ATTR(0));
    paging_map(&p, 0x2000, 3, 0x40001000 | D_PAGE | LEAF | D_ATTR(1) | D_NG);
    paging_map(&p, 0x3000, 3, 0x40001000 | D_PAGE | LEAF | D_ATTR(2) | D_CONTIG);
    paging_enable(&p, TCR_T0SZ(25));
    expect_pa(0x1000, 0x40001000);
    ck_assert(!t.device && t.global);
    ck_assert_uint_eq(t.memattr, 0xff);
    ck_assert_uint_eq(t.shareability, 3);
    expect_pa(0x2000, 0x40001000);
    ck_assert(t.device && !t.global);
    ck_assert_uint_eq(t.shareability, 2);
    expect_pa(0x3000, 0x40001000);
    ck_assert(!t.device);
    ck_assert_uint_eq(t.memattr, 0x44);
    ck_assert_uint_eq(t.shareability, 2); /* Non-cacheable is always Outer Shareable */
}
END_TEST

START_TEST(the_debugger_sees_mappings_without_rights)
{
    struct paging p = paging_create(b, 12, 39, TABLES);
    uint64_t pa;
    paging_map(&p, 0x1000, 3, 0x40005000 | D_PAGE | LEAF | D_RO);
    paging_enable(&p, TCR_T0SZ(25));
    board_set_el(b, 0);
    ck_assert(cpu_debug_translate(b->cpu, 0x1abc, &pa));
    ck_assert_uint_eq(pa, 0x40005abc);
    ck_assert(!cpu_debug_translate(b->cpu, 0x2000, &pa));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mmu");
    TCase *tc = tcase_create("mmu");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, mmu_off_is_flat_and_data_is_device);
    tcase_add_test(tc, mmu_off_addresses_beyond_pamax_are_address_size_faults);
    tcase_add_test(tc, granule_4k_pages_and_blocks);
    tcase_add_test(tc, ee_makes_descriptors_big_endian);
    tcase_add_test(tc, granule_16k_is_not_there_and_counts_as_4k);
    tcase_add_test(tc, granule_64k_pages_and_blocks);
    tcase_add_test(tc, the_initial_lookup_level_follows_tnsz);
    tcase_add_test(tc, a_small_root_table_need_not_be_page_aligned);
    tcase_add_test(tc, invalid_descriptors_fault_at_their_level);
    tcase_add_test(tc, ttbr1_serves_the_upper_half_and_the_hole_faults_at_level_0);
    tcase_add_test(tc, tbi_ignores_the_top_byte_of_its_half);
    tcase_add_test(tc, a_clear_access_flag_faults_at_the_leaf);
    tcase_add_test(tc, access_permissions);
    tcase_add_test(tc, table_attributes_limit_what_is_below);
    tcase_add_test(tc, addresses_beyond_ips_are_address_size_faults);
    tcase_add_test(tc, a_table_outside_memory_is_an_external_abort_on_the_walk);
    tcase_add_test(tc, mair_makes_the_memory_type);
    tcase_add_test(tc, the_debugger_sees_mappings_without_rights);
    suite_add_tcase(suite, tc);
    return board_run_suite(suite);
}
