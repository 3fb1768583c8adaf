/* SPDX-License-Identifier: MIT */
/*
 * What all CPUs do to the same memory at the same time: exclusives, locks, changes of page tables
 * and of code, interrupts and events from one to the next, CPUs that go and come.
 */
#include "tests/guest/gic.h"
#include "tests/guest/paging.h"
#include "tests/guest/team.h"

#define TIME_LIMIT 300ul /* ms a test */
#define ADDS       4000
#define FAULT      0xdeadul

static u64 end_of_test;
static volatile u64 wrong, looks, over;

static void begin(void)
{
    wrong = looks = over = 0;
    end_of_test = milliseconds() + TIME_LIMIT;
}

static void add(volatile u64 *p, u64 value)
{
    u64 old, failed;

    __asm__ volatile("1:\tldxr %0, [%2]\n\tadd %0, %0, %3\n\tstxr %w1, %0, [%2]\n\tcbnz %w1, 1b"
                     : "=&r"(old), "=&r"(failed)
                     : "r"(p), "r"(value)
                     : "memory");
}

static void report(const char *name)
{
    printf("%s: ", name);
    if (wrong)
        printf("%lu wrong of %lu\n", wrong, looks);
    else
        printf("ok\n# %lu looks\n", looks);
}

/* -- exclusives -- */

static struct {
    volatile u64 x __attribute__((aligned(LINE)));
    volatile u32 w;
    volatile u16 h;
    volatile u8 b;
    volatile u64 pair[2] __attribute__((aligned(16)));
} counter;

#define ADD_ONE(p, size, value)                                                                    \
    do {                                                                                           \
        u64 old_, failed_;                                                                         \
        __asm__ volatile("1:\tldaxr" size " %w0, [%2]\n\tadd %w0, %w0, #1\n\tstlxr" size           \
                         " %w1, %w0, [%2]\n\tcbnz %w1, 1b"                                         \
                         : "=&r"(old_), "=&r"(failed_)                                             \
                         : "r"(p)                                                                  \
                         : "memory");                                                              \
    } while (0)

/* The second word goes up by three when the first goes up by one. */
static void add_pair(volatile u64 pair[2])
{
    u64 low, high, failed;

    __asm__ volatile("1:\tldxp %0, %1, [%3]\n\tadd %0, %0, #1\n\tadd %1, %1, #3\n\t"
                     "stxp %w2, %0, %1, [%3]\n\tcbnz %w2, 1b"
                     : "=&r"(low), "=&r"(high), "=&r"(failed)
                     : "r"(pair)
                     : "memory");
}

static void count(u32 member)
{
    for (u32 i = 0; i < ADDS; i++) {
        add(&counter.x, 1);
        ADD_ONE(&counter.w, "", 1);
        ADD_ONE(&counter.h, "h", 1);
        ADD_ONE(&counter.b, "b", 1);
        add_pair(counter.pair);
    }
    (void)member;
}

static void check_counters(void)
{
    u64 all = (u64)ADDS * team_size;

    team_run(team_size, count);
    wrong = (counter.x != all) + (counter.w != (u32)all) + (counter.h != (u16)all) +
            (counter.b != (u8)all) + (counter.pair[0] != all) + (counter.pair[1] != 3 * all);
    looks = all;
    report("LDXR, STXR of every size");
}

/* -- a ticket lock, as kernels write it: LDAXR, WFE; STLR -- */

static volatile u64 next_ticket, serving;
static volatile u64 guarded[4];

static u64 take_ticket(void)
{
    u64 ticket, next, failed;

    __asm__ volatile("1:\tldaxr %0, [%3]\n\tadd %1, %0, #1\n\tstxr %w2, %1, [%3]\n\tcbnz %w2, 1b"
                     : "=&r"(ticket), "=&r"(next), "=&r"(failed)
                     : "r"(&next_ticket)
                     : "memory");
    return ticket;
}

