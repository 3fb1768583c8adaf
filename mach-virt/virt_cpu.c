/* SPDX-License-Identifier: MIT */
#include "mach-virt/virt_cpu.h"

#include "mach-virt/memmap.h"
#include "mach-virt/run_parallel.h"

#define PAGE 4096

/* ---- memory and devices ---- */

static uint8_t *port_ram_page(void *ctx, uint64_t pa, bool *writable)
{
    struct virt *virt = ctx;
    uint8_t *host = ram_map(&virt->ram, pa, PAGE);
    *writable = true;
    if (host)
        ram_note(&virt->ram, pa - virt->ram.base);
    return host;
}

/* With a thread of its own, a processor may have given the main thread something to wait for:
 * another event of a character stream, or a socket. */
static void accessed(struct virt *virt, uint64_t pa)
{
    const struct memmap_row *gic = &memmap[REGION_GIC_DIST];
    bool quick = pa - gic->base < memmap[REGION_UART].base - gic->base;
    bool uart = pa - memmap[REGION_UART].base < memmap[REGION_UART].size;
    if (!virt->parallel || quick)
        return;
    if (!uart || event_loop_outdated(virt->host.loop))
        parallel_kick(virt);
}

static bool port_mmio_read(void *ctx, unsigned cpu, uint64_t pa, unsigned size, uint64_t *value)
{
    struct virt *virt = ctx;
    parallel_lock(virt);
    bool ok = bus_read(virt->bus, pa, size, cpu, value);
    accessed(virt, pa);
    parallel_unlock(virt);
    return ok;
}

static bool port_mmio_write(void *ctx, unsigned cpu, uint64_t pa, unsigned size, uint64_t value)
{
    struct virt *virt = ctx;
    parallel_lock(virt);
    bool ok = bus_write(virt->bus, pa, size, cpu, value);
    accessed(virt, pa);
    parallel_unlock(virt);
    return ok;
}

/* ---- interrupts and time ---- */

static void set_cpu_line(void *sink, unsigned number, bool level)
{
    struct virt *virt = sink;
    unsigned cpu = number / 2;
    cpu_set_line(virt->cpu[cpu], (enum cpu_line)(number % 2), level);
    if (level)
        run_cpu_wake(virt, cpu);
}

struct irq_line virt_cpu_line(struct virt *virt, unsigned cpu, enum cpu_line line)
{
    return (struct irq_line){ set_cpu_line, virt, 2 * cpu + (unsigned)line };
}

static uint64_t port_counter(void *ctx)
{
    struct virt *virt = ctx;
    return clock_now(&virt->clock) / COUNTER_TICK;
}

static void port_timer_line(void *ctx, unsigned cpu, enum cpu_timer timer, bool level)
{
    struct virt *virt = ctx;
    unsigned ppi = timer == CPU_TIMER_VIRTUAL ? PPI_TIMER_VIRTUAL : PPI_TIMER_PHYSICAL;
    parallel_lock(virt);
    irq_set(gic_ppi_line(virt->gic, cpu, ppi), level);
    parallel_unlock(virt);
}

static void port_pmu_line(void *ctx, unsigned cpu, bool level)
{
    struct virt *virt = ctx;
    parallel_lock(virt);
    irq_set(gic_ppi_line(virt->gic, cpu, PPI_PMU), level);
    parallel_unlock(virt);
}

static void port_timer_changed(void *ctx, unsigned cpu)
{
    struct virt *virt = ctx;
    uint64_t ticks = cpu_timer_deadline(virt->cpu[cpu]);
    uint64_t deadline = ticks < UINT64_MAX / COUNTER_TICK ? ticks * COUNTER_TICK : UINT64_MAX;
    if (virt->parallel)
        parallel_cpu_deadline(virt, cpu, deadline);
    else if (deadline < UINT64_MAX)
        run_deadline(virt, deadline);
}

static void port_send_event(void *ctx)
{
    struct virt *virt = ctx;
    parallel_lock(virt);
    for (unsigned i = 0; i < virt->cpus; i++) {
        cpu_send_event(virt->cpu[i]);
        if (virt->run.wait[i] == CPU_WAITS_FOR_EVENT)
            virt->run.wait[i] = CPU_RUNS;
        parallel_cpu_wake(virt, i);
    }
    parallel_unlock(virt);
}

static void port_log(void *ctx, unsigned cpu, enum cpu_log class, const char *text)
{
    struct virt *virt = ctx;
    parallel_lock(virt);
    log_cpu(virt->log, cpu, class, text);
    parallel_unlock(virt);
}

