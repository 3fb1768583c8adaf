/* SPDX-License-Identifier: MIT */
/*
 * A character stream over a stream socket: one peer at a time.
 *
 * A server takes one connection and, when that ends, the next one; what the guest writes while
 * nobody is connected is dropped, as on a serial cable without a far end. A client connects once,
 * at creation.
 */
#ifndef DEVICES_CHARDEV_SOCKET_H
#define DEVICES_CHARDEV_SOCKET_H

#include <stddef.h>

#include "devices/chardev.h"
#include "devices/poll.h"

/* spec: "tcp:HOST:PORT[,options]" or "unix:PATH[,options]"; options: server[=on|off],
 * wait[=on|off], nowait, nodelay[=on|off]. HOST is a name, an address, or "[IPv6]"; empty: every
 * interface for a server, else 127.0.0.1. A server waits for its first peer, with a line on stderr
 * that says so, unless told nowait. NULL: error holds one line that names the spec and the reason.
 */
struct chardev *chardev_socket_create(const char *spec, struct poll_list *polls, char *error,
                                      size_t error_size);

/* For a server that must not be held up by its peers. Another one that comes while there is one is
 * sent `farewell`, a text that outlives the stream, and hung up on, rather than kept waiting. A
 * peer that lets FD_STREAM_HANG_UP bytes of output lie is hung up on, rather than waited for. */
void chardev_socket_set_strict(struct chardev *chardev, const char *farewell);

/* For a message to the user: the address listened on or connected to, with the port that the host
 * chose for port 0 ("127.0.0.1:1234"), or the path. */
const char *chardev_socket_name(const struct chardev *chardev);

#endif
