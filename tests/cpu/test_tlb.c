/* SPDX-License-Identifier: MIT */
/*
 * The TLBs against fresh walks: random changes of four address spaces, each followed by the
 * maintenance that the Arm ARM (D4.8, "TLB maintenance requirements") asks for. Whatever is
 * remembered must then agree with the tables.
 */
#include "cpu/code.h"
#include "cpu/mem.h"
#include "tests/cpu/paging.h"

#define SPACES 4
#define PAGES                                                                                      \
    24 /* virtual pages of 4 KiB, eight in each of three 2 MiB blocks; they fight for eight soft   \
          entries */
#define FRAMES 8 /* physical pages, each full of its own address */
#define FRAME0 (BOARD_RAM + 0x20000)
#define LEAF   (D_AF | D_SH)

static const uint16_t asid_of[SPACES] = { 2, 3, 4, 0x1003 };

static struct board *b;
static struct cpu *cpu;
static struct paging space[SPACES];
static uint64_t spare[SPACES][2]; /* another table of level 3 for each of the first two blocks */
static uint64_t seed;

static unsigned pick(unsigned limit) /* xorshift64* */
{
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return (unsigned)(seed * 0x2545f4914f6cdd1dull >> 33) % limit;
}

static uint64_t address_of(unsigned page)
{
    return 0x40000000 + 0x200000ull * (page / 8) + 0x1000ull * (page % 8);
}

static uint64_t frame(void)
{
    return FRAME0 + 0x1000ull * pick(FRAMES);
}

static uint64_t attributes(void)
{
    static const uint64_t permissions[] = { 0, D_USER, D_RO, D_RO | D_USER, D_USER | D_UXN, D_PXN };
    return LEAF | permissions[pick(6)] | (pick(8) ? 0 : D_ATTR(1));
}

static void use_space(unsigned n)
{
    board_set(b, "TTBR0_EL1", (uint64_t)asid_of[n] << 48 | space[n].root);
}

static void tlbi(unsigned op2, uint64_t value)
{
    unsigned crm = pick(2) ? 3 : 7; /* inner shareable or not */
    ck_assert_int_eq(sysreg_operation(cpu, SYSREG_ENCODING(1, 0, 8, crm, op2), value), SYSREG_OK);
}

/* Enough maintenance for a changed leaf that was and is private to space n. */
static void maintain(unsigned n, uint64_t va)
{
    static const unsigned ops[] = { 0, 1, 2, 3, 5, 7 };
    tlbi(ops[pick(6)], (uint64_t)asid_of[n] << 48 | va >> 12);
}

static void change_page(void)
{
    unsigned n = pick(SPACES), page = pick(16);
    uint64_t descriptor = pick(4) ? frame() | D_PAGE | D_NG | attributes() : 0;
    paging_map(&space[n], address_of(page), 3, descriptor);
    maintain(n, address_of(page));
}

/* The other table takes over, with attributes for all that is in it. */
static void change_table(void)
{
    const unsigned n = pick(SPACES), block = pick(2), op = pick(4); /* VMALLE1, VAE1, ASIDE1, VAAE1 */
    const uint64_t va = address_of(8 * block), slot = paging_slot(&space[n], va, 2);
    const uint64_t old = board_read(b, slot) & 0xfffffffff000;
    const uint64_t attributes = D_APTABLE(pick(4)) | (pick(2) ? D_UXNTABLE : 0) | (pick(2) ? D_PXNTABLE : 0);
    board_write(b, slot, spare[n][block] | D_TABLE | attributes);
    spare[n][block] = old;
    for (unsigned page = 0; page < (op & 1 ? 8 : 1); page++)
        tlbi(op, (uint64_t)asid_of[n] << 48 | ((va >> 12) + page));
}

/* The third block is a block, in all spaces alike when it is global. */
static void change_block(void)
{
    uint64_t va = address_of(16), descriptor = BOARD_RAM | D_BLOCK | attributes();
    bool global = pick(2);
    for (unsigned n = 0; n < SPACES; n++)
        paging_map(&space[n], va, 2, global ? descriptor : descriptor | D_NG);
    tlbi(pick(2) ? 3 : 0, (va >> 12) + pick(512));
}

static bool same_fault(const struct fault *x, const struct fault *y)
{
    return x->type == y->type && x->level == y->level && x->va == y->va;
}

