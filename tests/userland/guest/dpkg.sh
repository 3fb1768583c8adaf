# SPDX-License-Identifier: MIT
#
# dpkg unpacks, configures, verifies and removes packages on the NFS share, as it does on any disk.
set -e
mkdir -p root/var/lib/dpkg/info root/var/lib/dpkg/updates
: >root/var/lib/dpkg/status
: >root/var/lib/dpkg/available

# in_root OPTION...
in_root()
{
    dpkg --root="$PWD/root" --log="$PWD/log" --force-depends "$@" # most of what they depend on is missing there
}

in_root --install /var/cache/debs/*.deb
for deb in /var/cache/debs/*.deb; do
    name=$(dpkg-deb -f "$deb" Package)
    in_root -s "$name" | grep 'Status: install ok installed'
    dpkg-deb -x "$deb" again
done
in_root --verify >changed
[ ! -s changed ]
(cd again && find . -type f -exec sha256sum {} +) >sums
(cd root && sha256sum --quiet -c ../sums)
[ "$(stat -c %u:%g:%a root/usr/bin/zstd)" = 0:0:755 ]
root/usr/bin/zstd --version
in_root --install /var/cache/debs/zstd_*.deb # over itself
in_root --purge zstd
[ ! -e root/usr/bin/zstd ]
! find root | grep -E '\.nfs|dpkg-(new|tmp)'
