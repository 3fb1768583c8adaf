/* SPDX-License-Identifier: MIT */
/*
 * virtio-blk: one queue of requests, each served before the next is taken.
 *
 * A request is a header of 16 bytes { type, reserved, sector }, the data, and one status byte,
 * which is the last that the device may write. How they are spread over descriptors does not
 * matter.
 */
#include "devices/virtio_blk.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "devices/snapshot.h"

/* Virtio 1.2, "Block Device", "Feature bits". */
#define VIRTIO_BLK_F_SEG_MAX      VIRTIO_FEATURE(2)
#define VIRTIO_BLK_F_GEOMETRY     VIRTIO_FEATURE(4)
#define VIRTIO_BLK_F_RO           VIRTIO_FEATURE(5)
#define VIRTIO_BLK_F_BLK_SIZE     VIRTIO_FEATURE(6)
#define VIRTIO_BLK_F_SCSI         VIRTIO_FEATURE(7) /* legacy only; every command is refused */
#define VIRTIO_BLK_F_FLUSH        VIRTIO_FEATURE(9)
#define VIRTIO_BLK_F_TOPOLOGY     VIRTIO_FEATURE(10)
#define VIRTIO_BLK_F_CONFIG_WCE   VIRTIO_FEATURE(11)
#define VIRTIO_BLK_F_DISCARD      VIRTIO_FEATURE(13)
#define VIRTIO_BLK_F_WRITE_ZEROES VIRTIO_FEATURE(14)

/* "Device Operation". */
enum { T_IN = 0, T_OUT = 1, T_FLUSH = 4, T_GET_ID = 8, T_DISCARD = 11, T_WRITE_ZEROES = 13 };
enum { S_OK, S_IOERR, S_UNSUPP };
#define HEADER_SIZE     16
#define ID_SIZE         20
#define ZERO_FLAG_UNMAP 1

/* "Device configuration layout", with the values of the virt board's disk. */
struct blk_config {
    uint64_t capacity; /* in sectors of 512 bytes */
    uint32_t size_max, seg_max;
    uint16_t cylinders;
    uint8_t heads, sectors;
    uint32_t blk_size;
    uint8_t physical_block_exp, alignment_offset;
    uint16_t min_io_size;
    uint32_t opt_io_size;
    uint8_t writeback, unused;
    uint16_t num_queues;
    uint32_t max_discard_sectors, max_discard_seg, discard_sector_alignment;
    uint32_t max_write_zeroes_sectors, max_write_zeroes_seg;
    uint8_t write_zeroes_may_unmap;
} __attribute__((packed));
#define WRITEBACK_AT   offsetof(struct blk_config, writeback)
#define SEG_MAX        254
#define RANGE_MAX      0x3fffff /* sectors in a discard or write-zeroes request */
#define GEOMETRY_HEADS 16
#define GEOMETRY_TRACK 63
#define CYLINDERS_MIN  2
#define CYLINDERS_MAX  16383

struct blk_state {
    uint8_t writeback; /* the driver's choice, when it accepted CONFIG_WCE */
};

struct virtio_blk {
    struct virtio virtio;
    struct blk_state s;
    struct block block;
    struct virtqueue_chain chain;
    struct iovec data[VIRTQUEUE_SIZE_MAX]; /* the chain without header and status */
};

struct request {
    uint32_t type;
    uint64_t sector;
};

/* ---- requests ---- */

/* Bytes [offset, offset + size) of `part`, which has them, as segments in b->data; returns how
 * many. */
static unsigned slice(struct virtio_blk *b, const struct iovec *part, size_t offset, size_t size)
{
    unsigned count = 0;
    for (; size; part++) {
        if (offset >= part->iov_len) {
            offset -= part->iov_len;
            continue;
        }
        size_t n = part->iov_len - offset < size ? part->iov_len - offset : size;
        b->data[count++] = (struct iovec){ (uint8_t *)part->iov_base + offset, n };
        size -= n;
        offset = 0;
    }
    return count;
}

static bool in_disk(const struct virtio_blk *b, uint64_t sector, uint64_t size)
{
    uint64_t sectors = b->block.size / BLOCK_SECTOR;
    return size % BLOCK_SECTOR == 0 && sector <= sectors && size / BLOCK_SECTOR <= sectors - sector;
}

/* The disk's answer as a status. The guest gets its error; a broken host file is no fault of the
 * guest's. */
static uint8_t status_of(struct virtio_blk *b, int result, const struct request *r)
{
    if (!result)
        return S_OK;
    device_log(&b->virtio.env.log, LOG_HOST_ERROR, "virtio-blk",
               "request type %u at sector %llu: %s", r->type, (unsigned long long)r->sector,
               strerror(-result));
    return S_IOERR;
}

