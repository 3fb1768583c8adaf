/* SPDX-License-Identifier: MIT */
/*
 * The generic timers: conditions, masks, interrupts at their deadlines, the event stream, and what
 * EL0 may do. Arm ARM D10, "The Generic Timer in AArch64 state".
 */
#include "tests/guest/gic.h"
#include "tests/guest/paging.h"

#define CTL_ENABLE 1
#define CTL_IMASK  2
#define TICKS      6250ul /* 100 us */
#define BOTH       (1u << INTID_VIRTUAL | 1u << INTID_PHYSICAL)

#define CNTKCTL_EVNTEN   (1ul << 2)
#define CNTKCTL_EVNTDIR  (1ul << 3)
#define CNTKCTL_EVNTI(n) ((u64)(n) << 4)

static volatile u32 order[8];
static volatile u32 taken;

static void take_interrupt(void)
{
    u32 id = read32(GICC_IAR);

    if (id == INTID_VIRTUAL)
        WRITE_SYSREG(cntv_ctl_el0, 0);
    if (id == INTID_PHYSICAL)
        WRITE_SYSREG(cntp_ctl_el0, 0);
    order[taken++ % COUNT(order)] = id;
    write32(GICC_EOIR, id);
}

/* Until `count` interrupts have come; they are printed in their order. */
static void wait_for(const char *name, u32 count)
{
    while (taken < count)
        __asm__ volatile("wfi\n\tmsr daifclr, #2\n\tisb\n\tmsr daifset, #2" ::: "memory");
    print(name);
    for (u32 i = 0; i < taken; i++)
        printf(" %u", order[i]);
    print("\n");
    taken = 0;
}

