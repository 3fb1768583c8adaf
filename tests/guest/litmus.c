/* SPDX-License-Identifier: MIT */
/*
 * Memory-ordering litmus tests: Arm ARM B2.3, "Ordering requirements defined by the formal
 * concurrency model". Each is run many times; an outcome that the architecture forbids must never
 * be seen. Those that it allows are told as information, for a test that never meets a weak outcome
 * anywhere says little.
 *
 * x and y are 0 before; a thread does what its line says. W: store 1, R: load into its r0, then r1.
 */
#include "tests/guest/paging.h"
#include "tests/guest/team.h"

#define LINES      64    /* instances of x and y that are used between two meetings for all */
#define CHUNK      1     /* ... and between two meetings to get into step again */
#define ROUNDS     400   /* of LINES each, at most */
#define TIME_LIMIT 120ul /* ms a test */
#define THREADS    4

struct instance {
    volatile u64 x __attribute__((aligned(LINE)));
    volatile u64 y __attribute__((aligned(LINE)));
};
struct result {
    u64 r0, r1;
};
typedef void body(volatile u64 *x, volatile u64 *y, struct result *r);

static struct instance instances[LINES];
static struct result results[THREADS][LINES];

/* Operands: the addresses x and y, the registers r0 and r1, 1 and 2 to be stored, a scratch
 * register. */
#define BODY(name, text)                                                                           \
    static void name(volatile u64 *x, volatile u64 *y, struct result *r)                           \
    {                                                                                              \
        u64 r0 = 0, r1 = 0, scratch;                                                               \
        __asm__ volatile(text                                                                      \
                         : [r0] "+&r"(r0), [r1] "+&r"(r1), [s] "=&r"(scratch)                      \
                         : [x] "r"(x), [y] "r"(y), [one] "r"(1ul), [two] "r"(2ul)                  \
                         : "memory");                                                              \
        r->r0 = r0;                                                                                \
        r->r1 = r1;                                                                                \
    }
#define W(at)        "str %[one], [%[" #at "]]\n\t"
#define W2(at)       "str %[two], [%[" #at "]]\n\t"
#define WREL(at)     "stlr %[one], [%[" #at "]]\n\t"
#define R(to, at)    "ldr %[" #to "], [%[" #at "]]\n\t"
#define RACQ(to, at) "ldar %[" #to "], [%[" #at "]]\n\t"
#define FULL         "dmb ish\n\t"
#define ST           "dmb ishst\n\t"
#define LD           "dmb ishld\n\t"
#define SYNC         "dsb ish\n\t"
/* A load or store at an address, or of a value, that is computed from r0. */
#define R_ADDR(to, at) "eor %[s], %[r0], %[r0]\n\tldr %[" #to "], [%[" #at "], %[s]]\n\t"
#define W_DATA(at)     "eor %[s], %[r0], %[r0]\n\tadd %[s], %[s], #1\n\tstr %[s], [%[" #at "]]\n\t"
#define W_CTRL(at)     "cbnz %[r0], 1f\n1:\tstr %[one], [%[" #at "]]\n\t"
#define EXCHANGE(at)                                                                               \
    "1:\tldaxr %[s], [%[" #at "]]\n\tstlxr %w[s], %[one], [%[" #at "]]\n\tcbnz %w[s], 1b\n\t"

