/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "devices/virtqueue.h"
#include "tests/devices/test_virt_driver.h"

static struct guest g;
static struct ring ring;
static struct virtqueue q;
static struct virtqueue_chain chain;
static unsigned faults;
static char fault_text[80];

/* Stands for virtio.c, which marks the device broken. */
static void on_fault(void *owner, const char *what)
{
    faults++;
    strncpy(fault_text, what, sizeof fault_text - 1);
    q.stopped = true;
}

static void start(unsigned size, uint64_t features)
{
    ring_init(&ring, &g, size);
    q = (struct virtqueue){ .dma = &g.rig.env.dma, .fault = on_fault, .features = features };
    virtqueue_reset(&q);
    q.s.size = size;
    ck_assert(virtqueue_set_legacy_base(&q, ring.desc));
}

static void setup(void)
{
    guest_init(&g);
    faults = 0;
    start(8, 0);
}

static void teardown(void)
{
    guest_free(&g);
}

static struct buffer buffer(uint32_t len, bool write)
{
    return (struct buffer){ guest_alloc(&g, len, 1), len, write };
}

static void assert_broken(const char *word)
{
    ck_assert(!virtqueue_pop(&q, &chain));
    ck_assert_uint_eq(faults, 1);
    ck_assert_msg(strstr(fault_text, word), "%s", fault_text);
    ck_assert(!virtqueue_pop(&q, &chain));
    ck_assert_uint_eq(faults, 1);
}

/* virtio 1.2, 2.7.2 "Legacy Interfaces: A Note on Virtqueue Layout": for 256 entries, descriptors
 * 4096 bytes, available 6 + 512, used at the next 4096. */
START_TEST(legacy_layout_puts_used_ring_at_next_alignment)
{
    virtqueue_reset(&q);
    q.s.size = 256;
    ck_assert(virtqueue_set_legacy_base(&q, 0x40010000));
    ck_assert_uint_eq(q.s.desc, 0x40010000);
    ck_assert_uint_eq(q.s.avail, 0x40011000);
    ck_assert_uint_eq(q.s.used, 0x40012000);
    q.s.align = 64;
    ck_assert(virtqueue_set_legacy_base(&q, 0x40010000));
    ck_assert_uint_eq(q.s.used, 0x40011000 + 576);
}
END_TEST

START_TEST(impossible_layouts_are_refused)
{
    q.s.align = 48;
    ck_assert(!virtqueue_set_legacy_base(&q, 0x40010000));
    q.s.align = 0;
    ck_assert(!virtqueue_set_legacy_base(&q, 0x40010000));
    q.s.align = 4096;
    ck_assert(!virtqueue_set_legacy_base(&q, 0x40010008));
    q.s.desc = 0x40010000, q.s.avail = 0x40011001, q.s.used = 0x40012000;
    ck_assert(!virtqueue_enable(&q));
    ck_assert(!q.s.ready);
    ck_assert(virtqueue_empty(&q));
}
END_TEST

START_TEST(chain_comes_as_readable_then_writable_segments)
{
    struct buffer b[] = { buffer(3, false), buffer(5, false), buffer(7, true) };
    memcpy(guest_ram(&g, b[0].addr), "abc", 3);
    memcpy(guest_ram(&g, b[1].addr), "defgh", 5);
    ck_assert(virtqueue_empty(&q));
    uint16_t head = ring_add(&ring, b, 3);
    ck_assert(!virtqueue_empty(&q));
    ck_assert(virtqueue_pop(&q, &chain));
    ck_assert_uint_eq(chain.head, head);
    ck_assert_uint_eq(chain.readable, 2);
    ck_assert_uint_eq(chain.writable, 1);
    ck_assert_uint_eq(chain.read_size, 8);
    ck_assert_uint_eq(chain.write_size, 7);
    ck_assert_ptr_eq(chain.segment[1].iov_base, guest_ram(&g, b[1].addr));
    char text[9] = "";
    ck_assert_uint_eq(virtqueue_chain_read(&chain, 2, text, 8), 6);
    ck_assert_str_eq(text, "cdefgh");
    ck_assert_uint_eq(virtqueue_chain_read(&chain, 8, text, 8), 0);
    ck_assert_uint_eq(virtqueue_chain_write(&chain, 5, "xyz", 3), 2);
    ck_assert_mem_eq((char *)guest_ram(&g, b[2].addr) + 5, "xy", 2);
    ck_assert_ptr_eq(virtqueue_chain_byte(&chain, 6), (uint8_t *)guest_ram(&g, b[2].addr) + 6);
    ck_assert_ptr_null(virtqueue_chain_byte(&chain, 7));
}
END_TEST

