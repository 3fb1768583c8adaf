/* SPDX-License-Identifier: MIT */
#include "tests/cpu/paging.h"

#include <stdlib.h>

static unsigned low_bit(const struct paging *p, unsigned level)
{
    return (3 - level) * (p->grain - 3) + p->grain;
}

static unsigned first_level(const struct paging *p)
{
    unsigned level = 3;
    while (low_bit(p, level) + p->grain - 3 < p->size)
        level--;
    return level;
}

static uint64_t new_table(struct paging *p)
{
    uint64_t size = 1ull << p->grain, table = (p->next + size - 1) & ~(size - 1);
    p->next = table + size;
    ck_assert_uint_le(p->next, BOARD_RAM + BOARD_RAM_SIZE);
    for (uint64_t i = 0; i < size; i += 8)
        board_write(p->board, table + i, 0);
    return table;
}

struct paging paging_create(struct board *b, unsigned grain, unsigned size, uint64_t memory)
{
    struct paging p = { .board = b, .next = memory, .grain = grain, .size = size };
    p.root = new_table(&p);
    return p;
}

static uint64_t slot_in(const struct paging *p, uint64_t table, uint64_t va, unsigned level)
{
    uint64_t input = va & ((1ull << p->size) - 1);
    return table + 8 * (input >> low_bit(p, level) & ((1ull << (p->grain - 3)) - 1));
}

uint64_t paging_slot(struct paging *p, uint64_t va, unsigned level)
{
    uint64_t table = p->root;
    for (unsigned l = first_level(p); l < level; l++) {
        uint64_t slot = slot_in(p, table, va, l), descriptor = board_read(p->board, slot);
        if (!descriptor) {
            descriptor = new_table(p) | D_TABLE;
            board_write(p->board, slot, descriptor);
        }
        table = descriptor & ((1ull << 48) - 1) & ~((1ull << p->grain) - 1);
    }
    return slot_in(p, table, va, level);
}

void paging_map(struct paging *p, uint64_t va, unsigned level, uint64_t descriptor)
{
    board_write(p->board, paging_slot(p, va, level), descriptor);
}

void paging_enable(struct paging *p, uint64_t tcr)
{
    board_set(p->board, "MAIR_EL1", PAGING_MAIR);
    board_set(p->board, "TTBR0_EL1", p->root);
    board_set(p->board, "TCR_EL1", tcr);
    board_set(p->board, "SCTLR_EL1", board_get(p->board, "SCTLR_EL1") | 1);
}

void board_set(struct board *b, const char *sysreg, uint64_t value)
{
    ck_assert_msg(cpu_set_sysreg(b->cpu, sysreg, value), "%s", sysreg);
}

uint64_t board_get(struct board *b, const char *sysreg)
{
    uint64_t value;
    ck_assert_msg(cpu_get_sysreg(b->cpu, sysreg, &value), "%s", sysreg);
    return value;
}

void board_set_el(struct board *b, unsigned el)
{
    cpu_set_pstate(b->cpu, (cpu_get_pstate(b->cpu) & ~0xfu) | (el ? 5 : 0));
}

int board_run_suite(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
