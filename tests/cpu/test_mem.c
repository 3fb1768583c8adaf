/* SPDX-License-Identifier: MIT */
/*
 * Data accesses that miss the soft TLB, the TLBs themselves, exclusives and devices. Rules from the
 * Arm ARM: B2.4
 * ("Alignment support"), B2.9 ("Synchronization and semaphores"), D4.8 ("TLB maintenance
 * requirements").
 */
#include "cpu/code.h"
#include "cpu/mem.h"
#include "tests/cpu/paging.h"

#include <stdlib.h>
#include <string.h>

#define TABLES (BOARD_RAM + 0x40000)
#define LEAF   (D_AF | D_SH)
#define DATA   (BOARD_RAM + 0x10000)

static struct board *b;
static struct cpu *cpu;
static struct paging p;

/* 39 bits, 4K granule. 0x10000 and 0x11000 are two pages of Normal memory that are not neighbours
 * in memory. */
static void setup(void)
{
    b = board_create();
    cpu = b->cpu;
    p = paging_create(b, 12, 39, TABLES);
    paging_map(&p, 0x10000, 3, DATA | D_PAGE | LEAF);
    paging_map(&p, 0x11000, 3, (DATA + 0x3000) | D_PAGE | LEAF);
    paging_enable(&p, TCR_T0SZ(25) | TCR_AS);
}

static void teardown(void)
{
    free(b->rom);
    board_destroy(b);
}

static void tlbi(unsigned crm, unsigned op2, uint64_t value)
{
    ck_assert_int_eq(sysreg_operation(cpu, SYSREG_ENCODING(1, 0, 8, crm, op2), value), SYSREG_OK);
}

static void expect_load(uint64_t va, unsigned size, unsigned flags, uint64_t value)
{
    ck_assert_msg(mem_load(cpu, va, size, flags), "%#lx: fault %d", va, cpu->fault.type);
    ck_assert_uint_eq(cpu->data[0].d[0], value);
}

static void expect_fault(bool done, enum fault_type type, uint64_t va, bool write)
{
    ck_assert(!done);
    ck_assert_int_eq(cpu->fault.type, type);
    ck_assert_uint_eq(cpu->fault.va, va);
    ck_assert_int_eq(cpu->fault.write, write);
}

static bool store(uint64_t va, unsigned size, uint64_t value)
{
    cpu->data[0].d[0] = value;
    cpu->data[0].d[1] = ~value;
    return mem_store(cpu, va, size, 0);
}

START_TEST(loads_extend_with_zeros)
{
    board_write(b, DATA, 0x8877665544332211);
    cpu->data[0].d[1] = 1;
    expect_load(0x10000, 1, 0, 0x11);
    expect_load(0x10000, 2, 0, 0x2211);
    expect_load(0x10000, 4, 0, 0x44332211);
    expect_load(0x10000, 8, 0, 0x8877665544332211);
    ck_assert_uint_eq(cpu->data[0].d[1], 0);
    expect_load(0x10003, 2, 0, 0x5544);
}
END_TEST

START_TEST(an_access_across_pages_uses_both)
{
    for (unsigned first = 1; first < 16; first++) {
        ck_assert(store(0x11000 - first, 16, 0x1122334455667788));
        ck_assert(mem_load(cpu, 0x11000 - first, 16, 0));
        ck_assert_uint_eq(cpu->data[0].d[0], 0x1122334455667788);
        ck_assert_uint_eq(cpu->data[0].d[1], ~0x1122334455667788ull);
    }
    ck_assert_uint_eq(board_read(b, DATA + 0xff8) >> 56, 0xdd); /* the last round: 15 and 1 */
    ck_assert_uint_eq(board_read(b, DATA + 0x3000) & 0xff, 0xee);
}
END_TEST

