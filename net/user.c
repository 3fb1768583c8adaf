/* SPDX-License-Identifier: MIT */
#include "net/user.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <slirp/libslirp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "net/frame_queue.h"
#include "net/nfs/nfs_server.h"
#include "net/nfs_service.h"
#include "net/packet.h"
#include "net/slirp_timers.h"
#include "net/steer.h"
#include "net/stream_service.h"

/* Leases that libslirp's DHCP server gives out, from dhcpstart on. */
#define DHCP_LEASES 16

struct net_user {
    struct link link;
    struct net_env env;
    Slirp *slirp;
    struct slirp_timers timers;
    struct frame_queue to_guest;
    unsigned burst;  /* frames handed over since the last net_user_poll_done */
    unsigned behind; /* calls of net_user_poll_done since the service fell behind */
    bool flushing;
    /* What follows is there only when there is a service inside the network. */
    struct nfs_server *nfs;
    struct net_service given, service; /* the service, and the same with our own settle */
    struct stream_service *streams;
    struct steer *steer;
    unsigned frames_since_accept;
};

static void complain(void *ctx, const char *why)
{
    struct net_user *net = ctx;

    if (net->env.log)
        net->env.log(net->env.ctx, why);
}

/* ---- to the guest ---- */

static void put_to_guest(void *ctx, const uint8_t *frame, size_t size)
{
    struct net_user *net = ctx;

    frame_queue_put(&net->to_guest, frame, size);
}

/* More calls that could share the sync may be on their way: the guest's kernel has 16 at once. So
 * wait for these, but not long; while the guest is idle the turns pass at once. */
#define BEHIND_TURNS  4
#define BEHIND_FRAMES 16

static size_t service_call(void *ctx, uint16_t port, bool tcp, const uint8_t *request,
                           size_t request_size, uint8_t *reply, size_t reply_size)
{
    const struct net_service *given = &((struct net_user *)ctx)->given;

    return given->call(given->ctx, port, tcp, request, request_size, reply, reply_size);
}

static bool service_behind(void *ctx)
{
    const struct net_service *given = &((struct net_user *)ctx)->given;

    return given->behind && given->behind(given->ctx);
}

/* Whoever asks for it, UDP or TCP: when it fails, the answers in the queue are void. */
static bool service_settle(void *ctx)
{
    struct net_user *net = ctx;

    net->behind = 0;
    if (net->given.settle(net->given.ctx))
        return true;
    frame_queue_clear(&net->to_guest); /* lost on the wire: everyone sends again */
    complain(net, "the NFS server could not write to the disk");
    return false;
}

static void set_service(struct net_user *net, const struct net_service *given)
{
    net->given = net->service = *given;
    net->service.call = service_call;
    net->service.behind = service_behind;
    net->service.settle = service_settle;
    net->service.ctx = net;
}

/* False: the answers of the service, and with them all frames, have to wait. */
static bool settle(struct net_user *net)
{
    if (!service_behind(net))
        return true;
    if (net->behind < BEHIND_TURNS && net->to_guest.frames < BEHIND_FRAMES)
        return false;
    service_settle(net);
    return true;
}

static bool hand_over(struct net_user *net)
{
    const struct queued_frame *frame = net->to_guest.head;

    return net->link.receive(net->link.device, frame->bytes, frame->size);
}

/* Hands over what the device has room for, up to a burst. The device may call ready from within:
 * once is enough. */
static void flush(struct net_user *net)
{
    if (net->flushing || !settle(net))
        return;
    net->flushing = true;
    while (net->to_guest.head && net->link.receive && net->burst < NET_USER_BURST &&
           hand_over(net)) {
        frame_queue_drop(&net->to_guest);
        net->burst++;
    }
    if (!net->link.receive)
        frame_queue_clear(&net->to_guest);
    net->flushing = false;
}

static void link_ready(void *backend)
{
    flush(backend);
}

/* ---- from the guest ---- */

static void put_to_router(void *ctx, const uint8_t *frame, size_t size)
{
    struct net_user *net = ctx;

    slirp_input(net->slirp, frame, (int)size);
    /* A frame can make libslirp connect once to a socket of the streams, and too many of these
     * without an accept would block it. */
    if (net->streams && ++net->frames_since_accept >= STREAM_BACKLOG / 2) {
        net->frames_since_accept = 0;
        stream_service_accept(net->streams);
    }
}

