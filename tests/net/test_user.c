/* SPDX-License-Identifier: MIT */
/*
 * The whole network, with the real libslirp, driven by frames made by hand.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/user.h"
#include "tests/net/frames.h"
#include "tests/net/suites.h"

static struct net_user *net;
static struct link *wire;
static struct net_pollfds set;
static struct net_error error;
static uint64_t now;
static unsigned calls, lines;
static bool inside_send;

/* What the guest received, oldest first. */
#define INBOX 1024
static struct {
    size_t size;
    uint8_t bytes[1600];
} inbox[INBOX];
static unsigned inbox_count;
static bool room;

static uint64_t now_ns(void *ctx)
{
    return now;
}

static void log_line(void *ctx, const char *text)
{
    lines++;
}

static const struct net_env env = { .now_ns = now_ns, .log = log_line };

/* Answers with the request's bytes in reverse and the port; 'B': with 9000 bytes. */
static size_t call(void *ctx, uint16_t port, bool tcp, const uint8_t *request, size_t size,
                   uint8_t *reply, size_t reply_size)
{
    calls++;
    if (size == 1 && *request == 'B') {
        memset(reply, 'b', 9000);
        return 9000;
    }
    for (size_t i = 0; i < size; i++)
        reply[i] = request[size - 1 - i];
    frame_set16(reply + size, port);
    return size + 2;
}

/* 'W' is answered before it is done; settling does it, or fails. */
static unsigned undone, settled;
static bool settle_works;

static size_t call_later(void *ctx, uint16_t port, bool tcp, const uint8_t *request, size_t size,
                         uint8_t *reply, size_t reply_size)
{
    undone += size == 1 && *request == 'W';
    return call(ctx, port, tcp, request, size, reply, reply_size);
}

static bool behind(void *ctx)
{
    return undone;
}

static bool settle(void *ctx)
{
    ck_assert_uint_eq(inbox_count, 0); /* nothing is answered before it is done */
    undone = 0;
    settled++;
    return settle_works;
}

static const struct net_service gathering = {
    .ports = { 2049 }, .port_count = 1, .call = call_later, .behind = behind, .settle = settle
};

static const struct net_service service = { .ports = { 111, 2049, 20048 },
                                            .port_count = 3,
                                            .call = call };

static bool receive(void *device, const uint8_t *frame, size_t size)
{
    if (!room || inbox_count == INBOX)
        return false;
    ck_assert_uint_le(size, sizeof inbox->bytes);
    if (frame_be16(frame + 12) == 0x0800)
        ck_assert(frame_ipv4_valid(frame, size));
    inbox[inbox_count].size = size;
    memcpy(inbox[inbox_count++].bytes, frame, size);
    return true;
}

static void start_with(const char *options, const struct net_service *with)
{
    struct net_user_config config;

    ck_assert_msg(net_user_config_parse(&config, NULL, NET_OPTION_NET, options, &error), "%s",
                  error.text);
    net = net_user_create_with(&config, &env, with, &error);
    ck_assert_msg(net, "%s", error.text);
    net_user_config_free(&config);
    wire = net_user_link(net);
    wire->receive = receive;
}

static void start(void)
{
    net = NULL;
    now = 1000000;
    inbox_count = calls = lines = 0;
    room = true;
    undone = settled = 0;
    settle_works = true;
}

static void stop(void)
{
    net_user_destroy(net);
    net_pollfds_free(&set);
}

static void send_frame(const struct frame *f)
{
    inside_send = true;
    wire->send(wire->backend, f->bytes, f->size);
    inside_send = false;
}

/* A turn of the event loop; guest time goes on by a millisecond. */
static void turn(void)
{
    int timeout = 1;

    set.count = 0;
    net_user_poll_prepare(net, &set, &timeout);
    poll(set.fds, set.count, timeout);
    now += 1000000;
    net_user_poll_done(net, &set);
}

