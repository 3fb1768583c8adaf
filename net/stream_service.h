/* SPDX-License-Identifier: MIT */
/*
 * A service's TCP end: for each of its ports a listening Unix stream socket, to which libslirp
 * leads the guest's connections, and RPC records on each connection (net/record.h).
 *
 * No other process can get in. A listener's name in the file system is removed before anyone can
 * connect; what leads to it is a descriptor of this process (/proc/self/fd/N). A peer whose
 * credentials do not show this very process is turned away all the same.
 *
 * Nothing blocks. A connection is read only when its last answer has been taken whole, so a guest
 * that does not read its answers holds up itself alone.
 */
#ifndef NET_STREAM_SERVICE_H
#define NET_STREAM_SERVICE_H

#include <stddef.h>

#include "net/error.h"
#include "net/pollfds.h"
#include "net/service.h"

/* Connections at a time; for a further one the one that has been silent for longest is closed. */
#define STREAM_CONNECTIONS_MAX 64

/* Connections that can wait to be accepted. Beyond it connect(2) blocks the caller for ever, who is
 * on our own thread: stream_service_accept must be called within as many connects. */
#define STREAM_BACKLOG 128

/* Bytes of answers that wait for the service to settle, before it has to. */
#define STREAM_HELD_MAX 65536

struct stream_service;

/* `service` is kept by the caller. NULL and an error when the sockets can't be made. */
struct stream_service *stream_service_create(const struct net_service *service,
                                             struct net_error *error);

/* Closes all connections: the guest was reset. */
void stream_service_reset(struct stream_service *streams);

/* Closes all connections and sockets, without regard to answers under way. */
void stream_service_destroy(struct stream_service *streams);

/* The path to connect(2) to for the service's port with this index, from inside this process. */
const char *stream_service_path(const struct stream_service *streams, size_t port_index);

/* Takes the connections that wait. */
void stream_service_accept(struct stream_service *streams);

/* The hooks around the event loop's poll(2), as in net/user.h. */
void stream_service_poll_prepare(struct stream_service *streams, struct net_pollfds *set);
void stream_service_poll_done(struct stream_service *streams, const struct net_pollfds *set);

#endif
