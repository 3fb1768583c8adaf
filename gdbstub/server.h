/* SPDX-License-Identifier: MIT */
/*
 * The debug server: gdb's remote serial protocol (gdb's manual, "Remote Protocol"), all-stop or
 * non-stop, for one client at a time and one process, whose threads are the target's.
 *
 * The owner moves the bytes: it hands in what the client sent and takes what is to be sent. Input
 * may come in pieces of any size and may be anything.
 */
#ifndef GDBSTUB_SERVER_H
#define GDBSTUB_SERVER_H

#include "gdbstub/target.h"

struct gdb_server;

/* Where the server's bytes go; must not call back into the server. */
struct gdb_output {
    void (*write)(void *ctx, const uint8_t *data, size_t size);
    void *ctx;
};

/* What to send to a second client before hanging up: an acknowledgement and an error that answers
 * whatever it asks first. */
extern const char gdb_refusal[];

/* NULL: out of memory. target.ops must outlive the server. */
struct gdb_server *gdb_server_create(const struct gdb_target *target,
                                     const struct gdb_output *output);
void gdb_server_destroy(struct gdb_server *server);

/* A client came: the protocol begins anew and the target is interrupted. */
void gdb_server_connect(struct gdb_server *server);
/* It is gone: its breakpoints are removed and, unless it had detached or killed, the target goes
 * on. One that had killed in extended mode, to run again, has not: the target is killed. */
void gdb_server_disconnect(struct gdb_server *server);
void gdb_server_input(struct gdb_server *server, const uint8_t *data, size_t size);

/* The client has let the target, or some of its threads, run and waits to be told of a stop. */
bool gdb_server_waits(const struct gdb_server *server);
/* All threads have stopped; in non-stop mode the stop's thread, or all when it names none. Without
 * a waiting client it is remembered for the one who asks. */
void gdb_server_stopped(struct gdb_server *server, const struct gdb_stop *stop);
/* A line of text for the user of a client that waits; all-stop mode only. False: there is none. */
bool gdb_server_say(struct gdb_server *server, const char *line);
/* The client has a breakpoint for instructions at the address. */
bool gdb_server_has_breakpoint(const struct gdb_server *server, uint64_t address);
/* The machine is gone for good: it ended by itself with a status, or by a host's signal. */
void gdb_server_exited(struct gdb_server *server, uint8_t status);
void gdb_server_terminated(struct gdb_server *server, uint8_t signal);
/* Non-stop mode: the client has not confirmed yet that it was told so. Who hangs up before that
 * makes gdb report a lost connection instead of an exit. */
bool gdb_server_leaves(const struct gdb_server *server);

#endif
