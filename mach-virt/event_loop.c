/* SPDX-License-Identifier: MIT */
#include "mach-virt/event_loop.h"

#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

#define NS_PER_MS 1000000
#define NS_PER_S  1000000000

void event_loop_free(struct event_loop *loop)
{
    net_pollfds_free(&loop->set);
    free(loop->source);
    loop->source = NULL;
    loop->sources = loop->room = 0;
}

static bool remember(struct event_loop *loop, struct poll_source *source)
{
    if (loop->sources == loop->room) {
        unsigned room = loop->room ? 2 * loop->room : 8;
        void *bigger = realloc(loop->source, room * sizeof(struct poll_source *));
        if (!bigger)
            return false;
        loop->source = bigger;
        loop->room = room;
    }
    loop->source[loop->sources++] = source;
    return true;
}

/* Without memory a source is left out of this round and comes back in a later one. */
static void add_sources(struct event_loop *loop)
{
    loop->sources = 0;
    for (struct poll_source *s = loop->polls.first; s; s = s->next) {
        if (s->fd < 0 || !s->events || !remember(loop, s))
            continue;
        if (net_pollfds_add(&loop->set, s->fd, s->events) == NET_POLLFDS_NONE)
            loop->sources--;
    }
}

/* The networks' timeout, in ns; EVENT_FOREVER: none. */
static uint64_t add_nets(struct event_loop *loop)
{
    int ms = -1;
    for (unsigned i = 0; i < loop->nets; i++)
        net_user_poll_prepare(loop->net[i], &loop->set, &ms);
    return ms < 0 ? EVENT_FOREVER : (uint64_t)ms * NS_PER_MS;
}

void event_loop_prepare(struct event_loop *loop)
{
    loop->set.count = 0;
    add_sources(loop);
    loop->timeout = add_nets(loop);
}

bool event_loop_outdated(const struct event_loop *loop)
{
    unsigned i = 0;
    for (const struct poll_source *s = loop->polls.first; s; s = s->next) {
        if (s->fd < 0 || !s->events)
            continue;
        if (i == loop->sources || loop->source[i] != s || loop->set.fds[i].fd != s->fd ||
            loop->set.fds[i].events != s->events)
            return true;
        i++;
    }
    return i != loop->sources;
}

bool event_loop_sleep(struct event_loop *loop, uint64_t ns)
{
    if (loop->timeout < ns)
        ns = loop->timeout;
    struct timespec timeout = { .tv_sec = (time_t)(ns / NS_PER_S),
                                .tv_nsec = (long)(ns % NS_PER_S) };
    int ready = ppoll(loop->set.fds, loop->set.count, ns == EVENT_FOREVER ? NULL : &timeout, NULL);
    if (ready < 0)
        for (size_t i = 0; i < loop->set.count; i++)
            loop->set.fds[i].revents = 0; /* a signal; its pipe is readable the next time */
    return ready != 0;
}

bool event_loop_wait(struct event_loop *loop, uint64_t ns)
{
    event_loop_prepare(loop);
    return event_loop_sleep(loop, ns);
}

uint64_t event_loop_timeout(const struct event_loop *loop)
{
    return loop->timeout;
}

void event_loop_dispatch(struct event_loop *loop)
{
    for (unsigned i = 0; i < loop->sources; i++) {
        struct poll_source *source = loop->source[i];
        short revents = net_pollfds_revents(&loop->set, i);
        if (revents)
            source->ready(source->ctx, revents);
    }
    for (unsigned i = 0; i < loop->nets; i++)
        net_user_poll_done(loop->net[i], &loop->set);
}

uint64_t event_loop_deadline(const struct event_loop *loop)
{
    uint64_t first = UINT64_MAX;
    for (unsigned i = 0; i < loop->nets; i++) {
        uint64_t deadline = net_user_deadline(loop->net[i]);
        if (deadline < first)
            first = deadline;
    }
    return first;
}
