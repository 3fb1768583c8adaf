/* SPDX-License-Identifier: MIT */
/*
 * Load-exclusive and store-exclusive: what keeps and what clears the monitors, faults, and two CPUs
 * that compete. Arm ARM B2.9, "Synchronization and semaphores"; J1, AArch64.ExclusiveMonitorsPass.
 *
 * Not here, as the architecture leaves them open: other sizes or addresses for the store than for
 * the load, this CPU's plain stores in between.
 */
#include "tests/guest/paging.h"

#define WINDOW (HIGH_HALF | 0xff8000200000)

/* label, instructions: x0 address, x1 what is stored; x3 the status, x1 and x2 what was loaded */
#define PAIRS(X)                                                                                   \
    X(pair_b, "ldxrb w2, [x0]\n\tstxrb w3, w1, [x0]")                                              \
    X(pair_h, "ldxrh w2, [x0]\n\tstxrh w3, w1, [x0]")                                              \
    X(pair_w, "ldxr w2, [x0]\n\tstxr w3, w1, [x0]")                                                \
    X(pair_x, "ldxr x2, [x0]\n\tstxr w3, x1, [x0]")                                                \
    X(pair_acquire_b, "ldaxrb w2, [x0]\n\tstlxrb w3, w1, [x0]")                                    \
    X(pair_acquire_h, "ldaxrh w2, [x0]\n\tstlxrh w3, w1, [x0]")                                    \
    X(pair_acquire_w, "ldaxr w2, [x0]\n\tstlxr w3, w1, [x0]")                                      \
    X(pair_acquire_x, "ldaxr x2, [x0]\n\tstlxr w3, x1, [x0]")                                      \
    X(pair_of_w, "ldxp w9, w2, [x0]\n\tstxp w3, w1, w9, [x0]")                                     \
    X(pair_of_x, "ldxp x9, x2, [x0]\n\tstxp w3, x1, x9, [x0]")                                     \
    X(pair_acquire_of_x, "ldaxp x9, x2, [x0]\n\tstlxp w3, x1, x9, [x0]")                           \
    X(no_load, "clrex\n\tstxr w3, x1, [x0]")                                                       \
    X(no_load_of_pair, "clrex\n\tstxp w3, x1, x1, [x0]")                                           \
    X(twice, "ldxr x2, [x0]\n\tstxr w9, x1, [x0]\n\tstxr w3, x1, [x0]")                            \
    X(cleared, "ldxr x2, [x0]\n\tclrex\n\tstxr w3, x1, [x0]")                                      \
    X(exception, "ldxr x2, [x0]\n\tsvc #1\n\tstxr w3, x1, [x0]")                                   \
    X(reload, "ldxr x2, [x0]\n\tclrex\n\tldxr x2, [x0]\n\tstxr w3, x1, [x0]")                      \
    X(other_load, "ldxr x9, [x0, #0]\n\tldr x2, [x0, #8]\n\tstxr w3, x1, [x0]")                    \
    X(barriers,                                                                                    \
      "ldxr x2, [x0]\n\tdmb ish\n\tdsb sy\n\tisb\n\tprfm pstl1keep, [x0]\n\tstxr w3, x1, [x0]")    \
    X(status_is_data, "mov x3, x1\n\tldxr x2, [x0]\n\tadd x9, x1, x2\n\tstxr w3, x9, [x0]")        \
    X(zero_register, "ldxr xzr, [x0]\n\tstxr w3, xzr, [x0]")

#define DEFINE(label, text) INSTRUCTION(label, text);
#define ENTRY(label, text)  { #label, label },
PAIRS(DEFINE)
INSTRUCTION(store_only, "stxr w3, x1, [x0]");
INSTRUCTION(store_only_pair, "stxp w3, x1, x2, [x0]");
INSTRUCTION(load_then_store_there, "ldxr x2, [x1]\n\tstxr w3, x2, [x0]");

static struct tables tables;
static u64 page;

static void run(const char *name, const u32 *code, u64 va, u64 x1)
{
    u64 count = trap.count;
    struct registers r = { .x = { va, x1, 0, 0x55 } };

    run_registers(code, &r);
    printf("%s: status %lx loaded %lx memory %lx %lx", name, r.x[3], r.x[2], read64(page),
           read64(page + 8));
    if (trap.count != count)
        printf(" esr %lx far %lx", trap.esr, trap.far);
    print("\n");
}

