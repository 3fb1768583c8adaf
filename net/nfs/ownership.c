/* SPDX-License-Identifier: MIT */
/*
 * A line is "dev ino generation mode uid gid major minor .", all decimal but the octal mode; the
 * full stop tells it from one that was cut off. "dev ino generation -" removes the record. The last
 * line about a file counts.
 */
#include "net/nfs/ownership.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "net/nfs/handle.h"

#define NEW_FILE       OWNERSHIP_FILE ".new"
#define LINE_SIZE      160
#define FIRST_SLOTS    256
#define RECORDS_MAX    (1u << 20) /* some 100 MB; then the guest gets "no space" */
#define REWRITE_EXCESS 1024       /* lines that say nothing any more, before the log is rewritten */

struct ownership {
    int root_fd;
    bool read_only;
    int log_fd; /* -1: no file yet */
    off_t read_up_to;
    bool torn; /* the log ends inside a line */
    uint64_t lines;
    /* Open addressing; a slot with mode 0 is free. Keyed by dev and ino: an inode has one
     * generation at a time. */
    struct owner_record *slots;
    size_t slot_count; /* a power of two */
    size_t count;
};

/* The table */

static size_t first_slot(const struct ownership *o, const struct file_id *id)
{
    uint64_t key[2] = { id->dev, id->ino };
    return hash_bytes64(key, sizeof key) & (o->slot_count - 1);
}

static struct owner_record *slot_of(struct ownership *o, const struct file_id *id)
{
    size_t i = first_slot(o, id);
    while (o->slots[i].mode && (o->slots[i].id.dev != id->dev || o->slots[i].id.ino != id->ino)) {
        i = (i + 1) & (o->slot_count - 1);
    }
    return &o->slots[i];
}

static int grow_table(struct ownership *o)
{
    struct owner_record *old = o->slots;
    size_t old_count = o->slot_count;
    struct owner_record *wider = calloc(old_count * 2, sizeof *wider);
    if (!wider || o->count >= RECORDS_MAX) {
        free(wider);
        return ENOSPC;
    }
    o->slots = wider;
    o->slot_count = old_count * 2;
    for (size_t i = 0; i < old_count; i++) {
        if (old[i].mode) {
            *slot_of(o, &old[i].id) = old[i];
        }
    }
    free(old);
    return 0;
}

static int table_set(struct ownership *o, const struct owner_record *record)
{
    if (o->count >= o->slot_count / 2) {
        int error = grow_table(o);
        if (error) {
            return error;
        }
    }
    struct owner_record *slot = slot_of(o, &record->id);
    o->count += slot->mode == 0;
    *slot = *record;
    return 0;
}

static void table_clear(struct ownership *o, const struct file_id *id)
{
    struct owner_record *slot = slot_of(o, id);
    if (!slot->mode) {
        return;
    }
    slot->mode = 0;
    o->count--;
    /* Records behind the gap may have been pushed there by this one: put each in its place again.
     */
    size_t i = (size_t)(slot - o->slots);
    for (i = (i + 1) & (o->slot_count - 1); o->slots[i].mode; i = (i + 1) & (o->slot_count - 1)) {
        struct owner_record moved = o->slots[i];
        o->slots[i].mode = 0;
        *slot_of(o, &moved.id) = moved;
    }
}

/* Reading the log */

static int read_line(struct ownership *o, const char *line)
{
    struct owner_record r = { 0 };
    char stop = 0;
    int fields = sscanf(line,
                        "%" SCNu64 " %" SCNu64 " %" SCNu32 " %" SCNo32 " %" SCNu32 " %" SCNu32
                        " %" SCNu32 " %" SCNu32 " %c",
                        &r.id.dev, &r.id.ino, &r.id.generation, &r.mode, &r.uid, &r.gid,
                        &r.rdev_major, &r.rdev_minor, &stop);
    o->lines++;
    if (fields == 9 && stop == '.' && r.mode) {
        return table_set(o, &r);
    }
    if (fields == 3 && strchr(line, '-')) {
        table_clear(o, &r.id);
    }
    return 0;
}

