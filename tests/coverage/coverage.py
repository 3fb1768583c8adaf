#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Which rows of cpu/a64.def do the tests execute?

    coverage.py [--all] [--unit PROGRAM]... [--program ARMLET --guest SOURCE]... A64_DEF [A64_DIFF REFERENCE...]

Runs unit tests (insn.h), bare-metal guests and the differential test, adds up what each says it executed, and prints the rows
that nobody executed, or with --all every row's count. Status 1 when there is one, or when something failed.
"""
import argparse
import collections
import os
import re
import subprocess
import sys
import tempfile

RUN_GUEST = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'guest', 'run_guest.py')
CASES = 20000  # of the differential test: some 30 for each row
# Rows whose every encoding is UNDEFINED here; a test must have tried them nevertheless.
UNDEFINED = {
    'DCPS1': 'halting debug', 'DCPS2': 'halting debug', 'DCPS3': 'halting debug', 'DRPS': 'halting debug',
    'HLT': 'halting debug', 'SYSL': 'a Cortex-A57 has no system instruction with a result',
}


class Counts:
    def __init__(self, table):
        with open(table, encoding='utf-8') as file:
            self.rows = re.findall(r'^A64\((\w+),', file.read(), re.M)
        self.executed, self.undefined = collections.Counter(), collections.Counter()

    def add(self, name, executed, undefined):
        self.executed[name] += int(executed)
        self.undefined[name] += int(undefined)

    def add_file(self, path):
        with open(path, encoding='utf-8') as file:
            for line in file:
                self.add(*line.split())

    def missing(self):
        return [row for row in self.rows if not (self.undefined if row in UNDEFINED else self.executed)[row]]


def run_counted(counts, command, environment, path):
    """A command that writes its counts to `path`."""
    done = subprocess.run(command, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode or not os.path.exists(path):
        sys.exit(f'{command}: status {done.returncode}\n{done.stdout}')
    counts.add_file(path)


def run_units(counts, programs, folder):
    for program in programs:
        path = os.path.join(folder, os.path.basename(program))
        run_counted(counts, [program], {'ARMLET_COVERAGE': path}, path)


def run_guests(counts, program, sources, folder):
    for source in sources:
        path = os.path.join(folder, os.path.basename(source))
        command = [sys.executable, RUN_GUEST, '--program', f'{program} -coverage {path}', source]
        run_counted(counts, command, {}, path)


def run_diff(counts, command):
    done = subprocess.run([command[0], '-k', '-n', str(CASES), *command[1:]], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(f'{command}: status {done.returncode}\n{done.stdout}')
    for row in re.findall(r'^row (\w+) +(\d+) executed, (\d+) undefined', done.stdout, re.M):
        counts.add(*row)


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split('\n\n')[1].strip())
    parser.add_argument('--all', action='store_true')
    parser.add_argument('--unit', action='append', default=[])
    parser.add_argument('--guest', action='append', default=[])
    parser.add_argument('--program')
    parser.add_argument('table')
    parser.add_argument('diff', nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    counts = Counts(arguments.table)
    with tempfile.TemporaryDirectory(prefix='armlet-coverage.') as folder:
        run_units(counts, arguments.unit, folder)
        run_guests(counts, arguments.program, arguments.guest, folder)
    if arguments.diff:
        run_diff(counts, arguments.diff)
    if arguments.all:
        for row in counts.rows:
            print(f'{row:<24} {counts.executed[row]:>9} executed {counts.undefined[row]:>9} undefined')
    missing = counts.missing()
    print(f'{len(counts.rows)} rows, {len(missing)} that no test executes' + ''.join('\n    ' + row for row in missing))
    return 1 if missing else 0


if __name__ == '__main__':
    sys.exit(main())
