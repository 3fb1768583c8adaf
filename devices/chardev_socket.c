/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "devices/chardev_socket.h"
#include "devices/fd_stream.h"

#define KEEPALIVE_IDLE_S 60
#define REFUSED_READS    64 /* what is read of a refused peer before it is cut off */

struct socket_stream {
    struct fd_stream stream;     /* the connection; its name is the address */
    struct poll_source listener; /* fd -1: a client, or closed */
    char path[108];              /* of a listening Unix socket: removed at the end */
    bool nodelay;
    const char *farewell;       /* to a second peer; NULL: it waits */
    struct poll_source refused; /* the last one that got it, until it has left */
    unsigned refused_reads;
};

/* What the user asked for. */
struct socket_spec {
    bool is_unix, server, wait, nodelay;
    char host[256]; /* or the path */
    char port[32];
};

struct error_text {
    char *text;
    size_t size;
};

__attribute__((format(printf, 2, 3))) static bool fail(struct error_text error, const char *format,
                                                       ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(error.text, error.size, format, args);
    va_end(args);
    return false;
}

/* --- The spec --- */

/* "name" or "name=on|off" into *value; false: another option. */
static bool match_switch(const char *option, const char *name, bool *value, bool *bad)
{
    size_t length = strlen(name);
    if (strncmp(option, name, length) || (option[length] && option[length] != '='))
        return false;
    const char *text = option[length] ? option + length + 1 : "on";
    if (!strcmp(text, "on") || !strcmp(text, "off"))
        *value = !strcmp(text, "on");
    else
        *bad = true;
    return true;
}

static bool parse_option(struct socket_spec *spec, const char *option)
{
    bool bad = false, nowait = false;
    if (match_switch(option, "server", &spec->server, &bad) ||
        match_switch(option, "wait", &spec->wait, &bad) ||
        match_switch(option, "nodelay", &spec->nodelay, &bad))
        return !bad;
    if (!match_switch(option, "nowait", &nowait, &bad) || bad)
        return false;
    spec->wait = !nowait;
    return true;
}

static bool copy_part(char *to, size_t size, const char *from, size_t length)
{
    if (length >= size)
        return false;
    memcpy(to, from, length);
    to[length] = 0;
    return true;
}

/* A number that a port can have, or the name of a service. */
static bool is_port(const char *text)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);
    return *end || number <= 65535;
}

/* "HOST:PORT" or "[IPv6]:PORT" up to `end`. */
static bool parse_host_and_port(struct socket_spec *spec, const char *text, const char *end)
{
    const char *colon = memrchr(text, ':', (size_t)(end - text));
    if (!colon || colon + 1 == end)
        return false;
    const char *host = text, *host_end = colon;
    if (host_end - host >= 2 && *host == '[' && host_end[-1] == ']') {
        host++;
        host_end--;
    }
    return copy_part(spec->host, sizeof spec->host, host, (size_t)(host_end - host)) &&
           copy_part(spec->port, sizeof spec->port, colon + 1, (size_t)(end - colon - 1)) &&
           is_port(spec->port);
}

static bool parse_options(struct socket_spec *spec, const char *text, const char *whole,
                          struct error_text error)
{
    while (*text == ',') {
        char option[32];
        size_t length = strcspn(++text, ",");
        if (!copy_part(option, sizeof option, text, length) || !parse_option(spec, option))
            return fail(error, "%s: unknown option '%.*s'", whole, (int)length, text);
        text += length;
    }
    return true;
}

static bool parse_spec(struct socket_spec *spec, const char *text, struct error_text error)
{
    *spec = (struct socket_spec){ .wait = true, .nodelay = true };
    spec->is_unix = !strncmp(text, "unix:", 5);
    if (!spec->is_unix && strncmp(text, "tcp:", 4))
        return fail(error, "%s: neither tcp:HOST:PORT nor unix:PATH", text);
    const char *address = strchr(text, ':') + 1, *end = address + strcspn(address, ",");
    if (spec->is_unix) {
        struct sockaddr_un limit;
        size_t length = (size_t)(end - address);
        if (length == 0 || length >= sizeof limit.sun_path)
            return fail(error, "%s: the path must have 1 to %zu characters", text,
                        sizeof limit.sun_path - 1);
        memcpy(spec->host, address, length);
    } else if (!parse_host_and_port(spec, address, end))
        return fail(error, "%s: the address must be HOST:PORT", text);
    return parse_options(spec, end, text, error);
}