/* Takes the first received IPv4 packet of this protocol out of the inbox, waiting for it; answers
 * ARP requests that come instead. NULL: none came. */
static const uint8_t *expect_ipv4(uint8_t protocol)
{
    static uint8_t taken[1600];
    static struct frame f;

    for (int turns = 0; turns < 200; turns++) {
        for (unsigned i = 0; i < inbox_count; i++) {
            const uint8_t *b = inbox[i].bytes;
            if (frame_be16(b + 12) == 0x0806 && frame_be16(b + 20) == 1 &&
                frame_be32(b + 38) == GUEST_IP) {
                frame_arp(&f, true, host_mac, HOST_IP);
                memset(inbox[i].bytes + 12, 0, 2);
                send_frame(&f);
            }
            if (frame_be16(b + 12) == 0x0800 && b[23] == protocol) {
                memcpy(taken, b, inbox[i].size);
                memmove(&inbox[i], &inbox[i + 1], (inbox_count - i - 1) * sizeof *inbox);
                inbox_count--;
                return taken;
            }
        }
        turn();
    }
    return NULL;
}

START_TEST(the_host_answers_arp)
{
    static struct frame f;

    start_with("user", _i ? &service : NULL);
    frame_arp(&f, false, guest_mac, HOST_IP);
    send_frame(&f);
    ck_assert_uint_eq(inbox_count, 1); /* from within send */
    const uint8_t *b = inbox[0].bytes;
    ck_assert_uint_eq(frame_be16(b + 12), 0x0806);
    ck_assert_uint_eq(frame_be16(b + 20), 2);
    ck_assert_mem_eq(b + 22, host_mac, 6);
    ck_assert_uint_eq(frame_be32(b + 28), HOST_IP);
}
END_TEST

/* Finds a DHCP option (RFC 2132) behind the magic cookie of a message. */
static const uint8_t *dhcp_option(const uint8_t *message, uint8_t code)
{
    for (const uint8_t *at = message + 240; *at != 255; at += 2 + at[1]) {
        if (*at == code)
            return at + 2;
    }
    return NULL;
}

START_TEST(dhcp_offers_the_first_lease)
{
    static uint8_t discover[300] = { 1, 1, 6, 0, 0x12, 0x34, 0x56, 0x78 };
    static struct frame f;

    start_with("user,hostname=box,net=10.0.2.0/24", _i ? &service : NULL);
    memcpy(discover + 28, guest_mac, 6);
    memcpy(discover + 236, "\x63\x82\x53\x63\x35\x01\x01\xff", 8);
    frame_udp(&f, 0xffffffff, 68, 67, discover, sizeof discover);
    frame_set32(f.bytes + 26, 0); /* a guest without an address */
    frame_set16(f.bytes + 24, 0);
    frame_set16(f.bytes + 24, frame_checksum(0, f.bytes + 14, 20));
    frame_set16(f.bytes + 40, 0);
    send_frame(&f);
    const uint8_t *b = expect_ipv4(17);
    ck_assert_ptr_nonnull(b);
    const uint8_t *offer = b + 42;
    ck_assert_mem_eq(offer + 4, "\x12\x34\x56\x78", 4);
    ck_assert_uint_eq(frame_be32(offer + 16), GUEST_IP);
    ck_assert_uint_eq(*dhcp_option(offer, 53), 2);
    ck_assert_uint_eq(frame_be32(dhcp_option(offer, 1)), 0xffffff00);
    ck_assert_uint_eq(frame_be32(dhcp_option(offer, 3)), HOST_IP);
    ck_assert_uint_eq(frame_be32(dhcp_option(offer, 6)), 0x0a000203);
    ck_assert_mem_eq(dhcp_option(offer, 12), "box", 3);
}
END_TEST

