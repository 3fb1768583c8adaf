/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "devices/virtio_net.h"
#include "tests/devices/test_virt_driver.h"

#define F_CSUM       (1u << 0)
#define F_GUEST_CSUM (1u << 1)
#define F_MRG_RXBUF  (1u << 15)
#define F_CTRL_VQ    (1u << 17)
#define F_CTRL_RX    (1u << 18)
#define F_CTRL_VLAN  (1u << 19)
#define F_EVENT_IDX  (1u << 29)

/* The far end of the link. */
struct network {
    struct link link;
    uint8_t frame[LINK_FRAME_MAX];
    size_t size;
    unsigned sent, ready;
    bool answer; /* every frame sent brings one back before send returns */
};

static struct guest g;
static struct network net;
static struct ring rx, tx, ctl;
static uint8_t frame[LINK_FRAME_MAX + 1]; /* one more than can be sent */
static const uint8_t our_mac[] = { 0x52, 0x54, 0x00, 0x12, 0x34, 0x56 };

static bool arrive(size_t size)
{
    return net.link.receive(net.link.device, frame, size);
}

static void on_send(void *backend, const uint8_t *data, size_t size)
{
    net.sent++;
    net.size = size;
    memcpy(net.frame, data, size);
    if (net.answer)
        arrive(60);
}

static void on_ready(void *backend)
{
    net.ready++;
}

static void start(bool legacy, const struct virtio_net_options *options)
{
    guest_init(&g);
    net = (struct network){ .link = { .send = on_send, .ready = on_ready } };
    struct virtio *card = virtio_net_create(&g.rig.env, &net.link, options);
    g.slot = virtio_mmio_create(&g.rig.env, wire_line(&g.wire), legacy, card);
    ring_init(&rx, &g, 16);
    ring_init(&tx, &g, 16);
    ring_init(&ctl, &g, 16);
    for (unsigned i = 0; i < sizeof frame; i++)
        frame[i] = i * 7;
    memcpy(frame, our_mac, 6);
    frame[12] = 0x08;
}

static void run_legacy(uint32_t features)
{
    legacy_start(&g, features);
    legacy_queue(&g, 0, &rx);
    legacy_queue(&g, 1, &tx);
    legacy_queue(&g, 2, &ctl);
    driver_ok(&g);
}

static void run_modern(uint32_t features)
{
    modern_start(&g, features);
    modern_queue(&g, 0, &rx);
    modern_queue(&g, 1, &tx);
    modern_queue(&g, 2, &ctl);
    driver_ok(&g);
}

static void setup_legacy(void)
{
    start(true, NULL);
}

static void setup_modern(void)
{
    start(false, NULL);
}

static void setup_checksum(void)
{
    start(false, &(struct virtio_net_options){ .checksum = true });
}

static void teardown(void)
{
    guest_free(&g);
    ck_assert_ptr_null(net.link.receive);
}

static uint64_t add_rx(uint32_t size)
{
    struct buffer b = { guest_alloc(&g, size, 1), size, true };
    ring_add(&rx, &b, 1);
    return b.addr;
}

static void add_tx(const void *header, uint32_t header_size, const void *data, uint32_t size)
{
    struct buffer b[] = { { guest_alloc(&g, header_size, 1), header_size, false },
                          { guest_alloc(&g, size, 1), size, false } };
    memcpy(guest_ram(&g, b[0].addr), header, header_size);
    memcpy(guest_ram(&g, b[1].addr), data, size);
    ring_add(&tx, b, 2);
}

static const uint8_t no_header[12];

static void assert_used(struct ring *r, uint32_t want)
{
    uint32_t id, len;
    ck_assert(ring_take(r, &id, &len));
    ck_assert_uint_eq(len, want);
}

/* As the virt board's card on user networking answers (virtio-mmio, both versions). */
START_TEST(offers_what_the_reference_offers_to_legacy_drivers)
{
    ck_assert_uint_eq(reg(&g, 0x008), 1);
    ck_assert_uint_eq(reg(&g, 0x010), 0x39bf8064);
    ck_assert_uint_eq(reg(&g, 0x100), 0x12005452);
    ck_assert_uint_eq(reg(&g, 0x104), 0x00015634);
    ck_assert_uint_eq(reg(&g, 0x108), 0xffffffff);
}
END_TEST