START_TEST(used_entries_appear_when_published)
{
    uint32_t id, len;
    struct buffer b = buffer(16, true);
    ring_add(&ring, &b, 1);
    uint16_t second = ring_add(&ring, &b, 1);
    ck_assert(virtqueue_pop(&q, &chain));
    virtqueue_fill(&q, chain.head, 9, 0);
    ck_assert(virtqueue_pop(&q, &chain));
    virtqueue_fill(&q, chain.head, 11, 1);
    ck_assert(!ring_take(&ring, &id, &len));
    virtqueue_publish(&q, 2);
    ck_assert(ring_take(&ring, &id, &len));
    ck_assert_uint_eq(len, 9);
    ck_assert(ring_take(&ring, &id, &len));
    ck_assert_uint_eq(id, second);
    ck_assert_uint_eq(len, 11);
    ck_assert(!ring_take(&ring, &id, &len));
}
END_TEST

START_TEST(indices_run_freely_past_65535)
{
    struct buffer b = buffer(4, true);
    uint32_t id, len;
    for (unsigned i = 0; i < 70000; i++) {
        uint16_t head = ring_add(&ring, &b, 1);
        ck_assert(virtqueue_pop(&q, &chain));
        virtqueue_fill(&q, chain.head, i & 3, 0);
        virtqueue_publish(&q, 1);
        ck_assert(ring_take(&ring, &id, &len));
        ck_assert(id == head && len == (i & 3));
    }
    ck_assert_uint_eq(faults, 0);
}
END_TEST

START_TEST(rewound_chains_come_again)
{
    struct buffer b = buffer(4, true);
    uint16_t first = ring_add(&ring, &b, 1);
    ring_add(&ring, &b, 1);
    ck_assert(virtqueue_pop(&q, &chain) && virtqueue_pop(&q, &chain));
    virtqueue_rewind(&q, 2);
    ck_assert(virtqueue_pop(&q, &chain));
    ck_assert_uint_eq(chain.head, first);
}
END_TEST

START_TEST(loop_is_found)
{
    uint64_t pa = guest_alloc(&g, 16, 1);
    for (unsigned i = 0; i < 8; i++)
        ring_desc(&ring, i, pa, 16, NEXT, (i + 1) % 8);
    ring_offer(&ring, 0);
    assert_broken("loop");
}
END_TEST

START_TEST(descriptor_to_itself_is_a_loop)
{
    ring_desc(&ring, 3, guest_alloc(&g, 16, 1), 16, NEXT, 3);
    ring_offer(&ring, 3);
    assert_broken("loop");
}
END_TEST

START_TEST(chain_of_the_whole_table_is_no_loop)
{
    struct buffer b[8];
    for (unsigned i = 0; i < 8; i++)
        b[i] = buffer(1, false);
    ring_add(&ring, b, 8);
    ck_assert(virtqueue_pop(&q, &chain));
    ck_assert_uint_eq(chain.readable, 8);
}
END_TEST

START_TEST(indices_beyond_the_table_are_refused)
{
    ring_offer(&ring, 8);
    assert_broken("index");
    faults = 0;
    start(8, 0);
    ring_desc(&ring, 0, guest_alloc(&g, 16, 1), 16, NEXT, 65535);
    ring_offer(&ring, 0);
    assert_broken("index");
}
END_TEST

static const struct {
    uint64_t addr;
    uint32_t len;
} outside[] = {
    { 0, 1 },
    { RAM_BASE - 1, 2 },
    { RAM_BASE + RAM_SIZE - 1, 2 },
    { RAM_BASE + RAM_SIZE, 1 },
    { RAM_BASE, 0xffffffff },
    { UINT64_MAX, 1 },
    { UINT64_MAX - 15, 32 },
};