static uint8_t refuse(struct virtio_blk *b, const struct request *r, uint8_t status)
{
    virtio_misuse(&b->virtio, "request type %u at sector %llu is refused", r->type,
                  (unsigned long long)r->sector);
    return status;
}

static uint8_t read_sectors(struct virtio_blk *b, const struct request *r)
{
    size_t size = b->chain.write_size - 1;
    if (!in_disk(b, r->sector, size))
        return refuse(b, r, S_IOERR);
    unsigned count = slice(b, b->chain.segment + b->chain.readable, 0, size);
    return status_of(b, b->block.read(b->block.backend, r->sector * BLOCK_SECTOR, b->data, count),
                     r);
}

/* "Legacy Interface: Device Operation" and CONFIG_WCE: whether writes may stay in a cache until a
 * flush. */
static bool writeback(const struct virtio_blk *b)
{
    if (virtio_has(&b->virtio, VIRTIO_BLK_F_CONFIG_WCE))
        return b->s.writeback;
    return virtio_has(&b->virtio, VIRTIO_BLK_F_FLUSH);
}

static uint8_t flush(struct virtio_blk *b, const struct request *r)
{
    return status_of(b, b->block.readonly ? 0 : b->block.flush(b->block.backend), r);
}

/* The end of everything that changes the disk. */
static uint8_t changed(struct virtio_blk *b, int result, const struct request *r)
{
    uint8_t status = status_of(b, result, r);
    return status == S_OK && !writeback(b) ? flush(b, r) : status;
}

static uint8_t write_sectors(struct virtio_blk *b, const struct request *r)
{
    size_t size = b->chain.read_size - HEADER_SIZE;
    if (b->block.readonly || !in_disk(b, r->sector, size))
        return refuse(b, r, S_IOERR);
    unsigned count = slice(b, b->chain.segment, HEADER_SIZE, size);
    return changed(b, b->block.write(b->block.backend, r->sector * BLOCK_SECTOR, b->data, count),
                   r);
}

static uint8_t get_id(struct virtio_blk *b)
{
    char id[ID_SIZE] = { 0 };
    memcpy(id, b->block.serial, strnlen(b->block.serial, ID_SIZE));
    size_t room = b->chain.write_size - 1;
    virtqueue_chain_write(&b->chain, 0, id, room < ID_SIZE ? room : ID_SIZE);
    return S_OK;
}

/* "Discard and write zeroes commands": one range, as max_discard_seg and max_write_zeroes_seg say.
 */
static uint8_t clear_range(struct virtio_blk *b, const struct request *r)
{
    struct {
        uint64_t sector;
        uint32_t count, flags;
    } range;
    if (b->chain.read_size != HEADER_SIZE + sizeof range)
        return refuse(b, r, S_UNSUPP);
    virtqueue_chain_read(&b->chain, HEADER_SIZE, &range, sizeof range);
    uint64_t sector = le64toh(range.sector), count = le32toh(range.count);
    uint32_t flags = le32toh(range.flags), known = r->type == T_DISCARD ? 0 : ZERO_FLAG_UNMAP;
    if (flags & ~known)
        return refuse(b, r, S_UNSUPP);
    if (b->block.readonly || count > RANGE_MAX || !in_disk(b, sector, count * BLOCK_SECTOR))
        return refuse(b, r, S_IOERR);
    uint64_t offset = sector * BLOCK_SECTOR, size = count * BLOCK_SECTOR;
    int result = 0;
    if (size)
        result = r->type == T_DISCARD ? b->block.discard(b->block.backend, offset, size)
                                      : b->block.zero(b->block.backend, offset, size, flags);
    return changed(b, result, r);
}

static uint8_t serve(struct virtio_blk *b, const struct request *r)
{
    switch (r->type) {
    case T_IN:
        return read_sectors(b, r);
    case T_OUT:
        return write_sectors(b, r);
    case T_FLUSH:
        return flush(b, r);
    case T_GET_ID:
        return get_id(b);
    case T_DISCARD:
    case T_WRITE_ZEROES:
        return clear_range(b, r);
    default:
        return refuse(b, r, S_UNSUPP);
    }
}

