/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/stream_service.h"
#include "tests/net/suites.h"

static struct stream_service *streams;
static struct net_pollfds set;
static unsigned calls;

/* A request that starts with 'W' is answered before it is done. */
static unsigned undone, settled;
static bool settle_works;

/* Echoes; a request that starts with 'B' is answered with 100,000 bytes, one with '-' not at all.
 */
static size_t call(void *ctx, uint16_t port, bool tcp, const uint8_t *request, size_t size,
                   uint8_t *reply, size_t reply_size)
{
    ck_assert(tcp);
    calls++;
    undone += size && *request == 'W';
    if (size && *request == '-')
        return 0;
    if (size && *request == 'B') {
        memset(reply, 'b', 100000);
        return 100000;
    }
    memcpy(reply, request, size);
    reply[size] = (uint8_t)(port % 10 + '0');
    return size + 1;
}

static bool behind(void *ctx)
{
    return undone;
}

static bool settle(void *ctx)
{
    undone = 0;
    settled++;
    return settle_works;
}

static const struct net_service service = {
    .ports = { 111, 2049 }, .port_count = 2, .call = call, .behind = behind, .settle = settle
};

static void start(void)
{
    struct net_error error;

    calls = undone = settled = 0;
    settle_works = true;
    streams = stream_service_create(&service, &error);
    ck_assert_msg(streams, "%s", error.text);
}

static void stop(void)
{
    stream_service_destroy(streams);
    net_pollfds_free(&set);
}

static void run(void)
{
    for (int i = 0; i < 4; i++) {
        set.count = 0;
        stream_service_poll_prepare(streams, &set);
        poll(set.fds, set.count, 0);
        stream_service_poll_done(streams, &set);
    }
}

static int try_connect(size_t port_index)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    strcpy(address.sun_path, stream_service_path(streams, port_index));
    if (connect(fd, (struct sockaddr *)&address, sizeof address)) {
        close(fd);
        return -1;
    }
    return fd;
}

static int connected(size_t port_index)
{
    int fd = try_connect(port_index);

    ck_assert_int_ge(fd, 0);
    return fd;
}

static void put(int fd, const void *data, size_t size)
{
    ck_assert_int_eq(send(fd, data, size, MSG_NOSIGNAL), (ssize_t)size);
}

static void expect(int fd, const char *answer, size_t size)
{
    char got[64];

    ck_assert_int_eq(recv(fd, got, sizeof got, MSG_DONTWAIT), (ssize_t)size);
    ck_assert_mem_eq(got, answer, size);
}

static bool is_closed(int fd)
{
    char byte;

    return recv(fd, &byte, 1, MSG_DONTWAIT) == 0;
}

START_TEST(a_record_is_answered_by_a_record)
{
    int fd = connected(1);

    put(fd, "\x80\0\0\2hi", 6);
    run();
    expect(fd, "\x80\0\0\3hi9", 7);
    close(fd);
}
END_TEST

START_TEST(each_port_has_its_own_socket)
{
    int fd = connected(0);

    put(fd, "\x80\0\0\2hi", 6);
    run();
    expect(fd, "\x80\0\0\3hi1", 7);
    close(fd);
}
END_TEST

START_TEST(many_records_in_one_write_are_answered_in_order)
{
    int fd = connected(1);

    put(fd, "\x80\0\0\1a\x80\0\0\1-\0\0\0\1b\x80\0\0\1c", 20);
    run();
    expect(fd, "\x80\0\0\2a9\x80\0\0\3bc9", 13);
    ck_assert_uint_eq(calls, 3);
    close(fd);
}
END_TEST

START_TEST(answers_to_what_is_not_done_yet_settle_together)
{
    int fd = connected(1);

    put(fd, "\x80\0\0\1W\x80\0\0\1W\x80\0\0\1a", 15);
    run();
    ck_assert_uint_eq(settled, 1);
    ck_assert_uint_eq(undone, 0);
    expect(fd, "\x80\0\0\2W9\x80\0\0\2W9\x80\0\0\2a9", 18);
    put(fd, "\x80\0\0\1b", 5);
    run();
    ck_assert_uint_eq(settled, 1);
    expect(fd, "\x80\0\0\2b9", 6);
    close(fd);
}
END_TEST

START_TEST(answers_that_wait_are_bounded)
{
    static char sent[STREAM_HELD_MAX + 6000];
    int fd = connected(1);

    memcpy(sent, "\x80\0\x0f\xfcW", 5); /* 4092 bytes, and as many again and again */
    for (size_t at = 4096; at < sizeof sent; at += 4096)
        memcpy(sent + at, "\x80\0\x0f\xfcW", 5);
    put(fd, sent, 17 * 4096);
    run();
    ck_assert_uint_eq(calls, 17);
    ck_assert_uint_eq(settled, 2);
    close(fd);
}
END_TEST

START_TEST(answers_to_what_could_not_be_done_end_with_their_connection)
{
    int fd = connected(1);

    settle_works = false;
    put(fd, "\x80\0\0\1W\x80\0\0\1a", 10);
    run();
    ck_assert_uint_eq(settled, 1);
    ck_assert(is_closed(fd));
    close(fd);
}
END_TEST

START_TEST(a_record_may_come_byte_by_byte)
{
    int fd = connected(1);

    for (int i = 0; i < 6; i++) {
        put(fd, "\x80\0\0\2hi" + i, 1);
        run();
    }
    expect(fd, "\x80\0\0\3hi9", 7);
    close(fd);
}
END_TEST