START_TEST(offers_what_the_reference_offers_to_modern_drivers)
{
    ck_assert_uint_eq(reg(&g, 0x010), 0x30bf8024);
    set(&g, 0x014, 1);
    ck_assert_uint_eq(reg(&g, 0x010), 0x101);
}
END_TEST

/* Virtio 1.2, "Legacy Interface: Feature bits": GSO and CSUM together make a driver send segments
 * for the device to cut, which it can't. */
START_TEST(checksum_is_not_offered_together_with_gso)
{
    start(true, &(struct virtio_net_options){ .checksum = true });
    ck_assert_uint_eq(reg(&g, 0x010) & (F_CSUM | F_GUEST_CSUM | 1u << 6), F_CSUM | F_GUEST_CSUM);
    guest_free(&g);
}
END_TEST

START_TEST(mtu_is_offered_when_given)
{
    start(true, &(struct virtio_net_options){ .mtu = 9000, .mac = { 2, 0, 0, 0, 0, 9 } });
    ck_assert_uint_eq(reg(&g, 0x010) & 8, 8);
    ck_assert_uint_eq(reg(&g, 0x108), 9000u << 16 | 1);
    ck_assert_uint_eq(reg(&g, 0x100), 2);
    guest_free(&g);
}
END_TEST

START_TEST(legacy_header_has_10_bytes)
{
    run_legacy(0);
    add_tx(no_header, 10, frame, 60);
    notify(&g, 1);
    ck_assert_uint_eq(net.sent, 1);
    ck_assert_uint_eq(net.size, 60);
    ck_assert_mem_eq(net.frame, frame, 60);
    assert_used(&tx, 0);
    uint64_t buffer = add_rx(1514 + 10);
    ck_assert(arrive(1514));
    assert_used(&rx, 1524);
    ck_assert_mem_eq(guest_ram(&g, buffer + 10), frame, 1514);
}
END_TEST

START_TEST(mergeable_header_has_12_bytes)
{
    run_legacy(F_MRG_RXBUF);
    add_tx(no_header, 12, frame, 60);
    notify(&g, 1);
    ck_assert_mem_eq(net.frame, frame, 60);
    uint64_t buffer = add_rx(1526);
    ck_assert(arrive(1514));
    assert_used(&rx, 1526);
    ck_assert_mem_eq(guest_ram(&g, buffer + 10), "\1\0", 2);
    ck_assert_mem_eq(guest_ram(&g, buffer + 12), frame, 1514);
}
END_TEST

START_TEST(modern_header_has_12_bytes)
{
    run_modern(0);
    add_tx(no_header, 12, frame, 60);
    notify(&g, 1);
    ck_assert_uint_eq(net.size, 60);
    uint64_t buffer = add_rx(1526);
    ck_assert(arrive(100));
    assert_used(&rx, 112);
    ck_assert_mem_eq(guest_ram(&g, buffer + 10), "\1\0", 2);
}
END_TEST

START_TEST(frame_in_pieces_is_sent_whole)
{
    run_modern(0);
    struct buffer b[12];
    uint64_t pa = guest_alloc(&g, 12 + 60, 1);
    memcpy(guest_ram(&g, pa + 12), frame, 60);
    for (unsigned i = 0; i < 12; i++)
        b[i] = (struct buffer){ pa + 6 * i, 6, false };
    ring_add(&tx, b, 12);
    notify(&g, 1);
    ck_assert_uint_eq(net.size, 60);
    ck_assert_mem_eq(net.frame, frame, 60);
}
END_TEST

START_TEST(one_interrupt_for_several_frames)
{
    run_modern(0);
    for (unsigned i = 0; i < 5; i++)
        add_tx(no_header, 12, frame, 60 + i);
    notify(&g, 1);
    ck_assert_uint_eq(net.sent, 5);
    ck_assert_uint_eq(net.size, 64);
    ck_assert_uint_eq(g.wire.rises, 1);
}
END_TEST

START_TEST(answer_may_arrive_while_sending)
{
    run_modern(F_MRG_RXBUF);
    net.answer = true;
    for (unsigned i = 0; i < 4; i++)
        add_rx(256);
    for (unsigned i = 0; i < 4; i++)
        add_tx(no_header, 12, frame, 100);
    notify(&g, 1);
    for (unsigned i = 0; i < 4; i++) {
        assert_used(&tx, 0);
        assert_used(&rx, 72);
    }
}
END_TEST

