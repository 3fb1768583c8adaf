/* SPDX-License-Identifier: MIT */
/*
 * What the stub debugs: the seam between the protocol and a machine.
 *
 * A target has threads (its processors), numbered from 0, each with the same registers; memory as a
 * thread sees it; breakpoints that hold for all threads. The stub asks and the target answers at
 * once: no function here waits for the guest. What the guest does later, the machine tells through
 * gdb_server_stopped and gdb_server_exited.
 *
 * The stub calls these functions only from within gdb_server_input, _connect and _disconnect; it
 * reads and writes registers and memory also while threads run, if the client asks for it, so the
 * machine feeds the server between two turns of its processors.
 */
#ifndef GDBSTUB_TARGET_H
#define GDBSTUB_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GDB_THREADS_MAX        64
#define GDB_REGISTER_BYTES_MAX 256

/* ---- registers: gdb's manual, "Target Descriptions" ---- */

enum gdb_type_kind { GDB_TYPE_VECTOR, GDB_TYPE_UNION, GDB_TYPE_FLAGS };

struct gdb_type_field {
    const char *name;
    const char *type;   /* of a union's member; NULL for flags */
    uint8_t start, end; /* flags: first and last bit */
};

/* A type of registers beyond those that gdb knows ("int64", "code_ptr", ...). */
struct gdb_type {
    enum gdb_type_kind kind;
    const char *id;
    const char *element; /* vector: the type of its elements */
    unsigned count;      /* vector: elements; union, flags: fields */
    unsigned bytes;      /* flags: size */
    const struct gdb_type_field *field;
};

struct gdb_register {
    const char *name;
    const char *type;  /* NULL: "int" */
    const char *group; /* for `info registers GROUP`; NULL: by its type */
    uint16_t bits;     /* a multiple of 8, at most 8 * GDB_REGISTER_BYTES_MAX */
};

/* A named set of registers. Their numbers count on from the feature before. */
struct gdb_feature {
    const char *name; /* a standard one: "org.gnu.gdb.aarch64.core" */
    const struct gdb_type *type;
    unsigned types;
    const struct gdb_register *reg;
    unsigned regs;
    bool on_demand; /* fetched one by one (p), not with all the others (g); all later ones too */
};

/* ---- running ---- */

enum gdb_action {
    GDB_STAY,
    GDB_CONTINUE,
    GDB_STEP,
    GDB_KEEP, /* non-stop mode: go on with whatever it does */
};

/* What one thread is to do. A step goes on while the PC is in [start, end) ("vCont", r); it is one
 * instruction when the range is empty. */
struct gdb_resume {
    enum gdb_action action;
    uint64_t start, end;
};

/* Numbers of the Z packets. */
enum gdb_breakpoint_type {
    GDB_BREAK_SOFTWARE,
    GDB_BREAK_HARDWARE,
    GDB_WATCH_WRITE,
    GDB_WATCH_READ,
    GDB_WATCH_ACCESS,
};

enum gdb_result { GDB_OK, GDB_FAILED, GDB_UNSUPPORTED };

/* Signal numbers of the protocol ("gdb/signals.def"). */
enum { GDB_SIGNAL_NONE = 0, GDB_SIGNAL_INT = 2, GDB_SIGNAL_TRAP = 5 };

enum gdb_stop_reason { GDB_STOP_SIGNAL, GDB_STOP_BREAKPOINT, GDB_STOP_WATCHPOINT };

#define GDB_THREAD_ANY (-1)

struct gdb_stop {
    enum gdb_stop_reason reason;
    uint8_t signal; /* GDB_SIGNAL_TRAP but for a stop from outside */
    int thread;     /* GDB_THREAD_ANY: whichever the client looks at */
    /* Breakpoint: where. Watchpoint: the address of the first watched byte that was accessed. */
    uint64_t address;
    enum gdb_breakpoint_type watch; /* GDB_WATCH_READ or GDB_WATCH_WRITE: what the access was */
};

/* ---- the target ---- */

struct gdb_target_ops {
    const char *architecture; /* "aarch64" */
    /* gdb believes that this architecture's watchpoints stop before the access. The target's stop
     * behind it; the server sees to it that this does no harm. */
    bool gdb_steps_over_access;

    unsigned (*threads)(void *ctx); /* 1..GDB_THREADS_MAX, the same all the time */
    /* "CPU#0 [running]" */
    void (*describe_thread)(void *ctx, unsigned thread, char *text, size_t size);

    /* One register's bytes, little-endian. False: it has no value to be read; it cannot be written.
     */
    bool (*read_register)(void *ctx, unsigned thread, unsigned number, uint8_t *bytes);
    bool (*write_register)(void *ctx, unsigned thread, unsigned number, const uint8_t *bytes);
    void (*set_pc)(void *ctx, unsigned thread, uint64_t pc);

    /* Memory as the thread's data accesses would see it, without any side effect of the access.
     * Returns how many bytes from `address` on could be read. */
    size_t (*read_memory)(void *ctx, unsigned thread, uint64_t address, uint8_t *data, size_t size);
    /* All or nothing. */
    bool (*write_memory)(void *ctx, unsigned thread, uint64_t address, const uint8_t *data,
                         size_t size);
    /* The same by physical address. NULL: there is no such thing. */
    size_t (*read_physical)(void *ctx, unsigned thread, uint64_t address, uint8_t *data,
                            size_t size);
    bool (*write_physical)(void *ctx, unsigned thread, uint64_t address, const uint8_t *data,
                           size_t size);

    /* Each is inserted once and removed once (the server sees to that). */
    enum gdb_result (*insert)(void *ctx, enum gdb_breakpoint_type type, uint64_t address,
                              uint64_t kind);
    enum gdb_result (*remove)(void *ctx, enum gdb_breakpoint_type type, uint64_t address,
                              uint64_t kind);

    /* Every thread does what wanted[thread] says. All-stop mode: until something stops them all.
     * Non-stop mode: until something stops that one; GDB_STAY stops it at once. */
    void (*resume)(void *ctx, const struct gdb_resume *wanted);
    /* From now on a stop concerns one thread (gdb's manual, "Remote Non-Stop"), or all again.
     * NULL: never. */
    void (*set_non_stop)(void *ctx, bool on);
    /* The client leaves the target alone: what it has asked of the monitor holds no longer. resume
     * follows. */
    void (*let_go)(void *ctx);
    /* Stops all threads soon; gdb_server_stopped follows if the client waits for it. */
    void (*interrupt)(void *ctx);
    /* Power-on state, threads stopped. */
    void (*restart)(void *ctx);
    void (*kill)(void *ctx);

    /* How far the program was moved from the addresses that its file names ("qOffsets"). False: not
     * known. NULL: never. */
    bool (*offsets)(void *ctx, uint64_t *slide);
    /* The absolute path of the program's ELF file on this host, NULL: none that gdb could read. May
     * be NULL itself. */
    const char *(*exec_file)(void *ctx);

    /* A line for the machine's monitor from a user who looks at `thread`; what it has to say goes
     * to `say`, piece by piece. */
    void (*monitor)(void *ctx, unsigned thread, const char *line,
                    void (*say)(void *to, const char *text), void *to);
};

struct gdb_target {
    const struct gdb_target_ops *ops;
    void *ctx;
    const struct gdb_feature *feature; /* the registers; must outlive the server */
    unsigned features;
};

#endif
