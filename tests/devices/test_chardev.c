/* SPDX-License-Identifier: MIT */
/* The host back ends, driven by a poll loop as small as it can be. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "devices/chardev_open.h"
#include "devices/chardev_pty.h"
#include "devices/chardev_socket.h"
#include "devices/fd_stream.h"
#include "tests/devices/rig.h"

#define WAIT_MS    5000
#define PATH_BYTES 100 /* fits a sun_path */

static struct poll_list polls;
static struct chardev *port;
static char error[256], directory[64];
static struct terminal terminal;

/* The device's side: takes at most `room`. */
static char taken[4096];
static size_t taken_size, room;

static size_t take(void *device, const uint8_t *data, size_t size)
{
    if (size > room)
        size = room;
    memcpy(taken + taken_size, data, size);
    taken_size += size;
    room -= size;
    return size;
}

static void setup(void)
{
    signal(SIGPIPE, SIG_IGN);
    polls.first = NULL;
    port = NULL;
    memset(taken, 0, sizeof taken);
    taken_size = 0;
    room = 1000;
    snprintf(directory, sizeof directory, "/tmp/test_chardev.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
}

static void teardown(void)
{
    chardev_destroy(port);
    ck_assert_ptr_null(polls.first);
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", directory);
    ck_assert_int_eq(system(command), 0);
}

static struct chardev *open_port(const char *name)
{
    *error = 0;
    port = chardev_open(name, &polls, &terminal, error, sizeof error);
    if (port)
        port->receive = take;
    return port;
}

/* One turn of the loop; false: nothing happened within the limit. */
static bool turn(int limit_ms)
{
    struct pollfd fds[16];
    struct poll_source *sources[16];
    unsigned count = 0;
    for (struct poll_source *s = polls.first; s; s = s->next)
        if (s->fd >= 0 && s->events) {
            fds[count] = (struct pollfd){ .fd = s->fd, .events = s->events };
            sources[count++] = s;
        }
    if (poll(fds, count, limit_ms) <= 0)
        return false;
    for (unsigned i = 0; i < count; i++)
        if (fds[i].revents)
            sources[i]->ready(sources[i]->ctx, fds[i].revents);
    return true;
}

static void turn_until_taken(size_t size)
{
    while (taken_size < size && turn(WAIT_MS))
        ;
    ck_assert_uint_eq(taken_size, size);
}

static void send_text(const char *text)
{
    port->write(port->backend, (const uint8_t *)text, strlen(text));
}

/* Flushes what waits for the end of a line. */
static void settle(void)
{
    while (turn(0))
        ;
}

static void expect(int fd, const char *text)
{
    char got[256] = "";
    size_t size = 0;
    while (size < strlen(text)) {
        struct pollfd in = { .fd = fd, .events = POLLIN };
        ck_assert_int_eq(poll(&in, 1, WAIT_MS), 1);
        ssize_t n = read(fd, got + size, strlen(text) - size);
        ck_assert_int_gt(n, 0);
        size += (size_t)n;
    }
    ck_assert_str_eq(got, text);
}

static const char *in_directory(const char *prefix, const char *name)
{
    static char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s%s/%s", prefix, directory, name);
    return path;
}

/* --- Names --- */

START_TEST(unknown_and_malformed_names_are_refused_by_name)
{
    static const char *const bad[] = { "",
                                       "vc",
                                       "file:",
                                       "file:/nowhere/at/all",
                                       "tcp:localhost",
                                       "tcp::",
                                       "tcp:127.0.0.1:1,sever",
                                       "tcp:127.0.0.1:0,server=maybe",
                                       "unix:",
                                       "unix:/nowhere/at/all/socket",
                                       "udp:1:2" };
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        ck_assert_msg(!open_port(bad[i]), "%s was taken", bad[i]);
        const char *named = strncmp(bad[i], "file:/", 6) ? bad[i] : bad[i] + 5;
        ck_assert_msg(strstr(error, named) == error, "%s: %s", bad[i], error);
        ck_assert_ptr_null(strchr(error, '\n'));
    }
    ck_assert_ptr_null(chardev_open("stdio", &polls, NULL, error, sizeof error));
}
END_TEST