/* Takes in the whole lines of `text`; the number of bytes taken. */
static size_t read_lines(struct ownership *o, char *text, size_t size, int *error)
{
    size_t taken = 0;
    char *end;
    while (!*error && (end = memchr(text + taken, '\n', size - taken))) {
        *end = '\0';
        *error = read_line(o, text + taken);
        taken = (size_t)(end + 1 - text);
    }
    return taken;
}

/* Reads what has been appended since the last time, by this process or another. */
static int catch_up(struct ownership *o)
{
    struct stat now;
    if (o->log_fd < 0 || fstat(o->log_fd, &now) || now.st_size <= o->read_up_to) {
        return 0;
    }
    char text[8192];
    int error = 0;
    for (;;) {
        ssize_t got = pread(o->log_fd, text, sizeof text, o->read_up_to);
        if (got < 0) {
            return errno;
        }
        size_t taken = read_lines(o, text, (size_t)got, &error);
        if (error) {
            return error;
        }
        if (taken == 0 && (size_t)got == sizeof text) {
            taken = (size_t)got; /* no line is that long: skip what is not ours */
        }
        o->read_up_to += (off_t)taken;
        o->torn = got > 0;
        if (taken == 0) {
            return 0;
        }
    }
}

/* Writing the log */

static int write_all(int fd, const char *text, size_t size)
{
    while (size > 0) {
        ssize_t put = write(fd, text, size);
        if (put < 0 && errno != EINTR) {
            return errno;
        }
        if (put > 0) {
            text += put;
            size -= (size_t)put;
        }
    }
    return 0;
}

static size_t format_record(const struct owner_record *r, char line[LINE_SIZE])
{
    return (size_t)snprintf(line, LINE_SIZE,
                            "%" PRIu64 " %" PRIu64 " %" PRIu32 " %" PRIo32 " %" PRIu32 " %" PRIu32
                            " %" PRIu32 " %" PRIu32 " .\n",
                            r->id.dev, r->id.ino, r->id.generation, r->mode, r->uid, r->gid,
                            r->rdev_major, r->rdev_minor);
}

