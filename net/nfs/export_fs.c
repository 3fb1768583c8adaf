/* SPDX-License-Identifier: MIT */
/* Opening the export, and opening its files by handle. */
#include "net/nfs/export_fs_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <dirent.h>

#include "net/nfs/handle.h"
#include "net/nfs/permission.h"

#define INODES_MAX      1000000 /* some 100 MB if a guest really looks at so many files */
#define DEPTH_MAX       1024
#define HOST_HANDLE_MAX 128 /* MAX_HANDLE_SZ of name_to_handle_at(2) */

#define SECOND_NS INT64_C(1000000000)

void file_close(struct file *file)
{
    if (file->fd >= 0) {
        close(file->fd);
        file->fd = -1;
    }
}

/*
 * The host's own file handle holds the inode's generation. Getting one needs no privilege (opening
 * by it would). Overlay file systems usually have none.
 */
static uint32_t generation_of(int fd)
{
    union {
        struct file_handle handle;
        uint8_t bytes[sizeof(struct file_handle) + HOST_HANDLE_MAX];
    } host = { .handle.handle_bytes = HOST_HANDLE_MAX };
    int mount_id;
    if (name_to_handle_at(fd, "", &host.handle, &mount_id, AT_EMPTY_PATH)) {
        return 0;
    }
    uint32_t hash = hash_bytes(host.handle.f_handle, host.handle.handle_bytes);
    return hash ? hash : 1;
}

int fs_open_at(struct export_fs *fs, int dir_fd, const char *name, int flags, struct file *out)
{
    struct file file = { .fd = openat(dir_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC | flags) };
    if (file.fd < 0) {
        return errno;
    }
    if (fstat(file.fd, &file.host)) {
        int error = errno;
        file_close(&file);
        return error;
    }
    file.id.dev = file.host.st_dev == fs->root_dev ? 0 : file.host.st_dev;
    file.id.ino = file.host.st_ino;
    file.id.generation = generation_of(file.fd);
    fs_fill_attr(fs, &file);
    file_close(out);
    *out = file;
    return 0;
}

int fs_open_child(struct export_fs *fs, const struct file *dir, const char *name, struct file *out)
{
    int error = fs_open_at(fs, dir->fd, name, 0, out);
    if (error == EACCES && !fs_let_us_in(fs, dir)) {
        error = fs_open_at(fs, dir->fd, name, 0, out);
    }
    struct inode *parent = inode_table_find(fs->inodes, &dir->id);
    if (!error && parent) {
        inode_table_place(fs->inodes, &out->id, parent, name);
    }
    return error;
}

int fs_open_root(struct export_fs *fs, struct file *out)
{
    return fs_open_at(fs, fs->root_fd, ".", O_DIRECTORY, out);
}

/* Opens the file at the end of a path of names below the root; chain[0] is the last name. */
static int walk_chain(struct export_fs *fs, struct inode *const *chain, size_t length,
                      struct file *out)
{
    int dir = fs->root_fd;
    int error = 0;
    while (!error && length > 1) {
        int next =
            openat(dir, chain[--length]->name, O_PATH | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC);
        error = next < 0 ? errno : 0;
        if (dir != fs->root_fd) {
            close(dir);
        }
        dir = next;
    }
    if (!error) {
        error = fs_open_at(fs, dir, chain[0]->name, 0, out);
    }
    if (dir >= 0 && dir != fs->root_fd) {
        close(dir);
    }
    return error;
}

/* Opens an inode where it was last seen. ESTALE: it is not there any more. */
static int walk(struct export_fs *fs, struct inode *inode, struct file *out)
{
    struct inode *chain[DEPTH_MAX];
    size_t length = 0;
    struct inode *root = inode_table_root(fs->inodes);
    for (struct inode *step = inode; step != root; step = step->parent) {
        if (!step->parent || length == DEPTH_MAX) {
            return ESTALE;
        }
        chain[length++] = step;
    }
    if (length == 0) {
        return fs_open_root(fs, out);
    }
    SCOPED_FILE(found);
    int error = walk_chain(fs, chain, length, &found);
    if (error) {
        return error == EACCES || error == EMFILE || error == ENFILE ? error : ESTALE;
    }
    if (!file_id_equal(&found.id, &inode->id)) {
        return ESTALE;
    }
    file_close(out);
    *out = found;
    found.fd = -1;
    return 0;
}

/* The search for a handle of an earlier run, or of a file that the host has moved. */

struct queue {
    struct file_id *ids;
    size_t count;
    size_t capacity;
};

static void queue_add(struct queue *queue, const struct file_id *id)
{
    if (queue->count == queue->capacity) {
        size_t capacity = queue->capacity ? queue->capacity * 2 : 256;
        struct file_id *wider = realloc(queue->ids, capacity * sizeof *wider);
        if (!wider) {
            return;
        }
        queue->ids = wider;
        queue->capacity = capacity;
    }
    queue->ids[queue->count++] = *id;
}

/* Remembers every name in one directory and queues its directories. True: `target` is among them.
 */
