#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Chooses the sequences of cpu/fusion.def from profiles.

    armlet ... -profile boot.txt          (a boot, a program: each with a file of its own)
    choose_fusion.py 640 boot.txt other.txt... >cpu/fusion.def

Each profile weighs the same. Beginning with single instructions, the neighbours that are most often executed one behind the other
are joined, again and again, until there are enough sequences; what the decoder's longest match would never use is left out.
The figure on standard error is dispatches per instruction: 1 without fusion.
"""
import collections
import sys

LONGEST = 6  # FUSE_MAX in cpu/fuse.h
HEAD = '''/* SPDX-License-Identifier: MIT */
/* Sequences of handlers that have a handler of their own (fuse.h), most useful first; chosen by tests/bench/choose_fusion.py. */
'''


def read_profiles(paths):
    """Straight runs with their share of all instructions executed, each profile counting as 1."""
    runs = collections.Counter()
    for path in paths:
        counts = {}
        for line in open(path, encoding='utf-8'):
            count, *handlers = line.split()
            counts[tuple(handlers)] = int(count)
        total = sum(len(run) * count for run, count in counts.items())
        for run, count in counts.items():
            runs[run] += count / total
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
    """How much each sequence saves when the decoder looks for the longest one everywhere."""
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
    wanted, paths = int(sys.argv[1]), sys.argv[2:]
    runs = read_profiles(paths)
    saved, dispatches = longest_match(runs, choose(runs, wanted))
    print(f'{len(saved)} sequences, {dispatches / len(paths):.3f} dispatches per instruction', file=sys.stderr)
    print(HEAD, end='')
    for sequence, _ in saved.most_common(wanted):
        print(f'FUSE({", ".join(sequence).replace(".", "")})')


main()