START_TEST(connections_are_served_side_by_side)
{
    int first = connected(1), second = connected(1);

    put(first, "\x80\0\0\2", 4);
    run();
    put(second, "\x80\0\0\2hi", 6);
    run();
    expect(second, "\x80\0\0\3hi9", 7);
    put(first, "yo", 2);
    run();
    expect(first, "\x80\0\0\3yo9", 7);
    close(first);
    close(second);
}
END_TEST

START_TEST(a_record_that_is_too_large_ends_the_connection)
{
    int fd = connected(1);

    put(fd, "\xff\xff\xff\xff", 4);
    run();
    ck_assert(is_closed(fd));
    close(fd);
}
END_TEST

START_TEST(a_closed_connection_makes_room)
{
    for (int i = 0; i < 3 * STREAM_CONNECTIONS_MAX; i++) {
        int fd = connected(1);
        put(fd, "\x80\0\0\2hi", 6);
        run();
        expect(fd, "\x80\0\0\3hi9", 7);
        close(fd);
        run();
    }
}
END_TEST

START_TEST(the_connection_that_is_silent_for_longest_gives_way)
{
    int fds[STREAM_CONNECTIONS_MAX + 1];

    for (int i = 0; i < STREAM_CONNECTIONS_MAX; i++)
        fds[i] = connected(1);
    run();
    put(fds[0], "\x80\0\0\2hi", 6);
    run();
    fds[STREAM_CONNECTIONS_MAX] = connected(1);
    run();
    expect(fds[0], "\x80\0\0\3hi9", 7);
    ck_assert(!is_closed(fds[0]));
    ck_assert(is_closed(fds[1]));
    ck_assert(!is_closed(fds[2]));
    put(fds[STREAM_CONNECTIONS_MAX], "\x80\0\0\2hi", 6);
    run();
    expect(fds[STREAM_CONNECTIONS_MAX], "\x80\0\0\3hi9", 7);
    for (int i = 0; i <= STREAM_CONNECTIONS_MAX; i++)
        close(fds[i]);
}
END_TEST

START_TEST(a_reset_closes_all_connections)
{
    int first = connected(0), second = connected(1);

    run();
    int waiting = connected(1);
    stream_service_reset(streams);
    ck_assert(is_closed(first));
    ck_assert(is_closed(second));
    ck_assert(is_closed(waiting));
    close(first);
    close(second);
    close(waiting);
}
END_TEST

/* Reads what is there; returns how many bytes. */
static size_t drain(int fd)
{
    static char buffer[65536];
    size_t total = 0;
    ssize_t got;

    while ((got = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT)) > 0)
        total += (size_t)got;
    return total;
}

START_TEST(a_peer_that_does_not_read_is_not_read_either)
{
    int fd = connected(1);
    size_t got = 0;

    for (int i = 0; i < 20; i++)
        put(fd, "\x80\0\0\1B", 5);
    run();
    unsigned calls_before = calls;
    ck_assert_uint_lt(calls_before, 20);
    run();
    ck_assert_uint_eq(calls, calls_before);
    for (int i = 0; i < 100; i++) {
        got += drain(fd);
        run();
    }
    ck_assert_uint_eq(calls, 20);
    ck_assert_uint_eq(got, 20 * (4 + 100000));
    close(fd);
}
END_TEST

START_TEST(a_peer_that_goes_away_with_answers_under_way_is_forgotten)
{
    int fd = connected(1);

    for (int i = 0; i < 20; i++)
        put(fd, "\x80\0\0\1B", 5);
    run();
    close(fd);
    run();
    set.count = 0;
    stream_service_poll_prepare(streams, &set);
    ck_assert_uint_eq(set.count, 2); /* the listeners */
}
END_TEST

/* A child has the descriptors, but is another process. */
START_TEST(another_process_is_turned_away)
{
    int to_parent[2];

    ck_assert_int_eq(pipe(to_parent), 0);
    pid_t child = fork();
    if (!child) {
        char byte;
        int fd = try_connect(1);
        if (fd >= 0 && send(fd, "\x80\0\0\2hi", 6, MSG_NOSIGNAL) == 6)
            (void)!write(to_parent[1], "x", 1);
        _exit(recv(fd, &byte, 1, 0) > 0);
    }
    char byte;
    close(to_parent[1]);
    ck_assert_int_eq(read(to_parent[0], &byte, 1), 1);
    run();
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    ck_assert_uint_eq(calls, 0);
    close(to_parent[0]);
}
END_TEST

TCase *stream_service_tests(void)
{
    TCase *c = tcase_create("stream service");

    tcase_add_checked_fixture(c, start, stop);
    tcase_add_test(c, a_record_is_answered_by_a_record);
    tcase_add_test(c, each_port_has_its_own_socket);
    tcase_add_test(c, many_records_in_one_write_are_answered_in_order);
    tcase_add_test(c, answers_to_what_is_not_done_yet_settle_together);
    tcase_add_test(c, answers_that_wait_are_bounded);
    tcase_add_test(c, answers_to_what_could_not_be_done_end_with_their_connection);
    tcase_add_test(c, a_record_may_come_byte_by_byte);
    tcase_add_test(c, connections_are_served_side_by_side);
    tcase_add_test(c, a_record_that_is_too_large_ends_the_connection);
    tcase_add_test(c, a_closed_connection_makes_room);
    tcase_add_test(c, the_connection_that_is_silent_for_longest_gives_way);
    tcase_add_test(c, a_reset_closes_all_connections);
    tcase_add_test(c, a_peer_that_does_not_read_is_not_read_either);
    tcase_add_test(c, a_peer_that_goes_away_with_answers_under_way_is_forgotten);
    tcase_add_test(c, another_process_is_turned_away);
    return c;
}
