/* SPDX-License-Identifier: MIT */
/*
 * Character streams over a stream socket or a pseudo-terminal: one peer at a time.
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
 * wait[=on|off], nowait. An empty HOST is every interface for a server, else 127.0.0.1. A server
 * waits for its first peer unless told nowait. NULL: error holds one line that names the spec and
 * the reason. */
struct chardev *chardev_socket_create(const char *spec, struct poll_list *polls, char *error,
                                      size_t error_size);
/* A new pseudo-terminal. NULL: error holds the reason. */
struct chardev *chardev_pty_create(struct poll_list *polls, char *error, size_t error_size);

/* For a message to the user: the address listened on or connected to ("127.0.0.1:1234", with the
 * port that the host chose for port 0), the path, or the pty's device name. chardev must be one of
 * the above. */
const char *chardev_socket_name(const struct chardev *chardev);

#endif
