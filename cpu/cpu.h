/* SPDX-License-Identifier: MIT */
/*
 * An AArch64 processing element: EL0 and EL1 of a Cortex-A57 or its like (Armv8.0-A).
 *
 * The core knows no device. It reaches the machine through the cpu_port that it is created with and runs until
 * somebody wants something: the budget ends, the guest waits for an interrupt, a breakpoint is hit.
 *
 * Time. Every retired instruction counts one; so does taking an exception. Asynchronous events are taken at
 * check points only (backward, indirect and page-crossing branches, exception entry and return), which are a
 * property of the guest's code: the same inputs at the same counts give the same run.
 */
#ifndef CPU_CPU_H
#define CPU_CPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cpu;
struct code_cache;

enum cpu_line { CPU_LINE_IRQ, CPU_LINE_FIQ };
enum cpu_timer { CPU_TIMER_PHYSICAL, CPU_TIMER_VIRTUAL, CPU_TIMERS };

/* Classes of diagnostic output; each is off unless the machine says otherwise. */
enum cpu_log {
    CPU_LOG_UNIMP,       /* an instruction or register of the architecture that is not here */
    CPU_LOG_GUEST_ERROR, /* an access without meaning, such as an unallocated system register */
    CPU_LOG_INT,         /* exceptions taken and returned from */
    CPU_LOG_MMU,         /* translation faults and TLB maintenance */
    CPU_LOG_CLASSES
};

/* What a guest finds in the identification registers of a Cortex-A. */
struct cpu_model {
    const char *name;     /* "cortex-a57"; "arm," and this is the compatible string of a device tree */
    uint32_t midr, ctr;   /* MIDR_EL1, CTR_EL0 */
    uint32_t ccsidr[3];   /* CCSIDR_EL1 of the L1 data, L1 instruction and L2 caches */
    uint8_t pmcr_idcode;  /* PMCR_EL0.IDCODE */
    uint8_t pa_range;     /* ID_AA64MMFR0_EL1.PARange: */
    uint8_t pa_bits;      /* the size of a physical address */
};
const struct cpu_model *cpu_model_default(void);
/* By its name; NULL: not here. cpu_model_list: all names, for messages. */
const struct cpu_model *cpu_model_find(const char *name);
const char *cpu_model_list(void);

struct cpu_port {
    void *ctx;
    /* Host address of the 4 KiB page of guest memory at `pa` (page-aligned), NULL: no memory there.
     * Stays valid as long as the machine. *writable: false for read-only memory. */
    uint8_t *(*ram_page)(void *ctx, uint64_t pa, bool *writable);
    /* Device access of 1, 2, 4 or 8 bytes, naturally aligned. false: nothing answered (external abort). */
    bool (*mmio_read)(void *ctx, unsigned cpu, uint64_t pa, unsigned size, uint64_t *value);
    bool (*mmio_write)(void *ctx, unsigned cpu, uint64_t pa, unsigned size, uint64_t value);
    /* The system counter (CNTPCT_EL0), in ticks of counter_frequency. */
    uint64_t (*counter)(void *ctx);
    /* The output of a generic timer changed. */
    void (*timer_line)(void *ctx, unsigned cpu, enum cpu_timer timer, bool level);
    /* The overflow interrupt of the performance monitors changed. NULL: it goes nowhere. */
    void (*pmu_line)(void *ctx, unsigned cpu, bool level);
    /* A timer was programmed: ask cpu_timer_deadline again. */
    void (*timer_changed)(void *ctx, unsigned cpu);
    /* HVC #imm or SMC #imm was executed. Registers are read and written through cpu_get_x/cpu_set_x.
     * false: nobody serves this conduit (the instruction is UNDEFINED). */
    bool (*call)(void *ctx, unsigned cpu, bool smc, uint16_t imm);
    /* SEV: set the event register of every CPU (cpu_send_event). */
    void (*send_event)(void *ctx);
    /* One line without a newline. */
    void (*log)(void *ctx, unsigned cpu, enum cpu_log class, const char *text);
    const struct cpu_model *model; /* NULL: the default one */
    uint64_t peripheral_base;      /* CBAR_EL1: where the interrupt controller is */
    uint32_t counter_frequency;    /* Hz, reset value of CNTFRQ_EL0 */
    unsigned log_classes;       /* bit set of (1 << enum cpu_log) that the core should format at all */
};

