/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/devices/rig.h"

static uint64_t rig_now(void *ctx)
{
    struct rig *rig = ctx;
    return rig->now;
}

static void unlink_timer(struct rig *rig, struct timer *timer)
{
    for (struct timer **at = &rig->timers; *at; at = &(*at)->next)
        if (*at == timer) {
            *at = timer->next;
            return;
        }
}

static void rig_arm(void *ctx, struct timer *timer, uint64_t deadline)
{
    struct rig *rig = ctx;
    unlink_timer(rig, timer);
    timer->deadline = deadline;
    if (deadline == TIMER_OFF)
        return;
    timer->next = rig->timers;
    rig->timers = timer;
}

static void rig_log(void *ctx, enum log_class class, const char *device, const char *text)
{
    struct rig *rig = ctx;
    if (class == LOG_GUEST_ERROR)
        rig->guest_errors++;
    else
        rig->unimplemented++;
    snprintf(rig->last_line, sizeof rig->last_line, "%s: %s", device, text);
}

void rig_init(struct rig *rig)
{
    *rig = (struct rig){ .clock = { .now = rig_now, .arm = rig_arm, .epoch = 1000000000 } };
    rig->clock.ctx = rig;
    rig->env.clock = &rig->clock;
    rig->env.log = (struct log_port){ .line = rig_log, .ctx = rig };
}

static struct timer *first_due(const struct rig *rig, uint64_t end)
{
    struct timer *first = NULL;
    for (struct timer *t = rig->timers; t; t = t->next)
        if (t->deadline <= end && (!first || t->deadline < first->deadline))
            first = t;
    return first;
}

void rig_advance(struct rig *rig, uint64_t ns)
{
    uint64_t end = rig->now + ns;
    for (struct timer *t; (t = first_due(rig, end));) {
        if (t->deadline > rig->now)
            rig->now = t->deadline;
        unlink_timer(rig, t);
        t->deadline = TIMER_OFF;
        t->expired(t->owner);
    }
    rig->now = end;
}

static void wire_set(void *sink, unsigned number, bool level)
{
    struct wire *wire = sink;
    if (level && !wire->level)
        wire->rises++;
    wire->level = level;
}

struct irq_line wire_line(struct wire *wire)
{
    return (struct irq_line){ .set = wire_set, .sink = wire };
}

uint64_t dev_read(const struct device_ops *ops, void *dev, uint64_t offset, unsigned size,
                  unsigned cpu)
{
    return ops->read(dev, (struct access){ .offset = offset, .size = size, .cpu = cpu });
}

void dev_write(const struct device_ops *ops, void *dev, uint64_t offset, unsigned size,
               unsigned cpu, uint64_t value)
{
    ops->write(dev, (struct access){ .offset = offset, .size = size, .cpu = cpu }, value);
}

static void recorder_write(void *backend, const uint8_t *data, size_t size)
{
    struct recorder *recorder = backend;
    ck_assert_uint_le(recorder->size + size, sizeof recorder->data);
    memcpy(recorder->data + recorder->size, data, size);
    recorder->size += size;
}

static void recorder_ready(void *backend)
{
    struct recorder *recorder = backend;
    recorder->ready++;
}

void recorder_init(struct recorder *recorder)
{
    *recorder = (struct recorder){ .port = { .write = recorder_write, .ready = recorder_ready } };
    recorder->port.backend = recorder;
}

size_t recorder_send(struct recorder *recorder, const void *data, size_t size)
{
    if (!recorder->port.receive)
        return 0;
    return recorder->port.receive(recorder->port.device, data, size);
}

struct tape {
    uint8_t data[65536];
    size_t size, at;
};

static void tape_put(void *ctx, const void *data, size_t size)
{
    struct tape *tape = ctx;
    ck_assert_uint_le(tape->size + size, sizeof tape->data);
    memcpy(tape->data + tape->size, data, size);
    tape->size += size;
}

static bool tape_get(void *ctx, void *data, size_t size)
{
    struct tape *tape = ctx;
    if (size > tape->size - tape->at)
        return false;
    memcpy(data, tape->data + tape->at, size);
    tape->at += size;
    return true;
}

static struct tape *record(const struct device_ops *ops, const void *dev)
{
    struct tape *tape = calloc(1, sizeof *tape);
    struct snapshot_writer out = { .bytes = tape_put, .ctx = tape };
    ops->save(dev, &out);
    return tape;
}

bool copy_state(const struct device_ops *ops, const void *from, void *to)
{
    struct tape *tape = record(ops, from);
    struct snapshot_reader in = { .bytes = tape_get, .ctx = tape };
    bool loaded = ops->load(to, &in);
    bool all = tape->at == tape->size;
    free(tape);
    return loaded && all;
}

bool refuses_every_cut(const struct device_ops *ops, const void *from, void *to)
{
    struct tape *tape = record(ops, from);
    struct snapshot_reader in = { .bytes = tape_get, .ctx = tape };
    bool refused = true;
    for (size_t whole = tape->size; refused && tape->size-- > 0; tape->at = 0)
        refused = !ops->load(to, &in) && tape->size < whole;
    free(tape);
    return refused;
}

int run_suite(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
