# SPDX-License-Identifier: MIT
#
# sh gcc_program.sh SOURCE OPTION...: compile a program in the guest, without and with optimisation (C++, which takes longer:
# with little), and compare what it prints.
# The known answers, programs/*.out, are those of x86-64 (numbers, threads, objects), or say that the program found no fault.
set -e
source=$GUEST/programs/$1
shift
compiler=gcc levels="-O0 -O2"
[ "${source%.cpp}" = "$source" ] || compiler=g++ levels=-O1
for level in $levels; do
    $compiler $level "$@" -o program "$source" -lm
    ./program >answer
    diff "${source%.*}.out" answer
done