/* The decoded instructions of guest memory, shared by the CPUs of one machine. */
struct code_cache *code_cache_create(void);
void code_cache_destroy(struct code_cache *cache);
/* Before its first CPU is created: each may then be run by a host thread of its own, at the same time as the others. Such
 * threads are to end their cpu_run every few thousand instructions, because others wait for that (TLBI and DSB); the
 * functions below say which of them another thread may call meanwhile, all others want the CPU not to be running.
 * false: out of memory. */
bool code_cache_set_parallel(struct code_cache *cache);
/* Guest-physical [pa, pa + size) is about to be changed by someone other than a CPU (DMA, a debugger, a loader). From any
 * thread. */
void code_cache_invalidate(struct code_cache *cache, uint64_t pa, uint64_t size);

/* Forgets the decoded instructions of pages that nobody has executed since the last call. Only while no CPU runs; a
 * guest cannot tell. */
void code_cache_sweep(struct code_cache *cache);

/* Compiles what has been decoded so far (cpu/compile.h), as if it were hot. Only while no CPU runs. false: nothing is ever compiled
 * here: not on this host, in this build, by this host's policy, or with CPUs on threads of their own. */
bool code_cache_compile(struct code_cache *cache);
/* false: hot code is not compiled from now on. */
void code_cache_set_compiles(struct code_cache *cache, bool compiles);

/* NULL: out of memory. The port is copied; the cache must outlive the CPU. */
struct cpu *cpu_create(const struct cpu_port *port, struct code_cache *cache, unsigned index);
void cpu_destroy(struct cpu *cpu);
/* Architectural reset to EL1h with PSTATE 0x400003c5, all general registers 0, execution from `pc`. The count goes on, the
 * levels of the interrupt lines stay. */
void cpu_reset(struct cpu *cpu, uint64_t pc);

enum cpu_exit {
    CPU_EXIT_BUDGET,     /* the count reached the budget, at a check point */
    CPU_EXIT_STEPPED,    /* cpu_step: one instruction (or exception entry) was done */
    CPU_EXIT_WFI,        /* the guest waits for an interrupt; PC is behind the WFI */
    CPU_EXIT_WFE,        /* the guest waits for an event; PC is behind the WFE */
    CPU_EXIT_YIELD,      /* the guest executed YIELD, or waits for others in a loop */
    CPU_EXIT_REQUESTED,  /* cpu_request_exit was called */
    CPU_EXIT_BREAKPOINT, /* PC is at a breakpoint; its instruction has not been executed */
    CPU_EXIT_WATCHPOINT, /* the instruction just executed accessed watched memory (cpu_get_watch_hit) */
    CPU_EXIT_SEMIHOSTING /* HLT #0xf000 with semihosting enabled; PC is behind it */
};

/* Runs until the first check point at which cpu_count() >= until, or until something else ends the run. A pending
 * unmasked interrupt is taken first. */
enum cpu_exit cpu_run(struct cpu *cpu, uint64_t until);
/* Executes exactly one instruction, breakpoints ignored (not so watchpoints). CPU_EXIT_STEPPED with *check_point telling
 * whether asynchronous events may be taken here, or the other exits of cpu_run. */
enum cpu_exit cpu_step(struct cpu *cpu, bool *check_point);
/* Whether YIELD, and branches back in loops that only others can end (spin.h), end a run with CPU_EXIT_YIELD; so it is
 * after cpu_create. Otherwise they are what the architecture says. */
void cpu_set_yields(struct cpu *cpu, bool yields);
/* Ends a running cpu_run at its next check point (from a port call) or the next cpu_run at once. */
void cpu_request_exit(struct cpu *cpu);

