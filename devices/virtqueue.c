/* SPDX-License-Identifier: MIT */
/*
 * Split virtqueues: the rings, the walk along a descriptor chain, and notification suppression.
 *
 * The driver may run on another CPU at the same time, so indices are read once, with acquire order,
 * and written with release order (virtio 1.2, "Virtqueue Operation": barriers).
 */
#include "devices/virtqueue.h"

#include <endian.h>
#include <string.h>

/* Virtio 1.2, "The Virtqueue Descriptor Table". */
#define DESC_F_NEXT     1
#define DESC_F_WRITE    2
#define DESC_F_INDIRECT 4
#define DESC_SIZE       16

/* "The Virtqueue Available Ring" and "Used Ring": offsets of the fields, in bytes. */
#define RING_FLAGS   0
#define RING_IDX     2
#define RING_ENTRIES 4
#define AVAIL_ENTRY  2
#define USED_ENTRY   8

#define AVAIL_F_NO_INTERRUPT 1
#define USED_F_NO_NOTIFY     1

struct descriptor {
    uint64_t addr;
    uint32_t len;
    uint16_t flags, next;
};

struct table {
    const uint8_t *host;
    unsigned count;
};

static bool rule_broken(struct virtqueue *q, const char *what)
{
    q->fault(q->owner, what);
    return false;
}

static void *ram(struct virtqueue *q, uint64_t pa, size_t size, bool write)
{
    return q->dma->map(q->dma->ctx, pa, size, write);
}

/* The rings' words are naturally aligned: virtqueue_enable and virtqueue_set_legacy_base see to it.
 */
static bool word_load(struct virtqueue *q, uint64_t pa, uint16_t *value)
{
    const uint16_t *word = ram(q, pa, sizeof *word, false);
    if (!word)
        return rule_broken(q, "a ring lies outside of RAM");
    *value = le16toh(__atomic_load_n(word, __ATOMIC_ACQUIRE));
    return true;
}

static bool word_store(struct virtqueue *q, uint64_t pa, uint16_t value)
{
    uint16_t *word = ram(q, pa, sizeof *word, true);
    if (!word)
        return rule_broken(q, "a ring lies outside of RAM");
    __atomic_store_n(word, htole16(value), __ATOMIC_RELEASE);
    return true;
}

static bool usable(const struct virtqueue *q)
{
    return q->s.ready && !q->stopped;
}

static bool has(const struct virtqueue *q, uint64_t feature)
{
    return q->features & feature;
}

/* avail_event and used_event stand behind the entries of the other side's ring. */
static uint64_t avail_event(const struct virtqueue *q)
{
    return q->s.used + RING_ENTRIES + (uint64_t)USED_ENTRY * q->s.size;
}

static uint64_t used_event(const struct virtqueue *q)
{
    return q->s.avail + RING_ENTRIES + (uint64_t)AVAIL_ENTRY * q->s.size;
}

/* ---- set-up ---- */

void virtqueue_reset(struct virtqueue *q)
{
    q->s = (struct virtqueue_state){ .size = VIRTQUEUE_SIZE_MAX, .align = 4096, .notify = 1 };
}

bool virtqueue_size_valid(uint32_t size)
{
    return size >= 1 && size <= VIRTQUEUE_SIZE_MAX;
}

static bool aligned(const struct virtqueue_state *s)
{
    return !(s->desc % 16) && !(s->avail % 2) && !(s->used % 4);
}

static void start(struct virtqueue *q)
{
    q->s.ready = 1;
    q->s.last_avail = q->s.used_idx = q->s.signalled = 0;
    q->s.signalled_valid = 0;
    q->s.notify = 1;
}

bool virtqueue_set_legacy_base(struct virtqueue *q, uint64_t base)
{
    struct virtqueue_state *s = &q->s;
    uint64_t align = s->align;
    s->ready = 0;
    s->desc = base;
    s->avail = s->used = 0;
    if (!base)
        return true;
    if (!align || (align & (align - 1)))
        return false;
    s->avail = base + (uint64_t)DESC_SIZE * s->size;
    uint64_t end = used_event(q) + sizeof(uint16_t);
    s->used = (end + align - 1) & ~(align - 1);
    if (!aligned(s))
        return false;
    start(q);
    return true;
}

bool virtqueue_enable(struct virtqueue *q)
{
    q->s.ready = 0;
    if (!aligned(&q->s))
        return false;
    start(q);
    return true;
}