static bool scan_directory(struct export_fs *fs, const struct file_id *id,
                           const struct file_id *target, struct queue *queue)
{
    SCOPED_FILE(dir);
    struct inode *inode = inode_table_find(fs->inodes, id);
    /* Once: a bind mount of the host can put a folder into itself. */
    if (!inode || inode->searched == fs->searches || walk(fs, inode, &dir)) {
        return false;
    }
    inode->searched = fs->searches;
    int fd = openat(dir.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = fd >= 0 ? fdopendir(fd) : NULL;
    if (!stream) {
        if (fd >= 0) {
            close(fd);
        }
        return false;
    }
    bool found = false;
    struct dirent *entry;
    while ((entry = readdir(stream))) {
        SCOPED_FILE(child);
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..") ||
            fs_is_hidden(entry->d_name) || fs_open_child(fs, &dir, entry->d_name, &child)) {
            continue;
        }
        found |= file_id_equal(&child.id, target);
        /* Other file systems mounted in the folder (/proc?) only for handles of their files. */
        bool worth_it = child.id.dev == 0 || child.id.dev == target->dev;
        if (S_ISDIR(child.host.st_mode) && worth_it) {
            queue_add(queue, &child.id);
        }
        if (found && inode_table_is_full(fs->inodes)) {
            break;
        }
    }
    closedir(stream);
    return found;
}

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * SECOND_NS + now.tv_nsec;
}

/*
 * Walks the whole tree, so that the guest's other handles are known as well. A search in vain is
 * followed by a pause ten times as long: stale handles can't keep the server busy.
 */
static bool scan_tree(struct export_fs *fs, const struct file_id *target)
{
    int64_t start = now_ns();
    if (start < fs->next_scan_ns) {
        return false;
    }
    struct queue queue = { 0 };
    bool found = false;
    fs->searches++;
    queue_add(&queue, &fs->root_id);
    for (size_t i = 0; i < queue.count && !(found && inode_table_is_full(fs->inodes)); i++) {
        struct file_id id = queue.ids[i];
        found |= scan_directory(fs, &id, target, &queue);
    }
    free(queue.ids);
    if (!found) {
        int64_t end = now_ns();
        int64_t pause = (end - start) * 10;
        fs->next_scan_ns = end + (pause > SECOND_NS ? pause : SECOND_NS);
    }
    return found;
}

int fs_open_id(struct export_fs *fs, const struct file_id *id, struct file *out)
{
    struct inode *inode = inode_table_find(fs->inodes, id);
    if (inode && inode->removed) {
        return ESTALE;
    }
    int error = inode ? walk(fs, inode, out) : ESTALE;
    if (error != ESTALE || !scan_tree(fs, id)) {
        return error;
    }
    inode = inode_table_find(fs->inodes, id);
    return inode ? walk(fs, inode, out) : ESTALE;
}

/* The parent of a directory as the host has it now; but only if that is in the export. */
static int open_parent(struct export_fs *fs, const struct file *dir, struct file *out)
{
    if (file_id_equal(&dir->id, &fs->root_id)) {
        return fs_open_root(fs, out);
    }
    SCOPED_FILE(parent);
    int error = fs_open_at(fs, dir->fd, "..", O_DIRECTORY, &parent);
    return error ? error : fs_open_id(fs, &parent.id, out);
}

int fs_lookup(struct export_fs *fs, const struct credential *who, const struct file *dir,
              const char *name, struct file *out)
{
    if (!S_ISDIR(dir->attr.mode)) {
        return ENOTDIR;
    }
    if (!permission_granted(who, &dir->attr, WANT_EXEC)) {
        return EACCES;
    }
    if (strcmp(name, ".") == 0) {
        return fs_open_at(fs, dir->fd, ".", O_DIRECTORY, out);
    }
    if (strcmp(name, "..") == 0) {
        return open_parent(fs, dir, out);
    }
    return fs_is_hidden(name) ? ENOENT : fs_open_child(fs, dir, name, out);
}

bool fs_is_hidden(const char *name)
{
    return strncmp(name, OWNERSHIP_FILE, strlen(OWNERSHIP_FILE)) == 0;
}

int fs_take_name(const char *bytes, size_t length, char name[FS_NAME_SIZE])
{
    if (length > FS_NAME_MAX) {
        return ENAMETOOLONG;
    }
    if (length == 0 || memchr(bytes, '/', length) || memchr(bytes, '\0', length)) {
        return EACCES;
    }
    memcpy(name, bytes, length);
    name[length] = '\0';
    return 0;
}

static int open_state(struct export_fs *fs)
{
    SCOPED_FILE(root);
    struct stat st;
    if (fstat(fs->root_fd, &st)) {
        return errno;
    }
    fs->root_dev = st.st_dev;
    int error = ownership_open(fs->root_fd, fs->read_only, &fs->ownership);
    if (!error) {
        error = fs_open_root(fs, &root);
    }
    if (!error) {
        fs->root_id = root.id;
        fs->inodes = inode_table_create(&root.id, INODES_MAX);
        error = fs->inodes ? 0 : ENOMEM;
    }
    return error;
}

int export_fs_open(const char *host_dir, bool read_only, struct export_fs **out)
{
    struct export_fs *fs = calloc(1, sizeof *fs);
    if (!fs) {
        return ENOMEM;
    }
    fs->read_only = read_only;
    fs->host_uid = geteuid();
    fs->host_gid = getegid();
    fs->host_umask = umask(0);
    umask(fs->host_umask);
    fs->root_fd = open(host_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int error = fs->root_fd < 0 ? errno : open_state(fs);
    if (error) {
        export_fs_close(fs);
        return error;
    }
    *out = fs;
    return 0;
}

void export_fs_close(struct export_fs *fs)
{
    if (!fs) {
        return;
    }
    data_fds_close_all(&fs->data_fds);
    listings_clear(&fs->listings);
    ownership_close(fs->ownership);
    inode_table_destroy(fs->inodes);
    if (fs->root_fd >= 0) {
        close(fs->root_fd);
    }
    free(fs);
}

bool export_fs_is_read_only(const struct export_fs *fs)
{
    return fs->read_only;
}