START_TEST(long_frame_is_spread_over_merged_buffers)
{
    run_modern(F_MRG_RXBUF);
    uint64_t b[4];
    for (unsigned i = 0; i < 4; i++)
        b[i] = add_rx(500);
    ck_assert(arrive(1514));
    ck_assert_mem_eq(guest_ram(&g, b[0] + 10), "\4\0", 2);
    ck_assert_mem_eq(guest_ram(&g, b[0] + 12), frame, 488);
    ck_assert_mem_eq(guest_ram(&g, b[1]), frame + 488, 500);
    ck_assert_mem_eq(guest_ram(&g, b[3]), frame + 1488, 26);
    assert_used(&rx, 500);
    assert_used(&rx, 500);
    assert_used(&rx, 500);
    assert_used(&rx, 26);
}
END_TEST

START_TEST(num_buffers_may_be_split_between_segments)
{
    run_modern(F_MRG_RXBUF);
    uint64_t pa = guest_alloc(&g, 64, 1);
    struct buffer b[] = { { pa, 11, true }, { pa + 32, 30, true } };
    ring_add(&rx, b, 2);
    add_rx(100);
    ck_assert(arrive(60));
    ck_assert_uint_eq(*(uint8_t *)guest_ram(&g, pa + 10), 2);
    ck_assert_uint_eq(*(uint8_t *)guest_ram(&g, pa + 32), 0);
    ck_assert_mem_eq(guest_ram(&g, pa + 33), frame, 29);
}
END_TEST

START_TEST(without_buffers_the_link_keeps_the_frame)
{
    run_modern(F_MRG_RXBUF);
    ck_assert(!arrive(60));
    ck_assert_uint_eq(net.ready, 0);
    add_rx(2048);
    notify(&g, 0);
    ck_assert_uint_eq(net.ready, 1);
    ck_assert(arrive(60));
    assert_used(&rx, 72);
    ck_assert(!arrive(60));
}
END_TEST

START_TEST(too_few_merged_buffers_leave_them_all)
{
    uint32_t id, len;
    run_modern(F_MRG_RXBUF);
    add_rx(700);
    add_rx(700);
    ck_assert(!arrive(1514));
    ck_assert(!ring_take(&rx, &id, &len));
    add_rx(700);
    notify(&g, 0);
    ck_assert_uint_eq(net.ready, 1);
    ck_assert(arrive(1514));
    assert_used(&rx, 700);
}
END_TEST

/* The driver is asked for notifications only while it owes buffers. */
START_TEST(refill_is_notified_only_when_it_is_waited_for)
{
    run_modern(F_MRG_RXBUF | F_EVENT_IDX);
    for (unsigned i = 0; i < 3; i++)
        add_rx(256);
    notify(&g, 0);
    ck_assert(arrive(60));
    uint16_t event = ring_avail_event(&rx);
    ck_assert(arrive(60));
    ck_assert(arrive(60));
    ck_assert_uint_eq(ring_avail_event(&rx), event);
    ck_assert(!arrive(60));
    ck_assert_uint_eq(ring_avail_event(&rx), 3);
}
END_TEST

START_TEST(frame_beyond_the_single_buffer_is_dropped)
{
    run_modern(0);
    add_rx(100);
    ck_assert(arrive(200));
    ck_assert_uint_eq(g.rig.guest_errors, 1);
    ck_assert(arrive(60));
    assert_used(&rx, 72);
}
END_TEST

START_TEST(frame_beyond_all_merged_buffers_is_dropped)
{
    run_modern(F_MRG_RXBUF);
    for (unsigned i = 0; i < 16; i++)
        add_rx(20);
    ck_assert(arrive(1514));
    ck_assert_uint_eq(g.rig.guest_errors, 1);
    ck_assert(arrive(60));
}
END_TEST

START_TEST(before_driver_ok_the_link_keeps_frames)
{
    ck_assert(!arrive(60));
    legacy_start(&g, 0);
    legacy_queue(&g, 0, &rx);
    add_rx(2048);
    ck_assert(!arrive(60));
    driver_ok(&g);
    ck_assert_uint_eq(net.ready, 1);
    ck_assert(arrive(60));
}
END_TEST

