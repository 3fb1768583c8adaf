#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Chooses the sequences of cpu/fusion.def from profiles.

    armlet ... -profile boot.txt          (a boot, a program: each with a file of its own)
    choose_fusion.py boot.txt other.txt... >cpu/fusion.def

Each profile weighs the same. Short loops come first: those that executed the most instructions. Then sequences: beginning with single
instructions, the neighbours that are most often executed one behind the other are joined, again and again, until there are
enough; what the decoder's longest match would never use is left out. Neighbours that pass a value count for more: a dispatch costs
a host less than a store that is loaded again. Then the places where each sequence stands are looked at for links (cpu/fuse_gen.py),
and the most useful sets of links become sequences of their own.

The figures on standard error: dispatches and loads of just written registers per instruction.
"""
import argparse
import collections
import itertools
import os
import re
import sys

LONGEST = 6  # of a sequence that is no loop
LONGEST_LOOP = 32  # FUSE_MAX in cpu/fuse.h
LINK_WEIGHT = 0.5  # of a link, where a dispatch is 1
HEAD = '''/* SPDX-License-Identifier: MIT */
/*
 * Sequences of handlers that have a handler of their own (fuse.h), most useful first; chosen by tests/bench/choose_fusion.py.
 * `add_x_reg:rn=rd1`: its operand rn is the register that the instruction 1 before wrote by its field rd. A LOOP ends with a
 * branch to its first instruction.
 *
 * From {profiles}: {loops} loops, {sequences} sequences and {links} sets of links at most, all pairs of {pairs} handlers.
 */
'''
STEP = r'(?:-|\w+\.?(?:@\d+)?(?::r[dnma]=(?:r[dnma]\d+|\?))*)'
PROFILE_LINE = re.compile(rf'\d+@?(?: {STEP})+\n')
# back: how many instructions a branch goes back; -1: it does not, or far. links: ((field, distance, source), ...), distance 0: unknown
Step = collections.namedtuple('Step', 'name back links')


def read_link(text):
    field, source = text.split('=')
    return (field, 0, '') if source == '?' else (field, int(source[2:]), source[:2])


def read_step(word, known={}):
    if word not in known:
        name, *links = word.split(':')
        name, _, back = name.partition('@')
        known[word] = Step(name, int(back or -1), tuple(map(read_link, links)))
    return known[word]


def loop_of(steps):
    """An iteration that follows another: its names and links, when it can be a loop of fusion.def. None: it cannot."""
    size = len(steps)
    closed = size <= LONGEST_LOOP and steps[-1].back == size - 1 and all(step.back < 0 for step in steps[:-1])
    if not closed or any(step.name == '-' or not all(distance for _, distance, _ in step.links) for step in steps):
        return None
    links = tuple(tuple(link for link in step.links if link[1] <= size) for step in steps)
    return names(steps), links


def read_profiles(paths):
    """Straight runs, and iterations of loops, with their share of all instructions executed; each profile counts as 1."""
    runs, loops = collections.Counter(), collections.Counter()
    for path in paths:
        lines = [line.split() for line in open(path, encoding='utf-8') if PROFILE_LINE.fullmatch(line)]
        total = sum((len(words) - 1) * int(words[0].rstrip('@')) for words in lines)
        for count, *words in lines:
            share = int(count.rstrip('@')) / total
            steps = tuple(map(read_step, words))
            loop = loop_of(steps) if count.endswith('@') else None
            if loop:
                loops[loop] += share
            else:
                runs[steps] += share
    return runs, loops


def whole_iterations(loops):
    """Without those that follow an iteration whose beginning was not executed: some links of theirs are missing."""
    by_names = collections.defaultdict(list)
    for its_names, links in loops:
        by_names[its_names].append(links)
    return [(its_names, links) for its_names, alike in by_names.items() for links in alike
            if not any(links != other and covers(other, links) for other in alike)]


def choose_loops(runs, loops, wanted):
    """{loop: share of instructions executed}; those not chosen become runs again."""
    share = collections.Counter({loop: loops[loop] * len(loop[0]) for loop in whole_iterations(loops)})
    chosen = dict(share.most_common(wanted))
    for (its_names, links), weight in loops.items():
        if (its_names, links) not in chosen:
            runs[tuple(Step(name, -1, link) for name, link in zip(its_names, links))] += weight
    return chosen


def names(steps):
    return tuple(step.name for step in steps)


def can_join(a, b):
    all_names = a + b
    return len(all_names) <= LONGEST and '-' not in all_names and not any(name.endswith('.') for name in all_names[:-1])


def links_across(a, b):
    """How many operands of b are written in a."""
    return sum(i < distance <= i + len(a) for i, step in enumerate(b) for _, distance, _ in step.links)


def join(tokens, pairs):
    out, i = [], 0
    while i < len(tokens):
        if i + 1 < len(tokens) and (names(tokens[i]), names(tokens[i + 1])) in pairs:
            out.append(tokens[i] + tokens[i + 1])
            i += 2
        else:
            out.append(tokens[i])
            i += 1
    return out


def choose(runs, wanted):
    tiled = [([(step,) for step in run], weight) for run, weight in runs.items()]
    chosen = set()
    while len(chosen) < wanted:
        pairs = collections.Counter()
        for tokens, weight in tiled:
            for a, b in zip(tokens, tokens[1:]):
                pair = names(a), names(b)
                if can_join(*pair):
                    pairs[pair] += weight * (1 + LINK_WEIGHT * links_across(a, b))
        best = {pair for pair, _ in pairs.most_common(max(8, len(chosen) // 6))}
        if not best:
            break
        chosen |= {a + b for a, b in best}
        tiled = [(join(tokens, best), weight) for tokens, weight in tiled]
    return chosen


def all_pairs(runs, wanted):
    """The pairs of the handlers that are executed most: for code that is in no profile."""
    often = collections.Counter()
    for run, weight in runs.items():
        for name in names(run):
            often[name] += weight
    frequent = [name for name, _ in often.most_common() if name != '-'][:wanted]
    return {(a, b) for a in frequent for b in frequent if can_join((a,), (b,))}


def inner_links(steps):
    """The links of a part of a run, less those to what stands before it: a tuple per step."""
    return tuple(tuple(link for link in step.links if 0 < link[1] <= i) for i, step in enumerate(steps))


def places(runs, chosen):
    """{sequence: {its links: share}} where the decoder looks for the longest one, and the dispatches it takes."""
    found, dispatches = collections.defaultdict(collections.Counter), 0.0
    for run, weight in runs.items():
        i, run_names = 0, names(run)
        while i < len(run):
            length = next((n for n in range(LONGEST, 1, -1) if run_names[i:i + n] in chosen), 1)
            if length > 1:
                found[run_names[i:i + length]][inner_links(run[i:i + length])] += weight
            i += length
            dispatches += weight
    return found, dispatches


def size(links):
    return sum(map(len, links))


def covers(links, needed):
    return all(set(need) <= set(have) for have, need in zip(links, needed))


def common(a, b):
    return tuple(tuple(link for link in x if link in y) for x, y in zip(a, b))


class Linked:
    """The sets of links chosen for one sequence."""

    def __init__(self, sequence, places_of):
        self.sequence, self.places = sequence, places_of
        self.chosen = [tuple(() for _ in sequence)]
        often = [links for links, _ in places_of.most_common(12)]
        self.candidates = set(often) | {common(a, b) for a, b in itertools.combinations(often, 2)}

    def used(self, links):
        """The links that the best of the chosen sets uses there."""
        return max(size(needed) for needed in self.chosen if covers(links, needed))

    def gain(self, needed):
        return sum(share * max(0, size(needed) - self.used(links))
                   for links, share in self.places.items() if covers(links, needed))

    def best(self):
        return max(((self.gain(needed), needed) for needed in self.candidates), default=(0, None))

    def lines(self):
        """Those that some place uses, with what each saves."""
        saved = collections.Counter()
        for links, share in self.places.items():
            needed = max((n for n in self.chosen if covers(links, n)), key=size)
            saved[needed] += share * (len(self.sequence) - 1 + LINK_WEIGHT * size(needed))
        return {(self.sequence, needed): value for needed, value in saved.items()}


def choose_links(found, wanted):
    """The sequences with their links; takes the set of the greatest gain, again and again."""
    sequences = [Linked(sequence, places_of) for sequence, places_of in found.items()]
    bests = [s.best() for s in sequences]
    for _ in range(wanted):
        i = max(range(len(bests)), key=lambda i: bests[i][0])
        gain, needed = bests[i]
        if gain <= 0:
            break
        sequences[i].chosen.append(needed)
        bests[i] = sequences[i].best()
    total = sum(size(links) * share for s in sequences for links, share in s.places.items())
    used = sum(s.used(links) * share for s in sequences for links, share in s.places.items())
    lines = collections.Counter()
    for s in sequences:
        lines.update(s.lines())
    return lines, total, used


def text(name, links):
    return ':'.join([name.replace('.', '')] + [f'{field}={source}{distance}' for field, distance, source in links])


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split('\n', maxsplit=1)[0])
    parser.add_argument('--sequences', type=int, default=1000)
    parser.add_argument('--links', type=int, default=1500, help='sets of links for them')
    parser.add_argument('--loops', type=int, default=250)
    parser.add_argument('--pairs', type=int, default=40, help='of so many most frequent handlers all pairs')
    parser.add_argument('profile', nargs='+')
    return parser.parse_args()


def main():
    options = parse_arguments()
    runs, loops = read_profiles(options.profile)
    loops = choose_loops(runs, loops, options.loops)
    pairs = all_pairs(runs, options.pairs)
    found, dispatches = places(runs, choose(runs, options.sequences) | pairs)
    for pair in pairs - found.keys():
        found[pair][((), ())] = 0
    lines, total, used = choose_links(found, options.links)
    profiles = len(options.profile)
    print(f'{len(loops)} loops, {sum(loops.values()) / profiles:.3f} of all instructions; {len(found)} sequences, '
          f'{len(lines)} with their links; {dispatches / profiles:.3f} dispatches and {used / profiles:.3f} of '
          f'{total / profiles:.3f} links per instruction', file=sys.stderr)
    profiles = [os.path.splitext(os.path.basename(path))[0] for path in options.profile]
    print(HEAD.format(profiles=', '.join(profiles), loops=options.loops, sequences=options.sequences, links=options.links,
                      pairs=options.pairs), end='')
    for sequence, links in loops:
        print(f'LOOP({", ".join(map(text, sequence, links))})')
    for (sequence, links), _ in lines.most_common():
        print(f'FUSE({", ".join(map(text, sequence, links))})')


main()