START_TEST(a_service_answers_udp_from_within_send)
{
    static struct frame f;

    start_with(_i ? "user,restrict=on" : "user", &service);
    frame_udp(&f, HOST_IP, 800, 111, "null", 4);
    send_frame(&f);
    ck_assert_uint_eq(inbox_count, 1);
    const uint8_t *b = inbox[0].bytes;
    ck_assert_mem_eq(b, guest_mac, 6);
    ck_assert_mem_eq(b + 6, host_mac, 6);
    ck_assert_uint_eq(frame_be32(b + 26), HOST_IP);
    ck_assert_uint_eq(frame_be16(b + 34), 111);
    ck_assert_uint_eq(frame_be16(b + 36), 800);
    ck_assert_mem_eq(b + 42, "llun\0\x6f", 6);
}
END_TEST

START_TEST(frames_wait_until_the_guest_has_room)
{
    static struct frame f;

    start_with("user", &service);
    room = false;
    frame_udp(&f, HOST_IP, 800, 111, "B", 1);
    send_frame(&f);
    turn();
    ck_assert_uint_eq(inbox_count, 0);
    room = true;
    wire->ready(wire->backend);
    ck_assert_uint_eq(inbox_count, 7); /* 9008 bytes in pieces of 1480 */
}
END_TEST

START_TEST(frames_for_a_guest_that_never_reads_are_bounded)
{
    static struct frame f;

    start_with("user", &service);
    room = false;
    frame_udp(&f, HOST_IP, 800, 111, "B", 1);
    for (int i = 0; i < 1000; i++)
        send_frame(&f);
    room = true;
    for (int i = 0; i < 1000; i++)
        turn();
    ck_assert_uint_eq(inbox_count, 1000);
}
END_TEST

/* A kernel drops what comes for a socket faster than it can be taken in: one burst a turn. */
START_TEST(frames_come_in_bursts_that_a_guest_can_take_in)
{
    static struct frame f;
    int timeout = -1;

    start_with("user", &service);
    frame_udp(&f, HOST_IP, 800, 111, "B", 1);
    for (int i = 0; i < 10; i++)
        send_frame(&f); /* 70 frames in answer */
    ck_assert_uint_eq(inbox_count, NET_USER_BURST);
    wire->ready(wire->backend);
    ck_assert_uint_eq(inbox_count, NET_USER_BURST);
    net_user_poll_prepare(net, &set, &timeout);
    ck_assert_int_eq(timeout, 0); /* an idle guest does not wait for the rest */
    turn();
    ck_assert_uint_eq(inbox_count, 2 * NET_USER_BURST);
    turn();
    ck_assert_uint_eq(inbox_count, 70);
}
END_TEST

static void send_writes(unsigned count)
{
    static struct frame f;

    start_with("user", &gathering);
    frame_udp(&f, HOST_IP, 800, 2049, "W", 1);
    while (count--)
        send_frame(&f);
}

START_TEST(answers_wait_until_what_they_acknowledge_is_done)
{
    int timeout = -1;

    send_writes(3);
    ck_assert_uint_eq(inbox_count, 0);
    net_user_poll_prepare(net, &set, &timeout);
    ck_assert_int_eq(timeout, 0); /* an idle guest has nothing more to send */
    for (int i = 0; i < 10; i++)
        turn();
    ck_assert_uint_eq(settled, 1);
    ck_assert_uint_eq(inbox_count, 3);
}
END_TEST

START_TEST(a_guest_that_has_sent_all_it_can_is_answered_at_once)
{
    send_writes(16);
    ck_assert_uint_eq(settled, 1);
    ck_assert_uint_eq(inbox_count, 16);
}
END_TEST

START_TEST(answers_to_what_could_not_be_done_are_lost)
{
    settle_works = false;
    send_writes(3);
    for (int i = 0; i < 10; i++)
        turn();
    ck_assert_uint_eq(settled, 1);
    ck_assert_uint_eq(inbox_count, 0);
    ck_assert_uint_eq(lines, 1);
}
END_TEST