START_TEST(buffers_outside_of_ram_are_refused)
{
    ring_desc(&ring, 0, outside[_i].addr, outside[_i].len, 0, 0);
    ring_offer(&ring, 0);
    assert_broken("outside of RAM");
}
END_TEST

START_TEST(indirect_tables_outside_of_ram_are_refused)
{
    ring_desc(&ring, 0, outside[_i].addr, 16 * (outside[_i].len / 16 + 1), INDIRECT, 0);
    ring_offer(&ring, 0);
    ck_assert(!virtqueue_pop(&q, &chain));
    ck_assert_uint_eq(faults, 1);
}
END_TEST

START_TEST(rings_outside_of_ram_are_refused)
{
    q.s.desc = q.s.avail = q.s.used = 0x1000;
    q.s.ready = 1;
    assert_broken("ring");
    faults = 0;
    start(8, 0);
    struct buffer b = buffer(4, true);
    ring_add(&ring, &b, 1);
    q.s.desc = UINT64_MAX - 15;
    assert_broken("descriptor table");
    faults = 0;
    start(8, 0);
    ring_add(&ring, &b, 1);
    q.s.used = UINT64_MAX - 3;
    ck_assert(virtqueue_pop(&q, &chain));
    virtqueue_fill(&q, 0, 0, 0);
    virtqueue_publish(&q, 1);
    ck_assert_uint_eq(faults, 1);
}
END_TEST

START_TEST(zero_length_is_refused)
{
    ring_desc(&ring, 0, RAM_BASE, 0, 0, 0);
    ring_offer(&ring, 0);
    assert_broken("no length");
}
END_TEST

START_TEST(readable_after_writable_is_refused)
{
    struct buffer b[] = { buffer(4, true), buffer(4, false) };
    ring_add(&ring, b, 2);
    assert_broken("readable");
}
END_TEST

START_TEST(available_index_cannot_run_ahead)
{
    struct buffer b = buffer(4, true);
    for (unsigned i = 0; i < 9; i++)
        ring_add(&ring, &b, 1);
    assert_broken("ahead");
}
END_TEST

/* An indirect table of `count` descriptors, each 4 readable bytes, linked in order. */
static uint64_t indirect_table(unsigned count)
{
    struct ring table = { .g = &g, .desc = guest_alloc(&g, 16 * count, 16) };
    for (unsigned i = 0; i < count; i++)
        ring_desc(&table, i, RAM_BASE + 4 * i, 4, i + 1 < count ? NEXT : 0, i + 1);
    return table.desc;
}

START_TEST(indirect_table_is_walked)
{
    ring_desc(&ring, 5, indirect_table(20), 20 * 16, INDIRECT, 0);
    ring_offer(&ring, 5);
    ck_assert(virtqueue_pop(&q, &chain));
    ck_assert_uint_eq(chain.head, 5);
    ck_assert_uint_eq(chain.readable, 20);
    ck_assert_uint_eq(chain.read_size, 80);
}
END_TEST

/* virtio 1.2, "Device Requirements: Indirect Descriptors": normal descriptors, then a single
 * indirect one. */
START_TEST(indirect_table_may_end_a_chain)
{
    ring_desc(&ring, 0, RAM_BASE, 8, NEXT, 1);
    ring_desc(&ring, 1, indirect_table(2), 32, INDIRECT, 0);
    ring_offer(&ring, 0);
    ck_assert(virtqueue_pop(&q, &chain));
    ck_assert_uint_eq(chain.readable, 3);
}
END_TEST

START_TEST(bad_indirect_tables_are_refused)
{
    struct {
        uint32_t len;
        uint16_t flags;
        const char *word;
    } bad[] = {
        { 0, INDIRECT, "16" },
        { 24, INDIRECT, "16" },
        { 32, INDIRECT | NEXT, "next" },
    };
    ring_desc(&ring, 0, indirect_table(2), bad[_i].len, bad[_i].flags, 1);
    ring_offer(&ring, 0);
    assert_broken(bad[_i].word);
}
END_TEST

START_TEST(indirect_in_indirect_is_refused)
{
    struct ring table = { .g = &g, .desc = guest_alloc(&g, 16, 16) };
    ring_desc(&table, 0, table.desc, 16, INDIRECT, 0);
    ring_desc(&ring, 0, table.desc, 16, INDIRECT, 0);
    ring_offer(&ring, 0);
    assert_broken("another");
}
END_TEST