/* Instructions retired since reset of the machine; exact inside port calls too. */
uint64_t cpu_count(const struct cpu *cpu);
/* The next five from any thread, cpu_has_event from the CPU's own. */
void cpu_set_line(struct cpu *cpu, enum cpu_line line, bool level);
/* While held, no interrupt is taken, masked or not; the guest still sees it pending. For a debugger's step. */
void cpu_hold_interrupts(struct cpu *cpu, bool hold);
/* True when an interrupt line is up, masked or not: what ends a WFI. */
bool cpu_has_work(const struct cpu *cpu);
void cpu_send_event(struct cpu *cpu);
/* True when a WFE would not wait: somebody sent an event, or changed what the exclusive monitor watches. */
bool cpu_has_event(struct cpu *cpu);
/* The counter value at which a timer's output will next rise; UINT64_MAX: none. */
uint64_t cpu_timer_deadline(const struct cpu *cpu);
/* The counter value of the next event-stream event (CNTKCTL_EL1), which ends a WFE; UINT64_MAX: none. */
uint64_t cpu_event_stream_deadline(const struct cpu *cpu);
/* Compares both timers with the counter now and drives timer_line. */
void cpu_timer_update(struct cpu *cpu);

/* Breakpoints on virtual addresses, for all CPUs of the cache. Adding one twice counts twice. */
bool code_cache_add_breakpoint(struct code_cache *cache, uint64_t va);
bool code_cache_remove_breakpoint(struct code_cache *cache, uint64_t va);
/* The same on the physical address of the instruction, whatever virtual address it is executed at. */
bool code_cache_add_physical_breakpoint(struct code_cache *cache, uint64_t pa);
bool code_cache_remove_physical_breakpoint(struct code_cache *cache, uint64_t pa);

/*
 * Watchpoints on virtual memory, for all CPUs of the cache. An instruction that reads or writes a watched byte, whatever
 * its value, completes; behind it the run ends with CPU_EXIT_WATCHPOINT. A store exclusive that fails writes nothing, DC ZVA
 * does, prefetches and the other cache maintenance access nothing. An address tag does not matter where TCR_EL1.TBI says so.
 * An instruction that ends in an exception reports nothing.
 */
enum { CPU_WATCH_READ = 1, CPU_WATCH_WRITE = 2 };
/* `kinds`: a set of the two. `size`: 1 to 2^32 bytes, not beyond the end of the address space. Adding one twice counts twice.
 * false: refused, or out of memory. */
bool code_cache_add_watchpoint(struct code_cache *cache, uint64_t va, uint64_t size, unsigned kinds);
/* The arguments that it was added with; false: there is none such. */
bool code_cache_remove_watchpoint(struct code_cache *cache, uint64_t va, uint64_t size, unsigned kinds);

struct cpu_watch_hit {
    uint64_t pc;      /* of the instruction that made the access */
    uint64_t address; /* the lowest watched byte that it touched */
    uint64_t size;    /* watched bytes touched from there on by one register's access */
    unsigned kind;    /* CPU_WATCH_READ or CPU_WATCH_WRITE */
};
/* Why the last CPU_EXIT_WATCHPOINT was. */
void cpu_get_watch_hit(const struct cpu *cpu, struct cpu_watch_hit *hit);

