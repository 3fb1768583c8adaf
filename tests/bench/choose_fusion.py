#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Chooses the sequences of cpu/fusion.def from profiles.

    armlet ... -profile boot.txt          (a boot, a program: each with a file of its own)
    choose_fusion.py [--sequences 600] boot.txt other.txt... >cpu/fusion.def

Each profile weighs the same. Beginning with single instructions, the neighbours that are most often executed one behind the other
are joined, again and again, until there are enough sequences; what the decoder's longest match would never use is left out.
The figure on standard error is dispatches per instruction: 1 without fusion. Code that is hot is compiled (cpu/compile.h), so what
counts is the rest: profile what runs once, not loops.
"""
import argparse
import collections
import os
import re
import sys

LONGEST = 6  # FUSE_MAX in cpu/fuse.h
HEAD = '''/* SPDX-License-Identifier: MIT */
/*
 * Sequences of handlers that have a handler of their own (fuse.h), most useful first; chosen by tests/bench/choose_fusion.py.
 * From {profiles}.
 */
'''
RUN = re.compile(r'\d+(?: (?:-|\w+\.?))+\n')


def read_profiles(paths):
    """Straight runs with their share of all instructions executed, each profile counting as 1."""
    runs = collections.Counter()
    for path in paths:
        with open(path, encoding='utf-8') as file:
            lines = [line.split() for line in file if RUN.fullmatch(line)]
        total = sum((len(words) - 1) * int(words[0]) for words in lines)
        for count, *names in lines:
            runs[tuple(names)] += int(count) / total
    return runs


def can_join(a, b):
    names = a + b
    return len(names) <= LONGEST and '-' not in names and not any(name.endswith('.') for name in names[:-1])


def join(tokens, pairs):
    out, i = [], 0
    while i < len(tokens):
        if i + 1 < len(tokens) and (tokens[i], tokens[i + 1]) in pairs:
            out.append(tokens[i] + tokens[i + 1])
            i += 2
        else:
            out.append(tokens[i])
            i += 1
    return out


def choose(runs, wanted):
    tiled = [([(name,) for name in run], weight) for run, weight in runs.items()]
    chosen = set()
    while len(chosen) < wanted:
        pairs = collections.Counter()
        for tokens, weight in tiled:
            for pair in zip(tokens, tokens[1:]):
                if can_join(*pair):
                    pairs[pair] += weight
        best = {pair for pair, _ in pairs.most_common(max(8, len(chosen) // 6))}
        if not best:
            break
        chosen |= {a + b for a, b in best}
        tiled = [(join(tokens, best), weight) for tokens, weight in tiled]
    return chosen


def longest_match(runs, chosen):
    """How much each sequence saves when the decoder looks for the longest one everywhere, and the dispatches that are left."""
    saved, dispatches = collections.Counter(), 0.0
    for run, weight in runs.items():
        i = 0
        while i < len(run):
            length = next((n for n in range(LONGEST, 1, -1) if run[i:i + n] in chosen), 1)
            if length > 1:
                saved[run[i:i + length]] += weight * (length - 1)
            i += length
            dispatches += weight
    return saved, dispatches


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n', maxsplit=1)[0])
    parser.add_argument('--sequences', type=int, default=600)
    parser.add_argument('profile', nargs='+')
    options = parser.parse_args()
    runs = read_profiles(options.profile)
    saved, dispatches = longest_match(runs, choose(runs, options.sequences))
    print(f'{len(saved)} sequences, {dispatches / len(options.profile):.3f} dispatches per instruction', file=sys.stderr)
    profiles = ', '.join(os.path.splitext(os.path.basename(path))[0] for path in options.profile)
    print(HEAD.format(profiles=profiles), end='')
    for sequence, _ in saved.most_common(options.sequences):
        print(f'FUSE({", ".join(sequence).replace(".", "")})')


main()
