/* SPDX-License-Identifier: MIT */
#include "net/nfs/permission.h"

#include <errno.h>

bool credential_in_group(const struct credential *who, uint32_t gid)
{
    if (who->gid == gid) {
        return true;
    }
    for (unsigned i = 0; i < who->gid_count; i++) {
        if (who->gids[i] == gid) {
            return true;
        }
    }
    return false;
}

static unsigned permission_bits(const struct credential *who, const struct file_attr *attr)
{
    if (who->uid == attr->uid) {
        return attr->mode >> 6 & 7;
    }
    if (credential_in_group(who, attr->gid)) {
        return attr->mode >> 3 & 7;
    }
    return attr->mode & 7;
}

bool permission_granted(const struct credential *who, const struct file_attr *attr, unsigned want)
{
    if (who->uid == 0) {
        /* Even root executes only what someone may. */
        return !(want & WANT_EXEC) || S_ISDIR(attr->mode) || (attr->mode & 0111);
    }
    return (permission_bits(who, attr) & want) == want;
}

bool permission_read_data(const struct credential *who, const struct file_attr *attr)
{
    return who->uid == attr->uid || permission_granted(who, attr, WANT_READ) ||
           permission_granted(who, attr, WANT_EXEC);
}

bool permission_write_data(const struct credential *who, const struct file_attr *attr)
{
    return who->uid == attr->uid || permission_granted(who, attr, WANT_WRITE);
}

int permission_change_names(const struct credential *who, const struct file_attr *dir,
                            const struct file_attr *victim)
{
    if (!S_ISDIR(dir->mode)) {
        return ENOTDIR;
    }
    if (!permission_granted(who, dir, WANT_WRITE | WANT_EXEC)) {
        return EACCES;
    }
    bool sticky = victim && (dir->mode & S_ISVTX);
    if (sticky && who->uid != 0 && who->uid != victim->uid && who->uid != dir->uid) {
        return EPERM;
    }
    return 0;
}

static bool sets_explicit_time(const struct timespec *time)
{
    return time->tv_nsec != UTIME_OMIT && time->tv_nsec != UTIME_NOW;
}

static bool sets_time(const struct timespec *time)
{
    return time->tv_nsec != UTIME_OMIT;
}

int permission_change_attr(const struct credential *who, const struct file_attr *attr,
                           const struct attr_change *change)
{
    if (who->uid == 0) {
        return 0;
    }
    bool owner = who->uid == attr->uid;
    if (change->set_uid && change->uid != attr->uid) {
        return EPERM;
    }
    if (change->set_gid && change->gid != attr->gid &&
        !(owner && credential_in_group(who, change->gid))) {
        return EPERM;
    }
    if ((change->set_mode || change->set_uid || change->set_gid ||
         sets_explicit_time(&change->atime) || sets_explicit_time(&change->mtime)) &&
        !owner) {
        return EPERM;
    }
    bool writes = change->set_size || sets_time(&change->atime) || sets_time(&change->mtime);
    return writes && !permission_write_data(who, attr) ? EACCES : 0;
}