START_TEST(a_fault_in_either_half_leaves_memory_alone)
{
    expect_fault(store(0x12000 - 3, 8, UINT64_MAX), FAULT_TRANSLATION, 0x12000, true);
    ck_assert_uint_eq(cpu->fault.level, 3);
    ck_assert_uint_eq(board_read(b, DATA + 0x3ff8), 0);
    expect_fault(store(0x10000 - 3, 8, UINT64_MAX), FAULT_TRANSLATION, 0x10000 - 3, true);
    ck_assert_uint_eq(board_read(b, DATA), 0);
    expect_fault(mem_load(cpu, 0x12000 - 1, 2, 0), FAULT_TRANSLATION, 0x12000, false);
}
END_TEST

START_TEST(the_soft_tlb_holds_what_handlers_may_do_alone)
{
    const struct tlb_entry *read = &cpu->dtlb->read.entry[0x10], *write = &cpu->dtlb->write.entry[0x10];
    expect_load(0x10008, 8, 0, 0);
    ck_assert_uint_eq(read->tag, 0x10000);
    ck_assert_ptr_eq((void *)(uintptr_t)(read->addend + 0x10008), b->ram + 0x10008);
    ck_assert_uint_eq(write->tag, TAG_INVALID);
    ck_assert(store(0x10008, 8, 0));
    ck_assert_uint_eq(write->tag, 0x10000);
    ck_assert_uint_eq(write->addend, read->addend);

    paging_map(&p, 0x20000, 3, DATA | D_PAGE | LEAF | D_RO);
    paging_map(&p, 0x30000, 3, DATA | D_PAGE | LEAF | D_ATTR(1));
    expect_load(0x20000, 8, 0, 0);
    ck_assert_uint_eq(cpu->dtlb->read.entry[0x20].tag, 0x20000);
    ck_assert_uint_eq(cpu->dtlb->write.entry[0x20].tag, TAG_INVALID);
    expect_load(0x30000, 8, 0, 0);
    ck_assert_uint_eq(cpu->dtlb->read.entry[0x30].tag, TAG_INVALID);
}
END_TEST

START_TEST(unaligned_normal_memory_is_fine_unless_sctlr_a)
{
    expect_load(0x10001, 8, 0, 0);
    board_set(b, "SCTLR_EL1", 1 | 2);
    expect_fault(mem_load(cpu, 0x10001, 8, 0), FAULT_ALIGNMENT, 0x10001, false);
    expect_fault(mem_load(cpu, 0x50001, 8, 0), FAULT_ALIGNMENT, 0x50001,
                 false); /* before translation */
    expect_load(0x10004, 8, MEM_ELEMENT(4), 0);
    expect_load(0x10008, 8, 0, 0);
    ck_assert_uint_eq(cpu->dtlb->read.entry[0x10].tag, TAG_INVALID);
}
END_TEST

START_TEST(unaligned_device_memory_faults_before_permissions)
{
    paging_map(&p, 0x30000, 3, DATA | D_PAGE | LEAF | D_ATTR(1) | D_RO);
    expect_fault(mem_load(cpu, 0x30002, 4, 0), FAULT_ALIGNMENT, 0x30002, false);
    expect_fault(store(0x30002, 4, 0), FAULT_ALIGNMENT, 0x30002, true);
    expect_fault(store(0x30004, 4, 0), FAULT_PERMISSION, 0x30004, true);
    expect_load(0x30004, 4, 0, 0);
    expect_load(0x30008, 16, MEM_ELEMENT(8), 0);
}
END_TEST

START_TEST(ordered_accesses_are_aligned_always)
{
    expect_fault(mem_load(cpu, 0x10002, 4, MEM_ALIGNED), FAULT_ALIGNMENT, 0x10002, false);
}
END_TEST

