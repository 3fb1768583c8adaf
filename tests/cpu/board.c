/* SPDX-License-Identifier: MIT */
#include "tests/cpu/board.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint8_t *ram_page(void *ctx, uint64_t pa, bool *writable)
{
    struct board *b = ctx;
    *writable = false;
    if (b->rom && pa == BOARD_ROM)
        return b->rom;
    if (pa < BOARD_RAM || pa - BOARD_RAM >= BOARD_RAM_SIZE)
        return NULL;
    *writable = true;
    return b->ram + (pa - BOARD_RAM);
}

static bool bus_access(struct board *b, char kind, uint64_t pa, unsigned size)
{
    bool rom = b->rom && pa - BOARD_ROM < 4096;
    size_t used = strlen(b->bus);
    snprintf(b->bus + used, sizeof(b->bus) - used, "%c%x@%x ", kind, size, (unsigned)(pa & 0xfff));
    return rom || pa - BOARD_DEVICE < 4096;
}

static bool mmio_read(void *ctx, unsigned cpu, uint64_t pa, unsigned size, uint64_t *value)
{
    struct board *b = ctx;
    *value = b->device;
    return bus_access(b, 'r', pa, size);
}

static bool mmio_write(void *ctx, unsigned cpu, uint64_t pa, unsigned size, uint64_t value)
{
    struct board *b = ctx;
    if (!bus_access(b, 'w', pa, size))
        return false;
    b->device = value;
    return true;
}

static uint64_t counter(void *ctx)
{
    return ((struct board *)ctx)->counter;
}

static void timer_line(void *ctx, unsigned cpu, enum cpu_timer timer, bool level)
{
    ((struct board *)ctx)->timer_line[timer] = level;
}

static void pmu_line(void *ctx, unsigned cpu, bool level)
{
    struct board *b = ctx;
    b->pmu_line = level;
    if (b->pmu_irq)
        cpu_set_line(b->cpu, CPU_LINE_IRQ, level);
}

static void timer_changed(void *ctx, unsigned cpu)
{
    ((struct board *)ctx)->timer_changes++;
}

static bool call(void *ctx, unsigned cpu, bool smc, uint16_t imm)
{
    struct board *b = ctx;
    b->calls++;
    b->call_smc = smc;
    b->call_imm = imm;
    return !b->no_conduit;
}

static void send_event(void *ctx)
{
    cpu_send_event(((struct board *)ctx)->cpu);
}

static void log_line(void *ctx, unsigned cpu, enum cpu_log class, const char *text)
{
    struct board *b = ctx;
    size_t used = strlen(b->log);
    snprintf(b->log + used, sizeof(b->log) - used, "%s\n", text);
}

struct board *board_create(void)
{
    return board_create_model(cpu_model_default()->name);
}

struct board *board_create_model(const char *model)
{
    struct board *b = calloc(1, sizeof(*b));
    b->ram = aligned_alloc(4096, BOARD_RAM_SIZE);
    memset(b->ram, 0, BOARD_RAM_SIZE);
    struct cpu_port port = {
        .ctx = b,
        .ram_page = ram_page,
        .mmio_read = mmio_read,
        .mmio_write = mmio_write,
        .counter = counter,
        .timer_line = timer_line,
        .pmu_line = pmu_line,
        .timer_changed = timer_changed,
        .call = call,
        .send_event = send_event,
        .log = log_line,
        .model = cpu_model_find(model),
        .counter_frequency = 62500000,
        .log_classes = 1u << CPU_LOG_UNIMP,
    };
    b->cache = code_cache_create();
    b->cpu = cpu_create(&port, b->cache, 0);
    cpu_reset(b->cpu, BOARD_RAM);
    return b;
}

void board_destroy(struct board *b)
{
    cpu_destroy(b->cpu);
    code_cache_destroy(b->cache);
    free(b->ram);
    free(b);
}

void board_code(struct board *b, uint64_t pa, const uint32_t *words, size_t count)
{
    memcpy(b->ram + (pa - BOARD_RAM), words, count * 4);
    code_cache_invalidate(b->cache, pa, count * 4);
}

uint64_t board_read(const struct board *b, uint64_t pa)
{
    uint64_t value;
    memcpy(&value, b->ram + (pa - BOARD_RAM), 8);
    return value;
}

void board_write(struct board *b, uint64_t pa, uint64_t value)
{
    memcpy(b->ram + (pa - BOARD_RAM), &value, 8);
}
