# SPDX-License-Identifier: MIT
#
# OpenSSL's own speed test gets through; public keys are verified in it. The numbers are in the log.
set -e
openssl speed -seconds 1 -bytes 1024 sha256 sha512
openssl speed -seconds 1 -bytes 1024 -evp aes-128-gcm
openssl speed -seconds 1 rsa1024 ecdsap256 >log
cat log
! grep -E 'failure|ERROR' log
