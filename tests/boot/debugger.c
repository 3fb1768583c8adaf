/* SPDX-License-Identifier: MIT */
/*
 * What a debugger and a profiler ask of the kernel in a guest: hardware breakpoints, watchpoints
 * and single steps by ptrace(2), counting and sampling by perf_event_open(2). Prints what came of
 * it (test_debugger.py).
 */
#define _GNU_SOURCE
#include <elf.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <asm/ptrace.h>

#define ROUNDS 4

/* DBGBCR and DBGWCR as NT_ARM_HW_BREAK and NT_ARM_HW_WATCH take them. */
#define EXECUTE (1u | 0xfu << 5)
#define WRITES  (1u | 2u << 3 | 0xffu << 5)
#define READS   (1u | 1u << 3 | 0xffu << 5)

static volatile uint64_t written[2], read_from[2];

__attribute__((noinline)) static void target(uint64_t i)
{
    written[1] = i;
    (void)read_from[1];
}

static void debuggee(void)
{
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    raise(SIGSTOP);
    for (uint64_t i = 0; i < ROUNDS; i++)
        target(i);
    _exit(7);
}

static void set_register(pid_t pid, int kind, uint64_t address, uint32_t control)
{
    struct user_hwdebug_state state = { .dbg_regs = { { .addr = address, .ctrl = control } } };
    struct iovec io = { &state, offsetof(struct user_hwdebug_state, dbg_regs[1]) };
    if (ptrace(PTRACE_SETREGSET, pid, kind, &io))
        perror("PTRACE_SETREGSET");
}

/* Lets the debuggee go and tells why it stopped. */
static int go_on(pid_t pid, int request, const char *what, uint64_t base)
{
    int status;
    siginfo_t info = { 0 };
    ptrace(request, pid, 0, 0);
    waitpid(pid, &status, 0);
    if (!WIFSTOPPED(status)) {
        printf("%s: exit %d\n", what, WEXITSTATUS(status));
        return 0;
    }
    ptrace(PTRACE_GETSIGINFO, pid, 0, &info);
    if (base)
        printf("%s: signal %d code %d at %+ld\n", what, WSTOPSIG(status), info.si_code,
               (long)((uint64_t)info.si_addr - base));
    return WSTOPSIG(status);
}

static void debug(void)
{
    const uint64_t code = (uint64_t)target;
    int status;
    pid_t pid = fork();
    if (!pid)
        debuggee();
    waitpid(pid, &status, 0);
    set_register(pid, NT_ARM_HW_BREAK, code, EXECUTE);
    go_on(pid, PTRACE_CONT, "breakpoint", code);
    go_on(pid, PTRACE_CONT, "breakpoint", code);
    set_register(pid, NT_ARM_HW_BREAK, 0, 0);
    go_on(pid, PTRACE_SINGLESTEP, "step", code);
    go_on(pid, PTRACE_SINGLESTEP, "step", code);
    set_register(pid, NT_ARM_HW_WATCH, (uint64_t)&written[1], WRITES);
    go_on(pid, PTRACE_CONT, "write", (uint64_t)&written[1]);
    set_register(pid, NT_ARM_HW_WATCH, (uint64_t)&read_from[1], READS);
    go_on(pid, PTRACE_CONT, "read", (uint64_t)&read_from[1]);
    set_register(pid, NT_ARM_HW_WATCH, 0, 0);
    while (go_on(pid, PTRACE_SINGLESTEP, "stepped to the end", 0) == SIGTRAP)
        ;
}

/* -- perf -- */

static volatile sig_atomic_t samples;

static void on_sample(int number)
{
    samples++;
}

static int counter(uint64_t event, uint64_t period)
{
    struct perf_event_attr attr = {
        .size = sizeof(attr),
        .type = PERF_TYPE_HARDWARE,
        .config = event,
        .sample_period = period,
        .disabled = 1,
        .exclude_kernel = 1,
        .wakeup_events = period != 0,
    };
    int fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
    if (fd < 0)
        perror("perf_event_open");
    return fd;
}

/* 2 * rounds instructions. */
static void loop(uint64_t rounds)
{
    __asm__ volatile("1: subs %0, %0, #1\n\tb.ne 1b" : "+r"(rounds) : : "cc");
}

static uint64_t count_loop(int fd, uint64_t rounds)
{
    uint64_t value = 0;
    ioctl(fd, PERF_EVENT_IOC_ENABLE, 0);
    loop(rounds);
    ioctl(fd, PERF_EVENT_IOC_DISABLE, 0);
    if (read(fd, &value, sizeof(value)) != sizeof(value))
        perror("read");
    return value;
}

static void profile(void)
{
    const uint64_t counted = count_loop(counter(PERF_COUNT_HW_INSTRUCTIONS, 0), 1000000);
    printf("instructions: %s\n",
           counted >= 2000000 && counted < 2000100 ? "as many as there are" : "wrong");
    int fd = counter(PERF_COUNT_HW_CPU_CYCLES, 100000);
    signal(SIGIO, on_sample);
    fcntl(fd, F_SETFL, O_ASYNC);
    fcntl(fd, F_SETOWN, getpid());
    count_loop(fd, 5000000);
    printf("samples: %d\n", (int)samples);
}

int main(void)
{
    setvbuf(stdout, NULL, _IONBF, 0);
    debug();
    profile();
    return 0;
}