#define DEFINE_TIMER_TESTS(timer, name)                                                            \
    static void conditions_##timer(void)                                                           \
    {                                                                                              \
        static const u64 compare[] = { 0, 1, 1ul << 63, -1ul, 1ul << 62 };                         \
        for (u32 i = 0; i < COUNT(compare); i++) {                                                 \
            WRITE_SYSREG(timer##_cval_el0, compare[i]);                                            \
            WRITE_SYSREG(timer##_ctl_el0, CTL_ENABLE);                                             \
            u64 line = read32(GICD_ISPENDR) & BOTH, on = READ_SYSREG(timer##_ctl_el0);             \
            WRITE_SYSREG(timer##_ctl_el0, CTL_ENABLE | CTL_IMASK);                                 \
            printf("%s CVAL %lx: CTL %lx pending %lx; masked: CTL %lx pending %x\n", name,         \
                   READ_SYSREG(timer##_cval_el0), on, line, READ_SYSREG(timer##_ctl_el0),          \
                   read32(GICD_ISPENDR) & BOTH);                                                   \
        }                                                                                          \
        WRITE_SYSREG(timer##_ctl_el0, 0xfffffffffffffff8);                                         \
        printf("%s CTL, reserved bits: %lx\n", name, READ_SYSREG(timer##_ctl_el0));                \
    }                                                                                              \
    static void values_##timer(void)                                                               \
    {                                                                                              \
        static const u32 values[] = { 0, 1000000000, 0x7fffffff, 0x80000000, 0xffffff00 };         \
        for (u32 i = 0; i < COUNT(values); i++) {                                                  \
            u64 before = READ_SYSREG(cntpct_el0);                                                  \
            WRITE_SYSREG(timer##_tval_el0, values[i] | 0xabcd00000000);                            \
            u64 after = READ_SYSREG(cntpct_el0), cval = READ_SYSREG(timer##_cval_el0);             \
            u64 from = before + (u64)(int)values[i], to = after + (u64)(int)values[i];             \
            u32 tval = (u32)READ_SYSREG(timer##_tval_el0);                                         \
            printf("%s TVAL %x: CVAL fits %u, TVAL counts down %u, upper half %lx\n", name,        \
                   values[i], cval - from <= to - from, values[i] - tval < 100000000,              \
                   READ_SYSREG(timer##_tval_el0) >> 32);                                           \
        }                                                                                          \
    }                                                                                              \
    static void deadline_##timer(void)                                                             \
    {                                                                                              \
        u64 start = READ_SYSREG(cntvct_el0);                                                       \
        WRITE_SYSREG(timer##_cval_el0, start + TICKS);                                             \
        WRITE_SYSREG(timer##_ctl_el0, CTL_ENABLE);                                                 \
        wait_for(name " interrupt:", 1);                                                           \
        printf("not early: %u\n", READ_SYSREG(cntvct_el0) - start >= TICKS);                       \
        WRITE_SYSREG(timer##_tval_el0, -1);                                                        \
        WRITE_SYSREG(timer##_ctl_el0, CTL_ENABLE);                                                 \
        u32 expired = read32(GICD_ISPENDR) & BOTH;                                                 \
        WRITE_SYSREG(timer##_tval_el0, 0x7fffffff);                                                \
        printf("%s expired %x, set anew %x\n", name, expired, read32(GICD_ISPENDR) & BOTH);        \
        WRITE_SYSREG(timer##_ctl_el0, 0);                                                          \
    }
DEFINE_TIMER_TESTS(cntv, "virtual")
DEFINE_TIMER_TESTS(cntp, "physical")

static void both(void)
{
    u64 now = READ_SYSREG(cntpct_el0);

    WRITE_SYSREG(cntv_cval_el0, now + 2 * TICKS);
    WRITE_SYSREG(cntp_cval_el0, now + TICKS);
    WRITE_SYSREG(cntv_ctl_el0, CTL_ENABLE);
    WRITE_SYSREG(cntp_ctl_el0, CTL_ENABLE);
    wait_for("the physical one first:", 2);
    now = READ_SYSREG(cntpct_el0);
    WRITE_SYSREG(cntv_cval_el0, now + TICKS);
    WRITE_SYSREG(cntp_cval_el0, now + 2 * TICKS);
    WRITE_SYSREG(cntp_ctl_el0, CTL_ENABLE);
    WRITE_SYSREG(cntv_ctl_el0, CTL_ENABLE);
    wait_for("the virtual one first:", 2);
    WRITE_SYSREG(cntp_cval_el0, 0);
    WRITE_SYSREG(cntv_cval_el0, 0);
    WRITE_SYSREG(cntp_ctl_el0, CTL_ENABLE);
    WRITE_SYSREG(cntv_ctl_el0, CTL_ENABLE);
    wait_for("both at once:", 2);
    WRITE_SYSREG(cntv_cval_el0, READ_SYSREG(cntvct_el0) + TICKS);
    WRITE_SYSREG(cntv_ctl_el0, CTL_ENABLE);
    while (!(READ_SYSREG(cntv_ctl_el0) & 4))
        ;
    printf("seen by polling: pending %x\n", read32(GICD_ISPENDR) & BOTH);
    wait_for("taken late:", 1);
}

static void counters(void)
{
    u64 wrong = 0, last = 0;

    for (u64 i = 0; i < 1000; i++) {
        u64 p = READ_SYSREG(cntpct_el0), v = READ_SYSREG(cntvct_el0), q = READ_SYSREG(cntpct_el0);
        wrong += p < last || v < p || q < v;
        last = q;
    }
    printf("CNTFRQ %lx, counters out of order: %lu\n", READ_SYSREG(cntfrq_el0), wrong);
}

/* Nothing but the stream can end these WFEs. */
static void event_stream(void)
{
    for (u64 n = 4; n < 12; n += 3) {
        WRITE_SYSREG(cntkctl_el1, CNTKCTL_EVNTEN | CNTKCTL_EVNTI(n));
        __asm__ volatile("sevl\n\twfe\n\twfe\n\twfe" ::: "memory");
        WRITE_SYSREG(cntkctl_el1, CNTKCTL_EVNTEN | CNTKCTL_EVNTDIR | CNTKCTL_EVNTI(n));
        __asm__ volatile("wfe\n\twfe" ::: "memory");
        printf("events of bit %lu\n", n);
    }
    WRITE_SYSREG(cntkctl_el1, -1ul);
    printf("CNTKCTL %lx\n", READ_SYSREG(cntkctl_el1));
    WRITE_SYSREG(cntkctl_el1, 0);
}

INSTRUCTION(read_cntpct, "mrs x0, cntpct_el0");
INSTRUCTION(read_cntvct, "mrs x0, cntvct_el0");
INSTRUCTION(read_cntfrq, "mrs x0, cntfrq_el0");
INSTRUCTION(write_cntfrq, "msr cntfrq_el0, x0");
INSTRUCTION(read_cntp_ctl, "mrs x0, cntp_ctl_el0");
INSTRUCTION(write_cntp_ctl, "msr cntp_ctl_el0, xzr");
INSTRUCTION(read_cntp_cval, "mrs x0, cntp_cval_el0");
INSTRUCTION(write_cntp_tval, "msr cntp_tval_el0, x0");
INSTRUCTION(read_cntv_ctl, "mrs x3, cntv_ctl_el0");
INSTRUCTION(read_cntv_tval, "mrs x0, cntv_tval_el0");
INSTRUCTION(write_cntv_cval, "msr cntv_cval_el0, x0");
INSTRUCTION(read_cntkctl, "mrs x0, cntkctl_el1");

/* Bit 0: EL0PCTEN, 1: EL0VCTEN, 8: EL0VTEN, 9: EL0PTEN. */
static void el0(void)
{
    static const u32 *const code[] = { read_cntpct,    read_cntvct,     read_cntfrq,
                                       write_cntfrq,   read_cntp_ctl,   write_cntp_ctl,
                                       read_cntp_cval, write_cntp_tval, read_cntv_ctl,
                                       read_cntv_tval, write_cntv_cval, read_cntkctl };

    for (u64 i = 0; i < 16; i++) {
        u32 allowed = 0;
        WRITE_SYSREG(cntkctl_el1, (i & 3) | i >> 2 << 8);
        for (u32 j = 0; j < COUNT(code); j++) {
            struct outcome o = probe_code(0, (u64)code[j], 0, 0);
            allowed |= !o.trapped << j;
            hash_outcome(&o);
            if (i == 0)
                printf(" %lx", o.esr);
        }
        printf("%s%lx: %x\n", i ? "" : "\nCNTKCTL ", READ_SYSREG(cntkctl_el1), allowed);
    }
    print_hash("syndromes");
}

int main(void)
{
    paging_start();
    on_interrupt = take_interrupt;
    write32(GICD_ISENABLER, BOTH);
    write32(GICC_PMR, 0xff);
    write32(GICD_CTLR, 1);
    conditions_cntv();
    conditions_cntp();
    values_cntv();
    values_cntp();
    write32(GICC_CTLR, 1);
    deadline_cntv();
    deadline_cntp();
    both();
    counters();
    event_stream();
    el0();
    return 0;
}