static void link_send(void *backend, const uint8_t *frame, size_t size)
{
    struct net_user *net = backend;

    if (size < ETHER_HEADER || size > LINK_FRAME_MAX)
        complain(net, "Ethernet frame of an impossible size");
    else if (net->steer)
        steer_from_guest(net->steer, frame, size, net->env.now_ns(net->env.ctx));
    else
        put_to_router(net, frame, size);
    flush(net);
}

/* ---- what libslirp asks for ---- */

static ssize_t slirp_send_packet(const void *frame, size_t size, void *ctx)
{
    struct net_user *net = ctx;

    if (net->steer)
        steer_from_router(net->steer, frame, size);
    else
        put_to_guest(net, frame, size);
    return (ssize_t)size;
}

static void slirp_guest_error(const char *why, void *ctx)
{
    complain(ctx, why);
}

static int64_t slirp_clock_get_ns(void *ctx)
{
    struct net_user *net = ctx;

    return (int64_t)net->env.now_ns(net->env.ctx);
}

static void *slirp_timer_new(SlirpTimerCb expired, void *expired_ctx, void *ctx)
{
    struct net_user *net = ctx;

    return slirp_timers_add(&net->timers, expired, expired_ctx);
}

static void slirp_timer_free(void *timer, void *ctx)
{
    struct net_user *net = ctx;

    slirp_timers_remove(&net->timers, timer);
}

/* libslirp's one timer is for router advertisements. RFC 4861, "Sending Unsolicited Router
 * Advertisements": at random intervals of 200 to 600 s, so that the routers of a link do not fall
 * into step. This one is alone on its link, and the same run takes place every time. */
#define ADVERTISE_MIN_MS 200000
#define ADVERTISE_MS     400000

static void slirp_timer_mod(void *timer, int64_t deadline_ms, void *ctx)
{
    int64_t now = slirp_clock_get_ns(ctx) / 1000000;

    if (deadline_ms - now >= ADVERTISE_MIN_MS)
        deadline_ms = now + ADVERTISE_MS;
    slirp_timer_arm(timer, deadline_ms);
}

/* The descriptors to poll are asked for anew each time, and nobody waits in another thread. */
static void slirp_ignore_fd(int fd, void *ctx)
{
}

static void slirp_notify(void *ctx)
{
}

static const SlirpCb slirp_callbacks = {
    .send_packet = slirp_send_packet,
    .guest_error = slirp_guest_error,
    .clock_get_ns = slirp_clock_get_ns,
    .timer_new = slirp_timer_new,
    .timer_free = slirp_timer_free,
    .timer_mod = slirp_timer_mod,
    .register_poll_fd = slirp_ignore_fd,
    .unregister_poll_fd = slirp_ignore_fd,
    .notify = slirp_notify,
};

/* ---- around the event loop's poll ---- */

static int add_poll(int fd, int events, void *ctx)
{
    size_t index = net_pollfds_add(ctx, fd,
                                   (short)((events & SLIRP_POLL_IN ? POLLIN : 0) |
                                           (events & SLIRP_POLL_OUT ? POLLOUT : 0) |
                                           (events & SLIRP_POLL_PRI ? POLLPRI : 0)));

    return index > INT_MAX ? -1 : (int)index;
}

static int get_revents(int index, void *ctx)
{
    short revents = index < 0 ? 0 : net_pollfds_revents(ctx, (size_t)index);

    return (revents & POLLIN ? SLIRP_POLL_IN : 0) | (revents & POLLOUT ? SLIRP_POLL_OUT : 0) |
           (revents & POLLPRI ? SLIRP_POLL_PRI : 0) | (revents & POLLERR ? SLIRP_POLL_ERR : 0) |
           (revents & POLLHUP ? SLIRP_POLL_HUP : 0);
}

static uint64_t now_ms(const struct net_user *net)
{
    return net->env.now_ns(net->env.ctx) / 1000000;
}