START_TEST(a_misaligned_stack_pointer_is_checked_where_sctlr_says)
{
    board_set(b, "SCTLR_EL1", 1);
    cpu_set_x(cpu, 31, 0x10008);
    expect_load(0x10008, 8, MEM_SP_BASE, 0);
    board_set(b, "SCTLR_EL1", 1 | 1u << 3);
    expect_fault(mem_load(cpu, 0x10008, 8, MEM_SP_BASE), FAULT_SP_ALIGNMENT, 0x10008, false);
    ck_assert_ptr_eq(cpu->dtlb, &cpu->never);
    expect_load(0x10008, 8, 0, 0);
    cpu_set_x(cpu, 31, 0x10010);
    expect_load(0x10008, 8, MEM_SP_BASE, 0);
    ck_assert_ptr_eq(cpu->dtlb, &cpu->tlbs->dtlb[1]);
}
END_TEST

START_TEST(unprivileged_accesses_have_the_rights_of_el0)
{
    paging_map(&p, 0x20000, 3, DATA | D_PAGE | LEAF | D_USER | D_RO);
    expect_fault(mem_load(cpu, 0x10000, 8, MEM_UNPRIVILEGED), FAULT_PERMISSION, 0x10000, false);
    expect_load(0x20000, 8, MEM_UNPRIVILEGED, 0);
    ck_assert_uint_eq(cpu->user_dtlb->read.entry[0x20].tag, 0x20000);
}
END_TEST

START_TEST(device_accesses_have_the_size_of_the_instruction)
{
    paging_map(&p, 0x30000, 3, BOARD_DEVICE | D_PAGE | LEAF | D_ATTR(1));
    b->device = 0x1122334455667788;
    expect_load(0x30010, 4, 0, 0x55667788);
    ck_assert(store(0x30018, 2, 0xabcd));
    ck_assert_uint_eq(b->device, 0xabcd);
    ck_assert(mem_load(cpu, 0x30020, 16, 0));
    ck_assert_str_eq(b->bus, "r4@10 w2@18 r8@20 r8@28 ");
}
END_TEST

START_TEST(unaligned_accesses_to_a_normal_mapping_of_a_device_are_split)
{
    paging_map(&p, 0x30000, 3, BOARD_DEVICE | D_PAGE | LEAF);
    ck_assert(store(0x30003, 8, 0));
    ck_assert_str_eq(b->bus, "w1@3 w4@4 w2@8 w1@a ");
}
END_TEST

START_TEST(nothing_there_is_an_external_abort)
{
    paging_map(&p, 0x30000, 3, 0x0a000000 | D_PAGE | LEAF | D_ATTR(1));
    expect_fault(mem_load(cpu, 0x30010, 4, 0), FAULT_EXTERNAL, 0x30010, false);
    expect_fault(store(0x30010, 4, 0), FAULT_EXTERNAL, 0x30010, true);
    cpu->pc = 0x30000;
    ck_assert_ptr_null(mem_fetch_page(cpu));
    ck_assert_int_eq(cpu->fault.type, FAULT_EXTERNAL);
}
END_TEST

START_TEST(stores_to_read_only_memory_go_to_the_bus)
{
    b->rom = aligned_alloc(4096, 4096);
    memset(b->rom, 0x5a, 4096);
    paging_map(&p, 0x30000, 3, BOARD_ROM | D_PAGE | LEAF);
    expect_load(0x30010, 4, 0, 0x5a5a5a5a);
    ck_assert_uint_eq(cpu->dtlb->write.entry[0x30].tag, TAG_INVALID);
    ck_assert(store(0x30010, 4, 0));
    ck_assert_str_eq(b->bus, "w4@10 ");
    ck_assert_uint_eq(b->rom[0x10], 0x5a);
}
END_TEST

/* -- exclusives -- */

static bool store_exclusive(uint64_t va, unsigned size, uint64_t value)
{
    bool stored;
    cpu->data[0].d[0] = value;
    cpu->data[0].d[1] = ~value;
    ck_assert(mem_store_exclusive(cpu, va, size, 0, &stored));
    return stored;
}

