/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "devices/virtio_blk.h"
#include "tests/devices/test_virt_driver.h"

#define SECTORS      6144 /* 3 MiB, as the disk that the reference was asked with */
#define F_FLUSH      (1u << 9)
#define F_CONFIG_WCE (1u << 11)

enum { OK, IOERR, UNSUPP };

/* A disk in memory that counts and can fail. */
static struct {
    uint8_t data[SECTORS * 512];
    unsigned flushes, discards, zeros, closes;
    bool unmap;
    int result;
} disk;

static int memory_read(void *backend, uint64_t offset, const struct iovec *to, unsigned count)
{
    for (unsigned i = 0; !disk.result && i < count; offset += to[i++].iov_len)
        memcpy(to[i].iov_base, disk.data + offset, to[i].iov_len);
    return disk.result;
}

static int memory_write(void *backend, uint64_t offset, const struct iovec *from, unsigned count)
{
    for (unsigned i = 0; !disk.result && i < count; offset += from[i++].iov_len)
        memcpy(disk.data + offset, from[i].iov_base, from[i].iov_len);
    return disk.result;
}

static int memory_flush(void *backend)
{
    disk.flushes++;
    return disk.result;
}

static int memory_discard(void *backend, uint64_t offset, uint64_t size)
{
    disk.discards++;
    return disk.result;
}

static int memory_zero(void *backend, uint64_t offset, uint64_t size, bool unmap)
{
    disk.zeros++;
    disk.unmap = unmap;
    memset(disk.data + offset, 0, size);
    return disk.result;
}

static void memory_close(void *backend)
{
    disk.closes++;
}

static struct guest g;
static struct ring ring;
static struct block block;

static void start(bool legacy, bool readonly)
{
    guest_init(&g);
    memset(&disk, 0, sizeof disk);
    for (size_t i = 0; i < sizeof disk.data; i++)
        disk.data[i] = i / 512;
    block = (struct block){
        .size = sizeof disk.data,
        .readonly = readonly,
        .serial = "disk-0",
        .read = memory_read,
        .write = memory_write,
        .flush = memory_flush,
        .discard = memory_discard,
        .zero = memory_zero,
        .close = memory_close,
    };
    g.slot = virtio_mmio_create(&g.rig.env, wire_line(&g.wire), legacy,
                                virtio_blk_create(&g.rig.env, &block));
    ring_init(&ring, &g, 16);
}

static void run(uint32_t features)
{
    modern_start(&g, features);
    modern_queue(&g, 0, &ring);
    driver_ok(&g);
}

static void setup(void)
{
    start(false, false);
    run(F_FLUSH);
}

static void teardown(void)
{
    guest_free(&g);
    ck_assert_uint_eq(disk.closes, 1);
}

/* One request: header, `count` data buffers, status. */
static uint8_t request(uint32_t type, uint64_t sector, const struct buffer *data, unsigned count)
{
    struct buffer b[16];
    uint32_t id, len;
    b[0] = (struct buffer){ guest_alloc(&g, 16, 1), 16, false };
    memcpy(guest_ram(&g, b[0].addr), &type, 4);
    memcpy(guest_ram(&g, b[0].addr + 8), &sector, 8);
    for (unsigned i = 0; i < count; i++)
        b[i + 1] = data[i];
    b[count + 1] = (struct buffer){ guest_alloc(&g, 1, 1), 1, true };
    uint8_t *status = guest_ram(&g, b[count + 1].addr);
    *status = 0xee;
    ring_add(&ring, b, count + 2);
    notify(&g, 0);
    ck_assert(ring_take(&ring, &id, &len));
    return *status;
}

static struct buffer buffer(uint32_t size, bool write)
{
    return (struct buffer){ guest_alloc(&g, size, 1), size, write };
}

/* As the virt board's disk of 3 MiB answers. */
START_TEST(offers_what_the_reference_offers)
{
    static const uint32_t config[] = { 0x1800, 0, 0,        0xfe,       0x3f100006,
                                       0x200,  0, 0,        0x00010001, 0x3fffff,
                                       1,      1, 0x3fffff, 1,          0xffffffff };
    start(_i, false);
    ck_assert_uint_eq(reg(&g, 0x008), 2);
    ck_assert_uint_eq(reg(&g, 0x010), _i ? 0x31006ed4 : 0x30006e54);
    for (unsigned i = 0; i < sizeof config / sizeof *config; i++)
        ck_assert_uint_eq(reg(&g, 0x100 + 4 * i), config[i]);
    guest_free(&g);
}
END_TEST

START_TEST(sectors_are_read_into_segments)
{
    struct buffer b[] = { buffer(100, true), buffer(924, true) };
    ck_assert_uint_eq(request(0, 7, b, 2), OK);
    ck_assert_uint_eq(*(uint8_t *)guest_ram(&g, b[0].addr + 99), 7);
    ck_assert_uint_eq(*(uint8_t *)guest_ram(&g, b[1].addr + 411), 7);
    ck_assert_uint_eq(*(uint8_t *)guest_ram(&g, b[1].addr + 412), 8);
    ck_assert_uint_eq(*(uint8_t *)guest_ram(&g, b[1].addr + 923), 8);
}
END_TEST