START_TEST(long_names_are_refused_without_overflow)
{
    char name[2000];
    memset(name, 'a', sizeof name);
    name[sizeof name - 1] = 0;
    memcpy(name, "unix:", 5);
    ck_assert_ptr_null(open_port(name));
    memcpy(name, "tcp::", 5);
    ck_assert_ptr_null(open_port(name));
    memcpy(name, "tcp:", 4);
    ck_assert_ptr_null(open_port(name));
    memcpy(name, "tcp:h:1,", 8);
    ck_assert_ptr_null(open_port(name));
}
END_TEST

START_TEST(null_takes_everything)
{
    ck_assert_ptr_nonnull(open_port("null"));
    send_text("gone\n");
    ck_assert(!turn(0));
}
END_TEST

/* --- Files --- */

START_TEST(file_collects_the_output)
{
    char path[128], got[32] = "";
    snprintf(path, sizeof path, "%s", in_directory("", "log"));
    FILE *old = fopen(path, "w");
    fputs("left over from before", old);
    fclose(old);
    ck_assert_ptr_nonnull(open_port(in_directory("file:", "log")));
    send_text("one\ntwo");
    chardev_destroy(port);
    port = NULL;
    int fd = open(path, O_RDONLY);
    ck_assert_int_eq(read(fd, got, sizeof got), 7);
    ck_assert_str_eq(got, "one\ntwo");
    close(fd);
}
END_TEST

START_TEST(unfinished_line_goes_out_at_the_next_turn)
{
    ck_assert_ptr_nonnull(open_port(in_directory("file:", "log")));
    send_text("login: ");
    settle();
    int fd = open(in_directory("", "log"), O_RDONLY);
    expect(fd, "login: ");
    close(fd);
}
END_TEST

START_TEST(output_that_the_host_does_not_take_is_kept_in_order)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s", in_directory("", "fifo"));
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    int reader = open(path, O_RDONLY | O_NONBLOCK);
    ck_assert_ptr_nonnull(open_port(in_directory("file:", "fifo")));
    enum { LINES = 40000 }; /* 360 KB: more than a pipe holds */
    char line[16];
    for (unsigned i = 0; i < LINES; i++) {
        snprintf(line, sizeof line, "%08u\n", i);
        send_text(line);
    }
    for (unsigned i = 0; i < LINES; i++) {
        settle();
        snprintf(line, sizeof line, "%08u\n", i);
        expect(reader, line);
    }
    close(reader);
}
END_TEST

static void wake(int number)
{
}

START_TEST(signal_ends_the_wait_for_a_stalled_reader_without_loss)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s", in_directory("", "fifo"));
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    int reader = open(path, O_RDONLY | O_NONBLOCK);
    ck_assert_ptr_nonnull(open_port(in_directory("file:", "fifo")));
    struct sigaction action = { .sa_handler = wake };
    sigaction(SIGALRM, &action, NULL);
    size_t size = 3 << 20, got = 0;
    char *data = malloc(size);
    memset(data, 'x', size);
    ualarm(100000, 100000);
    port->write(port->backend, (uint8_t *)data, size);
    ualarm(0, 0);
    while (got < size) {
        settle();
        ssize_t n = read(reader, data, size);
        ck_assert_int_gt(n, 0);
        got += (size_t)n;
    }
    free(data);
    close(reader);
}
END_TEST

/* --- Sockets --- */

static int connect_to_port(void)
{
    const char *colon = strrchr(chardev_socket_name(port), ':');
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)atoi(colon + 1)),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

