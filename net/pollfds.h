/* SPDX-License-Identifier: MIT */
/*
 * The set of file descriptors that an event loop hands to poll(2), as an array that grows.
 *
 * The loop owns it: it empties it (count = 0), lets everyone add theirs, polls, and lets everyone
 * look.
 */
#ifndef NET_POLLFDS_H
#define NET_POLLFDS_H

#include <poll.h>
#include <stddef.h>

struct net_pollfds {
    struct pollfd *fds;
    size_t count, capacity;
};

/* Adds one descriptor with poll(2)'s events; its revents start as 0. Returns its index. */
size_t net_pollfds_add(struct net_pollfds *set, int fd, short events);

/* Frees the array and leaves an empty set. */
void net_pollfds_free(struct net_pollfds *set);

#endif
