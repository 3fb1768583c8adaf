# SPDX-License-Identifier: MIT
#
# OpenSSL's own speed test gets through; public keys are verified in it. The numbers are in the log.
set -e
openssl speed -seconds 1 -bytes 1024 sha256 sha512
openssl speed -seconds 1 -bytes 1024 -evp aes-128-gcm
# What fails is told on stderr: "... verify failure".
openssl speed -seconds 1 rsa1024 ecdsap256 >log 2>&1
cat log
grep -q '^rsa 1024 bits' log
grep -q '256 bits ecdsa' log
! grep -E 'failure|:error:' log
