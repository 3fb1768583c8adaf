/* SPDX-License-Identifier: MIT */
/*
 * The replies to the last calls that must not be executed twice.
 *
 * A client that gets no reply in time sends its call again. If only the reply was late or lost,
 * executing a REMOVE a second time would answer "no such file" for a removal that worked. A
 * retransmission is the same bytes.
 */
#ifndef NET_NFS_REPLY_CACHE_H
#define NET_NFS_REPLY_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REPLY_CACHE_SLOTS 64
/* Longer replies are not kept; those of non-idempotent procedures are a few hundred bytes. */
#define REPLY_CACHE_SIZE 512

struct cached_reply {
    size_t size; /* 0: free */
    uint64_t call_hash;
    size_t call_size;
    bool tcp;
    uint8_t bytes[REPLY_CACHE_SIZE];
};

/* All zeros: empty. */
struct reply_cache {
    unsigned next; /* the oldest slot */
    struct cached_reply slots[REPLY_CACHE_SLOTS];
};

/* Copies the reply to the same call; its size, or 0: the call is new. */
size_t reply_cache_find(const struct reply_cache *cache, bool tcp, const uint8_t *call,
                        size_t call_size, uint8_t *reply, size_t reply_cap);
void reply_cache_add(struct reply_cache *cache, bool tcp, const uint8_t *call, size_t call_size,
                     const uint8_t *reply, size_t reply_size);

#endif