START_TEST(segments_are_written_to_sectors)
{
    struct buffer b[] = { buffer(500, false), buffer(12, false) };
    memset(guest_ram(&g, b[0].addr), 0xaa, 500);
    memset(guest_ram(&g, b[1].addr), 0xbb, 12);
    ck_assert_uint_eq(request(1, 6143, b, 2), OK);
    ck_assert_uint_eq(disk.data[6143 * 512], 0xaa);
    ck_assert_uint_eq(disk.data[6143 * 512 + 500], 0xbb);
    ck_assert_uint_eq(disk.data[6143 * 512 - 1], 0xfe);
    ck_assert_uint_eq(disk.flushes, 0);
}
END_TEST

/* "Legacy Interface: Framing Requirements" fixes the descriptors; 1.x leaves them open: all in two.
 */
START_TEST(framing_does_not_matter)
{
    uint64_t out = guest_alloc(&g, 16 + 512, 1), in = guest_alloc(&g, 513, 1);
    struct buffer read[] = { { out, 16, false }, { in, 513, true } };
    uint64_t sector = 9;
    uint32_t id, len;
    memcpy(guest_ram(&g, out + 8), &sector, 8);
    memset(guest_ram(&g, in), 0xee, 513);
    ring_add(&ring, read, 2);
    notify(&g, 0);
    ck_assert(ring_take(&ring, &id, &len));
    ck_assert_uint_eq(len, 513);
    ck_assert_uint_eq(*(uint8_t *)guest_ram(&g, in + 511), 9);
    ck_assert_uint_eq(*(uint8_t *)guest_ram(&g, in + 512), OK);
}
END_TEST

static const struct {
    uint64_t sector;
    uint32_t size;
} outside[] = {
    { SECTORS, 512 },    { SECTORS - 1, 1024 },
    { UINT64_MAX, 512 }, { UINT64_MAX / 512, 1024 },
    { 0, 511 },          { 0, 513 },
};

START_TEST(ranges_outside_of_the_disk_are_io_errors)
{
    struct buffer b = buffer(outside[_i].size, true);
    ck_assert_uint_eq(request(0, outside[_i].sector, &b, 1), IOERR);
    b.write = false;
    ck_assert_uint_eq(request(1, outside[_i].sector, &b, 1), IOERR);
    ck_assert_uint_eq(g.rig.guest_errors, 2);
}
END_TEST

START_TEST(flush_reaches_the_file)
{
    ck_assert_uint_eq(request(4, 0, NULL, 0), OK);
    ck_assert_uint_eq(disk.flushes, 1);
}
END_TEST

/* "Device Requirements: Device Operation": without FLUSH, a write is stable when it is answered. */
START_TEST(without_flush_every_write_is_stable)
{
    start(false, false);
    run(0);
    struct buffer b = buffer(512, false);
    ck_assert_uint_eq(request(1, 0, &b, 1), OK);
    ck_assert_uint_eq(disk.flushes, 1);
    guest_free(&g);
}
END_TEST

START_TEST(driver_may_choose_writethrough)
{
    start(false, false);
    run(F_FLUSH | F_CONFIG_WCE);
    dev_write(&virtio_mmio_ops, g.slot, 0x120, 1, 0, 0);
    ck_assert_uint_eq(disk.flushes, 1);
    ck_assert_uint_eq(dev_read(&virtio_mmio_ops, g.slot, 0x120, 1, 0), 0);
    struct buffer b = buffer(512, false);
    ck_assert_uint_eq(request(1, 0, &b, 1), OK);
    ck_assert_uint_eq(disk.flushes, 2);
    dev_write(&virtio_mmio_ops, g.slot, 0x100, 4, 0, 1);
    ck_assert_uint_eq(reg(&g, 0x100), SECTORS);
    guest_free(&g);
}
END_TEST

