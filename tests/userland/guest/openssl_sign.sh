# SPDX-License-Identifier: MIT
#
# Signatures: the one of RFC 8032 that is always the same; others are verified, and refused for other data. Big numbers.
. "$GUEST/openssl_lib.sh"
set -e

# RFC 8032, 7.1, test 2: the secret key in PKCS #8, the message 72.
ed25519()
{
    bytes 302e020100300506032b657004220420 >key.der
    bytes 4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb >>key.der
    bytes 72 >message
    answer=$(openssl pkeyutl -sign -inkey key.der -keyform DER -rawin -in message | hex)
    same ed25519 "$answer" 92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00
}

# sign NAME GENPKEY-OPTION...
sign()
{
    name=$1
    shift
    openssl genpkey "$@" -out "$name.pem" 2>error
    openssl dgst -sha256 -sign "$name.pem" -out "$name.sig" "$KNOWN/data"
    openssl pkey -in "$name.pem" -pubout -out "$name.pub"
    openssl dgst -sha256 -verify "$name.pub" -signature "$name.sig" "$KNOWN/data"
    ! openssl dgst -sha256 -verify "$name.pub" -signature "$name.sig" "$KNOWN/digests" || exit 1
}

# The Mersenne number M521 is prime, M523 is not (OEIS A000043).
primes()
{
    openssl prime $(python3.11 -c 'print(2**521 - 1)') | grep 'is prime'
    openssl prime $(python3.11 -c 'print(2**523 - 1)') | grep 'is not prime'
}

each_capability ed25519
sign rsa -algorithm RSA -pkeyopt rsa_keygen_bits:1024
sign p256 -algorithm EC -pkeyopt ec_paramgen_curve:P-256
sign p384 -algorithm EC -pkeyopt ec_paramgen_curve:P-384
primes