START_TEST(a_reset_forgets_frames_on_their_way)
{
    static struct frame f;

    start_with("user", &service);
    room = false;
    frame_arp(&f, false, guest_mac, HOST_IP);
    send_frame(&f);
    net_user_reset(net);
    room = true;
    wire->ready(wire->backend);
    ck_assert_uint_eq(inbox_count, 0);
}
END_TEST

/* A UDP socket on the host's loopback; returns its port. */
static int host_socket;

static uint16_t open_host_port(int type)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t size = sizeof address;

    host_socket = socket(AF_INET, type, 0);
    ck_assert_int_eq(bind(host_socket, (struct sockaddr *)&address, size), 0);
    ck_assert_int_eq(getsockname(host_socket, (struct sockaddr *)&address, &size), 0);
    return ntohs(address.sin_port);
}

START_TEST(the_rest_of_the_hosts_address_is_the_hosts_loopback)
{
    static struct frame f;
    struct sockaddr_in peer;
    socklen_t size = sizeof peer;
    char got[16];
    uint16_t port = open_host_port(SOCK_DGRAM);

    start_with("user", _i ? &service : NULL);
    frame_arp(&f, false, guest_mac, HOST_IP);
    send_frame(&f);
    frame_udp(&f, HOST_IP, 800, port, "hello", 5);
    send_frame(&f);
    ck_assert_int_eq(recvfrom(host_socket, got, sizeof got, 0, (struct sockaddr *)&peer, &size), 5);
    ck_assert_int_eq(sendto(host_socket, "world", 5, 0, (struct sockaddr *)&peer, size), 5);
    const uint8_t *b = expect_ipv4(17);
    ck_assert_ptr_nonnull(b);
    ck_assert_uint_eq(frame_be32(b + 26), HOST_IP);
    ck_assert_mem_eq(b + 42, "world", 5);
    close(host_socket);
}
END_TEST

START_TEST(fragments_that_are_not_for_a_service_arrive_whole)
{
    static struct frame f;
    static uint8_t datagram[4096], got[4096], data[3000];
    uint16_t port = open_host_port(SOCK_DGRAM);

    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 11);
    start_with("user", &service);
    size_t size = udp_datagram(datagram, HOST_IP, 800, port, data, sizeof data);
    for (size_t at = 0; at < size; at += 1480) {
        size_t left = size - at;
        frame_ipv4(&f, HOST_IP, 17, 3, (unsigned)((left > 1480 ? 0x2000 : 0) | at / 8),
                   datagram + at, left > 1480 ? 1480 : left);
        send_frame(&f);
    }
    ck_assert_int_eq(recv(host_socket, got, sizeof got, MSG_DONTWAIT), sizeof data);
    ck_assert_mem_eq(got, data, sizeof data);
    close(host_socket);
}
END_TEST

/* A TCP client in the guest: just enough of RFC 9293. */
struct client {
    uint16_t from, to;
    uint32_t sequence, acknowledged;
    uint8_t got[16384];
    size_t got_size;
    bool finished; /* the host sent FIN */
};

static void client_send(struct client *c, unsigned flags, const void *data, size_t size)
{
    static struct frame f;

    frame_tcp(&f, HOST_IP, c->from, c->to, c->sequence, c->acknowledged, flags, data, size);
    c->sequence += (uint32_t)size + !!(flags & (TCP_SYN | TCP_FIN));
    send_frame(&f);
}

/* Takes one segment for this client and acknowledges what is in it. Returns its flags, 0: none
 * came. */
static unsigned client_receive(struct client *c)
{
    const uint8_t *b = expect_ipv4(6);

    if (!b)
        return 0;
    ck_assert_uint_eq(frame_be32(b + 26), HOST_IP);
    ck_assert_uint_eq(frame_be16(b + 34), c->to);
    ck_assert_uint_eq(frame_be16(b + 36), c->from);
    unsigned flags = b[47];
    size_t header = (b[46] >> 4) * 4u, size = frame_be16(b + 16) - 20u - header;
    if (!(flags & TCP_SYN) && frame_be32(b + 38) != c->acknowledged)
        return flags; /* sent again */
    memcpy(c->got + c->got_size, b + 34 + header, size);
    c->got_size += size;
    c->acknowledged = frame_be32(b + 38) + (uint32_t)size + !!(flags & (TCP_SYN | TCP_FIN));
    c->finished |= !!(flags & TCP_FIN);
    if (size || flags & (TCP_SYN | TCP_FIN))
        client_send(c, TCP_ACK, NULL, 0);
    return flags;
}

