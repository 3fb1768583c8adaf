/* SPDX-License-Identifier: MIT */
/* What the server's files share: its state, and one function for each command. */
#ifndef GDBSTUB_SERVER_INTERNAL_H
#define GDBSTUB_SERVER_INTERNAL_H

#include "gdbstub/args.h"
#include "gdbstub/packet.h"
#include "gdbstub/server.h"

/* Error numbers as other stubs of machines send them; gdb shows them, nobody interprets them. */
#define ERROR_FAULT   "E14" /* no such memory */
#define ERROR_INVALID "E22" /* arguments that make no sense */
#define ERROR_FULL    "E28" /* no room for another breakpoint */

#define BREAKPOINTS_MAX 4096

struct breakpoint {
    enum gdb_breakpoint_type type;
    uint64_t address, kind;
};

struct thread_state {
    bool accessed; /* its last stop was a watchpoint, and it has not been resumed since */
    /* Non-stop mode: what the thread does, and what the client has still to be told of it. */
    bool runs, untold;
    struct gdb_stop stop; /* the last one */
};

struct gdb_server {
    struct gdb_target target;
    struct gdb_output output;
    struct gdb_buffer description; /* target.xml */

    /* The connection. */
    struct packet_parser parser;
    bool connected;
    bool no_ack;
    bool multiprocess, swbreak, hwbreak; /* what the client understands */
    bool asks_host;                      /* and qHostInfo has told it where watchpoints stop */
    bool silent;                         /* the command in hand has no reply, or not yet */
    bool over;                           /* killed or exited: nothing more is said */
    bool leaving;                        /* over, but the notified exit is to be confirmed */
    bool extended;                       /* the client may kill and then run again */
    bool killed;                         /* it has killed, and not run yet */
    bool attaching;                      /* the next stop is what attaching waits for */
    bool detached;                       /* the client let go: the target runs by itself */
    struct gdb_buffer reply;             /* the payload being made */
    struct gdb_buffer frame;             /* what was sent last, in case it has to be sent again */
    struct gdb_buffer bytes;             /* of a command's argument */
    struct gdb_buffer spoken;            /* by the monitor, not sent yet */
    struct gdb_buffer object;            /* of qXfer, while its parts are fetched */

    /* The session. */
    unsigned general;     /* the thread of g, p, m and their like: Hg */
    int control;          /* the thread of c and s, or THREADS_ALL: Hc */
    bool physical;        /* addresses of memory are physical */
    bool waits;           /* all-stop mode: for a stop reply */
    struct gdb_stop stop; /* the last one */
    bool non_stop;
    bool listed;   /* non-stop mode: `?` was answered, its vStopped is still to come */
    bool notified; /* non-stop mode: the client has not fetched everything yet (vStopped) */
    struct thread_state thread[GDB_THREADS_MAX];
    struct breakpoint *breakpoint;
    unsigned breakpoints;
};

/* ---- server.c ---- */

static inline unsigned server_threads(const struct gdb_server *server)
{
    return server->target.ops->threads(server->target.ctx);
}

/* The client has let the process go: it lists no threads until it attaches or runs again. */
static inline bool server_is_without(const struct gdb_server *server)
{
    return server->detached || server->killed;
}

void server_reply(struct gdb_server *server, const char *text);
/* reply as a packet, and clears it. */
void server_send(struct gdb_server *server);
/* The same as a notification: not acknowledged, not sent again. */
void server_notify(struct gdb_server *server);
void server_add_thread(struct gdb_server *server, unsigned thread);

/* ---- memory.c: as the client's thread sees it, or physical ---- */

size_t server_read_memory(struct gdb_server *server, uint64_t address, uint8_t *data, size_t size);

/* ---- breakpoints.c ---- */

void server_remove_breakpoints(struct gdb_server *server);
const struct breakpoint *server_find_breakpoint(const struct gdb_server *server, uint64_t address);

/* ---- stop.c ---- */

/* The reply becomes the stop reply of what happened last. */
void server_write_stop(struct gdb_server *server);
/* Forgets what happened: the threads stand, all-stop mode. */
void server_forget_stops(struct gdb_server *server);
/* Non-stop mode: the thread has stopped; the client is told now or when it asks. */
void server_queue_stop(struct gdb_server *server, unsigned thread, const struct gdb_stop *stop);

/* ---- session.c ---- */

/* Leaves the target alone: breakpoints removed, all threads run. */
void server_let_go(struct gdb_server *server);

/* ---- the commands, by the file that holds them ---- */

typedef void server_command(struct gdb_server *server, struct args *args);

/* registers.c */
server_command command_get_all_registers, command_set_all_registers, command_get_register,
    command_set_register;
/* memory.c */
server_command command_read_memory, command_write_memory, command_write_binary,
    command_physical_mode, command_set_physical_mode;
/* search.c */
server_command command_search, command_checksum;
/* breakpoints.c */
server_command command_insert, command_remove;
/* stop.c */
server_command command_stop_reason, command_non_stop, command_more_stops;
/* resume.c */
server_command command_continue, command_continue_signal, command_step, command_step_signal,
    command_vcont, command_vcont_actions, command_interrupt;
/* session.c */
server_command command_attached, command_extended, command_attach, command_detach, command_kill,
    command_vkill, command_vrun, command_restart;
/* threads.c */
server_command command_select_thread, command_thread_alive, command_current_thread,
    command_first_threads, command_more_threads, command_describe_thread;
/* transfer.c */
server_command command_features, command_memory_map, command_threads, command_exec_file;
/* query.c */
server_command command_supported, command_qemu_supported, command_no_ack, command_offsets,
    command_host_info, command_process_info;
/* monitor.c */
server_command command_monitor;

#endif