START_TEST(send_without_header_breaks_the_device)
{
    run_modern(0);
    struct buffer b = { guest_alloc(&g, 11, 1), 11, false };
    ring_add(&tx, &b, 1);
    notify(&g, 1);
    ck_assert_uint_eq(reg(&g, 0x070) & 0x40, 0x40);
    ck_assert_uint_eq(net.sent, 0);
}
END_TEST

START_TEST(receive_buffer_without_room_breaks_the_device)
{
    run_modern(0);
    add_rx(12);
    ck_assert(!arrive(60));
    ck_assert_uint_eq(reg(&g, 0x070) & 0x40, 0x40);
    ck_assert(!arrive(60));
}
END_TEST

START_TEST(readable_receive_buffer_breaks_the_device)
{
    run_modern(F_MRG_RXBUF);
    struct buffer b[] = { { RAM_BASE, 64, true }, { RAM_BASE, 64, false } };
    ring_add(&rx, &b[0], 1);
    ring_add(&rx, &b[1], 1);
    ck_assert(!arrive(200));
    ck_assert_uint_eq(reg(&g, 0x070) & 0x40, 0x40);
}
END_TEST

START_TEST(unsendable_frames_are_completed_and_logged)
{
    uint8_t gso[12] = { [1] = 1 };
    run_modern(0);
    add_tx(no_header, 12, frame, 13);
    add_tx(no_header, 12, frame, 65551);
    add_tx(gso, 12, frame, 60);
    add_tx(no_header, 12, frame, 65550);
    notify(&g, 1);
    ck_assert_uint_eq(net.sent, 1);
    ck_assert_uint_eq(net.size, 65550);
    ck_assert_uint_eq(g.rig.guest_errors, 3);
    for (unsigned i = 0; i < 4; i++)
        assert_used(&tx, 0);
}
END_TEST

/* ---- control queue ---- */

static uint8_t command(const void *data, uint32_t size)
{
    struct buffer b[] = { { guest_alloc(&g, 2, 1), 2, false },
                          { guest_alloc(&g, size, 1), size - 2, false },
                          { guest_alloc(&g, 1, 1), 1, true } };
    memcpy(guest_ram(&g, b[0].addr), data, 2);
    memcpy(guest_ram(&g, b[1].addr), (const uint8_t *)data + 2, size - 2);
    uint8_t *ack = guest_ram(&g, b[2].addr);
    *ack = 0xee;
    ring_add(&ctl, b, 3);
    notify(&g, 2);
    assert_used(&ctl, 1);
    return *ack;
}

static void run_filtering(void)
{
    run_modern(F_MRG_RXBUF | F_CTRL_VQ | F_CTRL_RX | F_CTRL_VLAN);
    ck_assert_uint_eq(command("\0\0\0", 3), 0);
}

static bool passes(const char *destination)
{
    uint32_t id, len;
    add_rx(2048);
    memcpy(frame, destination, 6);
    ck_assert(arrive(60));
    return ring_take(&rx, &id, &len);
}

#define OURS      "\x52\x54\x00\x12\x34\x56"
#define OTHER     "\x52\x54\x00\x12\x34\x57"
#define MULTICAST "\x33\x33\x00\x00\x00\x01"
#define BROADCAST "\xff\xff\xff\xff\xff\xff"

START_TEST(promiscuous_until_told_otherwise)
{
    run_modern(F_MRG_RXBUF | F_CTRL_VQ | F_CTRL_RX);
    ck_assert(passes(OTHER));
    ck_assert_uint_eq(command("\0\0\0", 3), 0);
    ck_assert(!passes(OTHER));
    ck_assert(passes(OURS));
    ck_assert(passes(BROADCAST));
    ck_assert(!passes(MULTICAST));
}
END_TEST

START_TEST(receive_modes_open_and_close)
{
    run_filtering();
    ck_assert_uint_eq(command("\0\1\1", 3), 0);
    ck_assert(passes(MULTICAST));
    ck_assert_uint_eq(command("\0\2\1", 3), 0);
    ck_assert(passes(OTHER));
    ck_assert_uint_eq(command("\0\3\1", 3), 0);
    ck_assert(!passes(MULTICAST));
    ck_assert_uint_eq(command("\0\4\1", 3), 0);
    ck_assert(!passes(OURS));
    ck_assert_uint_eq(command("\0\5\1", 3), 0);
    ck_assert(!passes(BROADCAST));
    ck_assert_uint_eq(command("\0\0\1", 3), 0);
    ck_assert(passes(OTHER));
}
END_TEST

