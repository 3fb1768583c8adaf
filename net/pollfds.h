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
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct net_pollfds {
    struct pollfd *fds;
    size_t count, capacity;
};

/* Adds one descriptor with poll(2)'s events; its revents start as 0. Returns its index, or
 * NET_POLLFDS_NONE when there is no memory: the descriptor is then looked at in a later round. */
size_t net_pollfds_add(struct net_pollfds *set, int fd, short events);
#define NET_POLLFDS_NONE SIZE_MAX

/* What poll(2) reported for the descriptor at `index`; 0 for an index that is not in the set. */
short net_pollfds_revents(const struct net_pollfds *set, size_t index);

/* Frees the array and leaves an empty set. */
void net_pollfds_free(struct net_pollfds *set);

#endif
