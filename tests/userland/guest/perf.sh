# SPDX-License-Identifier: MIT
#
# sh perf.sh stat|record: the PMU as Linux and perf use it, on a loop of four million instructions.
set -e
gcc -g -O1 -o debuggee "$GUEST/programs/debuggee.c"
case $1 in
stat)
    perf stat -x, -e instructions:u,cycles:u,instructions:k -o counts ./debuggee 1000000
    cat counts
    # Only the start of a C program comes on top.
    awk -F , '$3 == "instructions:u" { good = $1 > 4000000 && $1 < 4400000 } $3 == "cycles:u" { more = $1 > 0 }
        END { exit !(good && more) }' counts
    ;;
record)
    perf record -e cycles:u -c 50000 -o samples ./debuggee 10000000
    perf report -i samples --stdio --percent-limit 1 >report 2>&1
    cat report
    # Nearly all samples are in one function.
    awk '$NF == "spin" { share = $1 + 0 } END { exit !(share > 90) }' report
    ;;
esac