static void client_connect(struct client *c, uint16_t from, uint16_t to)
{
    *c = (struct client){ .from = from, .to = to, .sequence = 1000 };
    client_send(c, TCP_SYN, NULL, 0);
    ck_assert_uint_eq(client_receive(c), TCP_SYN | TCP_ACK);
}

static void client_expect(struct client *c, const char *answer, size_t size)
{
    while (c->got_size < size && client_receive(c))
        ;
    ck_assert_uint_eq(c->got_size, size);
    ck_assert_mem_eq(c->got, answer, size);
    c->got_size = 0;
}

static void client_close(struct client *c)
{
    client_send(c, TCP_FIN | TCP_ACK, NULL, 0);
    while (!c->finished && client_receive(c))
        ;
    ck_assert(c->finished);
}

START_TEST(a_service_answers_tcp_records)
{
    static struct client c;

    start_with(_i ? "user,restrict=on" : "user", &service);
    client_connect(&c, 700, 2049);
    client_send(&c, TCP_ACK | TCP_PSH, "\x80\0\0\4null", 8);
    client_expect(&c, "\x80\0\0\6llun\x08\x01", 10);
    client_close(&c);
    ck_assert_uint_eq(calls, 1);
}
END_TEST

START_TEST(a_record_over_tcp_may_come_in_many_segments)
{
    static struct client c;

    start_with("user", &service);
    client_connect(&c, 700, 2049);
    for (int i = 0; i < 8; i++)
        client_send(&c, TCP_ACK | TCP_PSH, "\x80\0\0\4null" + i, 1);
    client_expect(&c, "\x80\0\0\6llun\x08\x01", 10);
}
END_TEST

START_TEST(a_long_answer_over_tcp_arrives_whole)
{
    static struct client c;

    start_with("user", &service);
    client_connect(&c, 700, 2049);
    client_send(&c, TCP_ACK | TCP_PSH, "\x80\0\0\1B", 5);
    while (c.got_size < 9004 && client_receive(&c))
        ;
    ck_assert_uint_eq(c.got_size, 9004);
    ck_assert_uint_eq(c.got[9003], 'b');
}
END_TEST

START_TEST(connections_to_one_port_are_independent)
{
    static struct client first, second, third;

    start_with("user", &service);
    client_connect(&first, 700, 2049);
    client_connect(&second, 701, 2049);
    client_connect(&third, 700, 20048);
    client_send(&third, TCP_ACK | TCP_PSH, "\x80\0\0\1z", 5);
    client_expect(&third, "\x80\0\0\3z\x4e\x50", 7);
    client_send(&second, TCP_ACK | TCP_PSH, "\x80\0\0\1y", 5);
    client_expect(&second, "\x80\0\0\3y\x08\x01", 7);
    client_close(&second);
    client_send(&first, TCP_ACK | TCP_PSH, "\x80\0\0\1x", 5);
    client_expect(&first, "\x80\0\0\3x\x08\x01", 7);
}
END_TEST

/* More than the backlog of the listening socket, without a turn of the event loop: must not block.
 * Such a guest does not wait for the answers, of which it gets one burst only: libslirp's initial
 * sequence numbers are as far apart as the first two. */
