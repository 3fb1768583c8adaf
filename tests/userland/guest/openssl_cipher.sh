# SPDX-License-Identifier: MIT
#
# Ciphers: single blocks of the standards, a megabyte there and back.
. "$GUEST/openssl_lib.sh"

# block CIPHER KEY IV PLAINTEXT CIPHERTEXT, all in hexadecimal
block()
{
    answer=$(bytes "$4" | openssl enc "-$1" -K "$2" -iv "$3" -nopad 2>error | hex)
    same "$1 of $4" "$answer" "$5"
}

standards()
{
    text=00112233445566778899aabbccddeeff # FIPS 197, appendix C
    key=000102030405060708090a0b0c0d0e0f
    more=1011121314151617
    block aes-128-ecb $key 0 $text 69c4e0d86a7b0430d8cdb78070b4c55a
    block aes-192-ecb $key$more 0 $text dda97ca4864cdfe06eaf70a0ec0d7191
    block aes-256-ecb $key${more}18191a1b1c1d1e1f 0 $text 8ea2b7ca516745bfeafc49904b496089
    key=2b7e151628aed2a6abf7158809cf4f3c # SP 800-38A, F.2.1, F.5.1
    text=6bc1bee22e409f96e93d7e117393172a
    block aes-128-cbc $key 000102030405060708090a0b0c0d0e0f $text 7649abac8119b246cee98e9b12e9197d
    block aes-128-ctr $key f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff $text 874d6191b620e3261bef6864990db6ce
}

megabyte()
{
    grep -v '^#' "$GUEST/openssl_ciphers.txt" | while read -r cipher key iv hex; do
        [ $iv != - ] || iv=0
        openssl enc "-$cipher" -K "$key" -iv $iv -in "$KNOWN/data" -out secret 2>error || cat error
        same "$cipher" "$(sha256sum <secret | cut -d ' ' -f 1)" "$hex"
        openssl enc -d "-$cipher" -K "$key" -iv $iv -in secret 2>error | cmp - "$KNOWN/data" || exit 1
    done
}

each_capability standards && each_capability megabyte
