# SPDX-License-Identifier: MIT
#
# Digests and ciphers with the instructions of the crypto extension, and with those hidden (OPENSSL_armcap: 0 none, 1 Advanced
# SIMD). $KNOWN/digests has `ALGORITHM HEX` for $KNOWN/data; $KNOWN/ciphers has `CIPHER KEY IV HEX`, the SHA-256 of the result.
set -e
for capabilities in default 0 1; do
    unset OPENSSL_armcap
    [ $capabilities = default ] || export OPENSSL_armcap=$capabilities
    while read -r algorithm hex; do
        answer=$(openssl dgst "-$algorithm" -r "$KNOWN/data" | cut -d ' ' -f 1)
        [ "$answer" = "$hex" ] || { echo "$algorithm, armcap $capabilities: $answer, not $hex"; exit 1; }
    done <"$KNOWN/digests"
done
