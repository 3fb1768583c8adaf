# SPDX-License-Identifier: MIT
#
# Compile a C program in the guest, without and with optimisation, and run it.
set -e
cat >hello.c <<'END'
#include <stdio.h>
#include <math.h>

int main(void)
{
    double sum = 0;
    for (int i = 1; i <= 1000; i++) {
        sum += 1.0 / ((double)i * i);
    }
    printf("hello %.15f %a\n", sqrt(sum * 6), sum);
    return 0;
}
END
for level in -O0 -O2; do
    gcc $level -o hello hello.c -lm
    ./hello | tee answer
    grep -qx 'hello 3.140638056205995 0x1.a4d8e550a946ep+0' answer
done
