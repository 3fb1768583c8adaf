# SPDX-License-Identifier: MIT
#
# Sourced. `each_capability COMMAND...` runs a command with what OpenSSL finds on the CPU, with Advanced SIMD alone, and with
# neither that nor the instructions of the crypto extension (OPENSSL_armcap, OpenSSL's crypto/arm_arch.h).
each_capability()
{
    (unset OPENSSL_armcap && capabilities=all && "$@") &&
        (export OPENSSL_armcap=1 && capabilities="Advanced SIMD" && "$@") &&
        (export OPENSSL_armcap=0 && capabilities=none && "$@")
}

# same WHAT ANSWER KNOWN
same()
{
    [ "$2" = "$3" ] && return
    echo "$1, capabilities $capabilities: $2, not $3"
    exit 1
}

# bytes HEX: the bytes (dash's own printf knows no \x)
bytes()
{
    env printf "$(echo "$1" | sed 's/../\\x&/g')"
}

# hex <FILE
hex()
{
    od -An -v -tx1 | tr -d ' \n'
}