/* ---- firmware ---- */

static void start_cpu(void *ctx, unsigned cpu, uint64_t entry, uint64_t context_id)
{
    struct virt *virt = ctx;
    if (virt->parallel) {
        parallel_cpu_start(virt, cpu, entry, context_id);
        return;
    }
    cpu_reset(virt->cpu[cpu], entry);
    cpu_set_x(virt->cpu[cpu], 0, context_id);
    virt->run.wait[cpu] = CPU_WAITS_FOR_INTERRUPT; /* so that it is woken */
    run_cpu_wake(virt, cpu);
}

static void stop_cpu(void *ctx, unsigned cpu)
{
    struct virt *virt = ctx;
    run_cpu_wait(virt, cpu, CPU_RUNS);
    if (virt->parallel)
        run_check_dead(virt);
}

static void standby_cpu(void *ctx, unsigned cpu)
{
    run_cpu_wait(ctx, cpu, CPU_WAITS_FOR_INTERRUPT);
}

static void power_off(void *ctx)
{
    run_end(ctx, RUN_POWERED_OFF);
}

static void request_reset(void *ctx)
{
    run_request_reset(ctx);
}

/* SMC has nowhere to go without EL3: the instruction is UNDEFINED. */
static bool port_call(void *ctx, unsigned cpu, bool smc, uint16_t imm)
{
    struct virt *virt = ctx;
    uint64_t args[4];
    if (smc)
        return false;
    for (unsigned i = 0; i < 4; i++)
        args[i] = cpu_get_x(virt->cpu[cpu], i);
    parallel_lock(virt);
    cpu_set_x(virt->cpu[cpu], 0, (uint64_t)psci_call(&virt->psci, cpu, args));
    if (virt->parallel)
        cpu_request_exit(virt->cpu[cpu]); /* the call may have been the last one */
    parallel_unlock(virt);
    return true;
}

/* ---- making and resetting them ---- */

static bool set_compile(struct virt *virt, struct error *error)
{
    if (virt->config->compile == COMPILE_OFF)
        code_cache_set_compiles(virt->code, false);
    return virt->config->compile != COMPILE_ON || code_cache_compile(virt->code) ||
           error_set(error, "-accel compile=on: this host cannot, or this build: leave it out");
}

bool virt_create_cpus(struct virt *virt, struct error *error)
{
    const struct psci_port firmware = { start_cpu, stop_cpu,      standby_cpu,
                                        power_off, request_reset, virt };
    const struct cpu_port port = {
        .ctx = virt,
        .ram_page = port_ram_page,
        .mmio_read = port_mmio_read,
        .mmio_write = port_mmio_write,
        .counter = port_counter,
        .timer_line = port_timer_line,
        .pmu_line = port_pmu_line,
        .timer_changed = port_timer_changed,
        .call = port_call,
        .send_event = port_send_event,
        .log = port_log,
        .model = virt->config->cpu_model,
        .peripheral_base = memmap_base(REGION_GIC_DIST, 0),
        .counter_frequency = COUNTER_HZ,
        .log_classes = log_cpu_classes(virt->log),
    };
    psci_init(&virt->psci, virt->cpus, &firmware);
    virt->code = code_cache_create();
    if (virt->code && virt->config->parallel && !code_cache_set_parallel(virt->code))
        return error_set(error, "out of memory for decoded instructions");
    if (virt->code && !set_compile(virt, error))
        return false;
    for (unsigned i = 0; virt->code && i < virt->cpus; i++) {
        virt->cpu[i] = cpu_create(&port, virt->code, i);
        if (!virt->cpu[i])
            return error_set(error, "out of memory for processor %u", i);
    }
    return virt->code || error_set(error, "out of memory for decoded instructions");
}

void virt_destroy_cpus(struct virt *virt)
{
    for (unsigned i = 0; i < virt->cpus; i++)
        if (virt->cpu[i])
            cpu_destroy(virt->cpu[i]);
    if (virt->code)
        code_cache_destroy(virt->code);
}

void virt_reset_cpus(struct virt *virt)
{
    psci_reset(&virt->psci);
    for (unsigned i = 0; i < virt->cpus; i++) {
        cpu_reset(virt->cpu[i], virt->boot.start);
        virt->run.wait[i] = CPU_RUNS;
    }
    parallel_cpus_reset(virt);
}