/* --- Addresses --- */

/* Tries one address; -1: errno says why not. */
static int open_at(const struct sockaddr *address, socklen_t size, bool server)
{
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    if (fd < 0)
        return -1;
    if (server && address->sa_family != AF_UNIX)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    bool done = server ? bind(fd, address, size) == 0 && listen(fd, 1) == 0
                       : connect(fd, address, size) == 0;
    if (done)
        return fd;
    int kept = errno;
    close(fd);
    errno = kept;
    return -1;
}

static int open_tcp(const struct socket_spec *spec, const char *text, struct error_text error)
{
    struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM }, *list;
    if (spec->server)
        hints.ai_flags = AI_PASSIVE;
    const char *host = *spec->host ? spec->host : spec->server ? NULL : "127.0.0.1";
    int result = getaddrinfo(host, spec->port, &hints, &list);
    if (result != 0) {
        fail(error, "%s: %s", text, gai_strerror(result));
        return -1;
    }
    int fd = -1;
    for (struct addrinfo *at = list; at && fd < 0; at = at->ai_next)
        fd = open_at(at->ai_addr, at->ai_addrlen, spec->server);
    if (fd < 0)
        fail(error, "%s: %s", text, strerror(errno));
    freeaddrinfo(list);
    return fd;
}

/* A socket file that nobody listens on is left over from a program that died: it may be replaced.
 */
static void remove_stale(const struct sockaddr_un *address)
{
    struct stat status;
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (probe < 0)
        return;
    if (lstat(address->sun_path, &status) == 0 && S_ISSOCK(status.st_mode) &&
        connect(probe, (const struct sockaddr *)address, sizeof *address) != 0 &&
        errno == ECONNREFUSED)
        unlink(address->sun_path);
    close(probe);
}

static int open_unix(const struct socket_spec *spec, const char *text, struct error_text error)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    snprintf(address.sun_path, sizeof address.sun_path, "%.*s", (int)sizeof address.sun_path - 1,
             spec->host);
    if (spec->server)
        remove_stale(&address);
    int fd = open_at((const struct sockaddr *)&address, sizeof address, spec->server);
    if (fd < 0)
        fail(error, "%s: %s", text, strerror(errno));
    return fd;
}

/* "127.0.0.1:1234", or the path. */
static void name_socket(struct socket_stream *socket, int fd, const struct socket_spec *spec)
{
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    char host[64] = "", port[16] = "";
    char *name = socket->stream.name;
    if (spec->is_unix) {
        snprintf(name, sizeof socket->stream.name, "%.120s", spec->host);
        return;
    }
    if (spec->server ? getsockname(fd, (struct sockaddr *)&address, &size) == 0
                     : getpeername(fd, (struct sockaddr *)&address, &size) == 0)
        getnameinfo((struct sockaddr *)&address, size, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV);
    bool v6 = strchr(host, ':');
    snprintf(name, sizeof socket->stream.name, v6 ? "[%s]:%s" : "%s:%s", host, port);
}

/* --- Connections --- */

static void take_connection(struct socket_stream *socket, int fd)
{
    int on = socket->nodelay;
    fcntl(fd, F_SETFL, O_NONBLOCK);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* no matter on a Unix socket */
    int idle_s = KEEPALIVE_IDLE_S;
    on = 1;
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on); /* notices a host that vanished */
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s);
    fd_stream_open(&socket->stream, fd, fcntl(fd, F_DUPFD_CLOEXEC, 3));
    if (!socket->farewell)
        socket->listener.events = 0; /* the next peer waits in the backlog */
}

static void end_refused(struct socket_stream *socket)
{
    if (socket->refused.fd >= 0)
        close(socket->refused.fd);
    socket->refused.fd = -1;
    socket->refused.events = 0;
}