START_TEST(id_is_20_bytes_padded_with_zeros)
{
    struct buffer b = buffer(20, true);
    memset(guest_ram(&g, b.addr), 0xee, 20);
    ck_assert_uint_eq(request(8, 0, &b, 1), OK);
    ck_assert_mem_eq(guest_ram(&g, b.addr), "disk-0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
}
END_TEST

static struct buffer range(uint64_t sector, uint32_t count, uint32_t flags)
{
    struct buffer b = buffer(16, false);
    memcpy(guest_ram(&g, b.addr), &sector, 8);
    memcpy(guest_ram(&g, b.addr + 8), &count, 4);
    memcpy(guest_ram(&g, b.addr + 12), &flags, 4);
    return b;
}

START_TEST(zeroes_are_written)
{
    struct buffer b = range(5, 2, 1);
    ck_assert_uint_eq(request(13, 0, &b, 1), OK);
    ck_assert_uint_eq(disk.zeros, 1);
    ck_assert(disk.unmap);
    ck_assert(disk.data[5 * 512] == 0 && disk.data[7 * 512 - 1] == 0 && disk.data[7 * 512] == 7);
}
END_TEST

START_TEST(discard_is_passed_on)
{
    struct buffer b = range(5, 2, 0);
    ck_assert_uint_eq(request(11, 0, &b, 1), OK);
    ck_assert_uint_eq(disk.discards, 1);
}
END_TEST

START_TEST(bad_ranges_are_refused)
{
    static const struct {
        uint32_t type;
        uint64_t sector;
        uint32_t count, flags;
        uint8_t status;
    } bad[] = {
        { 11, 0, 1, 1, UNSUPP },         { 13, 0, 1, 2, UNSUPP },
        { 13, SECTORS, 1, 0, IOERR },    { 13, UINT64_MAX, 2, 0, IOERR },
        { 11, 0, 0xffffffff, 0, IOERR }, { 11, SECTORS - 1, 2, 0, IOERR },
    };
    struct buffer b = range(bad[_i].sector, bad[_i].count, bad[_i].flags);
    ck_assert_uint_eq(request(bad[_i].type, 0, &b, 1), bad[_i].status);
    b.len = 15;
    ck_assert_uint_eq(request(bad[_i].type, 0, &b, 1), UNSUPP);
    ck_assert_uint_eq(disk.discards + disk.zeros, 0);
}
END_TEST

START_TEST(unknown_requests_are_unsupported)
{
    ck_assert_uint_eq(request(2, 0, NULL, 0), UNSUPP);
    ck_assert_uint_eq(request(0xffffffff, 0, NULL, 0), UNSUPP);
}
END_TEST

START_TEST(host_error_is_an_io_error)
{
    struct buffer b = buffer(512, false);
    disk.result = -ENOSPC;
    ck_assert_uint_eq(request(1, 0, &b, 1), IOERR);
    ck_assert(strstr(g.rig.last_line, strerror(ENOSPC)));
    ck_assert_uint_eq(g.rig.guest_errors, 0);
}
END_TEST

START_TEST(readonly_disk_refuses_writes)
{
    start(false, true);
    ck_assert(reg(&g, 0x010) & 1 << 5);
    run(F_FLUSH);
    struct buffer b = buffer(512, false), r = range(0, 1, 0);
    ck_assert_uint_eq(request(1, 0, &b, 1), IOERR);
    ck_assert_uint_eq(request(13, 0, &r, 1), IOERR);
    ck_assert_uint_eq(request(4, 0, NULL, 0), OK);
    ck_assert_uint_eq(disk.flushes + disk.zeros, 0);
    guest_free(&g);
}
END_TEST

START_TEST(request_without_header_or_status_breaks_the_device)
{
    struct buffer b[] = { buffer(_i ? 16 : 15, false), buffer(1, true) };
    ring_add(&ring, b, _i ? 1 : 2);
    notify(&g, 0);
    ck_assert_uint_eq(reg(&g, 0x070) & 0x40, 0x40);
}
END_TEST

START_TEST(state_moves)
{
    struct guest other;
    guest_init(&other);
    other.slot = virtio_mmio_create(&other.rig.env, wire_line(&other.wire), false,
                                    virtio_blk_create(&other.rig.env, &block));
    set(&g, 0x070, 0);
    run(F_CONFIG_WCE);
    dev_write(&virtio_mmio_ops, g.slot, 0x120, 1, 0, 0);
    ck_assert(copy_state(&virtio_mmio_ops, g.slot, other.slot));
    ck_assert_uint_eq(dev_read(&virtio_mmio_ops, other.slot, 0x120, 1, 0), 0);
    ck_assert(refuses_every_cut(&virtio_mmio_ops, g.slot, other.slot));
    guest_free(&other);
    disk.closes = 0;
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("virtio_blk");
    TCase *requests = tcase_create("requests");
    tcase_add_checked_fixture(requests, setup, teardown);
    tcase_add_test(requests, sectors_are_read_into_segments);
    tcase_add_test(requests, segments_are_written_to_sectors);
    tcase_add_test(requests, framing_does_not_matter);
    tcase_add_loop_test(requests, ranges_outside_of_the_disk_are_io_errors, 0, 6);
    tcase_add_test(requests, flush_reaches_the_file);
    tcase_add_test(requests, id_is_20_bytes_padded_with_zeros);
    tcase_add_test(requests, zeroes_are_written);
    tcase_add_test(requests, discard_is_passed_on);
    tcase_add_loop_test(requests, bad_ranges_are_refused, 0, 6);
    tcase_add_test(requests, unknown_requests_are_unsupported);
    tcase_add_test(requests, host_error_is_an_io_error);
    tcase_add_loop_test(requests, request_without_header_or_status_breaks_the_device, 0, 2);
    tcase_add_test(requests, state_moves);
    suite_add_tcase(suite, requests);
    TCase *features = tcase_create("features");
    tcase_add_loop_test(features, offers_what_the_reference_offers, 0, 2);
    tcase_add_test(features, without_flush_every_write_is_stable);
    tcase_add_test(features, driver_may_choose_writethrough);
    tcase_add_test(features, readonly_disk_refuses_writes);
    suite_add_tcase(suite, features);
    return run_suite(suite);
}