START_TEST(server_takes_one_peer_after_the_other)
{
    ck_assert_ptr_nonnull(open_port("tcp:127.0.0.1:0,server,nowait"));
    send_text("nobody hears this\n");
    for (unsigned i = 0; i < 3; i++) {
        int peer = connect_to_port();
        taken_size = 0;
        ck_assert_int_eq(write(peer, "hello", 5), 5);
        turn_until_taken(5);
        send_text("world\n");
        expect(peer, "world\n");
        close(peer);
        while (turn(100))
            ;
    }
}
END_TEST

START_TEST(second_peer_waits_for_the_first_to_leave)
{
    ck_assert_ptr_nonnull(open_port("tcp:127.0.0.1:0,server=on,wait=off"));
    int first = connect_to_port();
    ck_assert(turn(WAIT_MS));
    int second = connect_to_port();
    ck_assert_int_eq(write(second, "later", 5), 5);
    ck_assert(!turn(50));
    close(first);
    turn_until_taken(5);
    close(second);
}
END_TEST

START_TEST(second_peer_of_a_strict_server_is_sent_a_farewell)
{
    char byte;
    ck_assert_ptr_nonnull(open_port("tcp:127.0.0.1:0,server,nowait"));
    chardev_socket_set_strict(port, "busy\n");
    for (unsigned i = 0; i < 2; i++) {
        int first = connect_to_port();
        ck_assert(turn(WAIT_MS));
        for (unsigned j = 0; j < 3; j++) {
            int second = connect_to_port();
            ck_assert_int_eq(write(second, "hello", 5), 5);
            ck_assert(turn(WAIT_MS));
            settle();
            expect(second, "busy\n");
            ck_assert_int_eq(read(second, &byte, 1), 0);
            if (j)
                close(second); /* the first of them stays: it is cut off */
        }
        taken_size = 0;
        ck_assert_int_eq(write(first, "still here", 10), 10);
        turn_until_taken(10);
        close(first);
        settle();
    }
}
END_TEST

static char peers[16]; /* + came, - left */

static void note_peer(void *device, bool present)
{
    strcat(peers, present ? "+" : "-");
}

START_TEST(peers_are_told_as_they_come_and_go)
{
    *peers = 0;
    ck_assert_ptr_nonnull(open_port("tcp:127.0.0.1:0,server,nowait"));
    port->peer = note_peer;
    for (unsigned i = 0; i < 2; i++) {
        int peer = connect_to_port();
        ck_assert(turn(WAIT_MS));
        ck_assert_str_eq(peers, i ? "+-+" : "+");
        close(peer);
        ck_assert(turn(WAIT_MS));
    }
    ck_assert_str_eq(peers, "+-+-");
}
END_TEST

START_TEST(peer_that_does_not_read_is_hung_up_on_by_a_strict_server)
{
    static uint8_t block[1 << 16];
    *peers = 0;
    ck_assert_ptr_nonnull(open_port("tcp:127.0.0.1:0,server,nowait"));
    chardev_socket_set_strict(port, "");
    port->peer = note_peer;
    int peer = connect_to_port();
    ck_assert(turn(WAIT_MS));
    for (unsigned i = 0; i < 4096 && !strchr(peers, '-'); i++) { /* 256 MiB; it never blocks */
        port->write(port->backend, block, sizeof block);
        settle();
    }
    ck_assert_str_eq(peers, "+-");
    close(peer);
    settle();
    peer = connect_to_port();
    ck_assert(turn(WAIT_MS));
    send_text("next\n");
    expect(peer, "next\n");
    close(peer);
}
END_TEST