/* To close a connection with input that was not read takes back what was sent: read a little. */
static void refused_ready(void *ctx, short revents)
{
    struct socket_stream *socket = ctx;
    char nothing[1024];
    if (socket->refused.fd < 0)
        return; /* closed earlier in this turn of the loop */
    ssize_t size = recv(socket->refused.fd, nothing, sizeof nothing, MSG_DONTWAIT);
    bool again = size < 0 && (errno == EAGAIN || errno == EINTR);
    if ((size <= 0 && !again) || ++socket->refused_reads > REFUSED_READS)
        end_refused(socket);
}

static void refuse_peer(struct socket_stream *socket, int fd)
{
    end_refused(socket);
    if (send(fd, socket->farewell, strlen(socket->farewell), MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ||
        shutdown(fd, SHUT_WR) < 0) {
        close(fd);
        return;
    }
    socket->refused.fd = fd;
    socket->refused.events = POLLIN;
    socket->refused_reads = 0;
}

static void listener_ready(void *ctx, short revents)
{
    struct socket_stream *socket = ctx;
    bool taken = socket->stream.in.fd >= 0;
    if (taken && !socket->farewell)
        return; /* in this turn of the loop another source took the peer */
    int fd = accept4(socket->listener.fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0 && taken)
        refuse_peer(socket, fd);
    else if (fd >= 0)
        take_connection(socket, fd);
}

static void peer_left(void *owner)
{
    struct socket_stream *socket = owner;
    fd_stream_close(&socket->stream, false);
    if (socket->listener.fd >= 0)
        socket->listener.events = POLLIN;
}

static bool start_server(struct socket_stream *socket, int fd, const struct socket_spec *spec)
{
    socket->listener.fd = fd;
    socket->listener.events = POLLIN;
    if (spec->is_unix)
        snprintf(socket->path, sizeof socket->path, "%.*s", (int)sizeof socket->path - 1,
                 spec->host);
    if (!spec->wait)
        return true;
    fprintf(stderr, "armlet: waiting for a connection on %s\n", socket->stream.name);
    int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
    if (peer < 0)
        return false;
    take_connection(socket, peer);
    return true;
}

static void destroy(void *backend)
{
    struct socket_stream *socket = backend;
    fd_stream_fini(&socket->stream);
    poll_remove(socket->stream.polls, &socket->listener);
    poll_remove(socket->stream.polls, &socket->refused);
    end_refused(socket);
    if (socket->listener.fd >= 0)
        close(socket->listener.fd);
    if (*socket->path)
        unlink(socket->path);
    free(socket);
}

static struct socket_stream *new_socket(struct poll_list *polls, const struct socket_spec *spec)
{
    struct socket_stream *socket = calloc(1, sizeof *socket);
    if (!socket)
        return NULL;
    fd_stream_init(&socket->stream, polls, "");
    socket->stream.port.destroy = destroy;
    socket->stream.ended = peer_left;
    socket->stream.owner = socket;
    socket->nodelay = spec->nodelay;
    socket->listener = (struct poll_source){ .fd = -1, .ready = listener_ready, .ctx = socket };
    socket->refused = (struct poll_source){ .fd = -1, .ready = refused_ready, .ctx = socket };
    poll_add(polls, &socket->listener);
    poll_add(polls, &socket->refused);
    return socket;
}

struct chardev *chardev_socket_create(const char *text, struct poll_list *polls, char *error_text,
                                      size_t error_size)
{
    struct error_text error = { error_text, error_size };
    struct socket_spec spec;
    if (!parse_spec(&spec, text, error))
        return NULL;
    int fd = spec.is_unix ? open_unix(&spec, text, error) : open_tcp(&spec, text, error);
    if (fd < 0)
        return NULL;
    struct socket_stream *socket = new_socket(polls, &spec);
    if (!socket) {
        close(fd);
        fail(error, "%s: out of memory", text);
        return NULL;
    }
    name_socket(socket, fd, &spec);
    if (!spec.server)
        take_connection(socket, fd);
    else if (!start_server(socket, fd, &spec)) {
        fail(error, "%s: %s", text, strerror(errno));
        destroy(socket);
        return NULL;
    }
    return &socket->stream.port;
}

void chardev_socket_set_strict(struct chardev *chardev, const char *farewell)
{
    struct socket_stream *socket = chardev->backend;
    socket->farewell = farewell;
    socket->stream.impatient = true;
}

const char *chardev_socket_name(const struct chardev *chardev)
{
    return ((const struct socket_stream *)chardev->backend)->stream.name;
}
