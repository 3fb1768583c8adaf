# SPDX-License-Identifier: MIT
#
# strace sees the program's system calls, their arguments and results, and a child's.
set -e
gcc -o debuggee "$GUEST/programs/debuggee.c"
strace -f -o trace sh -c './debuggee; exit 3' || [ $? -eq 3 ]
grep 'faccessat(AT_FDCWD, "/nowhere", R_OK) *= -1 ENOENT' trace
grep 'write(1, "sum 55.n", 7) *= 7' trace
grep -E '^[0-9]+ +execve\("./debuggee", \["./debuggee"\]' trace
grep 'exited with 3' trace
strace -c -o counts ./debuggee
grep -E ' [12] +[12] faccessat' counts
