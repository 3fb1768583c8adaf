/* SPDX-License-Identifier: MIT */
#include "net/nfs/reply_cache.h"

#include <string.h>

#include "net/nfs/handle.h"

size_t reply_cache_find(const struct reply_cache *cache, bool tcp, const uint8_t *call,
                        size_t call_size, uint8_t *reply, size_t reply_cap)
{
    uint64_t hash = hash_bytes64(call, call_size);
    for (int i = 0; i < REPLY_CACHE_SLOTS; i++) {
        const struct cached_reply *slot = &cache->slots[i];
        if (slot->size && slot->size <= reply_cap && slot->call_hash == hash &&
            slot->call_size == call_size && slot->tcp == tcp) {
            memcpy(reply, slot->bytes, slot->size);
            return slot->size;
        }
    }
    return 0;
}

void reply_cache_add(struct reply_cache *cache, bool tcp, const uint8_t *call, size_t call_size,
                     const uint8_t *reply, size_t reply_size)
{
    if (reply_size > REPLY_CACHE_SIZE) {
        return;
    }
    struct cached_reply *slot = &cache->slots[cache->next];
    cache->next = (cache->next + 1) % REPLY_CACHE_SLOTS;
    slot->size = reply_size;
    slot->call_hash = hash_bytes64(call, call_size);
    slot->call_size = call_size;
    slot->tcp = tcp;
    memcpy(slot->bytes, reply, reply_size);
}