START_TEST(an_exclusive_pair_stores_once)
{
    for (unsigned size = 1; size <= 16; size *= 2) {
        board_write(b, DATA, 0);
        board_write(b, DATA + 8, 0);
        ck_assert(mem_load_exclusive(cpu, 0x10000, size, 0));
        ck_assert_uint_eq(cpu->data[0].d[0], 0);
        ck_assert(store_exclusive(0x10000, size, 0xffeeddccbbaa9988));
        uint64_t mask = size < 8 ? (1ull << 8 * size) - 1 : UINT64_MAX;
        ck_assert_uint_eq(board_read(b, DATA), 0xffeeddccbbaa9988 & mask);
        ck_assert_uint_eq(board_read(b, DATA + 8), size == 16 ? ~0xffeeddccbbaa9988ull : 0);
        ck_assert(!store_exclusive(0x10000, size, 1));
        ck_assert_uint_eq(board_read(b, DATA), 0xffeeddccbbaa9988 & mask);
    }
}
END_TEST

START_TEST(a_store_exclusive_fails_after_a_change_in_between)
{
    ck_assert(mem_load_exclusive(cpu, 0x10000, 8, 0));
    board_write(b, DATA, 7);
    ck_assert(!store_exclusive(0x10000, 8, 9));
    ck_assert_uint_eq(board_read(b, DATA), 7);
}
END_TEST

START_TEST(a_store_exclusive_elsewhere_or_of_another_size_fails)
{
    ck_assert(mem_load_exclusive(cpu, 0x10000, 8, 0));
    ck_assert(!store_exclusive(0x10008, 8, 9));
    ck_assert(mem_load_exclusive(cpu, 0x10000, 8, 0));
    ck_assert(!store_exclusive(0x10000, 4, 9));
    ck_assert(!store_exclusive(0x10000, 8, 9)); /* the monitor is open now */
}
END_TEST

START_TEST(exclusives_are_aligned_to_their_whole_size)
{
    expect_fault(mem_load_exclusive(cpu, 0x10008, 16, 0), FAULT_ALIGNMENT, 0x10008, false);
    bool stored;
    expect_fault(mem_store_exclusive(cpu, 0x10001, 2, 0, &stored), FAULT_ALIGNMENT, 0x10001, true);
}
END_TEST

START_TEST(exclusives_check_permissions_and_devices)
{
    bool stored;
    paging_map(&p, 0x20000, 3, DATA | D_PAGE | LEAF | D_RO);
    paging_map(&p, 0x30000, 3, BOARD_DEVICE | D_PAGE | LEAF | D_ATTR(1));
    ck_assert(mem_load_exclusive(cpu, 0x20000, 8, 0));
    expect_fault(mem_store_exclusive(cpu, 0x20000, 8, 0, &stored), FAULT_PERMISSION, 0x20000, true);
    expect_fault(mem_load_exclusive(cpu, 0x30000, 8, 0), FAULT_UNSUPPORTED_EXCLUSIVE, 0x30000,
                 false);
}
END_TEST

/* -- DC ZVA -- */

START_TEST(dc_zva_zeroes_one_block)
{
    for (unsigned i = 0; i < 192; i += 8)
        board_write(b, DATA + i, UINT64_MAX);
    for (unsigned again = 0; again < 2; again++) {
        board_write(b, DATA + 64, 1);
        ck_assert(mem_zero_block(cpu, 0x10000 + 64 + 13));
        for (unsigned i = 0; i < 192; i += 8)
            ck_assert_uint_eq(board_read(b, DATA + i), i >= 64 && i < 128 ? 0 : UINT64_MAX);
    }
}
END_TEST

