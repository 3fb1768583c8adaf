/* SPDX-License-Identifier: MIT */
#include "net/nfs/data_fds.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

struct fd_path fd_path(int fd)
{
    struct fd_path path;
    snprintf(path.text, sizeof path.text, "/proc/self/fd/%d", fd);
    return path;
}

static void sync_slot(struct data_fds *fds, struct data_fd *slot)
{
    if (slot->behind && fsync(slot->fd)) {
        fds->error = errno;
    }
    slot->behind = false;
}

static void close_slot(struct data_fds *fds, struct data_fd *slot)
{
    if (slot->used) {
        sync_slot(fds, slot);
        close(slot->fd);
        slot->used = false;
    }
}

static struct data_fd *find(struct data_fds *fds, const struct file_id *id)
{
    for (int i = 0; i < DATA_FDS_MAX; i++) {
        if (fds->slots[i].used && file_id_equal(&fds->slots[i].id, id)) {
            return &fds->slots[i];
        }
    }
    return NULL;
}

static struct data_fd *take_slot(struct data_fds *fds)
{
    struct data_fd *oldest = &fds->slots[0];
    for (int i = 0; i < DATA_FDS_MAX; i++) {
        if (!fds->slots[i].used) {
            return &fds->slots[i];
        }
        if (fds->slots[i].last_use < oldest->last_use) {
            oldest = &fds->slots[i];
        }
    }
    close_slot(fds, oldest);
    return oldest;
}

int data_fds_get(struct data_fds *fds, const struct file *file, bool writable, int *fd)
{
    /* Never open a host's device or FIFO: opening alone can have an effect. */
    if (!S_ISREG(file->host.st_mode) && !S_ISDIR(file->host.st_mode)) {
        return EINVAL;
    }
    struct data_fd *slot = find(fds, &file->id);
    if (slot && writable && !slot->writable) {
        close_slot(fds, slot);
        slot = NULL;
    }
    if (!slot) {
        int opened = open(fd_path(file->fd).text,
                          (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (opened < 0) {
            return errno;
        }
        slot = take_slot(fds);
        *slot =
            (struct data_fd){ .used = true, .writable = writable, .fd = opened, .id = file->id };
    }
    slot->last_use = ++fds->uses;
    *fd = slot->fd;
    return 0;
}

void data_fds_leave_behind(struct data_fds *fds, const struct file_id *id)
{
    struct data_fd *slot = find(fds, id);
    if (slot) {
        slot->behind = true;
        fds->any_behind = true;
    }
}

int data_fds_settle(struct data_fds *fds)
{
    for (int i = 0; i < DATA_FDS_MAX; i++) {
        sync_slot(fds, &fds->slots[i]);
    }
    int error = fds->error;
    fds->any_behind = false;
    fds->error = 0;
    return error;
}

void data_fds_drop(struct data_fds *fds, const struct file_id *id)
{
    struct data_fd *slot = find(fds, id);
    if (slot) {
        close_slot(fds, slot);
    }
}

void data_fds_close_all(struct data_fds *fds)
{
    for (int i = 0; i < DATA_FDS_MAX; i++) {
        close_slot(fds, &fds->slots[i]);
    }
}
