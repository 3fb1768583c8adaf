#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The long run of a64_diff: pieces with seeds of their own, a few at a time, and one account of them all.

    fuzz.py [--count N] [--seed S] [--jobs J] [--program FILE]... A64_DIFF REFERENCE [ARGUMENT...]

Half of the pieces are single instructions, every row as often as the others; the rest are random sequences and sequences
cut from the programs (default: the reference itself, which has a C library in it). Ends when N instructions have been
executed and compared. Status 1 when something differs or a row was never executed.
"""
import argparse
import collections
import concurrent.futures
import itertools
import re
import subprocess
import sys
import time

# Rows that a program cannot try, or that end it. The guests of tests/guest and the unit tests do (tests/coverage).
EXCLUDED = {
    'SVC': 'a system call of the reference',
    'BRK': 'the end of each case',
    'WFE': 'may wait', 'WFI': 'may wait', 'YIELD': 'leaves the core',
}
# Rows that can be nothing but UNDEFINED to a program: it is enough that they were tried.
UNDEFINED = {
    'DCPS1': 'Debug state', 'DCPS2': 'Debug state', 'DCPS3': 'Debug state', 'DRPS': 'Debug state',
    'HLT': 'halting debug', 'SYSL': 'no such operation exists',
}
SINGLES, SEQUENCES, LENGTH = 262144, 65536, 6  # cases of a piece, instructions of a sequence
SUMMARY = re.compile(r'(\d+) cases: (\d+) instructions of (\d+) rows executed and compared; (\d+) cases with wild addresses')
KNOWN = re.compile(r'^known (\d+) cases: (.*)', re.M)
ROW = re.compile(r'^row (\w+) +(\d+) executed, (\d+) undefined, (\d+) differ', re.M)


def piece_options(number, programs):
    """The kinds of pieces take turns: single, random sequence, single, sequence from a program."""
    if number % 2 == 0:
        return ['-n', str(SINGLES)]
    options = ['-n', str(SEQUENCES), '-l', str(LENGTH)]
    if number % 4 == 3:
        options += ['-f', programs[number // 4 % len(programs)]]
    return options


def run_piece(number, arguments):
    options = ['-k', '-s', str(arguments.seed + number), *piece_options(number, arguments.programs)]
    done = subprocess.run([arguments.a64_diff, *options, *arguments.reference], stdout=subprocess.PIPE, text=True,
                          check=False)
    return options, done


class Account:
    def __init__(self):
        self.executed, self.undefined, self.differ, self.known = (collections.Counter() for _ in range(4))
        self.cases = self.instructions = self.wild = 0
        self.failed = False

    def add(self, options, done):
        summary = SUMMARY.search(done.stdout)
        if done.returncode or not summary:
            self.failed = True
            print(f'a64_diff {" ".join(options)}: status {done.returncode}\n{done.stdout}', flush=True)
        if not summary:
            return
        self.cases += int(summary[1])
        self.instructions += int(summary[2])
        self.wild += int(summary[4])
        for cases, what in KNOWN.findall(done.stdout):
            self.known[what] += int(cases)
        for name, executed, undefined, differ in ROW.findall(done.stdout):
            self.executed[name] += int(executed)
            self.undefined[name] += int(undefined)
            self.differ[name] += int(differ)

    def missing(self):
        return [name for name, n in self.executed.items() if not n and name not in (*EXCLUDED, 'UNALLOCATED')
                and not (name in UNDEFINED and self.undefined[name])]

    def show(self, seconds):
        rows = {name: n for name, n in self.executed.items() if n}
        for name, n in self.executed.items():
            print(f'{name:<24} {n:>9}' + (f'  {self.undefined[name]} undefined' if self.undefined[name] else '')
                  + (f'  {self.differ[name]} differ' if self.differ[name] else ''))
        print(f'{self.cases} cases, {self.instructions} instructions executed and compared in {seconds:.0f} s')
        print(f'{len(rows)} rows, each at least {min(rows.values())} times; excluded: '
              + ', '.join(f'{name} ({why})' for name, why in EXCLUDED.items()))
        print('UNDEFINED to a program, and tried: '
              + ', '.join(f'{name} ({why}: {self.undefined[name]} times)' for name, why in UNDEFINED.items()))
        print(f'{self.wild} cases ended at wild addresses; differences that known.c explains:')
        for what, cases in self.known.items():
            print(f'    {cases:>9} cases  {what}')
        if self.missing():
            print('never executed: ' + ' '.join(self.missing()))
        print(f'{sum(map(bool, self.differ.values()))} rows differ')


def show_progress(account, options):
    print(f'{account.instructions} instructions, {sum(account.known.values())} known differences; last: {" ".join(options)}',
          file=sys.stderr, flush=True)


def run_pieces(arguments, account):
    numbers = itertools.count()
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        running = {pool.submit(run_piece, next(numbers), arguments) for _ in range(arguments.jobs)}
        while running:
            done, running = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)
            for piece in done:
                account.add(*piece.result())
                show_progress(account, piece.result()[0])
                if account.instructions < arguments.count and not (account.failed and not account.cases):
                    running.add(pool.submit(run_piece, next(numbers), arguments))


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split('\n\n')[1].strip())
    parser.add_argument('--count', type=int, default=20_000_000)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--jobs', type=int, default=2)
    parser.add_argument('--program', action='append', dest='programs')
    parser.add_argument('a64_diff')
    parser.add_argument('reference', nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    arguments.programs = arguments.programs or [arguments.reference[-1]]
    account, started = Account(), time.monotonic()
    run_pieces(arguments, account)
    account.show(time.monotonic() - started)
    return 1 if account.failed or account.missing() else 0


if __name__ == '__main__':
    sys.exit(main())
