/* SPDX-License-Identifier: MIT */
/*
 * A target of two threads that remembers what it was asked, and a client's end of the connection.
 *
 * Registers: a (64 bits), b (32), c (64, on demand). Memory: 256 bytes at 0x1000, seen alike by
 * both threads, and as physical memory at FAKE_PHYSICAL + 0x1000. Watchpoints: for writes only.
 */
#ifndef TESTS_GDBSTUB_FAKE_TARGET_H
#define TESTS_GDBSTUB_FAKE_TARGET_H

#include "gdbstub/server.h"

#define FAKE_THREADS  2
#define FAKE_MEMORY   0x1000
#define FAKE_SIZE     256
#define FAKE_PHYSICAL 0x100000 /* what a physical address has more */

struct fake {
    struct gdb_server *server;
    char sent[1 << 18]; /* by the server since the last fake_clear, a text */
    size_t size;

    uint8_t a[FAKE_THREADS][8], b[FAKE_THREADS][4], c[FAKE_THREADS][8];
    bool b_missing;  /* reading b fails */
    bool c_constant; /* writing c fails */
    uint8_t memory[FAKE_SIZE];
    unsigned inserted, removed;
    uint64_t last_address;
    struct gdb_resume wanted[FAKE_THREADS]; /* of the last resume */
    enum gdb_action action[FAKE_THREADS];   /* the same */
    bool non_stop;
    uint64_t slide;   /* 0: not known */
    const char *file; /* NULL: none */
    unsigned resumed, let_go, interrupted, restarted, killed;
    uint64_t pc[FAKE_THREADS];
    char line[64];     /* for the monitor, */
    unsigned looks_at; /* and the thread that its user looks at */
};

/* A server with a client that has just connected; nothing is in sent. */
struct fake *fake_create(void);
void fake_destroy(struct fake *fake);
void fake_clear(struct fake *fake);

/* Sends bytes as they are. */
void fake_send_raw(struct fake *fake, const void *data, size_t size);
/* Frames a payload; `frame` has room for twice its size and 8 bytes. Returns the frame's size. */
size_t fake_frame(uint8_t *frame, const void *payload, size_t size);
/* Sends a payload as a packet, and returns the payload of the first packet that comes back ("" also
 * when none does). The text stays valid until the next call. */
const char *fake_ask(struct fake *fake, const char *payload);
const char *fake_ask_bytes(struct fake *fake, const void *payload, size_t size);

#endif
