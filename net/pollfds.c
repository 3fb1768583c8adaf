/* SPDX-License-Identifier: MIT */
#include "net/pollfds.h"

#include <stdlib.h>

static bool grow(struct net_pollfds *set)
{
    size_t capacity = set->capacity ? set->capacity * 2 : 16;
    struct pollfd *fds = realloc(set->fds, capacity * sizeof *fds);

    if (!fds)
        return false;
    set->fds = fds;
    set->capacity = capacity;
    return true;
}

size_t net_pollfds_add(struct net_pollfds *set, int fd, short events)
{
    if (set->count == set->capacity && !grow(set))
        return NET_POLLFDS_NONE;
    set->fds[set->count] = (struct pollfd){ .fd = fd, .events = events };
    return set->count++;
}

short net_pollfds_revents(const struct net_pollfds *set, size_t index)
{
    return index < set->count ? set->fds[index].revents : 0;
}

void net_pollfds_free(struct net_pollfds *set)
{
    free(set->fds);
    *set = (struct net_pollfds){ 0 };
}
