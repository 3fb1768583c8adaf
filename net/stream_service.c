/* SPDX-License-Identifier: MIT */
#include "net/stream_service.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "net/record.h"

struct listener {
    int fd;        /* the listening socket */
    int name;      /* O_PATH descriptor of its inode, which has no name any more */
    char path[32]; /* "/proc/self/fd/<name>" */
    size_t poll_index;
};

struct connection {
    int fd; /* -1: free */
    uint16_t port;
    struct record_reader in;
    uint8_t *out; /* owned; what of the answers the socket did not take yet, NULL: none */
    size_t out_size, out_done;
    bool held; /* `out` waits for the service to settle, and may grow */
    size_t poll_index;
    uint64_t used; /* the service's count of uses when this one was used last */
};

struct stream_service {
    uint64_t uses;
    const struct net_service *service;
    struct listener listeners[SERVICE_PORTS_MAX];
    struct connection connections[STREAM_CONNECTIONS_MAX];
    uint8_t answer[RECORD_HEADER + SERVICE_TCP_MAX];
};

/* Binds to `name` in the directory, opens the inode, and takes the name away again. */
static bool bind_nameless(struct listener *l, const char *directory)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    snprintf(address.sun_path, sizeof address.sun_path, "%s/rpc", directory);
    if (bind(l->fd, (struct sockaddr *)&address, sizeof address))
        return false;
    l->name = open(address.sun_path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    unlink(address.sun_path);
    return l->name >= 0;
}

/* The name stands for a moment only, and in a directory that nobody else may enter (mkdtemp: 0700).
 */
static bool bind_in_private(struct listener *l)
{
    const char *tmp = getenv("TMPDIR");
    char directory[80];

    if (!tmp || strlen(tmp) > sizeof directory - sizeof "/armlet-XXXXXX")
        tmp = "/tmp";
    snprintf(directory, sizeof directory, "%s/armlet-XXXXXX", tmp);
    if (!mkdtemp(directory))
        return false;
    bool bound = bind_nameless(l, directory);
    int reason = errno;
    rmdir(directory);
    errno = reason;
    return bound;
}

static bool open_listener(struct listener *l, struct net_error *error)
{
    l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (l->fd < 0 || !bind_in_private(l) || listen(l->fd, STREAM_BACKLOG))
        return net_error_set(error, "can't make a socket for NFS over TCP (in TMPDIR or /tmp): %s",
                             strerror(errno));
    snprintf(l->path, sizeof l->path, "/proc/self/fd/%d", l->name);
    if (access(l->path, F_OK))
        return net_error_set(error, "NFS over TCP needs /proc to be mounted");
    return true;
}

struct stream_service *stream_service_create(const struct net_service *service,
                                             struct net_error *error)
{
    struct stream_service *s = calloc(1, sizeof *s);

    if (!s) {
        net_error_set(error, "out of memory for NFS over TCP");
        return NULL;
    }
    s->service = service;
    for (size_t i = 0; i < SERVICE_PORTS_MAX; i++)
        s->listeners[i].fd = s->listeners[i].name = -1;
    for (size_t i = 0; i < STREAM_CONNECTIONS_MAX; i++)
        s->connections[i].fd = -1;
    for (size_t i = 0; i < service->port_count; i++) {
        if (!open_listener(&s->listeners[i], error)) {
            stream_service_destroy(s);
            return NULL;
        }
    }
    return s;
}

static void close_connection(struct connection *c)
{
    if (c->fd >= 0)
        close(c->fd);
    record_free(&c->in);
    free(c->out);
    *c = (struct connection){ .fd = -1 };
}

void stream_service_reset(struct stream_service *s)
{
    stream_service_accept(s);
    for (size_t i = 0; i < STREAM_CONNECTIONS_MAX; i++)
        close_connection(&s->connections[i]);
}

void stream_service_destroy(struct stream_service *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < STREAM_CONNECTIONS_MAX; i++)
        close_connection(&s->connections[i]);
    for (size_t i = 0; i < SERVICE_PORTS_MAX; i++) {
        if (s->listeners[i].fd >= 0)
            close(s->listeners[i].fd);
        if (s->listeners[i].name >= 0)
            close(s->listeners[i].name);
    }
    free(s);
}

const char *stream_service_path(const struct stream_service *s, size_t port_index)
{
    return s->listeners[port_index].path;
}

static bool is_this_process(int fd)
{
    struct ucred peer;
    socklen_t size = sizeof peer;

    return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) && peer.pid == getpid();
}

/* A free one; when there is none, the one that has been silent for longest gives way: a guest that
 * crashed leaves connections behind which nobody closes. */
static struct connection *take_connection(struct stream_service *s)
{
    struct connection *oldest = &s->connections[0];

    for (size_t i = 0; i < STREAM_CONNECTIONS_MAX; i++) {
        struct connection *c = &s->connections[i];
        if (c->fd < 0)
            return c;
        if (c->used < oldest->used)
            oldest = c;
    }
    close_connection(oldest);
    return oldest;
}