START_TEST(dc_zva_faults_as_a_store_with_the_address_given)
{
    paging_map(&p, 0x30000, 3, DATA | D_PAGE | LEAF | D_ATTR(1));
    expect_fault(mem_zero_block(cpu, 0x40013), FAULT_TRANSLATION, 0x40013, true);
    ck_assert(!cpu->fault.cache_maintenance);
    expect_fault(mem_zero_block(cpu, 0x30040), FAULT_ALIGNMENT, 0x30040, true);
}
END_TEST

/* -- code -- */

START_TEST(stores_to_decoded_pages_are_noticed)
{
    const uint32_t nop = 0xd503201f;
    board_code(b, DATA, &nop, 1);
    ck_assert(store(0x10800, 8, 0));
    ck_assert_uint_eq(cpu->dtlb->write.entry[0x10].tag, 0x10000);
    cpu->pc = 0x10000;
    struct code_page *code = mem_fetch_page(cpu);
    ck_assert_ptr_nonnull(code);
    ck_assert_uint_eq(cpu->ctlb->entry[0x10].tag, 0x10000);
    cpu_run(cpu, cpu_count(cpu) + 1);
    ck_assert(code_has_records(code));
    ck_assert_uint_eq(cpu->dtlb->write.entry[0x10].tag, TAG_INVALID);
    handler_fn *decoded = code->record[0].handler;
    ck_assert(store(0x10000, 4, 0));
    ck_assert(code->record[0].handler != decoded);
}
END_TEST

/* -- TLB maintenance -- */

START_TEST(tlbi_by_address_drops_a_page)
{
    for (unsigned op = 0; op < 4; op++) {
        static const unsigned op2[] = { 1, 3, 5, 7 }; /* VAE1, VAAE1, VALE1, VAALE1 */
        paging_map(&p, 0x10000, 3, DATA | D_PAGE | LEAF);
        tlbi(7, 0, 0);
        expect_load(0x10000, 8, 0, board_read(b, DATA));
        paging_map(&p, 0x10000, 3, 0);
        tlbi(op & 1 ? 3 : 7, op2[op], 0x10);
        expect_fault(mem_load(cpu, 0x10000, 8, 0), FAULT_TRANSLATION, 0x10000, false);
        ck_assert_uint_eq(cpu->dtlb->read.entry[0x10].tag, TAG_INVALID);
    }
}
END_TEST

START_TEST(tlbi_by_address_drops_all_of_a_block)
{
    paging_map(&p, 0x40000000, 2, BOARD_RAM | D_BLOCK | LEAF);
    for (unsigned i = 0; i < 8; i++)
        expect_load(0x40000000 + 0x1000 * i, 8, 0, 0);
    paging_map(&p, 0x40000000, 2, 0);
    tlbi(7, 1, 0x40000 + 0x1ff);
    for (unsigned i = 0; i < 8; i++) {
        ck_assert(!mem_load(cpu, 0x40000000 + 0x1000 * i, 8, 0));
        ck_assert_uint_eq(cpu->dtlb->read.entry[i].tag, TAG_INVALID);
    }
}
END_TEST

static void use_asid(uint64_t asid)
{
    board_set(b, "TTBR0_EL1", asid << 48 | p.root);
}

START_TEST(an_address_space_keeps_its_own_translations)
{
    board_write(b, DATA, 1);
    board_write(b, DATA + 0x3000, 2);
    paging_map(&p, 0x20000, 3, DATA | D_PAGE | LEAF); /* global */
    use_asid(1);
    paging_map(&p, 0x10000, 3, DATA | D_PAGE | LEAF | D_NG);
    expect_load(0x10000, 8, 0, 1);
    expect_load(0x20000, 8, 0, 1);
    use_asid(0x1001);
    ck_assert_uint_eq(cpu->dtlb->read.entry[0x10].tag, TAG_INVALID);
    ck_assert_uint_eq(cpu->dtlb->read.entry[0x20].tag, 0x20000);
    paging_map(&p, 0x10000, 3, (DATA + 0x3000) | D_PAGE | LEAF | D_NG);
    expect_load(0x10000, 8, 0, 2);
    use_asid(1);
    tlbi(7, 2, 1ull << 48); /* ASIDE1 of 1 */
    expect_load(0x10000, 8, 0, 2);
    paging_map(&p, 0x10000, 3, 0);
    tlbi(7, 1, 1ull << 48 | 0x10); /* VAE1 of ASID 1 */
    ck_assert(!mem_load(cpu, 0x10000, 8, 0));
    tlbi(7, 3, 0x10); /* VAAE1 */
    use_asid(0x1001);
    ck_assert(!mem_load(cpu, 0x10000, 8, 0));
}
END_TEST

