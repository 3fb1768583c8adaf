/* SPDX-License-Identifier: MIT */
/*
 * What the machine's event loop waits for: host file descriptors that belong to back ends.
 *
 * A back end adds its sources to the list that it is handed and takes them away in its destructor;
 * the loop polls every source that has an fd and events, and calls ready. Everything runs on the
 * loop's thread.
 */
#ifndef DEVICES_POLL_H
#define DEVICES_POLL_H

#include <poll.h>

struct poll_source {
    int fd;       /* -1: nothing to wait for at present */
    short events; /* poll(2)'s POLLIN, POLLOUT; 0: not now (the loop then leaves the fd out) */
    /* Called with poll's revents, never 0, even when another source's ready has just closed the fd:
     * a back end checks its own state. May change its own fd and events, add sources, but not
     * remove or destroy any source. */
    void (*ready)(void *ctx, short revents);
    void *ctx;
    struct poll_source *next;
};

struct poll_list {
    struct poll_source *first;
};

static inline void poll_add(struct poll_list *list, struct poll_source *source)
{
    source->next = list->first;
    list->first = source;
}

static inline void poll_remove(struct poll_list *list, struct poll_source *source)
{
    for (struct poll_source **at = &list->first; *at; at = &(*at)->next)
        if (*at == source) {
            *at = source->next;
            return;
        }
}

#endif