START_TEST(client_connects_to_a_unix_server)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    snprintf(address.sun_path, sizeof address.sun_path, "%s", in_directory("", "socket"));
    int server = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(server, (struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(listen(server, 1), 0);
    ck_assert_ptr_nonnull(open_port(in_directory("unix:", "socket")));
    int peer = accept(server, NULL, NULL);
    send_text("hi\n");
    expect(peer, "hi\n");
    close(peer);
    ck_assert(turn(WAIT_MS));
    send_text("nobody\n");
    send_text("nobody\n");
    settle();
    close(server);
}
END_TEST

START_TEST(unix_server_replaces_a_stale_socket_only)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s", in_directory("", "socket"));
    char name[160];
    snprintf(name, sizeof name, "unix:%s,server,nowait", path);
    ck_assert_ptr_nonnull(open_port(name));
    struct chardev *first = port;
    ck_assert_ptr_null(open_port(name)); /* in use */
    chardev_destroy(first);
    ck_assert_int_ne(access(path, F_OK), 0); /* removed at the end */

    struct sockaddr_un address = { .sun_family = AF_UNIX };
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int dead = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(dead, (struct sockaddr *)&address, sizeof address), 0);
    close(dead);
    ck_assert_ptr_nonnull(open_port(name));
    chardev_destroy(port);

    close(open(path, O_CREAT | O_WRONLY, 0600)); /* the user's own file stays */
    ck_assert_ptr_null(open_port(name));
    ck_assert_int_eq(access(path, F_OK), 0);
}
END_TEST

START_TEST(device_without_room_is_offered_the_rest)
{
    ck_assert_ptr_nonnull(open_port("tcp:127.0.0.1:0,server,nowait"));
    int peer = connect_to_port();
    room = 3;
    ck_assert_int_eq(write(peer, "abcdefgh", 8), 8);
    turn_until_taken(3);
    ck_assert(!turn(50)); /* the loop does not spin meanwhile */
    room = 2;
    port->ready(port->backend);
    ck_assert_str_eq(taken, "abcde");
    room = 100;
    port->ready(port->backend);
    ck_assert_str_eq(taken, "abcdefgh");
    ck_assert_int_eq(write(peer, "i", 1), 1);
    turn_until_taken(9);
    close(peer);
}
END_TEST

/* --- Terminals --- */

START_TEST(pty_serves_whoever_opens_it)
{
    ck_assert_ptr_nonnull(open_port("pty"));
    ck_assert(!turn(50)); /* nobody there: no spinning */
    send_text("nobody\n");
    for (unsigned i = 0; i < 2; i++) {
        int peer = open(chardev_pty_name(port), O_RDWR | O_NOCTTY);
        ck_assert_int_ge(peer, 0);
        ck_assert(turn(WAIT_MS));
        taken_size = 0;
        ck_assert_int_eq(write(peer, "a\r\001", 3), 3);
        turn_until_taken(3);
        ck_assert_mem_eq(taken, "a\r\001", 3);
        send_text("b\r\n");
        expect(peer, "b\r\n");
        close(peer);
        while (turn(50))
            ;
    }
}
END_TEST

/* Makes `fd` stdin or stdout for the time of a test; returns what to hand to put_back. */
static int replace(int standard, int fd)
{
    int kept = dup(standard);
    dup2(fd, standard);
    return kept;
}

static void put_back(int standard, int kept)
{
    dup2(kept, standard);
    close(kept);
}

START_TEST(terminal_is_raw_for_the_life_of_the_back_end_and_restored_by_anyone)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    ck_assert_int_eq(grantpt(master), 0);
    ck_assert_int_eq(unlockpt(master), 0);
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    int in = replace(0, slave), out = replace(1, slave);
    struct termios before, during, after;
    tcgetattr(slave, &before);
    terminal_restore(&terminal); /* before anything was changed: no effect */

    ck_assert_ptr_nonnull(open_port("stdio"));
    struct chardev *first = port;
    ck_assert_ptr_null(open_port("stdio"));
    port = first;
    tcgetattr(slave, &during);
    bool raw = !(during.c_lflag & (ICANON | ECHO | ISIG));
    ck_assert_int_eq(write(master, "\003x", 2), 2);
    turn_until_taken(2);
    send_text("out\n");
    settle();
    terminal_restore(&terminal);
    tcgetattr(slave, &after);
    bool restored = after.c_lflag == before.c_lflag && after.c_iflag == before.c_iflag;
    terminal_resume(&terminal);
    tcgetattr(slave, &after);
    bool resumed = !(after.c_lflag & ICANON);
    chardev_destroy(port);
    port = NULL;
    tcgetattr(slave, &after);
    int flags = fcntl(slave, F_GETFL);
    put_back(0, in);
    put_back(1, out);

    expect(master, "out\r\n");
    ck_assert(raw && restored && resumed);
    ck_assert_mem_eq(taken, "\003x", 2);
    ck_assert_uint_eq(after.c_lflag, before.c_lflag);
    ck_assert_int_eq(flags & O_NONBLOCK, 0); /* shared with other processes: untouched */
    close(slave);
    close(master);
}
END_TEST

