/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "net/capture.h"
#include "tests/net/suites.h"

static struct link inner;
static struct net_capture *capture;
static char file[] = "/tmp/armlet-capture-XXXXXX";
static uint64_t now;
static unsigned sent, received, readied, lines;
static bool room;
static struct net_error error;

static uint64_t now_ns(void *ctx)
{
    return now;
}

static void log_line(void *ctx, const char *text)
{
    lines++;
}

static const struct net_env env = { .now_ns = now_ns, .log = log_line };

static void inner_send(void *backend, const uint8_t *frame, size_t size)
{
    sent++;
}

static void inner_ready(void *backend)
{
    readied++;
}

static bool device_receive(void *device, const uint8_t *frame, size_t size)
{
    received += room;
    return room;
}

static void start(void)
{
    strcpy(file + strlen(file) - 6, "XXXXXX");
    close(mkstemp(file));
    now = sent = received = readied = lines = 0;
    room = true;
    inner = (struct link){ .send = inner_send, .ready = inner_ready };
    capture = net_capture_create(&inner, file, 96, 1000000000, &env, &error);
    ck_assert_ptr_nonnull(capture);
    net_capture_link(capture)->receive = device_receive;
}

static void stop(void)
{
    net_capture_destroy(capture);
    unlink(file);
}

/* The file's bytes; returns how many. */
static uint8_t bytes[4096];

static size_t load(void)
{
    FILE *in = fopen(file, "rb");
    size_t size = fread(bytes, 1, sizeof bytes, in);

    fclose(in);
    return size;
}

static uint32_t word(size_t at)
{
    uint32_t value;

    memcpy(&value, bytes + at, 4);
    return value;
}

static void send_frame(const void *frame, size_t size)
{
    struct link *link = net_capture_link(capture);

    link->send(link->backend, frame, size);
}

START_TEST(the_file_header_is_that_of_pcap_savefile)
{
    ck_assert_uint_eq(load(), 24);
    ck_assert_uint_eq(word(0), 0xa1b2c3d4);
    ck_assert_uint_eq(word(4), 4 << 16 | 2);
    ck_assert_uint_eq(word(16), 96);
    ck_assert_uint_eq(word(20), 1);
}
END_TEST

START_TEST(both_directions_are_recorded_with_the_time)
{
    now = 2500000000;
    send_frame("to the network", 14);
    now = 3000007000;
    ck_assert(inner.receive(inner.device, (const uint8_t *)"guest", 5));
    ck_assert_uint_eq(sent, 1);
    ck_assert_uint_eq(received, 1);
    ck_assert_uint_eq(load(), 24 + 16 + 14 + 16 + 5);
    ck_assert_uint_eq(word(24), 1000000002);
    ck_assert_uint_eq(word(28), 500000);
    ck_assert_uint_eq(word(32), 14);
    ck_assert_uint_eq(word(36), 14);
    ck_assert_mem_eq(bytes + 40, "to the network", 14);
    ck_assert_uint_eq(word(54), 1000000003);
    ck_assert_uint_eq(word(58), 7);
    ck_assert_mem_eq(bytes + 70, "guest", 5);
}
END_TEST

START_TEST(long_frames_are_cut_in_the_file_only)
{
    static const uint8_t frame[200];

    send_frame(frame, sizeof frame);
    ck_assert_uint_eq(load(), 24 + 16 + 96);
    ck_assert_uint_eq(word(32), 96);
    ck_assert_uint_eq(word(36), 200);
}
END_TEST

START_TEST(a_refused_frame_is_recorded_when_it_is_taken)
{
    room = false;
    ck_assert(!inner.receive(inner.device, (const uint8_t *)"guest", 5));
    ck_assert_uint_eq(load(), 24);
    room = true;
    ck_assert(inner.receive(inner.device, (const uint8_t *)"guest", 5));
    ck_assert_uint_eq(load(), 24 + 16 + 5);
}
END_TEST

START_TEST(ready_reaches_the_network)
{
    struct link *link = net_capture_link(capture);

    link->ready(link->backend);
    ck_assert_uint_eq(readied, 1);
}
END_TEST

START_TEST(a_file_that_can_not_be_written_is_named)
{
    ck_assert_ptr_null(net_capture_create(&inner, "/nonexistent/x.pcap", 96, 0, &env, &error));
    ck_assert_ptr_nonnull(strstr(error.text, "/nonexistent/x.pcap"));
}
END_TEST

/* A file size limit stands for the full disk. */
START_TEST(a_full_disk_ends_the_capture_behind_a_whole_frame)
{
    struct rlimit before, small;

    getrlimit(RLIMIT_FSIZE, &before);
    small = before;
    small.rlim_cur = 24 + 16 + 20 + 30;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    send_frame("12345678901234567890", 20);
    send_frame("12345678901234567890", 20);
    send_frame("1", 1);
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, SIG_DFL);
    ck_assert_uint_eq(load(), 24 + 16 + 20);
    ck_assert_uint_eq(sent, 3);
    ck_assert_uint_eq(lines, 1);
}
END_TEST

START_TEST(the_properties_of_filter_dump)
{
    struct net_capture_config config;

    ck_assert(net_capture_config_parse(&config,
                                       "filter-dump,id=f0,netdev=n0,file=a,,b.pcap,"
                                       "maxlen=128",
                                       &error));
    ck_assert_str_eq(config.id, "f0");
    ck_assert_str_eq(config.netdev, "n0");
    ck_assert_str_eq(config.file, "a,b.pcap");
    ck_assert_uint_eq(config.maxlen, 128);
    net_capture_config_free(&config);
    ck_assert(net_capture_config_parse(&config, "filter-dump,id=f,netdev=n,file=x", &error));
    ck_assert_uint_eq(config.maxlen, 65536);
    net_capture_config_free(&config);
}
END_TEST

START_TEST(wrong_properties_of_filter_dump_are_named)
{
    static const char *const texts[][2] = {
        { "filter-dump,id=f,netdev=n", "file=" },
        { "filter-dump,id=f,netdev=n,file=", "'file'" },
        { "filter-dump,id=f,netdev=n,file=x,maxlen=0", "maxlen=0" },
        { "filter-dump,id=f,netdev=n,file=x,speed=1", "'speed'" },
        { "filter-buffer,id=f", "filter-buffer" },
        { "", "filter-dump" },
    };
    struct net_capture_config config;

    ck_assert(!net_capture_config_parse(&config, texts[_i][0], &error));
    ck_assert_msg(strstr(error.text, texts[_i][1]), "%s", error.text);
    net_capture_config_free(&config);
}
END_TEST

TCase *capture_tests(void)
{
    TCase *c = tcase_create("capture");

    tcase_add_checked_fixture(c, start, stop);
    tcase_add_test(c, the_file_header_is_that_of_pcap_savefile);
    tcase_add_test(c, both_directions_are_recorded_with_the_time);
    tcase_add_test(c, long_frames_are_cut_in_the_file_only);
    tcase_add_test(c, a_refused_frame_is_recorded_when_it_is_taken);
    tcase_add_test(c, ready_reaches_the_network);
    tcase_add_test(c, a_file_that_can_not_be_written_is_named);
    tcase_add_test(c, a_full_disk_ends_the_capture_behind_a_whole_frame);
    tcase_add_test(c, the_properties_of_filter_dump);
    tcase_add_loop_test(c, wrong_properties_of_filter_dump_are_named, 0, 6);
    return c;
}