START_TEST(many_connections_between_two_turns_do_not_block)
{
    static struct client clients[400];
    uint32_t answered[2] = { 0, 0 };

    start_with("user,restrict=on", &service);
    static struct frame f;
    frame_arp(&f, false, guest_mac, HOST_IP);
    send_frame(&f);
    for (int i = 0; i < 400; i++) {
        clients[i] = (struct client){ .from = (uint16_t)(700 + i), .to = 2049, .sequence = 1000 };
        client_send(&clients[i], TCP_SYN, NULL, 0);
        if (i < 2)
            answered[i] = frame_be32(inbox[inbox_count - 1].bytes + 38);
        clients[i].acknowledged =
            answered[0] + (uint32_t)i * (i ? answered[1] - answered[0] : 0) + 1;
        client_send(&clients[i], TCP_ACK, NULL, 0);
    }
    inbox_count = 0;
    turn();
    ck_assert_uint_gt(inbox_count, 0);
    for (unsigned i = 0; i < inbox_count; i++) /* the guesses were right: nothing is refused */
        ck_assert_uint_eq(inbox[i].bytes[47] & TCP_RST, 0);
    client_send(&clients[399], TCP_PSH | TCP_ACK, "\x80\0\0\1x", 5);
    for (int i = 0; i < 20; i++)
        turn();
    ck_assert_uint_eq(calls, 1);
}
END_TEST

/* Connects from the host to a forwarded port; the SYN must come to the guest. */
START_TEST(a_forwarded_port_reaches_the_guest)
{
    char options[64];
    uint16_t port = open_host_port(SOCK_STREAM);
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr = { htonl(INADDR_LOOPBACK) },
                                   .sin_port = htons(port) };

    close(host_socket);
    snprintf(options, sizeof options, "user,hostfwd=tcp:127.0.0.1:%u-:22", port);
    start_with(options, _i ? &service : NULL);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    (void)!connect(fd, (struct sockaddr *)&address, sizeof address);
    const uint8_t *b = expect_ipv4(6);
    ck_assert_ptr_nonnull(b);
    ck_assert_uint_eq(b[47], TCP_SYN);
    ck_assert_uint_eq(frame_be32(b + 30), GUEST_IP);
    ck_assert_uint_eq(frame_be16(b + 36), 22);
    close(fd);
}
END_TEST

static void fails(const char *options, const struct net_service *with, const char *named)
{
    struct net_user_config config;

    ck_assert_msg(net_user_config_parse(&config, NULL, NET_OPTION_NET, options, &error), "%s",
                  error.text);
    ck_assert_ptr_null(net_user_create_with(&config, &env, with, &error));
    ck_assert_msg(strstr(error.text, named), "%s", error.text);
    net_user_config_free(&config);
}

START_TEST(a_port_that_is_taken_is_named)
{
    char options[64];
    uint16_t port = open_host_port(SOCK_STREAM);

    ck_assert_int_eq(listen(host_socket, 1), 0);
    snprintf(options, sizeof options, "user,hostfwd=tcp:127.0.0.1:%u-:22", port);
    fails(options, NULL, options + 5);
    close(host_socket);
}
END_TEST

START_TEST(what_can_not_be_had_is_named)
{
    fails("user,tftp=/nonexistent", NULL, "tftp=/nonexistent");
    fails("user,tftp=/dev/null", NULL, "tftp=/dev/null");
    fails("user,ipv4=off", &service, "IPv4");
    fails("user,net=10.9.0.0/29,host=10.9.0.1,dns=10.9.0.2,dhcpstart=10.9.0.3", &service, "net=");
}
END_TEST

START_TEST(a_folder_that_is_not_there_is_named)
{
    struct net_user_config config;

    net_user_config_init(&config);
    ck_assert(net_user_config_add_nfs(&config, "/root=/nonexistent", &error));
    ck_assert_ptr_null(net_user_create(&config, &env, &error));
    ck_assert_msg(strstr(error.text, "/nonexistent"), "%s", error.text);
    net_user_config_free(&config);
}
END_TEST

/* The built-in server, by calls whose answers RFC 1057 (section A, portmap) and RFC 5531 lay down.
 */