START_TEST(mac_table_lets_its_addresses_pass)
{
    run_filtering();
    ck_assert_uint_eq(command("\1\0\1\0\0\0" OTHER "\1\0\0\0" MULTICAST, 22), 0);
    ck_assert(passes(OTHER));
    ck_assert(passes(MULTICAST));
    ck_assert(!passes("\x33\x33\x00\x00\x00\x02"));
    ck_assert_uint_eq(command("\1\0\0\0\0\0\0\0\0\0", 10), 0);
    ck_assert(!passes(OTHER));
}
END_TEST

START_TEST(mac_table_too_long_lets_all_of_its_kind_pass)
{
    uint8_t data[10 + 6 * 65] = { 1, 0, 65 };
    run_filtering();
    ck_assert_uint_eq(command(data, sizeof data), 0);
    ck_assert(passes(OTHER));
    ck_assert(!passes(MULTICAST));
}
END_TEST

START_TEST(own_address_can_be_set)
{
    run_filtering();
    ck_assert_uint_eq(command("\1\1" OTHER, 8), 0);
    ck_assert(passes(OTHER));
    ck_assert(!passes(OURS));
    ck_assert_uint_eq(reg(&g, 0x104) & 0xffff, 0x5734);
    set(&g, 0x070, 0);
    ck_assert_uint_eq(reg(&g, 0x104) & 0xffff, 0x5634);
}
END_TEST

START_TEST(vlan_filter_takes_the_vlans_it_knows)
{
    run_filtering();
    memcpy(frame + 12, "\x81\x00\x20\x05", 4);
    ck_assert(!passes(OURS));
    ck_assert_uint_eq(command("\2\0\5\0", 4), 0);
    ck_assert(passes(OURS));
    ck_assert_uint_eq(command("\2\1\5\0", 4), 0);
    ck_assert(!passes(OURS));
}
END_TEST

static const struct {
    uint8_t data[24];
    uint32_t size;
} refused[] = {
    { { 0, 6, 1 }, 3 },                             /* no such receive mode */
    { { 0, 0, 1, 1 }, 4 },                          /* a byte too many */
    { { 1, 1, 1, 2, 3, 4, 5 }, 7 },                 /* five bytes of an address */
    { { 1, 2, 1 }, 3 },                             /* no such command */
    { { 1, 0, 1, 0, 0, 0, 1, 2, 3 }, 9 },           /* a table that is cut */
    { { 1, 0, 0xff, 0xff, 0xff, 0xff, 1, 2 }, 10 }, /* a huge count */
    { { 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9 }, 11 },    /* a byte behind the tables */
    { { 2, 0, 0, 0x10 }, 4 },                       /* VLAN 4096 */
    { { 2, 2, 0, 0 }, 4 },                          /* no such command */
    { { 3, 0, 0 }, 3 },                             /* nothing to acknowledge */
    { { 4, 0, 1, 0 }, 4 },                          /* queue pairs: not offered */
    { { 5, 0, 0, 0, 0, 0, 0, 0, 0, 0 }, 10 },       /* offloads: not accepted */
    { { 0xff, 0xff, 0 }, 3 },
};
#define REFUSED (sizeof refused / sizeof *refused)

START_TEST(wrong_commands_are_answered_with_err)
{
    run_filtering();
    ck_assert_uint_eq(command(refused[_i].data, refused[_i].size), 1);
    ck_assert_uint_eq(g.rig.guest_errors, 1);
    ck_assert(!passes(OTHER));
}
END_TEST

START_TEST(command_without_room_for_an_answer_breaks_the_device)
{
    run_filtering();
    struct buffer b = { guest_alloc(&g, 3, 1), 3, false };
    ring_add(&ctl, &b, 1);
    notify(&g, 2);
    ck_assert_uint_eq(reg(&g, 0x070) & 0x40, 0x40);
}
END_TEST

