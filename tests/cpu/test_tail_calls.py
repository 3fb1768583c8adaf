#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Handlers end in tail calls: no handler calls another one and waits for its return.

    test_tail_calls.py OBJDUMP LIBCPU

gcc makes sibling calls of what cpu/exec.h writes as TAIL(), but does not promise to: an addressable local is enough to lose
one, and then the host's stack grows with every guest instruction. Looks at the disassembly: a handler is a function that
jumps through a record or to another handler, or that a handler jumps to; nobody but the entries of the core may call one.

Exit status 77 (skipped) where the core is built as a loop, or for a host whose disassembly this cannot read.
"""

import re
import subprocess
import sys

# Functions that call through a pointer and are no handlers: they enter the core, or call rows' and registers' hooks.
CALLERS = ("cpu_run", "cpu_step", "run", "step", "execute", "a64_decode", "sysreg_", "each_part")
CALLERS += ("walk_tables", "cpu_get_sysreg", "cpu_set_sysreg", "cpu_each_sysreg", "cpu_profile_write", "print_")
ENTRIES = ("cpu_run", "cpu_step", "run", "step", "execute")
# What must be among the handlers found, and how many there are at least.
SURE = ("exec_resume", "exec_check_point", "exec_undefined", "exec_data_abort", "exec_page_end", "svc", "wfi", "dc_zva")
MANY = 1000
# Members of struct cpu_port lie behind this offset of struct cpu; a record's handler at 0, the next one's at 0x10.
PORT = 0x200

FUNCTION = re.compile(r"^[0-9a-f]+ <([^>]+)>:$")
BRANCH = re.compile(r"\t(?:bnd |notrack )?(call|jmp|j[a-z]+)q? +(\S+)(?: <([^>+]+)(\+0x[0-9a-f]+)?>)?")
RELOCATION = re.compile(r"R_X86_64_(?:PLT32|PC32)\t([^-+\s]+)")
MEMORY = re.compile(r"\*?(?:0x([0-9a-f]+))?\(%\w+\)$")
WRITE = re.compile(r"\t(\w+) +(?:(\S+),)?(%\w+)$")


class Function:
    """Where a function jumps and what it calls, by name; `*` stands for "through a record"."""

    def __init__(self):
        self.jumps, self.calls = set(), set()


def base(name):
    return name.split(".")[0]


def is_record(operand):
    memory = MEMORY.match(operand)
    return bool(memory) and int(memory[1] or "0", 16) < PORT


class Registers:
    """Which registers hold a record's handler: loaded from memory, not computed as the target of a switch is."""

    def __init__(self):
        self.loaded = {}

    def see(self, line):
        if match := WRITE.search(line):
            self.loaded[match[3]] = match[1] == "mov" and is_record(match[2] or "")

    def holds_handler(self, operand):
        return self.loaded.get(operand.removeprefix("*"), False)


def disassemble(objdump, library):
    """Functions by (object file, name): static ones of different files may share a name."""
    text = subprocess.run([objdump, "-dr", "--no-show-raw-insn", library], check=True, capture_output=True, text=True)
    functions, member, function, key, registers = {}, "", None, None, Registers()
    lines = text.stdout.splitlines()
    for line, following in zip(lines, lines[1:] + [""]):
        if "file format" in line:
            member = line.split(":")[0]
            if "x86-64" not in line:
                return None
        elif match := FUNCTION.match(line):
            key = (member, base(match[1]))
            function, registers = functions.setdefault(key, Function()), Registers()
        elif match := BRANCH.search(line):
            targets = function.calls if match[1] == "call" else function.jumps
            if match[2].startswith("*"):
                unknown = match[1] == "call" and match[2][1] == "%"
                if unknown or is_record(match[2]) or registers.holds_handler(match[2]):
                    targets.add("*")
            elif relocation := RELOCATION.search(following):
                targets.add(base(relocation[1]))
            elif match[3] and base(match[3]) != key[1]:
                targets.add(base(match[3]))
        elif function:
            registers.see(line)
    return functions


def find_handlers(functions):
    """Those that jump through a record, all that jump to one of these, and all that these jump to."""
    names = {}
    for member, name in functions:
        names.setdefault(name, []).append((member, name))

    def resolve(member, callees):
        for name in callees - {"*"}:
            yield from [(member, name)] if (member, name) in functions else names.get(name, [])

    handlers = {key for key, f in functions.items() if "*" in f.jumps and not key[1].startswith(CALLERS)}
    size = 0
    while size != len(handlers):
        size = len(handlers)
        for key, function in functions.items():
            targets = set(resolve(key[0], function.jumps))
            if key in handlers:
                handlers |= targets
            elif targets & handlers:
                handlers.add(key)
    return handlers, resolve


def complaints(functions):
    handlers, resolve = find_handlers(functions)
    found = {name for _, name in handlers}
    for name in SURE:
        if name not in found:
            yield f"{name} is not among the handlers: is it read correctly?"
    if len(handlers) < MANY:
        yield f"only {len(handlers)} handlers found"
    for key, function in sorted(functions.items()):
        member, name = key
        if "*" in function.calls and not name.startswith(CALLERS):
            yield f"{member}: {name} calls through a record and returns"
        if name.startswith(ENTRIES):
            continue
        for _, callee in sorted(handlers.intersection(resolve(member, function.calls))):
            yield f"{member}: {name} calls the handler {callee} and returns"


def main():
    objdump, library = sys.argv[1:]
    functions = disassemble(objdump, library)
    if not functions or any(name == "exec_loop" for _, name in functions):
        print("not applicable: no x86-64 code, or handlers that return to a loop")
        return 77
    bad = list(complaints(functions))
    print("\n".join(bad) or f"{len(find_handlers(functions)[0])} handlers, all tail calls")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
