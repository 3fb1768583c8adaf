# SPDX-License-Identifier: MIT
#
# A tree of files with owners, modes, links and times, through tar and cp; what tar writes and reads back is the same.
set -e
cp -a /usr/include/asm-generic tree
cp -a /usr/include/linux/netfilter/ipset tree/netfilter
ln -s ../nowhere tree/dangling
ln tree/types.h tree/hard
mkfifo tree/fifo
mknod tree/null c 1 3
chown 1000:100 tree/types.h
chmod 4755 tree/stat.h
chmod 2775 tree/netfilter
mkdir -p "tree/$(printf 'n%.0s' $(seq 200))/deeper"
touch -d '2001-02-03 04:05:06.789' tree/fcntl.h
cp -a tree copy
tar -cf tree.tar --xattrs tree
mkdir unpacked
tar -xpf tree.tar -C unpacked
for other in copy unpacked/tree; do
    diff -r --no-dereference -x fifo -x null tree $other
    (cd tree && find . -printf '%p %m %U:%G %y %l %s %T@ %n\n' | grep -v ' d ' | sort) >here
    (cd $other && find . -printf '%p %m %U:%G %y %l %s %T@ %n\n' | grep -v ' d ' | sort) >there
    diff here there
    [ "$(stat -c %i $other/hard)" = "$(stat -c %i $other/types.h)" ]
done
[ "$(stat -c '%U:%G' copy/types.h)" = "$(stat -c '%U:%G' tree/types.h)" ]
rm -r copy unpacked tree