static void blk_queue_notify(void *dev, unsigned queue)
{
    struct virtio_blk *b = dev;
    struct virtqueue *q = &b->virtio.queue[queue];
    while (virtqueue_pop(q, &b->chain)) {
        uint8_t header[HEADER_SIZE];
        struct request r;
        if (b->chain.read_size < HEADER_SIZE || !b->chain.write_size) {
            virtio_break(&b->virtio, "a request without its header or status byte");
            return;
        }
        virtqueue_chain_read(&b->chain, 0, header, HEADER_SIZE);
        memcpy(&r.type, header, 4);
        memcpy(&r.sector, header + 8, 8);
        r = (struct request){ le32toh(r.type), le64toh(r.sector) };
        *virtqueue_chain_byte(&b->chain, b->chain.write_size - 1) = serve(b, &r);
        virtqueue_fill(q, b->chain.head, b->chain.write_size, 0);
        virtqueue_publish(q, 1);
    }
    virtio_queue_signal(&b->virtio, queue);
}

/* ---- configuration ---- */

static uint16_t cylinders(uint64_t sectors)
{
    uint64_t n = sectors / (GEOMETRY_HEADS * GEOMETRY_TRACK);
    return n < CYLINDERS_MIN ? CYLINDERS_MIN : n > CYLINDERS_MAX ? CYLINDERS_MAX : n;
}

static void blk_config_read(const void *dev, size_t offset, uint8_t *data, size_t size)
{
    const struct virtio_blk *b = dev;
    uint64_t sectors = b->block.size / BLOCK_SECTOR;
    const struct blk_config config = {
        .capacity = htole64(sectors),
        .seg_max = htole32(SEG_MAX),
        .cylinders = htole16(cylinders(sectors)),
        .heads = GEOMETRY_HEADS,
        .sectors = GEOMETRY_TRACK,
        .blk_size = htole32(BLOCK_SECTOR),
        .writeback = b->s.writeback,
        .num_queues = htole16(1),
        .max_discard_sectors = htole32(RANGE_MAX),
        .max_discard_seg = htole32(1),
        .discard_sector_alignment = htole32(1),
        .max_write_zeroes_sectors = htole32(RANGE_MAX),
        .max_write_zeroes_seg = htole32(1),
        .write_zeroes_may_unmap = 1,
    };
    memcpy(data, (const uint8_t *)&config + offset, size);
}

static void blk_config_write(void *dev, size_t offset, const uint8_t *data, size_t size)
{
    struct virtio_blk *b = dev;
    if (offset != WRITEBACK_AT || size != 1 || !virtio_has(&b->virtio, VIRTIO_BLK_F_CONFIG_WCE)) {
        virtio_misuse(&b->virtio, "a write to read-only configuration at %#zx", offset);
        return;
    }
    bool cached = b->s.writeback;
    b->s.writeback = data[0] & 1;
    if (cached && !b->s.writeback)
        flush(b, &(struct request){ .type = T_FLUSH });
}

/* ---- the device ---- */

static void blk_reset(void *dev)
{
    ((struct virtio_blk *)dev)->s = (struct blk_state){ .writeback = 1 };
}

static void blk_save(const void *dev, struct snapshot_writer *out)
{
    const struct virtio_blk *b = dev;
    snapshot_put(out, &b->s, sizeof b->s);
}

static bool blk_load(void *dev, struct snapshot_reader *in)
{
    struct virtio_blk *b = dev;
    return snapshot_get(in, &b->s, sizeof b->s) && b->s.writeback <= 1;
}

static void blk_destroy(void *dev)
{
    struct virtio_blk *b = dev;
    b->block.close(b->block.backend);
    free(b);
}

static const struct virtio_device_ops blk_ops = {
    .name = "virtio-blk",
    .id = 2,
    .queues = 1,
    .queue_size = { 256 },
    .legacy_features = VIRTIO_BLK_F_SCSI,
    .config_read = blk_config_read,
    .config_write = blk_config_write,
    .queue_notify = blk_queue_notify,
    .reset = blk_reset,
    .save = blk_save,
    .load = blk_load,
    .destroy = blk_destroy,
};

struct virtio *virtio_blk_create(const struct device_env *env, const struct block *block)
{
    uint64_t features = VIRTIO_BLK_F_SEG_MAX | VIRTIO_BLK_F_GEOMETRY | VIRTIO_BLK_F_BLK_SIZE |
                        VIRTIO_BLK_F_SCSI | VIRTIO_BLK_F_FLUSH | VIRTIO_BLK_F_TOPOLOGY |
                        VIRTIO_BLK_F_CONFIG_WCE | VIRTIO_BLK_F_DISCARD | VIRTIO_BLK_F_WRITE_ZEROES;
    struct virtio_blk *b = calloc(1, sizeof *b);
    if (!b)
        return NULL;
    b->block = *block;
    if (block->readonly)
        features |= VIRTIO_BLK_F_RO;
    virtio_init(&b->virtio, &blk_ops, b, env, features, sizeof(struct blk_config));
    blk_reset(b);
    return &b->virtio;
}
