# SPDX-License-Identifier: MIT
#
# The same rules over NFS version 2, whose sizes end at 2 GiB, and which forgets nanoseconds.
set -e
mkdir -p "$PWD/folder"
/bin/busybox mount -t nfs -o rw,nolock,vers=2,proto=tcp "10.0.2.2:$PWD/folder" /mnt
grep ' /mnt nfs .*vers=2' /proc/mounts
cd /mnt
status=0
python3.11 "$GUEST/nfs_semantics.py" sizes || status=1
cd /
umount /mnt
exit $status
