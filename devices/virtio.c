/* SPDX-License-Identifier: MIT */
/*
 * The common part of every virtio device: negotiation, status, queues, configuration, the broken
 * state.
 */
#include "devices/virtio.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "devices/snapshot.h"

#define LEGACY_ONLY (VIRTIO_F_NOTIFY_ON_EMPTY | VIRTIO_F_ANY_LAYOUT)
#define MODERN_ONLY (~UINT64_C(0xffffffff))

static void queue_fault(void *owner, const char *what)
{
    virtio_break(owner, "%s", what);
}

static void reset_queue(struct virtio *v, unsigned queue)
{
    virtqueue_reset(&v->queue[queue]);
    v->queue[queue].s.size = v->ops->queue_size[queue];
}

void virtio_init(struct virtio *v, const struct virtio_device_ops *ops, void *dev,
                 const struct device_env *env, uint64_t features, size_t config_size)
{
    v->ops = ops;
    v->config_size = config_size;
    v->bus_master = true;
    v->dev = dev;
    v->env = *env;
    v->features = features | VIRTIO_F_NOTIFY_ON_EMPTY | VIRTIO_F_INDIRECT_DESC |
                  VIRTIO_F_EVENT_IDX | VIRTIO_F_VERSION_1 | VIRTIO_F_RING_RESET;
    for (unsigned i = 0; i < ops->queues; i++) {
        v->queue[i].dma = &v->env.dma;
        v->queue[i].fault = queue_fault;
        v->queue[i].owner = v;
        reset_queue(v, i);
    }
}

void virtio_connect(struct virtio *v, struct virtio_transport port)
{
    v->port = port;
}

void virtio_destroy(struct virtio *v)
{
    v->ops->destroy(v->dev);
}

/* ---- misuse ---- */

static void misuse(const struct virtio *v, const char *format, va_list args)
{
    char text[160];
    vsnprintf(text, sizeof text, format, args);
    device_log(&v->env.log, LOG_GUEST_ERROR, v->ops->name, "%s", text);
}

void virtio_misuse(const struct virtio *v, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    misuse(v, format, args);
    va_end(args);
}

static void stop_or_go(struct virtio *v)
{
    for (unsigned i = 0; i < v->ops->queues; i++)
        v->queue[i].stopped = v->s.broken || !v->bus_master;
}

void virtio_break(struct virtio *v, const char *format, ...)
{
    va_list args;
    if (v->s.broken)
        return;
    va_start(args, format);
    misuse(v, format, args);
    va_end(args);
    v->s.broken = true;
    stop_or_go(v);
    /* "Device Status Field": a legacy driver does not know DEVICE_NEEDS_RESET. */
    if (virtio_has(v, VIRTIO_F_VERSION_1)) {
        v->s.status |= VIRTIO_STATUS_NEEDS_RESET;
        virtio_config_changed(v);
    }
}

/* ---- negotiation and status ---- */

static uint64_t offered(const struct virtio *v, bool legacy)
{
    return v->features & ~(legacy ? MODERN_ONLY : LEGACY_ONLY | v->ops->legacy_features);
}

uint32_t virtio_offered(const struct virtio *v, uint32_t word, bool legacy)
{
    return word < 2 ? offered(v, legacy) >> (32 * word) : 0;
}

uint32_t virtio_accepted(const struct virtio *v, uint32_t word)
{
    return word < 2 ? v->s.driver_features >> (32 * word) : 0;
}

/* `old` with its low or high half replaced. */
static uint64_t with_half(uint64_t old, bool high, uint32_t value)
{
    return high ? (old & UINT32_MAX) | (uint64_t)value << 32 : (old >> 32 << 32) | value;
}

static void set_driver_features(struct virtio *v, uint64_t features)
{
    v->s.driver_features = features;
    for (unsigned i = 0; i < v->ops->queues; i++)
        v->queue[i].features = features;
}

