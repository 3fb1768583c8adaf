/* SPDX-License-Identifier: MIT */
/*
 * Who may do what: the POSIX rules, on the attributes the guest sees. The guest's root may do
 * everything (what servers call no_root_squash).
 */
#ifndef NET_NFS_PERMISSION_H
#define NET_NFS_PERMISSION_H

#include "net/nfs/fs_types.h"

#define WANT_READ  4u
#define WANT_WRITE 2u
#define WANT_EXEC  1u /* of a directory: search */

bool permission_granted(const struct credential *who, const struct file_attr *attr, unsigned want);

/*
 * NFS has no open: a program that opened a file and lost the permission since may go on. So the
 * owner may always read and write the data, and who may execute a file may read it (RFC 1094, 3.3
 * "Permission Issues").
 */
bool permission_read_data(const struct credential *who, const struct file_attr *attr);
bool permission_write_data(const struct credential *who, const struct file_attr *attr);

/* May the names in `dir` change; `victim`, if any, is the file whose name goes (the sticky bit's
 * concern). */
int permission_change_names(const struct credential *who, const struct file_attr *dir,
                            const struct file_attr *victim);

/* SETATTR's rules: 0, EPERM or EACCES. */
int permission_change_attr(const struct credential *who, const struct file_attr *attr,
                           const struct attr_change *change);

bool credential_in_group(const struct credential *who, uint32_t gid);

#endif