START_TEST(legacy_driver_writes_its_address_into_the_configuration)
{
    run_legacy(0);
    dev_write(&virtio_mmio_ops, g.slot, 0x105, 1, 0, 0x99);
    ck_assert_uint_eq(reg(&g, 0x104), 0x00019934);
    dev_write(&virtio_mmio_ops, g.slot, 0x106, 1, 0, 0);
    ck_assert_uint_eq(g.rig.guest_errors, 1);
}
END_TEST

/* ---- checksum offload ---- */

START_TEST(checksum_is_completed_in_a_copy)
{
    /* flags NEEDS_CSUM, csum_start 14, csum_offset 2 */
    uint8_t header[12] = { 1, 0, 0, 0, 0, 0, 14, 0, 2, 0 };
    run_modern(F_CSUM);
    memset(frame + 14, 0, 46);
    frame[15] = 1;
    add_tx(header, 12, frame, 60);
    notify(&g, 1);
    ck_assert_mem_eq(net.frame + 14, "\0\1\xff\xfe\0\0", 6);
    struct buffer last = { 0 };
    memcpy(&last.addr, guest_ram(&g, tx.desc + 16), 8);
    ck_assert_mem_eq(guest_ram(&g, last.addr), frame, 60);
    header[7] = 1; /* csum_start 270 */
    add_tx(header, 12, frame, 60);
    notify(&g, 1);
    ck_assert_uint_eq(net.sent, 1);
    ck_assert_uint_eq(g.rig.guest_errors, 1);
}
END_TEST

START_TEST(good_checksums_are_reported_bad_ones_are_not)
{
    run_modern(F_GUEST_CSUM | F_MRG_RXBUF);
    memset(frame, 0, 80);
    memcpy(frame + 12, "\x86\xdd\x60\0\0\0\0\x14\x06", 9); /* TCP over IPv6, all addresses 0 */
    frame[54 + 12] = 0x50;
    frame[54 + 16] = 0xaf;
    frame[54 + 17] = 0xff - 26;
    uint64_t buffer = add_rx(256);
    ck_assert(arrive(74));
    ck_assert_uint_eq(*(uint8_t *)guest_ram(&g, buffer), 2);
    frame[60] = 1;
    buffer = add_rx(256);
    ck_assert(arrive(74));
    ck_assert_uint_eq(*(uint8_t *)guest_ram(&g, buffer), 0);
}
END_TEST

START_TEST(state_moves_with_filter_and_address)
{
    struct guest other;
    struct network far = { .link = { .send = on_send } };
    guest_init(&other);
    struct virtio *card = virtio_net_create(&other.rig.env, &far.link, NULL);
    other.slot = virtio_mmio_create(&other.rig.env, wire_line(&other.wire), false, card);
    run_filtering();
    ck_assert_uint_eq(command("\1\1" OTHER, 8), 0);
    add_rx(2048);
    ck_assert(copy_state(&virtio_mmio_ops, g.slot, other.slot));
    memcpy(other.ram, g.ram, RAM_SIZE);
    rx.g = &other;
    memcpy(frame, OURS, 6);
    ck_assert(far.link.receive(far.link.device, frame, 60));
    memcpy(frame, OTHER, 6);
    ck_assert(far.link.receive(far.link.device, frame, 60));
    assert_used(&rx, 72);
    ck_assert(!far.link.receive(far.link.device, frame, 60));
    ck_assert(refuses_every_cut(&virtio_mmio_ops, g.slot, other.slot));
    guest_free(&other);
}
END_TEST

static uint64_t random_state;

static uint32_t random_below(uint32_t bound)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (random_state >> 33) % bound;
}

static void add_random(struct ring *r)
{
    struct buffer b[4];
    unsigned count = 1 + random_below(4), readable = random_below(count + 1);
    for (unsigned i = 0; i < count; i++) {
        b[i].addr = RAM_BASE + random_below(RAM_SIZE - (random_below(64) ? 70000 : 0));
        b[i].len = random_below(4) ? 1 + random_below(200) : 1 + random_below(70000);
        b[i].write = i >= readable;
    }
    ring_add(r, b, count);
}

