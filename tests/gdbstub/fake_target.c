/* SPDX-License-Identifier: MIT */
#include "tests/gdbstub/fake_target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct gdb_type_field flag_fields[] = { { "N", NULL, 31, 31 }, { "EL", NULL, 2, 3 } };
static const struct gdb_type_field union_fields[] = { { "u", "two", 0, 0 } };
static const struct gdb_type types[] = {
    { GDB_TYPE_FLAGS, "flagged", NULL, 2, 4, flag_fields },
    { GDB_TYPE_VECTOR, "two", "uint32", 2, 0, NULL },
    { GDB_TYPE_UNION, "both", NULL, 1, 0, union_fields },
};
static const struct gdb_register first[] = { { "a", "both", NULL, 64 },
                                             { "b", "flagged", "status", 32 } };
static const struct gdb_register second[] = { { "c", NULL, "system", 64 } };
static const struct gdb_feature features[] = {
    { "test.first", types, 3, first, 2, false },
    { "test.second", NULL, 0, second, 1, true },
};

static unsigned threads(void *ctx)
{
    return FAKE_THREADS;
}

static void describe_thread(void *ctx, unsigned thread, char *text, size_t size)
{
    snprintf(text, size, "cpu %u", thread);
}

static uint8_t *register_bytes(struct fake *fake, unsigned thread, unsigned number, size_t *size)
{
    *size = number == 1 ? 4 : 8;
    return number == 0 ? fake->a[thread] : number == 1 ? fake->b[thread] : fake->c[thread];
}

static bool read_register(void *ctx, unsigned thread, unsigned number, uint8_t *bytes)
{
    struct fake *fake = ctx;
    size_t size;
    const uint8_t *from = register_bytes(fake, thread, number, &size);
    memcpy(bytes, from, size);
    return number != 1 || !fake->b_missing;
}

static bool write_register(void *ctx, unsigned thread, unsigned number, const uint8_t *bytes)
{
    struct fake *fake = ctx;
    size_t size;
    uint8_t *to = register_bytes(ctx, thread, number, &size);
    if (number == 2 && fake->c_constant)
        return false;
    memcpy(to, bytes, size);
    return true;
}

static void set_pc(void *ctx, unsigned thread, uint64_t pc)
{
    struct fake *fake = ctx;
    fake->pc[thread] = pc;
}

static size_t room_at(uint64_t address, size_t size)
{
    if (address < FAKE_MEMORY || address >= FAKE_MEMORY + FAKE_SIZE)
        return 0;
    size_t room = (size_t)(FAKE_MEMORY + FAKE_SIZE - address);
    return size < room ? size : room;
}

static size_t read_memory(void *ctx, unsigned thread, uint64_t address, uint8_t *data, size_t size)
{
    struct fake *fake = ctx;
    size_t room = room_at(address, size);
    if (room)
        memcpy(data, fake->memory + (address - FAKE_MEMORY), room);
    return room;
}

static bool write_memory(void *ctx, unsigned thread, uint64_t address, const uint8_t *data,
                         size_t size)
{
    struct fake *fake = ctx;
    if (room_at(address, size) != size)
        return false;
    memcpy(fake->memory + (address - FAKE_MEMORY), data, size);
    return true;
}

/* Physical memory is the same, 0x100000 higher. */
static size_t read_physical(void *ctx, unsigned thread, uint64_t address, uint8_t *data,
                            size_t size)
{
    return read_memory(ctx, thread, address - FAKE_PHYSICAL, data, size);
}

static bool write_physical(void *ctx, unsigned thread, uint64_t address, const uint8_t *data,
                           size_t size)
{
    return write_memory(ctx, thread, address - FAKE_PHYSICAL, data, size);
}

static enum gdb_result insert(void *ctx, enum gdb_breakpoint_type type, uint64_t address,
                              uint64_t kind)
{
    struct fake *fake = ctx;
    if (type > GDB_WATCH_WRITE)
        return GDB_UNSUPPORTED;
    fake->last_address = address;
    fake->inserted++;
    return address % 4 ? GDB_FAILED : GDB_OK;
}

static enum gdb_result remove_breakpoint(void *ctx, enum gdb_breakpoint_type type, uint64_t address,
                                         uint64_t kind)
{
    struct fake *fake = ctx;
    if (type > GDB_WATCH_WRITE)
        return GDB_UNSUPPORTED;
    fake->removed++;
    return GDB_OK;
}

