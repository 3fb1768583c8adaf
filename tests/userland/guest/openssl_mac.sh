# SPDX-License-Identifier: MIT
#
# Message authentication: GHASH with PMULL and without, Poly1305, ...; the megabyte's are what OpenSSL 3.0 on x86-64 says.
. "$GUEST/openssl_lib.sh"
key=000102030405060708090a0b0c0d0e0f
key256=603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4
iv=000102030405060708090a0b

# mac KNOWN FILE ARGUMENT...
mac()
{
    known=$1 file=$2
    shift 2
    same "$*" "$(openssl mac -in "$file" "$@")" "$known"
}

macs()
{
    zero=000000000000000000000000 # the GCM specification, test case 1
    mac 58E2FCCEFA7E3061367F1D57A4E7455A /dev/null -cipher aes-128-gcm -macopt hexkey:${zero}00000000 -macopt hexiv:$zero GMAC
    mac 49457628F49830140D8CDB8F388F9CEC "$KNOWN/data" -cipher aes-128-gcm -macopt hexkey:$key -macopt hexiv:$iv GMAC
    mac 3A88939C571787E317F05D57023684C6 "$KNOWN/data" -cipher aes-256-gcm -macopt hexkey:$key256 -macopt hexiv:$iv GMAC
    mac F8A7660F4FA23D537F6A8027D95F1776 "$KNOWN/data" -cipher aes-128-cbc -macopt hexkey:$key CMAC
    mac 70C9A68F13113C24DE4949BB6F8B1C46800527ADB9B46276087498365120CB12 "$KNOWN/data" -digest sha256 -macopt hexkey:$key HMAC
    mac B7EBA1705CF5C65EF5CE75A408702912 "$KNOWN/data" -macopt hexkey:$key256 Poly1305
    mac 9015F2B0B736AE29E1F2232F9F01A719 "$KNOWN/data" -macopt hexkey:$key SipHash
    mac B87BC858DC4A34FE98E29A48BBFB73B33A1131743E6D7A17D23BC85C408EE122 "$KNOWN/data" -macopt hexkey:$key KMAC128
}

each_capability macs