static uint32_t lower_timeout(uint32_t timeout_ms, uint64_t deadline_ms, uint64_t now)
{
    uint64_t left = deadline_ms > now ? deadline_ms - now : 0;

    return left < timeout_ms ? (uint32_t)left : timeout_ms;
}

void net_user_poll_prepare(struct net_user *net, struct net_pollfds *set, int *timeout_ms)
{
    uint32_t timeout = *timeout_ms < 0 ? UINT32_MAX : (uint32_t)*timeout_ms;

    slirp_pollfds_fill(net->slirp, &timeout, add_poll, set);
    if (net->streams)
        stream_service_poll_prepare(net->streams, set);
    if ((net->to_guest.head && net->burst == NET_USER_BURST) || service_behind(net))
        timeout = 0; /* if the guest is idle, nothing is gained by waiting */
    timeout = lower_timeout(timeout, slirp_timers_deadline(&net->timers), now_ms(net));
    *timeout_ms = timeout > INT_MAX ? -1 : (int)timeout;
}

void net_user_poll_done(struct net_user *net, const struct net_pollfds *set)
{
    slirp_timers_run(&net->timers, now_ms(net));
    if (net->streams)
        stream_service_poll_done(net->streams, set);
    slirp_pollfds_poll(net->slirp, 0, get_revents, (void *)set);
    net->burst = 0;
    net->behind += service_behind(net);
    flush(net);
}

uint64_t net_user_deadline(const struct net_user *net)
{
    uint64_t deadline_ms = slirp_timers_deadline(&net->timers);

    return deadline_ms > UINT64_MAX / 1000000 ? UINT64_MAX : deadline_ms * 1000000;
}

/* ---- construction ---- */

/* An address for the alias: the highest that is nobody's. 0: there is none. */
static uint32_t pick_alias(const struct net_user_config *c)
{
    uint32_t net = ntohl(c->net.s_addr), broadcast = net | ~ntohl(c->mask.s_addr);
    uint32_t leases = ntohl(c->dhcp_start.s_addr);

    for (uint32_t address = broadcast - 1; address > net; address--) {
        bool leased = address >= leases && address - leases < DHCP_LEASES;
        if (!leased && address != ntohl(c->host.s_addr) && address != ntohl(c->dns.s_addr))
            return address;
    }
    return 0;
}

/* The MAC address that libslirp gives the host: 52:55 and the IPv4 address. */
static void put_host_mac(uint8_t mac[6], uint32_t host)
{
    mac[0] = 0x52;
    mac[1] = 0x55;
    put_be32(mac + 2, host);
}

static bool create_steer(struct net_user *net, uint32_t host, uint32_t alias)
{
    struct steer_config config = {
        .service = &net->service,
        .host = host,
        .alias = alias,
        .to_router = put_to_router,
        .to_guest = put_to_guest,
        .complain = complain,
        .ctx = net,
    };

    put_host_mac(config.host_mac, host);
    net->steer = steer_create(&config);
    return net->steer;
}

static bool start_service(struct net_user *net, const struct net_user_config *config,
                          struct net_error *error)
{
    struct in_addr alias = { htonl(pick_alias(config)) };

    if (!config->ipv4 || !alias.s_addr)
        return net_error_set(error, "nfs needs IPv4 and a free address in the network of net=");
    net->streams = stream_service_create(&net->service, error);
    if (!net->streams)
        return false;
    for (size_t i = 0; i < net->service.port_count; i++) {
        if (slirp_add_unix(net->slirp, stream_service_path(net->streams, i), &alias,
                           net->service.ports[i]) < 0)
            return net_error_set(error, "libslirp refuses to lead TCP port %u to nfs",
                                 net->service.ports[i]);
    }
    return create_steer(net, ntohl(config->host.s_addr), ntohl(alias.s_addr)) ||
           net_error_set(error, "out of memory for nfs");
}

static bool add_hostfwd(struct net_user *net, const struct net_hostfwd *rule,
                        struct net_error *error)
{
    errno = 0;
    if (slirp_add_hostfwd(net->slirp, rule->udp, rule->host_address, rule->host_port,
                          rule->guest_address, rule->guest_port) >= 0)
        return true;
    return net_error_set(error, "hostfwd=%s: can't listen on port %u of the host: %s", rule->text,
                         rule->host_port, strerror(errno));
}