static void accept_all(struct stream_service *s, size_t port_index)
{
    int fd;

    while ((fd = accept4(s->listeners[port_index].fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >=
           0) {
        if (!is_this_process(fd)) {
            close(fd);
            continue;
        }
        *take_connection(s) = (struct connection){
            .fd = fd,
            .port = s->service->ports[port_index],
            .in.limit = SERVICE_TCP_MAX,
            .poll_index = NET_POLLFDS_NONE,
            .used = ++s->uses,
        };
    }
}

void stream_service_accept(struct stream_service *s)
{
    for (size_t i = 0; i < s->service->port_count; i++)
        accept_all(s, i);
}

/* Sends as much as the socket takes. Returns how much, or -1: the connection is over. */
static ssize_t send_some(int fd, const uint8_t *data, size_t size)
{
    ssize_t sent = send(fd, data, size, MSG_NOSIGNAL);

    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return 0;
    return sent;
}

/* Sends the rest of the last answer. False: the connection is over. */
static bool send_rest(struct connection *c)
{
    if (!c->out)
        return true;
    ssize_t sent = send_some(c->fd, c->out + c->out_done, c->out_size - c->out_done);
    if (sent < 0)
        return false;
    c->out_done += (size_t)sent;
    if (c->out_done == c->out_size) {
        free(c->out);
        c->out = NULL;
        c->out_size = c->out_done = 0;
    }
    return true;
}

/* Sends an answer, and keeps what the socket does not take. */
static bool send_answer(struct connection *c, const uint8_t *data, size_t size)
{
    ssize_t sent = send_some(c->fd, data, size);

    if (sent < 0)
        return false;
    if ((size_t)sent == size)
        return true;
    c->out_size = size - (size_t)sent;
    c->out_done = 0;
    c->out = malloc(c->out_size);
    if (!c->out)
        return false;
    memcpy(c->out, data + sent, c->out_size);
    return true;
}

/* Adds an answer to those that wait. */
static bool hold_answer(struct connection *c, const uint8_t *data, size_t size)
{
    uint8_t *out = realloc(c->out, c->out_size + size);

    if (!out)
        return false;
    memcpy(out + c->out_size, data, size);
    c->out = out;
    c->out_size += size;
    c->held = true;
    return true;
}

/* Sends what waited. A service that can't settle has lost what its answers promise: the connection
 * ends, and the guest sends its calls again over another. */
static bool release(struct stream_service *s, struct connection *c)
{
    c->held = false;
    return s->service->settle(s->service->ctx) && send_rest(c);
}

static bool is_behind(const struct stream_service *s)
{
    return s->service->behind && s->service->behind(s->service->ctx);
}

static bool answer_record(struct stream_service *s, struct connection *c)
{
    size_t size = s->service->call(s->service->ctx, c->port, true, c->in.data, c->in.size,
                                   s->answer + RECORD_HEADER, SERVICE_TCP_MAX);

    record_clear(&c->in);
    if (!size || size > SERVICE_TCP_MAX)
        return true;
    record_put_header(s->answer, size);
    if (c->held || is_behind(s))
        return hold_answer(c, s->answer, RECORD_HEADER + size);
    return send_answer(c, s->answer, RECORD_HEADER + size);
}

/* Reads and answers until the guest has no more, or does not take its answers. What is there to
 * read is bounded by the socket's buffer, because the guest does not run meanwhile. False: the
 * connection is over. */
static bool serve(struct stream_service *s, struct connection *c)
{
    c->used = ++s->uses;
    if (!send_rest(c))
        return false;
    while (!c->out || (c->held && c->out_size < STREAM_HELD_MAX)) {
        size_t wanted;
        uint8_t *space = record_space(&c->in, &wanted);
        if (!space)
            return false;
        ssize_t got = recv(c->fd, space, wanted, 0);
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
            break;
        if (got <= 0)
            return false;
        if (record_advance(&c->in, (size_t)got) && !answer_record(s, c))
            return false;
    }
    return !c->held || release(s, c);
}

void stream_service_poll_prepare(struct stream_service *s, struct net_pollfds *set)
{
    for (size_t i = 0; i < s->service->port_count; i++)
        s->listeners[i].poll_index = net_pollfds_add(set, s->listeners[i].fd, POLLIN);
    for (size_t i = 0; i < STREAM_CONNECTIONS_MAX; i++) {
        struct connection *c = &s->connections[i];
        if (c->fd >= 0)
            c->poll_index = net_pollfds_add(set, c->fd, c->out ? POLLOUT : POLLIN);
    }
}

void stream_service_poll_done(struct stream_service *s, const struct net_pollfds *set)
{
    for (size_t i = 0; i < STREAM_CONNECTIONS_MAX; i++) {
        struct connection *c = &s->connections[i];
        if (c->fd >= 0 && net_pollfds_revents(set, c->poll_index) && !serve(s, c))
            close_connection(c);
    }
    stream_service_accept(s);
}