void virtio_accept(struct virtio *v, uint32_t word, uint32_t features, bool legacy)
{
    uint32_t wrong = features & ~virtio_offered(v, word, legacy);
    if (v->s.status & VIRTIO_STATUS_FEATURES_OK) {
        virtio_misuse(v, "features written after FEATURES_OK");
        return;
    }
    if (wrong)
        virtio_misuse(v, "features accepted that are not offered: %#x in word %u", wrong, word);
    if (word < 2)
        set_driver_features(v, with_half(v->s.driver_features, word, features & ~wrong));
}

void virtio_reset(struct virtio *v)
{
    uint32_t generation = v->s.generation;
    if (v->ops->reset)
        v->ops->reset(v->dev);
    v->s = (struct virtio_state){ .generation = generation };
    set_driver_features(v, 0);
    stop_or_go(v);
    for (unsigned i = 0; i < v->ops->queues; i++)
        reset_queue(v, i);
}

/* A driver may fill queues before DRIVER_OK, and need not notify again. */
static void run_filled_queues(struct virtio *v)
{
    for (unsigned i = 0; i < v->ops->queues; i++)
        if (!virtqueue_empty(&v->queue[i]))
            v->ops->queue_notify(v->dev, i);
}

void virtio_set_status(struct virtio *v, uint8_t status)
{
    uint8_t old = v->s.status;
    if (!status) {
        virtio_reset(v);
        return;
    }
    v->s.status = status | (old & VIRTIO_STATUS_NEEDS_RESET);
    if (status & ~old & VIRTIO_STATUS_DRIVER_OK)
        run_filled_queues(v);
}

void virtio_set_bus_master(struct virtio *v, bool on)
{
    bool rises = on && !v->bus_master;
    v->bus_master = on;
    stop_or_go(v);
    if (rises && (v->s.status & VIRTIO_STATUS_DRIVER_OK))
        run_filled_queues(v);
}

/* ---- queues ---- */

struct virtqueue *virtio_queue(struct virtio *v, uint32_t queue)
{
    return queue < v->ops->queues ? &v->queue[queue] : NULL;
}

static uint64_t *address_of(struct virtqueue *q, enum virtio_queue_part part)
{
    return part == VIRTIO_QUEUE_DESC     ? &q->s.desc
           : part == VIRTIO_QUEUE_DRIVER ? &q->s.avail
                                         : &q->s.used;
}

uint32_t virtio_queue_address(struct virtio *v, uint32_t queue, enum virtio_queue_part part,
                              bool high)
{
    struct virtqueue *q = virtio_queue(v, queue);
    return q ? *address_of(q, part) >> (high ? 32 : 0) : 0;
}

void virtio_queue_set_address(struct virtio *v, uint32_t queue, enum virtio_queue_part part,
                              bool high, uint32_t value)
{
    struct virtqueue *q = virtio_queue(v, queue);
    if (!q || q->s.ready)
        virtio_misuse(v, "queue %u cannot take an address", queue);
    else
        *address_of(q, part) = with_half(*address_of(q, part), high, value);
}

void virtio_queue_reset(struct virtio *v, uint32_t queue)
{
    if (!virtio_queue(v, queue) || !virtio_has(v, VIRTIO_F_RING_RESET))
        virtio_misuse(v, "queue %u cannot be reset", queue);
    else
        reset_queue(v, queue);
}

void virtio_queue_set_size(struct virtio *v, uint32_t queue, uint32_t size)
{
    struct virtqueue *q = virtio_queue(v, queue);
    if (!q || !virtqueue_size_valid(size)) {
        virtio_misuse(v, "queue %u cannot have size %u", queue, size);
        return;
    }
    if (size & (size - 1))
        virtio_misuse(v, "the size of queue %u, %u, is no power of two", queue, size);
    q->s.size = size;
}

void virtio_queue_enable(struct virtio *v, uint32_t queue)
{
    struct virtqueue *q = virtio_queue(v, queue);
    if (!q)
        virtio_misuse(v, "there is no queue %u to enable", queue);
    else if (!virtqueue_enable(q))
        virtio_break(v, "a part of queue %u is not aligned", queue);
}