static void check_load(void)
{
    uint64_t va = address_of(pick(PAGES)) + 8 * pick(512);
    bool unprivileged = pick(2);
    struct translation t;
    struct fault fault;
    bool expected =
        aarch64_translate_address(cpu, va, ACCESS_READ, unprivileged ? 0 : 1, &t, &fault);
    bool loaded = mem_load(cpu, va, 8, unprivileged ? MEM_UNPRIVILEGED : 0);
    ck_assert_int_eq(loaded, expected);
    if (loaded)
        ck_assert_uint_eq(cpu->data[0].d[0], board_read(b, t.pa));
    else
        ck_assert(same_fault(&cpu->fault, &fault));
}

static void check_store(void)
{
    uint64_t va = address_of(pick(16)) + 8 * pick(512);
    struct translation t;
    struct fault fault;
    bool expected = aarch64_translate_address(cpu, va, ACCESS_WRITE, 1, &t, &fault);
    cpu->data[0].d[0] = seed;
    ck_assert_int_eq(mem_store(cpu, va, 8, 0), expected);
    if (expected)
        ck_assert_uint_eq(board_read(b, t.pa), cpu->data[0].d[0]);
    else
        ck_assert(same_fault(&cpu->fault, &fault));
}

static void check_fetch(void)
{
    struct translation t;
    struct fault fault;
    cpu->pc = address_of(pick(PAGES)) + 4 * pick(1024);
    bool expected = aarch64_translate_address(cpu, cpu->pc, ACCESS_FETCH, 1, &t, &fault);
    struct code_page *code = mem_fetch_page(cpu);
    ck_assert_int_eq(code != NULL, expected);
    if (code)
        ck_assert_uint_eq(code->pa, t.pa & PAGE_MASK);
    else
        ck_assert(same_fault(&cpu->fault, &fault));
}

static void check_entry(const struct tlb_entry *e, enum access_type access, unsigned el)
{
    struct translation t;
    struct fault fault;
    if (e->tag == TAG_INVALID)
        return;
    ck_assert(aarch64_translate_address(cpu, e->tag, access, el, &t, &fault));
    ck_assert_uint_eq(e->addend + e->tag, (uintptr_t)b->ram + t.pa - BOARD_RAM);
    ck_assert(!t.device);
}

/* What handlers may do without asking anyone. */
static void check_soft_tlbs(void)
{
    for (unsigned el = 0; el < 2; el++) {
        for (unsigned i = 0; i < DTLB_SIZE + DTLB_VICTIMS; i++) {
            check_entry(&cpu->tlbs->dtlb[el].read.entry[i], ACCESS_READ, el);
            check_entry(&cpu->tlbs->dtlb[el].write.entry[i], ACCESS_WRITE, el);
        }
    }
}

static void setup(void)
{
    b = board_create();
    cpu = b->cpu;
    for (uint64_t pa = BOARD_RAM; pa < FRAME0 + 0x1000 * FRAMES; pa += 8)
        board_write(b, pa, pa);
    for (unsigned n = 0; n < SPACES; n++) {
        space[n] = paging_create(b, 12, 39, BOARD_RAM + 0x40000 + 0x10000 * n);
        for (unsigned page = 0; page < 16; page++)
            paging_slot(&space[n], address_of(page), 3);
        for (unsigned block = 0; block < 2; block++, space[n].next += 0x1000)
            spare[n][block] = (space[n].next + 0xfff) & ~0xfffull;
    }
    paging_enable(&space[0], TCR_T0SZ(25) | TCR_AS);
    use_space(0);
    seed = 0x9e3779b97f4a7c15;
}

static void teardown(void)
{
    board_destroy(b);
}

START_TEST(remembered_translations_agree_with_the_tables)
{
    seed += (uint64_t)_i * 0x1234567;
    for (unsigned step = 0; step < 20000; step++) {
        switch (pick(12)) {
        case 0:
            change_page();
            break;
        case 1:
            if (!pick(4))
                change_block();
            else if (!pick(4))
                change_table();
            break;
        case 2:
            use_space(pick(SPACES));
            break;
        case 3:
        case 4:
            check_store();
            break;
        case 5:
            check_fetch();
            break;
        default:
            check_load();
        }
        if (step % 64 == 0)
            check_soft_tlbs();
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tlb");
    TCase *tc = tcase_create("tlb");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, remembered_translations_agree_with_the_tables, 0, 5);
    suite_add_tcase(suite, tc);
    return board_run_suite(suite);
}