static void resume(void *ctx, const struct gdb_resume *wanted)
{
    struct fake *fake = ctx;
    memcpy(fake->wanted, wanted, sizeof(fake->wanted));
    for (unsigned i = 0; i < FAKE_THREADS; i++)
        fake->action[i] = wanted[i].action;
    fake->resumed++;
}

static void set_non_stop(void *ctx, bool on)
{
    struct fake *fake = ctx;
    fake->non_stop = on;
}

static void let_go(void *ctx)
{
    struct fake *fake = ctx;
    fake->let_go++;
}

static void interrupt(void *ctx)
{
    struct fake *fake = ctx;
    fake->interrupted++;
}

static void restart(void *ctx)
{
    struct fake *fake = ctx;
    fake->restarted++;
}

static void kill_target(void *ctx)
{
    struct fake *fake = ctx;
    fake->killed++;
}

static bool offsets(void *ctx, uint64_t *slide)
{
    struct fake *fake = ctx;
    *slide = fake->slide;
    return fake->slide;
}

static const char *exec_file(void *ctx)
{
    struct fake *fake = ctx;
    return fake->file;
}

static void monitor(void *ctx, unsigned thread, const char *line,
                    void (*say)(void *to, const char *text), void *to)
{
    struct fake *fake = ctx;
    fake->looks_at = thread;
    snprintf(fake->line, sizeof(fake->line), "%s", line);
    say(to, "hello ");
    say(to, "world\n");
}

static const struct gdb_target_ops ops = {
    .architecture = "test",
    .gdb_steps_over_access = true,
    .threads = threads,
    .describe_thread = describe_thread,
    .read_register = read_register,
    .write_register = write_register,
    .set_pc = set_pc,
    .read_memory = read_memory,
    .write_memory = write_memory,
    .insert = insert,
    .remove = remove_breakpoint,
    .read_physical = read_physical,
    .write_physical = write_physical,
    .resume = resume,
    .set_non_stop = set_non_stop,
    .let_go = let_go,
    .interrupt = interrupt,
    .restart = restart,
    .kill = kill_target,
    .offsets = offsets,
    .exec_file = exec_file,
    .monitor = monitor,
};

static void take_output(void *ctx, const uint8_t *data, size_t size)
{
    struct fake *fake = ctx;
    size_t room = sizeof(fake->sent) - 1 - fake->size;
    size = size < room ? size : room;
    if (size)
        memcpy(fake->sent + fake->size, data, size);
    fake->size += size;
}

struct fake *fake_create(void)
{
    struct fake *fake = calloc(1, sizeof(*fake));
    const struct gdb_target target = { &ops, fake, features, 2 };
    const struct gdb_output output = { take_output, fake };
    fake->server = gdb_server_create(&target, &output);
    gdb_server_connect(fake->server);
    return fake;
}

void fake_destroy(struct fake *fake)
{
    gdb_server_destroy(fake->server);
    free(fake);
}

void fake_clear(struct fake *fake)
{
    fake->size = 0;
    memset(fake->sent, 0, sizeof(fake->sent));
}

void fake_send_raw(struct fake *fake, const void *data, size_t size)
{
    gdb_server_input(fake->server, data, size);
}

size_t fake_frame(uint8_t *frame, const void *payload, size_t size)
{
    static const char digit[] = "0123456789abcdef";
    const uint8_t *bytes = payload;
    uint8_t *at = frame, sum = 0;
    *at++ = '$';
    for (size_t i = 0; i < size; i++) {
        bool escaped = bytes[i] == '$' || bytes[i] == '#' || bytes[i] == '}';
        if (escaped)
            *at++ = '}';
        *at++ = escaped ? bytes[i] ^ 0x20 : bytes[i];
    }
    for (const uint8_t *c = frame + 1; c < at; c++)
        sum = (uint8_t)(sum + *c);
    *at++ = '#';
    *at++ = (uint8_t)digit[sum >> 4];
    *at++ = (uint8_t)digit[sum & 15];
    return (size_t)(at - frame);
}

const char *fake_ask_bytes(struct fake *fake, const void *payload, size_t size)
{
    uint8_t *frame = malloc(2 * size + 8);
    fake_clear(fake);
    fake_send_raw(fake, frame, fake_frame(frame, payload, size));
    free(frame);
    char *reply = strchr(fake->sent, '$');
    if (!reply)
        return "";
    *strchr(reply, '#') = 0;
    return reply + 1;
}

const char *fake_ask(struct fake *fake, const char *payload)
{
    return fake_ask_bytes(fake, payload, strlen(payload));
}