static void start_nfs(void)
{
    struct net_user_config config;
    char directory[] = "/tmp/armlet-net-XXXXXX", share[64];

    ck_assert_ptr_nonnull(mkdtemp(directory));
    snprintf(share, sizeof share, "/root=%s", directory);
    net_user_config_init(&config);
    ck_assert(net_user_config_add_nfs(&config, share, &error));
    net = net_user_create(&config, &env, &error);
    ck_assert_msg(net, "%s", error.text);
    net_user_config_free(&config);
    rmdir(directory);
    wire = net_user_link(net);
    wire->receive = receive;
}

/* A call without credentials. Returns its size. */
static size_t rpc_call(uint8_t *out, uint32_t program, uint32_t version, uint32_t procedure)
{
    const uint32_t words[10] = { 0x1234, 0, 2, program, version, procedure };

    for (size_t i = 0; i < 10; i++)
        frame_set32(out + 4 * i, words[i]);
    return 40;
}

/* xid, REPLY, MSG_ACCEPTED, a null verifier, SUCCESS. */
static const uint8_t rpc_success[24] = { 0, 0, 0x12, 0x34, 0, 0, 0, 1 };

START_TEST(the_nfs_server_is_found_by_portmap)
{
    static const uint32_t wanted[][4] = {
        { 100003, 2, 17, 2049 }, { 100003, 3, 6, 2049 }, { 100005, 1, 17, 20048 },
        { 100005, 3, 6, 20048 }, { 100000, 2, 17, 111 },
    };
    static struct frame f;
    uint8_t getport[56] = { 0 };

    start_nfs();
    size_t size = rpc_call(getport, 100000, 2, 3);
    for (int i = 0; i < 3; i++)
        frame_set32(getport + size + 4 * i, wanted[_i][i]);
    frame_udp(&f, HOST_IP, 800, 111, getport, sizeof getport);
    send_frame(&f);
    ck_assert_uint_eq(inbox_count, 1);
    ck_assert_mem_eq(inbox[0].bytes + 42, rpc_success, 24);
    ck_assert_uint_eq(frame_be32(inbox[0].bytes + 42 + 24), wanted[_i][3]);
}
END_TEST

START_TEST(the_nfs_server_answers_null_calls_over_tcp)
{
    static const uint32_t programs[][3] = { { 2049, 100003, 3 }, { 20048, 100005, 3 } };
    static struct client c;
    uint8_t record[44] = { 0x80, 0, 0, 40 }, answer[28] = { 0x80, 0, 0, 24 };

    start_nfs();
    rpc_call(record + 4, programs[_i][1], programs[_i][2], 0);
    memcpy(answer + 4, rpc_success, 24);
    client_connect(&c, 700, (uint16_t)programs[_i][0]);
    client_send(&c, TCP_ACK | TCP_PSH, record, sizeof record);
    client_expect(&c, (const char *)answer, sizeof answer);
    net_user_reset(net);
    while (!c.finished && client_receive(&c))
        ;
    ck_assert(c.finished);
}
END_TEST

START_TEST(router_advertisements_wake_the_event_loop)
{
    start_with("user", NULL);
    ck_assert_uint_ne(net_user_deadline(net), UINT64_MAX);
    ck_assert_uint_gt(net_user_deadline(net), now);
    now = net_user_deadline(net);
    turn();
    ck_assert_uint_gt(net_user_deadline(net), now);
    ck_assert_uint_ge(inbox_count, 1);
    ck_assert_uint_eq(frame_be16(inbox[0].bytes + 12), 0x86dd);
}
END_TEST

START_TEST(an_idle_network_lets_the_machine_sleep_for_a_second)
{
    int timeout = -1;

    start_with("user,ipv6=off", &service);
    set.count = 0;
    net_user_poll_prepare(net, &set, &timeout);
    ck_assert_int_ge(timeout, 1000); /* libslirp waits no longer itself */
    ck_assert_uint_eq(net_user_deadline(net), UINT64_MAX);
    timeout = 7;
    net_user_poll_prepare(net, &set, &timeout);
    ck_assert_int_eq(timeout, 7);
}
END_TEST