START_TEST(random_chains_do_no_harm)
{
    random_state = _i + 1;
    net.answer = true;
    unsigned resets = 0;
    for (unsigned i = 0; i < 20000; i++) {
        if (!i || (reg(&g, 0x070) & 0x40)) {
            g.free = RAM_BASE;
            ring_init(&rx, &g, 16);
            ring_init(&tx, &g, 16);
            ring_init(&ctl, &g, 16);
            memset(g.ram, 0, g.free - RAM_BASE);
            run_modern(random_below(2) ? 0xffffffff : 0);
            resets++;
        }
        unsigned queue = random_below(3);
        add_random(queue == 0 ? &rx : queue == 1 ? &tx : &ctl);
        notify(&g, queue);
        arrive(random_below(2) ? 60 : random_below(3000));
    }
    ck_assert_uint_gt(net.sent, 100);
    ck_assert_uint_gt(resets, 100);
}
END_TEST

static void add_data_path(Suite *suite)
{
    TCase *legacy = tcase_create("legacy");
    tcase_add_checked_fixture(legacy, setup_legacy, teardown);
    tcase_add_test(legacy, offers_what_the_reference_offers_to_legacy_drivers);
    tcase_add_test(legacy, legacy_header_has_10_bytes);
    tcase_add_test(legacy, mergeable_header_has_12_bytes);
    tcase_add_test(legacy, before_driver_ok_the_link_keeps_frames);
    tcase_add_test(legacy, legacy_driver_writes_its_address_into_the_configuration);
    suite_add_tcase(suite, legacy);
    TCase *data = tcase_create("frames");
    tcase_add_checked_fixture(data, setup_modern, teardown);
    tcase_add_test(data, offers_what_the_reference_offers_to_modern_drivers);
    tcase_add_test(data, modern_header_has_12_bytes);
    tcase_add_test(data, frame_in_pieces_is_sent_whole);
    tcase_add_test(data, one_interrupt_for_several_frames);
    tcase_add_test(data, answer_may_arrive_while_sending);
    tcase_add_test(data, long_frame_is_spread_over_merged_buffers);
    tcase_add_test(data, num_buffers_may_be_split_between_segments);
    tcase_add_test(data, without_buffers_the_link_keeps_the_frame);
    tcase_add_test(data, too_few_merged_buffers_leave_them_all);
    tcase_add_test(data, refill_is_notified_only_when_it_is_waited_for);
    tcase_add_test(data, frame_beyond_the_single_buffer_is_dropped);
    tcase_add_test(data, frame_beyond_all_merged_buffers_is_dropped);
    tcase_add_test(data, send_without_header_breaks_the_device);
    tcase_add_test(data, receive_buffer_without_room_breaks_the_device);
    tcase_add_test(data, readable_receive_buffer_breaks_the_device);
    tcase_add_test(data, unsendable_frames_are_completed_and_logged);
    suite_add_tcase(suite, data);
}

static void add_control(Suite *suite)
{
    TCase *control = tcase_create("control queue");
    tcase_add_checked_fixture(control, setup_modern, teardown);
    tcase_add_test(control, promiscuous_until_told_otherwise);
    tcase_add_test(control, receive_modes_open_and_close);
    tcase_add_test(control, mac_table_lets_its_addresses_pass);
    tcase_add_test(control, mac_table_too_long_lets_all_of_its_kind_pass);
    tcase_add_test(control, own_address_can_be_set);
    tcase_add_test(control, vlan_filter_takes_the_vlans_it_knows);
    tcase_add_loop_test(control, wrong_commands_are_answered_with_err, 0, REFUSED);
    tcase_add_test(control, command_without_room_for_an_answer_breaks_the_device);
    tcase_add_test(control, state_moves_with_filter_and_address);
    tcase_add_loop_test(control, random_chains_do_no_harm, 0, 3);
    suite_add_tcase(suite, control);
}

int main(void)
{
    Suite *suite = suite_create("virtio_net");
    add_data_path(suite);
    add_control(suite);
    TCase *checksum = tcase_create("checksum offload");
    tcase_add_checked_fixture(checksum, setup_checksum, teardown);
    tcase_add_test(checksum, checksum_is_completed_in_a_copy);
    tcase_add_test(checksum, good_checksums_are_reported_bad_ones_are_not);
    suite_add_tcase(suite, checksum);
    TCase *options = tcase_create("options");
    tcase_add_test(options, checksum_is_not_offered_together_with_gso);
    tcase_add_test(options, mtu_is_offered_when_given);
    suite_add_tcase(suite, options);
    return run_suite(suite);
}