START_TEST(two_address_spaces_take_turns_without_forgetting)
{
    use_asid(2);
    paging_map(&p, 0x10000, 3, DATA | D_PAGE | LEAF | D_NG);
    expect_load(0x10000, 8, 0, 0);
    use_asid(3);
    ck_assert_uint_eq(cpu->dtlb->read.entry[0x10].tag, TAG_INVALID);
    expect_load(0x10000, 8, 0, 0);
    expect_load(0x11000, 8, 0, 0);
    use_asid(2);
    ck_assert_uint_eq(cpu->dtlb->read.entry[0x10].tag, 0x10000);
    paging_map(&p, 0x10000, 3, 0);
    paging_map(&p, 0x11000, 3, 0);
    tlbi(7, 1, 3ull << 48 | 0x10); /* the other's page, and a global one */
    tlbi(7, 1, 2ull << 48 | 0x11);
    expect_load(0x10000, 8, 0, 0);
    use_asid(3);
    ck_assert(!mem_load(cpu, 0x10000, 8, 0));
    ck_assert(!mem_load(cpu, 0x11000, 8, 0));
    ck_assert_uint_eq(cpu->dtlb->read.entry[0x10].tag, TAG_INVALID);
    ck_assert_uint_eq(cpu->dtlb->read.entry[0x11].tag, TAG_INVALID);
}
END_TEST

START_TEST(with_8_bit_asids_the_upper_bits_are_ignored)
{
    board_set(b, "TCR_EL1", TCR_T0SZ(25));
    use_asid(0x1234);
    ck_assert_uint_eq(cpu->asid, 0x34);
    board_set(b, "TTBR1_EL1", 0x5600ull << 48);
    board_set(b, "TCR_EL1", TCR_T0SZ(25) | TCR_A1 | TCR_AS);
    ck_assert_uint_eq(cpu->asid, 0x5600);
}
END_TEST

START_TEST(inner_shareable_maintenance_reaches_the_other_cpus)
{
    struct cpu *other = cpu_create(&cpu->port, b->cache, 1);
    ck_assert_ptr_nonnull(other);
    static const char *const same[] = { "MAIR_EL1", "TTBR0_EL1", "TCR_EL1", "SCTLR_EL1" };
    for (unsigned i = 0; i < 4; i++)
        ck_assert(cpu_set_sysreg(other, same[i], board_get(b, same[i])));
    ck_assert(mem_load(other, 0x10000, 8, 0));
    paging_map(&p, 0x10000, 3, 0);
    tlbi(3, 1, 0x10); /* VAE1IS */
    ck_assert(!mem_load(other, 0x10000, 8, 0));
    cpu_destroy(other);
}
END_TEST

START_TEST(tagged_addresses_are_maintained_without_their_tag)
{
    board_set(b, "TCR_EL1", board_get(b, "TCR_EL1") | TCR_TBI0);
    expect_load(0x5a00000000010000, 8, 0, 0);
    ck_assert_uint_eq(cpu->dtlb->read.entry[0x10].tag, 0x5a00000000010000);
    paging_map(&p, 0x10000, 3, 0);
    tlbi(7, 3, 0x10);
    ck_assert(!mem_load(cpu, 0x5a00000000010000, 8, 0));
    ck_assert_uint_eq(cpu->dtlb->read.entry[0x10].tag, TAG_INVALID);
}
END_TEST