static bool check_tftp(const char *directory, struct net_error *error)
{
    struct stat st;

    if (!directory)
        return true;
    if (stat(directory, &st))
        return net_error_set(error, "tftp=%s: %s", directory, strerror(errno));
    return S_ISDIR(st.st_mode) || net_error_set(error, "tftp=%s: not a directory", directory);
}

static Slirp *start_slirp(struct net_user *net, const struct net_user_config *c)
{
    SlirpConfig config = {
        .version = 1,
        .restricted = c->restricted,
        .in_enabled = c->ipv4,
        .vnetwork = c->net,
        .vnetmask = c->mask,
        .vhost = c->host,
        .in6_enabled = c->ipv6,
        .vprefix_addr6 = c->prefix6,
        .vprefix_len = c->prefix6_bits,
        .vhost6 = c->host6,
        .vhostname = c->hostname,
        .tftp_server_name = c->tftp_server_name,
        .tftp_path = c->tftp_dir,
        .bootfile = c->bootfile,
        .vdhcp_start = c->dhcp_start,
        .vnameserver = c->dns,
        .vnameserver6 = c->dns6,
        .vdnssearch = (const char **)c->dnssearch,
        .vdomainname = c->domainname,
    };

    return slirp_new(&config, &slirp_callbacks, net);
}

static bool start(struct net_user *net, const struct net_user_config *config,
                  struct net_error *error)
{
    if (!check_tftp(config->tftp_dir, error))
        return false;
    net->slirp = start_slirp(net, config);
    if (!net->slirp)
        return net_error_set(error, "libslirp refuses the configuration of the user network");
    for (size_t i = 0; i < config->hostfwd_count; i++) {
        if (!add_hostfwd(net, &config->hostfwd[i], error))
            return false;
    }
    return !net->service.call || start_service(net, config, error);
}

struct net_user *net_user_create_with(const struct net_user_config *config,
                                      const struct net_env *env, const struct net_service *service,
                                      struct net_error *error)
{
    struct net_user *net = calloc(1, sizeof *net);

    if (!net) {
        net_error_set(error, "out of memory for the user network");
        return NULL;
    }
    net->env = *env;
    net->link = (struct link){ .send = link_send, .backend = net, .ready = link_ready };
    if (service)
        set_service(net, service);
    if (!start(net, config, error)) {
        net_user_destroy(net);
        return NULL;
    }
    return net;
}

static struct net_user *create_with_nfs(const struct net_user_config *config,
                                        const struct net_env *env, struct nfs_server *nfs,
                                        struct net_error *error)
{
    struct net_service service = nfs_service(nfs);
    struct net_user *net = net_user_create_with(config, env, &service, error);

    if (net)
        net->nfs = nfs;
    else
        nfs_server_destroy(nfs);
    return net;
}

struct net_user *net_user_create(const struct net_user_config *config, const struct net_env *env,
                                 struct net_error *error)
{
    char why[256] = "";

    if (!config->nfs_count)
        return net_user_create_with(config, env, NULL, error);
    struct nfs_server *nfs = nfs_server_create(config->nfs, config->nfs_count, why, sizeof why);
    if (!nfs) {
        net_error_set(error, "%s", why);
        return NULL;
    }
    return create_with_nfs(config, env, nfs, error);
}

void net_user_destroy(struct net_user *net)
{
    if (!net)
        return;
    if (net->slirp)
        slirp_cleanup(net->slirp);
    slirp_timers_free(&net->timers);
    steer_destroy(net->steer);
    stream_service_destroy(net->streams);
    if (net->nfs)
        nfs_server_destroy(net->nfs);
    frame_queue_clear(&net->to_guest);
    free(net);
}

void net_user_reset(struct net_user *net)
{
    frame_queue_clear(&net->to_guest);
    if (net->streams)
        stream_service_reset(net->streams);
    if (net->nfs)
        nfs_server_reset(net->nfs);
}

struct link *net_user_link(struct net_user *net)
{
    return &net->link;
}