bool virtqueue_state_valid(const struct virtqueue_state *s)
{
    return virtqueue_size_valid(s->size) && (!s->ready || aligned(s));
}

/* ---- available chains ---- */

bool virtqueue_empty(struct virtqueue *q)
{
    uint16_t idx;
    return !usable(q) || !word_load(q, q->s.avail + RING_IDX, &idx) || idx == q->s.last_avail;
}

static bool next_head(struct virtqueue *q, uint16_t *head)
{
    uint16_t idx;
    /* "The Virtqueue Available Ring": idx first, then the entries that it covers. */
    if (!word_load(q, q->s.avail + RING_IDX, &idx))
        return false;
    uint16_t waiting = idx - q->s.last_avail;
    if (!waiting)
        return false;
    if (waiting > q->s.size)
        return rule_broken(q, "the available index runs ahead of the ring");
    uint64_t entry = q->s.last_avail % q->s.size;
    return word_load(q, q->s.avail + RING_ENTRIES + AVAIL_ENTRY * entry, head);
}

static struct descriptor descriptor_load(struct table t, unsigned i)
{
    struct descriptor d;
    memcpy(&d, t.host + (size_t)DESC_SIZE * i, DESC_SIZE);
    return (struct descriptor){ le64toh(d.addr), le32toh(d.len), le16toh(d.flags),
                                le16toh(d.next) };
}

static bool add_segment(struct virtqueue *q, struct virtqueue_chain *c, const struct descriptor *d)
{
    bool write = d->flags & DESC_F_WRITE;
    unsigned n = c->readable + c->writable;
    if (n == VIRTQUEUE_SIZE_MAX)
        return rule_broken(q, "a descriptor chain is too long");
    if (!write && c->writable)
        return rule_broken(q, "a readable descriptor follows a writable one");
    if (!d->len)
        return rule_broken(q, "a descriptor has no length");
    void *host = ram(q, d->addr, d->len, write);
    if (!host)
        return rule_broken(q, "a descriptor points outside of RAM");
    c->segment[n] = (struct iovec){ host, d->len };
    *(write ? &c->writable : &c->readable) += 1;
    *(write ? &c->write_size : &c->read_size) += d->len;
    return true;
}

/* "Indirect Descriptors". We follow one even when the feature was not accepted, as the virt board
 * does. */
static bool indirect_table(struct virtqueue *q, const struct descriptor *d, struct table *t)
{
    if (d->flags & DESC_F_NEXT)
        return rule_broken(q, "an indirect descriptor has a next one");
    if (!d->len || d->len % DESC_SIZE)
        return rule_broken(q, "an indirect table's length is no multiple of 16");
    t->host = ram(q, d->addr, d->len, false);
    t->count = d->len / DESC_SIZE;
    return t->host || rule_broken(q, "an indirect table lies outside of RAM");
}

/* Collects the chain that starts at entry i of the queue's table. A chain longer than its table has
 * a loop. */
static bool walk(struct virtqueue *q, struct virtqueue_chain *c, struct table t, unsigned i)
{
    bool indirect = false;
    for (unsigned steps = 0;; steps++) {
        if (i >= t.count)
            return rule_broken(q, "a descriptor index is beyond its table");
        if (steps == t.count)
            return rule_broken(q, "a descriptor chain has a loop");
        struct descriptor d = descriptor_load(t, i);
        if (d.flags & DESC_F_INDIRECT) {
            if (indirect)
                return rule_broken(q, "an indirect table refers to another");
            if (!indirect_table(q, &d, &t))
                return false;
            indirect = true;
            i = 0;
            steps = -1;
            continue;
        }
        if (!add_segment(q, c, &d))
            return false;
        if (!(d.flags & DESC_F_NEXT))
            return true;
        i = d.next;
    }
}

/* EVENT_IDX: asks for a notification when the driver fills available entry `idx`. The driver writes
 * its index before it reads ours, so ours is out before we look at its index again. */
static bool ask_from(struct virtqueue *q, uint16_t idx)
{
    bool ok = word_store(q, avail_event(q), idx);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return ok;
}

bool virtqueue_pop(struct virtqueue *q, struct virtqueue_chain *c)
{
    if (!usable(q) || !next_head(q, &c->head))
        return false;
    struct table t = { ram(q, q->s.desc, (size_t)DESC_SIZE * q->s.size, false), q->s.size };
    if (!t.host)
        return rule_broken(q, "the descriptor table lies outside of RAM");
    c->readable = c->writable = 0;
    c->read_size = c->write_size = 0;
    if (!walk(q, c, t, c->head))
        return false;
    q->s.last_avail++;
    return !q->s.notify || !has(q, VIRTIO_F_EVENT_IDX) || ask_from(q, q->s.last_avail);
}