static void wait_for(u64 ticket)
{
    u64 now;

    __asm__ volatile("sevl\n1:\twfe\n\tldaxr %0, [%1]\n\tcmp %0, %2\n\tb.ne 1b"
                     : "=&r"(now)
                     : "r"(&serving), "r"(ticket)
                     : "memory", "cc");
}

static void lock_and_add(u32 member)
{
    for (u32 i = 0; i < ADDS / 4; i++) {
        u64 ticket = take_ticket();
        wait_for(ticket);
        for (u32 j = 0; j < COUNT(guarded); j++)
            guarded[j]++;
        store_release(&serving, ticket + 1);
    }
    (void)member;
}

static void check_lock(void)
{
    u64 all = (u64)(ADDS / 4) * team_size;

    team_run(team_size, lock_and_add);
    for (u32 j = 0; j < COUNT(guarded); j++)
        wrong += guarded[j] != all;
    looks = all;
    report("a ticket lock that waits by WFE");
}

/* -- plain accesses are single-copy atomic -- */

static volatile u64 torn __attribute__((aligned(LINE)));

static void write_halves(u32 member)
{
    if (member % 2) {
        for (u64 i = 0; !over; i++)
            torn = i % 2 ? ~0ul : 0;
        return;
    }
    while (!over) {
        u64 value = torn;
        wrong += value != 0 && value != ~0ul;
        looks++;
        over |= milliseconds() >= end_of_test;
    }
}

/* -- TLB maintenance: behind the DSB nobody uses the old translation -- */

static struct tables tables;
static u64 window;
static volatile u64 phase; /* 2n: the window shows page n, 2n + 1: nothing; 0: it is changing */

static u64 skip_fault(u64 vector, struct frame *frame)
{
    if (vector != 4)
        return 0;
    frame->x[0] = FAULT;
    WRITE_SYSREG(elr_el1, READ_SYSREG(elr_el1) + 4);
    return 1;
}

static u64 load_window(void)
{
    register u64 x0 __asm__("x0");

    __asm__ volatile("ldr x0, [%1]" : "=&r"(x0) : "r"(window) : "memory");
    return x0;
}

static void set_window(u64 descriptor)
{
    *tables_entry(&tables, window, 3) = descriptor;
    DSB(ishst);
    __asm__ volatile("tlbi vaae1is, %0" ::"r"(window >> 12 & 0xfffffffffff) : "memory");
    DSB(ish);
}

static void change_mapping(void)
{
    for (u64 n = 1; milliseconds() < end_of_test; n++) {
        u64 page = RAM_BASE + 0x4000000 + n % 16 * 0x1000;
        phase = 0;
        DMB(ish);
        if (n % 2)
            set_window(0);
        else
            set_window(page | DESC_PAGE | DESC_RAM);
        store_release(&phase, n % 2 ? 2 * n + 1 : 2 * n);
        for (u32 i = 0; i < 200; i++)
            __asm__ volatile("nop");
    }
    over = 1;
}

static void map_and_look(u32 member)
{
    if (member == 0) {
        change_mapping();
        return;
    }
    while (!over) {
        u64 before = load_acquire(&phase), value = load_window();
        DMB(ish);
        if (!before || before != phase)
            continue;
        add(&looks, 1);
        if (value != (before % 2 ? FAULT : before / 2 % 16))
            add(&wrong, 1);
    }
}

/* -- stores stop when a page becomes read-only -- */

static void store_window(u64 value)
{
    register u64 x0 __asm__("x0") = value;

    __asm__ volatile("str x0, [%1]" : "+r"(x0) : "r"(window) : "memory");
}

static void protect_and_store(u32 member)
{
    u64 page = RAM_BASE + 0x4000000, writable = page | DESC_PAGE | DESC_RAM;

    for (u64 i = 1; member && !over; i++)
        store_window(i);
    while (member == 0 && milliseconds() < end_of_test) {
        set_window(writable);
        for (u32 i = 0; i < 2000; i++)
            __asm__ volatile("nop");
        set_window(writable | DESC_AP_READ_ONLY);
        u64 value = read64(page);
        for (u32 i = 0; i < 2000; i++)
            wrong += read64(page) != value;
        looks++;
    }
    if (member == 0)
        over = 1;
}

