/* SPDX-License-Identifier: MIT */
#include "tests/guest/team.h"

#define PSCI_AFFINITY_INFO 0xc4000004ul
#define PSCI_OFF           1
#define SPINS              1024

u32 team_size;

static struct place {
    volatile u64 value;
} __attribute__((aligned(LINE))) met[TEAM_MAX], done[TEAM_MAX], task;

static void (*volatile task_work)(u32 member);
static volatile u32 task_members;

static u32 member(void)
{
    return READ_SYSREG(mpidr_el1) & 7;
}

void team_relax(void)
{
    static volatile u32 spins[TEAM_MAX][LINE / sizeof(u32)];
    u32 own = member();

    if (++spins[own][0] % SPINS == 0)
        __asm__ volatile("yield");
}

u64 milliseconds(void)
{
    __asm__ volatile("isb");
    return READ_SYSREG(cntvct_el0) / (READ_SYSREG(cntfrq_el0) / 1000);
}

static void serve(void)
{
    u32 own = member();

    for (u64 number = 1;; number++) {
        while (load_acquire(&task.value) < number)
            __asm__ volatile("wfe");
        if (own < task_members)
            task_work(own);
        store_release(&done[own].value, number);
    }
}

void team_start(void)
{
    for (team_size = 1; team_size < TEAM_MAX; team_size++) {
        if ((u32)psci(PSCI_AFFINITY_INFO, team_size, 0, 0) != PSCI_OFF)
            break;
        start_cpu(team_size, serve);
    }
}

void team_run(u32 members, void (*work)(u32 member))
{
    u64 number = task.value + 1;

    for (u32 i = 0; i < members; i++)
        met[i].value = 0;
    task_work = work;
    task_members = members;
    store_release(&task.value, number);
    __asm__ volatile("dsb ish\n\tsev" ::: "memory");
    work(0);
    for (u32 i = 1; i < team_size; i++)
        while (load_acquire(&done[i].value) < number)
            team_relax();
}

void team_meet(u32 members)
{
    u64 own = met[member()].value + 1;

    DMB(ish);
    met[member()].value = own;
    for (u32 i = 0; i < members; i++)
        while (met[i].value < own)
            team_relax();
    DMB(ish);
}