void virtqueue_rewind(struct virtqueue *q, unsigned count)
{
    q->s.last_avail -= count;
}

/* ---- used entries ---- */

void virtqueue_fill(struct virtqueue *q, uint16_t head, size_t written, unsigned ahead)
{
    if (!usable(q))
        return;
    uint64_t entry = (uint16_t)(q->s.used_idx + ahead) % q->s.size;
    uint32_t *used = ram(q, q->s.used + RING_ENTRIES + USED_ENTRY * entry, USED_ENTRY, true);
    if (!used) {
        rule_broken(q, "the used ring lies outside of RAM");
        return;
    }
    used[0] = htole32(head);
    used[1] = htole32(written);
}

void virtqueue_publish(struct virtqueue *q, unsigned count)
{
    if (!usable(q))
        return;
    q->s.used_idx += count;
    /* More than the ring's 65536 positions since the last interrupt: which side of used_event we
     * are on is lost. */
    if ((uint16_t)(q->s.used_idx - q->s.signalled) < count)
        q->s.signalled_valid = 0;
    word_store(q, q->s.used + RING_IDX, q->s.used_idx);
}

/* "Used Buffer Notification Suppression": whether `event` lies in (old, new]. */
static bool event_passed(uint16_t event, uint16_t new, uint16_t old)
{
    return (uint16_t)(new - event - 1) < (uint16_t)(new - old);
}

bool virtqueue_interrupt_due(struct virtqueue *q)
{
    uint16_t word;
    if (!usable(q))
        return false;
    /* The driver checks the used index after it has written its wish; we the other way around. */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (has(q, VIRTIO_F_NOTIFY_ON_EMPTY) && virtqueue_empty(q))
        return true;
    if (!has(q, VIRTIO_F_EVENT_IDX))
        return word_load(q, q->s.avail + RING_FLAGS, &word) && !(word & AVAIL_F_NO_INTERRUPT);
    uint16_t old = q->s.signalled;
    bool known = q->s.signalled_valid;
    q->s.signalled = q->s.used_idx;
    q->s.signalled_valid = 1;
    return word_load(q, used_event(q), &word) && (!known || event_passed(word, q->s.used_idx, old));
}

void virtqueue_set_notify(struct virtqueue *q, bool wanted)
{
    uint16_t idx;
    if (!usable(q))
        return;
    bool change = q->s.notify != wanted;
    q->s.notify = wanted;
    if (has(q, VIRTIO_F_EVENT_IDX)) {
        if (wanted && word_load(q, q->s.avail + RING_IDX, &idx))
            ask_from(q, idx);
    } else if (change) {
        word_store(q, q->s.used + RING_FLAGS, wanted ? 0 : USED_F_NO_NOTIFY);
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
    }
}

/* ---- data ---- */

static size_t copy_part(const struct iovec *part, unsigned count, size_t offset, void *data,
                        size_t size, bool to_guest)
{
    size_t done = 0;
    for (unsigned i = 0; i < count && done < size; i++) {
        size_t length = part[i].iov_len;
        if (offset >= length) {
            offset -= length;
            continue;
        }
        size_t n = length - offset < size - done ? length - offset : size - done;
        uint8_t *guest = (uint8_t *)part[i].iov_base + offset;
        uint8_t *host = (uint8_t *)data + done;
        memcpy(to_guest ? guest : host, to_guest ? host : guest, n);
        done += n;
        offset = 0;
    }
    return done;
}

size_t virtqueue_chain_read(const struct virtqueue_chain *c, size_t offset, void *to, size_t size)
{
    return copy_part(c->segment, c->readable, offset, to, size, false);
}

size_t virtqueue_chain_write(const struct virtqueue_chain *c, size_t offset, const void *from,
                             size_t size)
{
    return copy_part(c->segment + c->readable, c->writable, offset, (void *)from, size, true);
}

uint8_t *virtqueue_chain_byte(const struct virtqueue_chain *c, size_t offset)
{
    const struct iovec *part = c->segment + c->readable;
    for (unsigned i = 0; i < c->writable; i++) {
        if (offset < part[i].iov_len)
            return (uint8_t *)part[i].iov_base + offset;
        offset -= part[i].iov_len;
    }
    return NULL;
}