void virtio_queue_set_legacy_base(struct virtio *v, uint32_t queue, uint64_t base)
{
    struct virtqueue *q = virtio_queue(v, queue);
    if (!q)
        virtio_misuse(v, "there is no queue %u to enable", queue);
    else if (!virtqueue_set_legacy_base(q, base))
        virtio_break(v, "queue %u cannot stand at %#llx with alignment %u", queue,
                     (unsigned long long)base, q->s.align);
}

void virtio_queue_notify(struct virtio *v, uint32_t queue)
{
    struct virtqueue *q = virtio_queue(v, queue);
    if (v->s.broken)
        return;
    if (!q || !q->s.ready) {
        virtio_misuse(v, "queue %u is notified but not ready", queue);
        return;
    }
    /* "Device Initialization": nothing is consumed before DRIVER_OK. Legacy drivers were never held
     * to that. */
    if (virtio_has(v, VIRTIO_F_VERSION_1) && !(v->s.status & VIRTIO_STATUS_DRIVER_OK)) {
        virtio_misuse(v, "queue %u is notified before DRIVER_OK", queue);
        return;
    }
    v->ops->queue_notify(v->dev, queue);
}

void virtio_queue_signal(struct virtio *v, unsigned queue)
{
    if (virtqueue_interrupt_due(&v->queue[queue]))
        v->port.queue_interrupt(v->port.transport, queue);
}

void virtio_queue_finish(struct virtio *v, unsigned queue, uint16_t head, size_t written)
{
    virtqueue_fill(&v->queue[queue], head, written, 0);
    virtqueue_publish(&v->queue[queue], 1);
    virtio_queue_signal(v, queue);
}

/* ---- configuration ---- */

void virtio_config_changed(struct virtio *v)
{
    v->s.generation++;
    if (v->s.status & VIRTIO_STATUS_DRIVER_OK)
        v->port.config_interrupt(v->port.transport);
}

static bool in_config(const struct virtio *v, uint64_t offset, unsigned size)
{
    return offset <= v->config_size && size <= v->config_size - offset;
}

uint64_t virtio_config_read(const struct virtio *v, uint64_t offset, unsigned size)
{
    uint8_t data[8];
    uint64_t value = 0;
    memset(data, 0xff, sizeof data);
    if (in_config(v, offset, size))
        v->ops->config_read(v->dev, offset, data, size);
    for (unsigned i = size; i > 0; i--)
        value = value << 8 | data[i - 1];
    return value;
}

void virtio_config_write(struct virtio *v, uint64_t offset, unsigned size, uint64_t value)
{
    uint8_t data[8];
    for (unsigned i = 0; i < size; i++)
        data[i] = value >> (8 * i);
    if (in_config(v, offset, size) && v->ops->config_write)
        v->ops->config_write(v->dev, offset, data, size);
    else
        virtio_misuse(v, "%u bytes of configuration at %#llx cannot be written", size,
                      (unsigned long long)offset);
}

/* ---- snapshots ---- */

void virtio_save(const struct virtio *v, struct snapshot_writer *out)
{
    snapshot_put(out, &v->s, sizeof v->s);
    for (unsigned i = 0; i < v->ops->queues; i++)
        snapshot_put(out, &v->queue[i].s, sizeof v->queue[i].s);
    if (v->ops->save)
        v->ops->save(v->dev, out);
}

bool virtio_load(struct virtio *v, struct snapshot_reader *in)
{
    if (!snapshot_get(in, &v->s, sizeof v->s) || (v->s.driver_features & ~v->features))
        return false;
    for (unsigned i = 0; i < v->ops->queues; i++) {
        struct virtqueue_state *s = &v->queue[i].s;
        if (!snapshot_get(in, s, sizeof *s) || !virtqueue_state_valid(s))
            return false;
    }
    set_driver_features(v, v->s.driver_features);
    stop_or_go(v);
    return !v->ops->load || v->ops->load(v->dev, in);
}