/* Architectural state, valid whenever the CPU is not inside cpu_run, and inside port calls. */
unsigned cpu_index(const struct cpu *cpu);
uint64_t cpu_get_pc(const struct cpu *cpu);
void cpu_set_pc(struct cpu *cpu, uint64_t pc);
uint64_t cpu_get_x(const struct cpu *cpu, unsigned n);   /* 0..30; 31 is SP of the current stack selection */
void cpu_set_x(struct cpu *cpu, unsigned n, uint64_t value);
uint32_t cpu_get_pstate(const struct cpu *cpu);          /* SPSR layout */
void cpu_set_pstate(struct cpu *cpu, uint32_t spsr);     /* IL, SS and modes that are not here are ignored */
void cpu_get_v(const struct cpu *cpu, unsigned n, uint64_t value[2]);
void cpu_set_v(struct cpu *cpu, unsigned n, const uint64_t value[2]);
uint32_t cpu_get_fpsr(const struct cpu *cpu);
uint32_t cpu_get_fpcr(const struct cpu *cpu);
void cpu_set_fpsr(struct cpu *cpu, uint32_t value);
void cpu_set_fpcr(struct cpu *cpu, uint32_t value);
unsigned cpu_get_el(const struct cpu *cpu);
/* A system register by its architectural name ("SCTLR_EL1"), without side effects. false: no such register. */
bool cpu_get_sysreg(const struct cpu *cpu, const char *name, uint64_t *value);
bool cpu_set_sysreg(struct cpu *cpu, const char *name, uint64_t value);
/* What there is to know of a system register besides its value. */
struct cpu_sysreg {
    const char *name;        /* "SCTLR_EL1" */
    const char *group;       /* "system", "id", "timer", "pmu", "debug" or "impdef" */
    bool readable, writable; /* by cpu_get_sysreg, cpu_set_sysreg with any effect */
    unsigned encoding;       /* op0:op1:CRn:CRm:op2, 16 bits, as MRS and MSR have it */
};
/* Row `index` of sysreg.def, from 0 on. false: past the last. */
bool cpu_describe_sysreg(unsigned index, struct cpu_sysreg *out);
/* Calls visit for every system register in the order of sysreg.def. */
void cpu_each_sysreg(const struct cpu *cpu, void (*visit)(void *ctx, const char *name, uint64_t value), void *ctx);

/* A debugger's translation of a virtual address at the current EL: no faults, no state changed.
 * false: unmapped. *pa is the physical address of that byte. */
bool cpu_debug_translate(const struct cpu *cpu, uint64_t va, uint64_t *pa);

/* The whole architectural state as bytes of fixed layout for this version of the program. */
size_t cpu_state_size(void);
void cpu_save(const struct cpu *cpu, void *buffer);
bool cpu_load(struct cpu *cpu, const void *buffer, size_t size);

/* Instruction trace, through the step path. NULL stops it. */
struct cpu_trace {
    void *ctx;
    /* Before each instruction: its address, the instruction word, its row's text ("910003fd ADD_imm sf=1 ..."). */
    void (*instruction)(void *ctx, unsigned cpu, uint64_t pc, uint32_t word, const char *text);
};
void cpu_set_trace(struct cpu *cpu, const struct cpu_trace *trace);

/* Where guest time goes: the hottest pages, instructions by row of a64.def, TLB misses and other slow paths, exceptions, device
 * accesses, and straight runs of handlers, from which fusion.def is chosen (tests/bench/choose_fusion.py). Counted on the step
 * path. NULL: out of memory. */
struct cpu_profile *cpu_profile_create(void);
void cpu_profile_destroy(struct cpu_profile *profile);
/* NULL stops it. A profile may serve several CPUs of one thread. */
void cpu_set_profile(struct cpu *cpu, struct cpu_profile *profile);
/* What the machine knows of addresses: write text of `size` bytes at most, zero included, or leave it empty. NULL: nothing. */
struct cpu_profile_names {
    void *ctx;
    void (*address)(void *ctx, uint64_t va, char *text, size_t size); /* of an instruction */
    void (*device)(void *ctx, uint64_t pa, char *text, size_t size);  /* of what is in that page */
};
/* Text in sections, each with a title in brackets. names may be NULL. false: the file could not be written (errno). */
bool cpu_profile_write(const struct cpu_profile *profile, const char *path, const struct cpu_profile_names *names);

/* How often each row of a64.def was executed, counted on the step path. NULL: out of memory. */
struct cpu_coverage *cpu_coverage_create(void);
void cpu_coverage_destroy(struct cpu_coverage *coverage);
/* NULL stops it. The same may serve several CPUs of one thread. */
void cpu_set_coverage(struct cpu *cpu, struct cpu_coverage *coverage);
/* Appends a line for each row that was met to a file: its name, how often it was executed, and how often one of its encodings was UNDEFINED.
 * false: the file could not be written (errno). */
bool cpu_coverage_write(const struct cpu_coverage *coverage, const char *path);

#endif