/* Frames with changed bytes; nothing may leave for the outside. */
START_TEST(hostile_frames_break_nothing)
{
    static struct frame f;
    static uint8_t data[1400];
    static const uint16_t ports[] = { 111, 2049, 20048, 67, 69, 53 };
    uint32_t seed = 0xfeedf00d;

    start_with("user,restrict=on", &service);
    for (int i = 0; i < 30000; i++) {
        uint16_t port = ports[next_random(&seed) % 6];
        size_t size = next_random(&seed) % sizeof data;
        if (next_random(&seed) % 2)
            frame_udp(&f, HOST_IP, 800, port, data, size);
        else
            frame_tcp(&f, HOST_IP, (uint16_t)(700 + i % 8), port, next_random(&seed) % 4,
                      next_random(&seed) % 4, next_random(&seed) % 32, data, size);
        for (unsigned n = next_random(&seed) % 5; n; n--)
            f.bytes[next_random(&seed) % (n % 2 ? f.size : 54)] = (uint8_t)next_random(&seed);
        if (!(next_random(&seed) % 8))
            f.size = next_random(&seed) % f.size;
        send_frame(&f);
        if (i % 16 == 0)
            turn();
        inbox_count = 0;
    }
    ck_assert_uint_gt(calls, 0);
}
END_TEST

TCase *user_tests(void)
{
    TCase *c = tcase_create("user network");

    tcase_set_timeout(c, 60);
    tcase_add_checked_fixture(c, start, stop);
    tcase_add_loop_test(c, the_host_answers_arp, 0, 2);
    tcase_add_loop_test(c, dhcp_offers_the_first_lease, 0, 2);
    tcase_add_loop_test(c, a_service_answers_udp_from_within_send, 0, 2);
    tcase_add_test(c, frames_wait_until_the_guest_has_room);
    tcase_add_test(c, frames_for_a_guest_that_never_reads_are_bounded);
    tcase_add_test(c, frames_come_in_bursts_that_a_guest_can_take_in);
    tcase_add_test(c, answers_wait_until_what_they_acknowledge_is_done);
    tcase_add_test(c, a_guest_that_has_sent_all_it_can_is_answered_at_once);
    tcase_add_test(c, answers_to_what_could_not_be_done_are_lost);
    tcase_add_test(c, a_reset_forgets_frames_on_their_way);
    tcase_add_loop_test(c, the_rest_of_the_hosts_address_is_the_hosts_loopback, 0, 2);
    tcase_add_test(c, fragments_that_are_not_for_a_service_arrive_whole);
    tcase_add_loop_test(c, a_service_answers_tcp_records, 0, 2);
    tcase_add_test(c, a_record_over_tcp_may_come_in_many_segments);
    tcase_add_test(c, a_long_answer_over_tcp_arrives_whole);
    tcase_add_test(c, connections_to_one_port_are_independent);
    tcase_add_test(c, many_connections_between_two_turns_do_not_block);
    tcase_add_loop_test(c, a_forwarded_port_reaches_the_guest, 0, 2);
    tcase_add_test(c, a_port_that_is_taken_is_named);
    tcase_add_test(c, what_can_not_be_had_is_named);
    tcase_add_test(c, a_folder_that_is_not_there_is_named);
    tcase_add_loop_test(c, the_nfs_server_is_found_by_portmap, 0, 5);
    tcase_add_loop_test(c, the_nfs_server_answers_null_calls_over_tcp, 0, 2);
    tcase_add_test(c, router_advertisements_wake_the_event_loop);
    tcase_add_test(c, an_idle_network_lets_the_machine_sleep_for_a_second);
    tcase_add_test(c, hostile_frames_break_nothing);
    return c;
}