static int lock_log(struct ownership *o, int flags)
{
    o->log_fd =
        openat(o->root_fd, OWNERSHIP_FILE, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
    if (o->log_fd < 0) {
        return errno;
    }
    struct stat st;
    if (fstat(o->log_fd, &st) || !S_ISREG(st.st_mode) || flock(o->log_fd, LOCK_SH)) {
        close(o->log_fd);
        o->log_fd = -1;
        return EINVAL;
    }
    return 0;
}

/*
 * Opens the log and holds it with a shared lock for as long as this process uses it: nobody
 * rewrites it under us. Someone may have done so between our open and our lock; then take the new
 * one.
 */
static int open_log(struct ownership *o, int flags)
{
    for (;;) {
        struct stat st;
        int error = lock_log(o, flags);
        if (error || (fstat(o->log_fd, &st) == 0 && st.st_nlink > 0)) {
            return error;
        }
        close(o->log_fd);
        o->log_fd = -1;
    }
}

static int open_flags(const struct ownership *o)
{
    return o->read_only ? O_RDONLY : O_RDWR | O_APPEND;
}

/* The log's name is on disk. */
static void sync_folder(const struct ownership *o)
{
    int dir = openat(o->root_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir >= 0) {
        fsync(dir);
        close(dir);
    }
}

static int create_log(struct ownership *o)
{
    int error = open_log(o, open_flags(o) | O_CREAT);
    if (error) {
        return error;
    }
    sync_folder(o);
    return catch_up(o);
}

/* Rewrites the log without the lines that say nothing any more, unless another process uses it. */
static void rewrite_log(struct ownership *o)
{
    if (o->read_only || o->lines < o->count * 2 + REWRITE_EXCESS ||
        flock(o->log_fd, LOCK_EX | LOCK_NB)) {
        return;
    }
    int fd = openat(o->root_fd, NEW_FILE,
                    O_RDWR | O_APPEND | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    off_t size = 0;
    int error = fd < 0 || flock(fd, LOCK_SH);
    for (size_t i = 0; !error && i < o->slot_count; i++) {
        char line[LINE_SIZE];
        if (o->slots[i].mode) {
            size_t length = format_record(&o->slots[i], line);
            error = write_all(fd, line, length);
            size += (off_t)length;
        }
    }
    if (!error && !fsync(fd) && !renameat(o->root_fd, NEW_FILE, o->root_fd, OWNERSHIP_FILE)) {
        sync_folder(o);
        close(o->log_fd);
        o->log_fd = fd;
        o->read_up_to = size;
        o->lines = o->count;
        o->torn = false;
        return;
    }
    if (fd >= 0) {
        close(fd);
        unlinkat(o->root_fd, NEW_FILE, 0);
    }
    flock(o->log_fd, LOCK_SH);
}

static int append(struct ownership *o, const char *line, size_t size)
{
    if (o->read_only) {
        return EROFS;
    }
    int error = o->log_fd < 0 ? create_log(o) : 0;
    if (!error && o->torn) {
        error = write_all(o->log_fd, "\n", 1);
    }
    if (!error) {
        error = write_all(o->log_fd, line, size);
    }
    if (!error && fdatasync(o->log_fd)) {
        error = errno;
    }
    if (!error) {
        error = catch_up(o);
    }
    if (!error) {
        rewrite_log(o);
    }
    return error;
}

int ownership_open(int root_fd, bool read_only, struct ownership **ownership)
{
    struct ownership *o = calloc(1, sizeof *o);
    if (!o) {
        return ENOMEM;
    }
    o->root_fd = root_fd;
    o->read_only = read_only;
    o->log_fd = -1;
    o->slot_count = FIRST_SLOTS;
    o->slots = calloc(FIRST_SLOTS, sizeof *o->slots);
    int error = o->slots ? open_log(o, open_flags(o)) : ENOMEM;
    if (error == ENOENT) {
        error = 0;
    } else if (!error) {
        error = catch_up(o);
    }
    if (error) {
        ownership_close(o);
        return error;
    }
    if (o->log_fd >= 0) {
        rewrite_log(o);
    }
    *ownership = o;
    return 0;
}

void ownership_close(struct ownership *ownership)
{
    if (ownership && ownership->log_fd >= 0) {
        close(ownership->log_fd);
    }
    if (ownership) {
        free(ownership->slots);
        free(ownership);
    }
}

/* Generation 0 is a host that could not tell, now or then: the inode number has to do. */
static bool same_generation(const struct file_id *a, const struct file_id *b)
{
    return a->generation == b->generation || a->generation == 0 || b->generation == 0;
}

const struct owner_record *ownership_find(struct ownership *ownership, const struct file_id *id)
{
    /* Without a log: another process may have created it since. */
    if (ownership->log_fd < 0 && open_log(ownership, open_flags(ownership))) {
        return NULL;
    }
    catch_up(ownership);
    const struct owner_record *slot = slot_of(ownership, id);
    return slot->mode && same_generation(&slot->id, id) ? slot : NULL;
}

int ownership_set(struct ownership *ownership, const struct owner_record *record)
{
    char line[LINE_SIZE];
    return append(ownership, line, format_record(record, line));
}

int ownership_clear(struct ownership *ownership, const struct file_id *id)
{
    if (!ownership_find(ownership, id)) {
        return 0;
    }
    char line[LINE_SIZE];
    int size = snprintf(line, sizeof line, "%" PRIu64 " %" PRIu64 " %" PRIu32 " -\n", id->dev,
                        id->ino, id->generation);
    return append(ownership, line, (size_t)size);
}
