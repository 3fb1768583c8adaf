/* SPDX-License-Identifier: MIT */
#include "mach-virt/state_hash.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mach-virt/virt.h"

#define PAGE 4096

/* Each step is a bijection of the hash (an odd factor, a shift that is folded in), so no word that
 * differs is ever forgotten; no protection against anyone who looks for collisions. */
static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 32;
}

static uint64_t mix_bytes(uint64_t hash, const void *data, size_t size)
{
    const uint8_t *at = data;
    uint64_t word;
    for (; size >= sizeof(word); at += sizeof(word), size -= sizeof(word)) {
        memcpy(&word, at, sizeof(word));
        hash = mix(hash, word);
    }
    word = size; /* "a" and "a\0" differ */
    memcpy((uint8_t *)&word + 1, at, size);
    return mix(hash, word);
}

static void put_bytes(void *ctx, const void *data, size_t size)
{
    uint64_t *hash = ctx;
    *hash = mix_bytes(*hash, data, size);
}

static void put_page(void *ctx, uint64_t offset, const uint8_t *page)
{
    uint64_t *hash = ctx;
    *hash = mix_bytes(mix(*hash, offset), page, PAGE);
}

static uint64_t hash_processors(const struct virt *virt)
{
    uint64_t hash = virt->cpus;
    struct snapshot_writer out = { put_bytes, &hash };
    void *state = calloc(1, cpu_state_size());
    for (unsigned i = 0; state && i < virt->cpus; i++) {
        cpu_save(virt->cpu[i], state);
        snapshot_put(&out, state, cpu_state_size());
    }
    free(state);
    psci_save(&virt->psci, &out);
    snapshot_put(&out, virt->run.wait, sizeof(virt->run.wait));
    snapshot_put(&out, &virt->run.waiting, sizeof(virt->run.waiting));
    return hash;
}

static uint64_t hash_devices(const struct virt *virt)
{
    uint64_t hash = 0;
    struct snapshot_writer out = { put_bytes, &hash };
    const struct bus_window *window;
    for (unsigned i = 0; (window = bus_window(virt->bus, i)); i++)
        if (window->ops->save)
            window->ops->save(window->dev, &out);
    clock_save(&virt->clock, &out);
    return hash;
}

void state_hash_take(const struct virt *virt, struct state_hash *hash)
{
    *hash = (struct state_hash){ .time = virt->clock.base + virt->clock.reached };
    for (unsigned i = 0; i < virt->cpus; i++)
        hash->instructions += cpu_count(virt->cpu[i]);
    ram_each_page(&virt->ram, put_page, &hash->ram);
    hash->processors = hash_processors(virt);
    hash->devices = hash_devices(virt);
}

void state_hash_print(const struct virt *virt, char text[STATE_HASH_TEXT])
{
    struct state_hash hash;
    state_hash_take(virt, &hash);
    snprintf(text, STATE_HASH_TEXT,
             "instructions=%" PRIu64 " time=%" PRIu64 " ram=%016" PRIx64 " processors=%016" PRIx64
             " devices=%016" PRIx64,
             hash.instructions, hash.time, hash.ram, hash.processors, hash.devices);
}