BODY(mp_w, W(x) W(y))
BODY(mp_r, R(r0, y) R(r1, x))
BODY(mp_w_full, W(x) FULL W(y))
BODY(mp_r_full, R(r0, y) FULL R(r1, x))
BODY(mp_w_st, W(x) ST W(y))
BODY(mp_r_ld, R(r0, y) LD R(r1, x))
BODY(mp_r_addr, R(r0, y) R_ADDR(r1, x))
BODY(mp_w_rel, W(x) WREL(y))
BODY(mp_r_acq, RACQ(r0, y) R(r1, x))
BODY(sb_0, W(x) R(r0, y))
BODY(sb_1, W(y) R(r0, x))
BODY(sb_0_full, W(x) FULL R(r0, y))
BODY(sb_1_full, W(y) FULL R(r0, x))
BODY(sb_0_sync, W(x) SYNC R(r0, y))
BODY(sb_1_sync, W(y) SYNC R(r0, x))
BODY(sb_0_sc, WREL(x) RACQ(r0, y))
BODY(sb_1_sc, WREL(y) RACQ(r0, x))
BODY(sb_0_swap, EXCHANGE(x) FULL R(r0, y))
BODY(sb_1_swap, EXCHANGE(y) FULL R(r0, x))
BODY(lb_0, R(r0, x) W(y))
BODY(lb_1, R(r0, y) W(x))
BODY(lb_0_full, R(r0, x) FULL W(y))
BODY(lb_1_full, R(r0, y) FULL W(x))
BODY(lb_0_data, R(r0, x) W_DATA(y))
BODY(lb_1_data, R(r0, y) W_DATA(x))
BODY(lb_0_ctrl, R(r0, x) W_CTRL(y))
BODY(lb_1_ctrl, R(r0, y) W_CTRL(x))
BODY(lb_0_acq, RACQ(r0, x) W(y))
BODY(lb_1_acq, RACQ(r0, y) W(x))
BODY(w_x, W(x))
BODY(w_y, W(y))
BODY(w_x_rel, WREL(x))
BODY(w_y_rel, WREL(y))
BODY(r_xy, R(r0, x) R(r1, y))
BODY(r_yx, R(r0, y) R(r1, x))
BODY(r_xy_full, R(r0, x) FULL R(r1, y))
BODY(r_yx_full, R(r0, y) FULL R(r1, x))
BODY(r_xy_acq, RACQ(r0, x) RACQ(r1, y))
BODY(r_yx_acq, RACQ(r0, y) RACQ(r1, x))
BODY(r_xy_addr, R(r0, x) R_ADDR(r1, y))
BODY(r_yx_addr, R(r0, y) R_ADDR(r1, x))
BODY(w_xy_st, W(x) ST W2(y))
BODY(w_yx_st, W(y) ST W2(x))
BODY(r_0_full, W(x) FULL W(y))
BODY(r_1_full, W2(y) FULL R(r0, x))
BODY(corr, R(r0, x) R(r1, x))
BODY(wrc_1, R(r0, x) FULL W(y))
BODY(wrc_1_rel, R(r0, x) WREL(y))
BODY(wrc_1_data, R(r0, x) W_DATA(y))

/* Outcomes, of the results of the threads and of what is in memory at the end. */
struct outcome_of {
    struct result t[THREADS];
    u64 x, y;
};
#define OUTCOME(name, condition)                                                                   \
    static u64 name(const struct outcome_of *o)                                                    \
    {                                                                                              \
        return condition;                                                                          \
    }
OUTCOME(mp_weak, o->t[1].r0 == 1 && o->t[1].r1 == 0)
OUTCOME(sb_weak, o->t[0].r0 == 0 && o->t[1].r0 == 0)
OUTCOME(lb_weak, o->t[0].r0 == 1 && o->t[1].r0 == 1)
OUTCOME(iriw_weak, o->t[2].r0 == 1 && o->t[2].r1 == 0 && o->t[3].r0 == 1 && o->t[3].r1 == 0)
OUTCOME(two_writes_weak, o->x == 1 && o->y == 1)
OUTCOME(r_weak, o->y == 2 && o->t[1].r0 == 0)
OUTCOME(corr_weak, o->t[1].r0 == 1 && o->t[1].r1 == 0)
OUTCOME(wrc_weak, o->t[1].r0 == 1 && o->t[2].r0 == 1 && o->t[2].r1 == 0)