START_TEST(turning_the_mmu_off_forgets_translations)
{
    expect_load(0x10000, 8, 0, 0);
    board_set(b, "SCTLR_EL1", 0);
    board_write(b, DATA, 99);
    expect_load(DATA, 8, 0, 99);
    expect_fault(mem_load(cpu, 0x10000, 8, 0), FAULT_EXTERNAL, 0x10000, false);
}
END_TEST

START_TEST(fetching_needs_alignment_and_execute_permission)
{
    cpu->pc = 0x10002;
    ck_assert_ptr_null(mem_fetch_page(cpu));
    ck_assert_int_eq(cpu->fault.type, FAULT_ALIGNMENT);
    paging_map(&p, 0x20000, 3, DATA | D_PAGE | LEAF | D_PXN);
    cpu->pc = 0x20000;
    ck_assert_ptr_null(mem_fetch_page(cpu));
    ck_assert_int_eq(cpu->fault.type, FAULT_PERMISSION);
    ck_assert_uint_eq(cpu->fault.level, 3);
    board_set_el(b, 0);
    ck_assert_ptr_nonnull(mem_fetch_page(cpu));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mem");
    TCase *tc = tcase_create("mem");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, loads_extend_with_zeros);
    tcase_add_test(tc, an_access_across_pages_uses_both);
    tcase_add_test(tc, a_fault_in_either_half_leaves_memory_alone);
    tcase_add_test(tc, the_soft_tlb_holds_what_handlers_may_do_alone);
    tcase_add_test(tc, unaligned_normal_memory_is_fine_unless_sctlr_a);
    tcase_add_test(tc, unaligned_device_memory_faults_before_permissions);
    tcase_add_test(tc, ordered_accesses_are_aligned_always);
    tcase_add_test(tc, a_misaligned_stack_pointer_is_checked_where_sctlr_says);
    tcase_add_test(tc, unprivileged_accesses_have_the_rights_of_el0);
    tcase_add_test(tc, device_accesses_have_the_size_of_the_instruction);
    tcase_add_test(tc, unaligned_accesses_to_a_normal_mapping_of_a_device_are_split);
    tcase_add_test(tc, nothing_there_is_an_external_abort);
    tcase_add_test(tc, stores_to_read_only_memory_go_to_the_bus);
    tcase_add_test(tc, an_exclusive_pair_stores_once);
    tcase_add_test(tc, a_store_exclusive_fails_after_a_change_in_between);
    tcase_add_test(tc, a_store_exclusive_elsewhere_or_of_another_size_fails);
    tcase_add_test(tc, exclusives_are_aligned_to_their_whole_size);
    tcase_add_test(tc, exclusives_check_permissions_and_devices);
    tcase_add_test(tc, dc_zva_zeroes_one_block);
    tcase_add_test(tc, dc_zva_faults_as_a_store_with_the_address_given);
    tcase_add_test(tc, stores_to_decoded_pages_are_noticed);
    tcase_add_test(tc, tlbi_by_address_drops_a_page);
    tcase_add_test(tc, tlbi_by_address_drops_all_of_a_block);
    tcase_add_test(tc, an_address_space_keeps_its_own_translations);
    tcase_add_test(tc, two_address_spaces_take_turns_without_forgetting);
    tcase_add_test(tc, with_8_bit_asids_the_upper_bits_are_ignored);
    tcase_add_test(tc, inner_shareable_maintenance_reaches_the_other_cpus);
    tcase_add_test(tc, tagged_addresses_are_maintained_without_their_tag);
    tcase_add_test(tc, turning_the_mmu_off_forgets_translations);
    tcase_add_test(tc, fetching_needs_alignment_and_execute_permission);
    suite_add_tcase(suite, tc);
    return board_run_suite(suite);
}