START_TEST(stdio_on_pipes_reads_to_the_end)
{
    int to[2], from[2];
    ck_assert_int_eq(pipe(to), 0);
    ck_assert_int_eq(pipe(from), 0);
    int in = replace(0, to[0]), out = replace(1, from[1]);
    ck_assert_ptr_nonnull(open_port("stdio"));
    ck_assert_int_eq(write(to[1], "last words", 10), 10);
    close(to[1]);
    room = 4;
    while (turn(50))
        ;
    room = 100;
    port->ready(port->backend);
    while (turn(50))
        ;
    bool spins = turn(0);
    send_text("still here\n");
    chardev_destroy(port);
    port = NULL;
    int flags = fcntl(1, F_GETFL);
    put_back(0, in);
    put_back(1, out);
    ck_assert(!spins);
    ck_assert_str_eq(taken, "last words");
    expect(from[0], "still here\n");
    ck_assert_int_eq(flags & O_NONBLOCK, 0);
    close(to[0]);
    close(from[0]);
    close(from[1]);
}
END_TEST

START_TEST(closed_output_is_no_reason_to_die)
{
    int from[2];
    ck_assert_int_eq(pipe(from), 0);
    int out = replace(1, from[1]);
    close(from[1]);
    ck_assert_ptr_nonnull(open_port("stdio"));
    close(from[0]);
    send_text("nobody\n");
    send_text("nobody\n");
    settle();
    chardev_destroy(port);
    port = NULL;
    put_back(1, out);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("devices/chardev");
    TCase *tc = tcase_create("chardev");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 30);
    tcase_add_test(tc, unknown_and_malformed_names_are_refused_by_name);
    tcase_add_test(tc, long_names_are_refused_without_overflow);
    tcase_add_test(tc, null_takes_everything);
    tcase_add_test(tc, file_collects_the_output);
    tcase_add_test(tc, unfinished_line_goes_out_at_the_next_turn);
    tcase_add_test(tc, output_that_the_host_does_not_take_is_kept_in_order);
    tcase_add_test(tc, signal_ends_the_wait_for_a_stalled_reader_without_loss);
    tcase_add_test(tc, server_takes_one_peer_after_the_other);
    tcase_add_test(tc, second_peer_waits_for_the_first_to_leave);
    tcase_add_test(tc, second_peer_of_a_strict_server_is_sent_a_farewell);
    tcase_add_test(tc, peer_that_does_not_read_is_hung_up_on_by_a_strict_server);
    tcase_add_test(tc, peers_are_told_as_they_come_and_go);
    tcase_add_test(tc, client_connects_to_a_unix_server);
    tcase_add_test(tc, unix_server_replaces_a_stale_socket_only);
    tcase_add_test(tc, device_without_room_is_offered_the_rest);
    tcase_add_test(tc, pty_serves_whoever_opens_it);
    tcase_add_test(tc, terminal_is_raw_for_the_life_of_the_back_end_and_restored_by_anyone);
    tcase_add_test(tc, stdio_on_pipes_reads_to_the_end);
    tcase_add_test(tc, closed_output_is_no_reason_to_die);
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