START_TEST(indirect_chain_longer_than_we_take_is_refused)
{
    ring_desc(&ring, 0, indirect_table(VIRTQUEUE_SIZE_MAX), 16 * VIRTQUEUE_SIZE_MAX, INDIRECT, 0);
    ring_offer(&ring, 0);
    ck_assert(virtqueue_pop(&q, &chain));
    ck_assert_uint_eq(chain.readable, VIRTQUEUE_SIZE_MAX);
    ring_desc(&ring, 1, indirect_table(VIRTQUEUE_SIZE_MAX + 1), 16 * (VIRTQUEUE_SIZE_MAX + 1),
              INDIRECT, 0);
    ring_offer(&ring, 1);
    assert_broken("too long");
}
END_TEST

static void serve_one(void)
{
    struct buffer b = { RAM_BASE, 4, true };
    ring_add(&ring, &b, 1);
    ck_assert(virtqueue_pop(&q, &chain));
    virtqueue_fill(&q, chain.head, 0, 0);
    virtqueue_publish(&q, 1);
}

START_TEST(no_interrupt_flag_suppresses_interrupts)
{
    serve_one();
    ck_assert(virtqueue_interrupt_due(&q));
    ring_set_avail_flags(&ring, 1);
    serve_one();
    ck_assert(!virtqueue_interrupt_due(&q));
}
END_TEST

START_TEST(notify_on_empty_overrides_the_flag)
{
    start(8, VIRTIO_F_NOTIFY_ON_EMPTY);
    ring_set_avail_flags(&ring, 1);
    serve_one();
    ck_assert(virtqueue_interrupt_due(&q));
}
END_TEST

/* virtio 1.2, "Used Buffer Notification Suppression": an interrupt when the index passes
 * used_event. */
START_TEST(used_event_delays_interrupts)
{
    start(8, VIRTIO_F_EVENT_IDX);
    ring_set_used_event(&ring, 0);
    serve_one();
    ck_assert(virtqueue_interrupt_due(&q));
    ring_set_used_event(&ring, 2);
    serve_one();
    ck_assert(!virtqueue_interrupt_due(&q));
    serve_one();
    ck_assert(virtqueue_interrupt_due(&q));
    serve_one();
    ck_assert(!virtqueue_interrupt_due(&q));
}
END_TEST

START_TEST(avail_event_follows_what_was_taken)
{
    start(8, VIRTIO_F_EVENT_IDX);
    serve_one();
    serve_one();
    ck_assert_uint_eq(ring_avail_event(&ring), 2);
    virtqueue_set_notify(&q, false);
    serve_one();
    ck_assert_uint_eq(ring_avail_event(&ring), 2);
    struct buffer b = { RAM_BASE, 4, true };
    ring_add(&ring, &b, 1);
    virtqueue_set_notify(&q, true);
    ck_assert_uint_eq(ring_avail_event(&ring), 4);
    ck_assert(!virtqueue_empty(&q));
}
END_TEST

START_TEST(no_notify_flag_stands_in_the_used_ring)
{
    virtqueue_set_notify(&q, false);
    ck_assert_uint_eq(ring_used_flags(&ring), 1);
    virtqueue_set_notify(&q, true);
    ck_assert_uint_eq(ring_used_flags(&ring), 0);
}
END_TEST

static uint64_t random_state;

static uint32_t random_below(uint32_t bound)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (random_state >> 33) % bound;
}

/* Mostly plausible, so that walks get deep; sometimes anything. */
static void scribble(void)
{
    for (unsigned i = 0; i < 8; i++) {
        uint64_t addr = RAM_BASE + random_below(RAM_SIZE + 64);
        uint32_t len = random_below(8) ? 16 * random_below(20) : random_below(0x7fffffff);
        uint16_t flags = random_below(4) ? random_below(4) : random_below(65536);
        if (!random_below(16))
            addr = (uint64_t)random_below(UINT32_MAX) << random_below(33);
        ring_desc(&ring, i, addr, len, flags, random_below(random_below(8) ? 8 : 65536));
    }
}

