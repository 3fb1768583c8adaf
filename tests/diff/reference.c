/* SPDX-License-Identifier: MIT */
/*
 * The reference side: an AArch64 Linux program that runs each case natively, on hardware or under a
 * user-mode emulator.
 *
 *   reference < cases > results
 *
 * It needs no assembly. Signals carry the whole register state: the handler stores the state at the
 * breakpoint behind an instruction as its result, loads the next case into the signal frame, and
 * returns into it.
 */
#include "tests/diff/record.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

/* One program, one purpose: the signal handler has no other way to its data. */
static struct diff_case *cases;
static struct diff_state *results;
static size_t count, next;

static struct fpsimd_context *fp_registers(mcontext_t *m)
{
    struct _aarch64_ctx *head = (void *)m->__reserved;
    while (head->magic != FPSIMD_MAGIC)
        head = (void *)((uint8_t *)head + head->size);
    return (void *)head;
}

static void load_case(mcontext_t *m, const struct diff_case *c)
{
    struct fpsimd_context *fp = fp_registers(m);
    memcpy(m->regs, c->state.x, sizeof(c->state.x));
    m->sp = c->state.sp;
    m->pc = CODE_BASE + SLOT * next;
    m->pstate = (m->pstate & 0x0fffffff) | c->state.nzcv;
    fp->fpcr = c->state.fpcr;
    fp->fpsr = c->state.fpsr;
    memcpy(fp->vregs, c->state.v, sizeof(c->state.v));
    memset((void *)DATA_BASE, 0, DATA_SIZE);
    memcpy((void *)WINDOW, c->state.memory, WINDOW_SIZE);
}

static enum diff_end end_of(int signal, int code)
{
    switch (signal) {
    case SIGTRAP:
        return END_BREAKPOINT;
    case SIGILL:
        return END_UNDEFINED;
    case SIGSEGV:
        return code == SEGV_ACCERR ? END_PERMISSION : END_ABORT;
    case SIGBUS:
        return END_ABORT;
    default:
        return END_OTHER;
    }
}

static void store_result(mcontext_t *m, struct diff_state *s, int signal, const siginfo_t *info)
{
    const struct fpsimd_context *fp = fp_registers(m);
    memset(s, 0, sizeof(*s));
    memcpy(s->x, m->regs, sizeof(s->x));
    s->sp = m->sp;
    s->pc = m->pc - (CODE_BASE + SLOT * next);
    s->nzcv = m->pstate & 0xf0000000;
    s->fpcr = fp->fpcr;
    s->fpsr = fp->fpsr;
    memcpy(s->v, fp->vregs, sizeof(s->v));
    memcpy(s->memory, (void *)WINDOW, WINDOW_SIZE);
    s->end = end_of(signal, info->si_code);
    if (s->end == END_ABORT || s->end == END_PERMISSION)
        s->address = (uint64_t)info->si_addr & ADDRESS_MASK;
}

static void write_all(const void *data, size_t size)
{
    for (const char *p = data; size;) {
        const ssize_t n = write(STDOUT_FILENO, p, size);
        if (n <= 0)
            _exit(1);
        p += n;
        size -= (size_t)n;
    }
}

static int started;

static void on_signal(int signal, siginfo_t *info, void *context)
{
    mcontext_t *m = &((ucontext_t *)context)->uc_mcontext;
    if (started) {
        store_result(m, &results[next], signal, info);
        next++;
    }
    started = 1;
    if (next == count) {
        write_all(results, count * sizeof(*results));
        _exit(0);
    }
    load_case(m, &cases[next]);
}

static size_t read_cases(void)
{
    size_t n = 0;
    cases = calloc(CASES_MAX, sizeof(*cases));
    while (cases && n < CASES_MAX && fread(&cases[n], sizeof(*cases), 1, stdin) == 1)
        n++;
    results = calloc(n + 1, sizeof(*results));
    return n;
}

static int map(uint64_t base, size_t size, int protection)
{
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
    return mmap((void *)base, size, protection, flags, -1, 0) == (void *)base;
}

/* The hole is mapped first and unmapped again, so that nothing else is there. */
static int map_all(void)
{
    return map(CODE_BASE, SLOT * CASES_MAX, PROT_READ | PROT_WRITE | PROT_EXEC) &&
           map(DATA_BASE, DATA_SIZE, PROT_READ | PROT_WRITE) &&
           map(READ_ONLY, DATA_END - READ_ONLY, PROT_READ) &&
           munmap((void *)HOLE, DATA_END - HOLE) == 0;
}

int main(void)
{
    static const int signals[] = { SIGTRAP, SIGILL, SIGSEGV, SIGBUS };
    static char stack[1 << 16];
    const stack_t alternative = { .ss_sp = stack, .ss_size = sizeof(stack) };
    struct sigaction action = { .sa_sigaction = on_signal,
                                .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };
    count = read_cases();
    if (!results || !map_all())
        return 1;
    uint32_t *code = (uint32_t *)CODE_BASE;
    for (size_t i = 0; i < count * SLOT / 4; i++) {
        const struct diff_case *c = &cases[i / (SLOT / 4)];
        code[i] = slot_word(i % (SLOT / 4), c->words, c->length);
    }
    __builtin___clear_cache((char *)code, (char *)(code + count * SLOT / 4));
    sigaltstack(&alternative, NULL);
    for (unsigned i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        sigaction(signals[i], &action, NULL);
    alarm(300); /* no case takes long: one that hangs is an error, too */
    __builtin_trap();
}