static void one_cpu(void)
{
    static const struct {
        const char *name;
        const u32 *code;
    } pairs[] = { PAIRS(ENTRY) };

    for (u32 i = 0; i < COUNT(pairs); i++) {
        write64(page, 0x1111111111111111);
        write64(page + 8, 0x2222222222222222);
        run(pairs[i].name, pairs[i].code, WINDOW, 0xabcdef0123456789);
    }
}

static void faults(void)
{
    volatile u64 *entry = tables_entry(&tables, WINDOW, 3);
    u64 writable = *entry;

    run("aligned load, misaligned store", load_then_store_there, WINDOW + 1, WINDOW);
    run("misaligned store", store_only, WINDOW + 4, 0);
    run("misaligned pair", store_only_pair, WINDOW + 8, 0);
    *entry = writable | DESC_AP_READ_ONLY;
    flush_tlb();
    run("read-only", pair_x, WINDOW, 7);
    run("read-only, pair", pair_of_x, WINDOW, 7);
    *entry = 0;
    flush_tlb();
    run("not there", pair_x, WINDOW, 7);
    *entry = writable;
    flush_tlb();
}

/* -- two CPUs -- */

#define ROUNDS 3000

static volatile u64 counter, lock, guarded, pair[2] __attribute__((aligned(16))), finished, flag;

static void add_exclusive(void)
{
    u64 value;
    u32 failed;

    do
        __asm__ volatile("ldxr %0, [%2]\n\tadd %0, %0, #1\n\tstxr %w1, %0, [%2]"
                         : "=&r"(value), "=&r"(failed)
                         : "r"(&counter)
                         : "memory");
    while (failed);
}

/* Both halves count; they must never part. */
static void add_pair(void)
{
    u64 low, high;
    u32 failed;

    do
        __asm__ volatile("ldaxp %0, %1, [%3]\n\tadd %0, %0, #1\n\tsub %1, %1, #1\n\t"
                         "stlxp %w2, %0, %1, [%3]"
                         : "=&r"(low), "=&r"(high), "=&r"(failed)
                         : "r"(pair)
                         : "memory");
    while (failed);
}

static void add_locked(void)
{
    u32 taken;

    __asm__ volatile("sevl\n1:\twfe\n2:\tldaxr %w0, [%1]\n\tcbnz %w0, 1b\n\t"
                     "stxr %w0, %w2, [%1]\n\tcbnz %w0, 2b"
                     : "=&r"(taken)
                     : "r"(&lock), "r"(1)
                     : "memory");
    guarded++;
    __asm__ volatile("stlr wzr, [%0]" ::"r"(&lock) : "memory");
}

static void compete(void)
{
    for (u64 i = 0; i < ROUNDS; i++) {
        add_exclusive();
        add_pair();
        add_locked();
    }
}

/* The other CPU: competes, then answers a flag with a plain store. */
static void other_cpu(void)
{
    compete();
    __asm__ volatile("dmb ish" ::: "memory");
    finished = 1;
    while (flag != 1)
        ;
    for (u64 i = 0; i < 1000; i++)
        __asm__ volatile("");
    flag = 2;
}

/* WFE without an event register set: the other CPU's store to what the monitor holds is the event.
 */
static void wait_for_store(void)
{
    u64 value;

    flag = 1;
    do
        __asm__ volatile("ldxr %0, [%1]\n\tcmp %0, #1\n\tb.ne 1f\n\twfe\n1:"
                         : "=&r"(value)
                         : "r"(&flag)
                         : "memory", "cc");
    while (value == 1);
    printf("woken by a store: %lx\n", value);
}

/* The other CPU's store is between load and store. */
static void stolen(void)
{
    u64 value;
    u32 failed;

    flag = 1;
    __asm__ volatile("ldxr %0, [%2]\n1:\tldr %0, [%2]\n\tcmp %0, #1\n\tb.eq 1b\n\t"
                     "stxr %w1, xzr, [%2]"
                     : "=&r"(value), "=&r"(failed)
                     : "r"(&flag)
                     : "memory", "cc");
    printf("the other CPU stored in between: status %x, memory %lx\n", failed, flag);
}

int main(void)
{
    paging_start();
    WRITE_SYSREG(cpacr_el1, 3ul << 20);
    page = new_table();
    tables = tables_create(GRAIN_4K, 39);
    *tables_entry(&tables, WINDOW, 3) = page | DESC_PAGE | DESC_RAM | DESC_AP_EL0;
    paging_replace(1, &tables, 0);
    one_cpu();
    faults();
    start_cpu(1, other_cpu);
    compete();
    while (!finished)
        ;
    printf("%lx %lx %lx %lx\n", counter, pair[0], -pair[1], guarded);
    wait_for_store();
    start_cpu(2, other_cpu);
    stolen();
    return 0;
}