START_TEST(random_rings_never_leave_ram)
{
    static const uint64_t features[] = { 0, VIRTIO_F_EVENT_IDX, VIRTIO_F_NOTIFY_ON_EMPTY };
    unsigned taken = 0;
    random_state = _i + 1;
    for (unsigned round = 0; round < 20000; round++) {
        if (q.stopped || !round) {
            g.free = RAM_BASE;
            start(8, features[random_below(3)]);
            memset(guest_ram(&g, ring.desc), 0, 8192);
        }
        scribble();
        ring_offer(&ring, random_below(random_below(16) ? 8 : 65536));
        while (virtqueue_pop(&q, &chain)) {
            taken++;
            for (size_t i = 0, n = chain.readable + chain.writable; i < n; i++) {
                uint8_t *from = chain.segment[i].iov_base;
                ck_assert(from >= g.ram && from + chain.segment[i].iov_len <= g.ram + RAM_SIZE);
            }
            virtqueue_fill(&q, chain.head, random_below(64), 0);
            virtqueue_publish(&q, 1);
            virtqueue_interrupt_due(&q);
        }
    }
    ck_assert_uint_gt(taken, 1000);
    ck_assert_uint_gt(faults, 1000);
}
END_TEST

START_TEST(impossible_states_are_told_apart)
{
    ck_assert(virtqueue_state_valid(&q.s));
    struct virtqueue_state s = q.s;
    s.size = 0;
    ck_assert(!virtqueue_state_valid(&s));
    s.size = VIRTQUEUE_SIZE_MAX + 1;
    ck_assert(!virtqueue_state_valid(&s));
    s = q.s;
    s.used++;
    ck_assert(!virtqueue_state_valid(&s));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("virtqueue");
    TCase *rings = tcase_create("rings");
    tcase_add_checked_fixture(rings, setup, teardown);
    tcase_add_test(rings, legacy_layout_puts_used_ring_at_next_alignment);
    tcase_add_test(rings, impossible_layouts_are_refused);
    tcase_add_test(rings, chain_comes_as_readable_then_writable_segments);
    tcase_add_test(rings, used_entries_appear_when_published);
    tcase_add_test(rings, indices_run_freely_past_65535);
    tcase_add_test(rings, rewound_chains_come_again);
    tcase_add_test(rings, chain_of_the_whole_table_is_no_loop);
    tcase_add_test(rings, indirect_table_is_walked);
    tcase_add_test(rings, indirect_table_may_end_a_chain);
    tcase_add_test(rings, impossible_states_are_told_apart);
    suite_add_tcase(suite, rings);
    TCase *broken = tcase_create("broken rules");
    tcase_add_checked_fixture(broken, setup, teardown);
    tcase_add_test(broken, loop_is_found);
    tcase_add_test(broken, descriptor_to_itself_is_a_loop);
    tcase_add_test(broken, indices_beyond_the_table_are_refused);
    tcase_add_loop_test(broken, buffers_outside_of_ram_are_refused, 0, 7);
    tcase_add_loop_test(broken, indirect_tables_outside_of_ram_are_refused, 0, 7);
    tcase_add_test(broken, rings_outside_of_ram_are_refused);
    tcase_add_test(broken, zero_length_is_refused);
    tcase_add_test(broken, readable_after_writable_is_refused);
    tcase_add_test(broken, available_index_cannot_run_ahead);
    tcase_add_loop_test(broken, bad_indirect_tables_are_refused, 0, 3);
    tcase_add_test(broken, indirect_in_indirect_is_refused);
    tcase_add_test(broken, indirect_chain_longer_than_we_take_is_refused);
    tcase_add_loop_test(broken, random_rings_never_leave_ram, 0, 4);
    suite_add_tcase(suite, broken);
    TCase *notifications = tcase_create("notifications");
    tcase_add_checked_fixture(notifications, setup, teardown);
    tcase_add_test(notifications, no_interrupt_flag_suppresses_interrupts);
    tcase_add_test(notifications, notify_on_empty_overrides_the_flag);
    tcase_add_test(notifications, used_event_delays_interrupts);
    tcase_add_test(notifications, avail_event_follows_what_was_taken);
    tcase_add_test(notifications, no_notify_flag_stands_in_the_used_ring);
    suite_add_tcase(suite, notifications);
    return run_suite(suite);
}
