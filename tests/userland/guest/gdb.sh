# SPDX-License-Identifier: MIT
#
# sh gdb.sh WHAT: Debian's gdb on a guest program, which it drives with ptrace.
set -e
gcc -g -O0 -o debuggee "$GUEST/programs/debuggee.c"

# gdb_runs COMMAND...
gdb_runs()
{
    for command in "$@"; do
        echo "$command"
    done >commands
    gdb -nx -batch -iex 'set auto-load off' -x commands ./debuggee >transcript 2>&1 </dev/null || true
    cat transcript
}

# says PATTERN...: each in its order
says()
{
    last=0
    for pattern in "$@"; do
        line=$(grep -n -- "$pattern" transcript | cut -d : -f 1 | awk -v last=$last '$1 > last' | head -n 1)
        [ -n "$line" ] || { echo "no '$pattern' after line $last"; exit 1; }
        last=$line
    done
}

case $1 in
step) # software breakpoints, single steps
    gdb_runs 'set pagination off' 'break add if x == 3' run bt 'print total' next next 'print total' finish 'stepi 5' \
        'info registers pc' 'info breakpoints' kill
    says 'Breakpoint 1, add (x=3)' '#0  add (x=3)' '#1 .* add_all (from=1, to=10)' '#2 .* main' '\$1 = 3' '\$2 = 6' \
        'Value returned is \$3 = 6' '^pc .*<add_all+' 'breakpoint already hit'
    ;;
hbreak) # a breakpoint register
    gdb_runs 'set pagination off' 'break main' run 'hbreak add' continue bt 'info breakpoints' 'delete 2' continue
    says 'Hardware assisted breakpoint 2' 'Breakpoint 2, add (x=1)' '#1 .* add_all' 'hw breakpoint' 'sum 55' 'exited normally'
    ;;
watch) # watchpoint registers
    gdb_runs 'set pagination off' 'break main' run 'watch total' 'rwatch calls' continue continue continue \
        'info watchpoints' 'delete 2 3' continue
    says 'Hardware watchpoint 2: total' 'Hardware read watchpoint 3: calls' 'Hardware read watchpoint 3: calls' 'Value = 0' \
        'Hardware watchpoint 2: total' 'Old value = 0' 'New value = 1' 'Hardware read watchpoint 3: calls' 'Value = 1' \
        'hw watchpoint' 'breakpoint already hit 1 time' 'read watchpoint' 'breakpoint already hit 2 times' \
        'sum 55' 'exited normally'
    ;;
esac
