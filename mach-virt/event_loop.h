/* SPDX-License-Identifier: MIT */
/*
 * What the machine waits for on the host: descriptors of character streams (devices/poll.h) and of
 * user networks (net/user.h), in one poll(2).
 */
#ifndef MACH_VIRT_EVENT_LOOP_H
#define MACH_VIRT_EVENT_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "devices/poll.h"
#include "net/user.h"

#define EVENT_LOOP_NETS 8
#define EVENT_FOREVER   UINT64_MAX

struct event_loop {
    struct poll_list polls;
    struct net_user *net[EVENT_LOOP_NETS];
    unsigned nets;
    struct net_pollfds set;
    struct poll_source **source; /* source[i] waits for set.fds[i]; the networks' follow */
    unsigned sources, room;
    uint64_t timeout; /* the networks', of the last wait */
};

/* Zero-initialise; event_loop_free frees what waiting needed. */
void event_loop_free(struct event_loop *loop);

/* The two halves of waiting: collects what to wait for; waits for that. Between them the sources and
 * networks may be used, by another thread too. */
void event_loop_prepare(struct event_loop *loop);
bool event_loop_sleep(struct event_loop *loop, uint64_t ns);
/* Do the sources want other events than those that were prepared for? */
bool event_loop_outdated(const struct event_loop *loop);

/* Waits for at most `ns` (0: only looks, EVENT_FOREVER) for something to happen, and returns
 * whether it did: a descriptor is ready. A network that is due sooner shortens the wait. */
bool event_loop_wait(struct event_loop *loop, uint64_t ns);
/* How soon a network wanted event_loop_dispatch, in guest ns, when event_loop_wait was last called;
 * EVENT_FOREVER: not at all. */
uint64_t event_loop_timeout(const struct event_loop *loop);
/* Acts on what the last wait found, and runs the networks' timers. */
void event_loop_dispatch(struct event_loop *loop);

/* Guest time at which a network wants event_loop_dispatch, UINT64_MAX: none. */
uint64_t event_loop_deadline(const struct event_loop *loop);

#endif
