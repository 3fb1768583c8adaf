# SPDX-License-Identifier: MIT
#
# Digests of a megabyte: $KNOWN/digests has `ALGORITHM HEX` for $KNOWN/data.
. "$GUEST/openssl_lib.sh"

digests()
{
    while read -r algorithm hex; do
        same "$algorithm" "$(openssl dgst "-$algorithm" -r "$KNOWN/data" | cut -d ' ' -f 1)" "$hex"
    done <"$KNOWN/digests"
}

each_capability digests