/* -- code that one CPU writes and all others run, with data beside it -- */

#define CODE_PAGE (RAM_BASE + 0x4100000)
#define MOVZ_X0   0xd2800000u
#define RET       0xd65f03c0u

static volatile u64 version;

static void write_function(u64 n)
{
    write32(CODE_PAGE, MOVZ_X0 | (u32)(n & 0xffff) << 5);
    sync_code(CODE_PAGE);
    write64(CODE_PAGE + 0x800, n); /* data in the same page */
    store_release(&version, n);
}

static void write_and_call(u32 member)
{
    u64 (*function)(void) = (u64(*)(void))CODE_PAGE;

    for (u64 n = 1; member == 0; n++) {
        write_function(n);
        for (u32 i = 0; i < 300; i++)
            __asm__ volatile("nop");
        if (milliseconds() >= end_of_test || n == 0xffff)
            break;
    }
    if (member == 0)
        over = 1;
    while (!over) {
        u64 first = load_acquire(&version);
        __asm__ volatile("isb" ::: "memory");
        u64 got = first ? function() : 0;
        DMB(ish);
        add(&looks, 1);
        if (got < first || got > version + 1) /* the next one may be there before its number is */
            add(&wrong, 1);
    }
}

/* -- one thing after the other, round and round: events, interrupts -- */

#define LAPS 300

static volatile u64 baton;

static void pass_by_event(u32 member)
{
    for (u64 lap = 0; lap < LAPS; lap++) {
        while (load_acquire(&baton) != lap * team_size + member)
            __asm__ volatile("wfe");
        baton++;
        __asm__ volatile("dsb ish\n\tsev" ::: "memory");
    }
}

static void wait_for_sgi(void)
{
    u32 intid;

    while ((intid = read32(GICC_IAR) & 0x3ff) == INTID_SPURIOUS)
        __asm__ volatile("dsb ish\n\twfi" ::: "memory");
    write32(GICC_EOIR, intid);
    wrong += intid != 1;
}

static void send_sgi(u32 member)
{
    DSB(ish);
    write32(GICD_SGIR, 1u << (16 + member) | 1);
}

static void pass_by_interrupt(u32 member)
{
    write32(GICC_PMR, 0xff);
    write32(GICC_CTLR, GICC_ENABLE_GRP0);
    write32(GICD_ISENABLER, 2);
    team_meet(team_size);
    for (u64 lap = 0; lap < LAPS; lap++) {
        if (member || lap)
            wait_for_sgi();
        baton++;
        send_sgi((member + 1) % team_size);
    }
    if (member == 0)
        wait_for_sgi();
}

static void check_baton(const char *name, void (*work)(u32 member))
{
    begin();
    baton = 0;
    team_run(team_size, work);
    wrong += baton != (u64)LAPS * team_size;
    looks = baton;
    report(name);
}

static void check(const char *name, void (*work)(u32 member))
{
    begin();
    team_run(team_size, work);
    report(name);
}

int main(void)
{
    paging_start();
    tables = tables_create(GRAIN_4K, 39);
    window = half_base(1, 39) + 0x200000;
    paging_replace(1, &tables, 0);
    team_start();
    printf("# %u CPUs\n", team_size);
    on_exception = skip_fault;
    for (u64 i = 0; i < 16; i++)
        write64(RAM_BASE + 0x4000000 + i * 0x1000, i);
    write32(CODE_PAGE + 4, RET);
    write32(GICD_CTLR, 1);
    begin();
    check_counters();
    begin();
    check_lock();
    check("64-bit accesses are whole", write_halves);
    check("TLBI: the window that is moved", map_and_look);
    check("TLBI: the page that becomes read-only", protect_and_store);
    check("code that is written while others run it", write_and_call);
    check_baton("round by WFE and SEV", pass_by_event);
    check_baton("round by WFI and SGI", pass_by_interrupt);
    return 0;
}