enum { FORBIDDEN, ALLOWED };
static const struct test {
    const char *name;
    u32 allowed;
    u64 (*weak)(const struct outcome_of *o);
    body *thread[THREADS];
} tests[] = {
    { "message passing: plain", ALLOWED, mp_weak, { mp_w, mp_r } },
    { "message passing: DMB, DMB", FORBIDDEN, mp_weak, { mp_w_full, mp_r_full } },
    { "message passing: DMB ST, DMB LD", FORBIDDEN, mp_weak, { mp_w_st, mp_r_ld } },
    { "message passing: DMB, address", FORBIDDEN, mp_weak, { mp_w_full, mp_r_addr } },
    { "message passing: STLR, LDAR", FORBIDDEN, mp_weak, { mp_w_rel, mp_r_acq } },
    { "store buffering: plain", ALLOWED, sb_weak, { sb_0, sb_1 } },
    { "store buffering: DMB, DMB", FORBIDDEN, sb_weak, { sb_0_full, sb_1_full } },
    { "store buffering: DSB, DSB", FORBIDDEN, sb_weak, { sb_0_sync, sb_1_sync } },
    { "store buffering: STLR LDAR", FORBIDDEN, sb_weak, { sb_0_sc, sb_1_sc } },
    { "store buffering: LDAXR STLXR DMB", FORBIDDEN, sb_weak, { sb_0_swap, sb_1_swap } },
    { "load buffering: plain", ALLOWED, lb_weak, { lb_0, lb_1 } },
    { "load buffering: DMB, DMB", FORBIDDEN, lb_weak, { lb_0_full, lb_1_full } },
    { "load buffering: data, data", FORBIDDEN, lb_weak, { lb_0_data, lb_1_data } },
    { "load buffering: control, control", FORBIDDEN, lb_weak, { lb_0_ctrl, lb_1_ctrl } },
    { "load buffering: LDAR, LDAR", FORBIDDEN, lb_weak, { lb_0_acq, lb_1_acq } },
    { "2+2 writes: DMB ST, DMB ST", FORBIDDEN, two_writes_weak, { w_xy_st, w_yx_st } },
    { "R: DMB, DMB", FORBIDDEN, r_weak, { r_0_full, r_1_full } },
    { "coherence of two loads", FORBIDDEN, corr_weak, { w_x, corr } },
    { "write to read causality: DMB, address", FORBIDDEN, wrc_weak, { w_x, wrc_1, mp_r_addr } },
    { "write to read causality: data, address",
      FORBIDDEN,
      wrc_weak,
      { w_x, wrc_1_data, mp_r_addr } },
    { "write to read causality: STLR, LDAR", FORBIDDEN, wrc_weak, { w_x, wrc_1_rel, mp_r_acq } },
    { "independent reads: plain", ALLOWED, iriw_weak, { w_x, w_y, r_xy, r_yx } },
    { "independent reads: DMB", FORBIDDEN, iriw_weak, { w_x, w_y, r_xy_full, r_yx_full } },
    { "independent reads: address", FORBIDDEN, iriw_weak, { w_x, w_y, r_xy_addr, r_yx_addr } },
    { "independent reads: STLR, LDAR",
      FORBIDDEN,
      iriw_weak,
      { w_x_rel, w_y_rel, r_xy_acq, r_yx_acq } },
};

static const struct test *test;
static u32 threads;
static volatile u64 over;
static u64 weak, runs;

static void delay(u64 turns)
{
    while (turns--)
        __asm__ volatile("nop");
}

static void prepare(void)
{
    for (u32 i = 0; i < LINES; i++)
        instances[i].x = instances[i].y = 0;
}

static void count(void)
{
    for (u32 i = 0; i < LINES; i++) {
        struct outcome_of o = { .x = instances[i].x, .y = instances[i].y };
        for (u32 t = 0; t < threads; t++)
            o.t[t] = results[t][i];
        weak += test->weak(&o);
    }
    runs += LINES;
}

static void run_lines(u32 member, u64 *seed)
{
    for (u32 i = 0; i < LINES; i++) {
        if (i % CHUNK == 0)
            team_meet(threads);
        *seed = *seed * 6364136223846793005ul + 1;
        delay(*seed >> 61);
        test->thread[member](&instances[i].x, &instances[i].y, &results[member][i]);
    }
}

static void work(u32 member)
{
    u64 seed = member, end = milliseconds() + TIME_LIMIT;

    for (u32 round = 0; round < ROUNDS && !over; round++) {
        if (member == 0)
            prepare();
        run_lines(member, &seed);
        team_meet(threads);
        if (member == 0) {
            count();
            over = milliseconds() >= end;
        }
        team_meet(threads);
    }
}

static void run_test(void)
{
    threads = test->thread[3] ? 4 : test->thread[2] ? 3 : 2;
    over = weak = runs = 0;
    if (threads <= team_size)
        team_run(threads, work);
    if (test->allowed)
        printf("# %s: allowed, seen %lu times in %lu\n", test->name, weak, runs);
    else if (weak)
        printf("%s: FORBIDDEN, seen %lu times in %lu\n", test->name, weak, runs);
    else
        printf("%s: ok\n# in %lu runs\n", test->name, runs);
}

int main(void)
{
    paging_start();
    team_start();
    printf("# %u CPUs\n", team_size);
    for (u32 i = 0; i < COUNT(tests); i++) {
        test = &tests[i];
        run_test();
    }
    return 0;
}
