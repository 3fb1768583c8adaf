#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Sessions of gdb-multiarch with a real kernel that need a stub which knows what a kernel is.

    test_gdb_kernel.py --program build/armlet --session head
"""

import os
import struct
import sys
import tempfile
import time

import gdb_session
from gdb_session import guest_file, nobody, session

IMAGE = "linux-6.1/Image"
VMLINUX = "linux-6.1/vmlinux"
LINKED_AT = 0xFFFF800008000000  # _text
PLACED_AT = 0x40200000  # booting.rst: 2 MiB above the start of RAM, as the boot stub is below
SCTLR_M = 1


def repeat(condition, command):
    """One line of gdb that gives a command again and again; `register` reads one."""
    return (
        "python register = lambda name: int(gdb.parse_and_eval('(unsigned long)$' + name))\n"
        f"while {condition}: gdb.execute('{command}', to_string=True)"
    )


def head(options):
    """head.S, from the first instruction through turning the MMU on to the first C function."""
    offset = (PLACED_AT - LINKED_AT) % (1 << 64)
    vmlinux = guest_file(VMLINUX)
    commands = [
        f"file {vmlinux}",
        f"add-symbol-file {vmlinux} -o {offset:#x}",
        "target remote localhost:PORT",
        "p linux_banner",
        "stepi 6",
        "info symbol $pc",
        "b __enable_mmu",
        "c",
        "bt 1",
        "p/x $SCTLR_EL1 & 1",
        "monitor walk pc",
        repeat(f"not register('SCTLR_EL1') & {SCTLR_M}", "stepi"),
        "info symbol $pc",
        "monitor walk pc el1",
        "b __primary_switched",
        "c",
        "p/x (unsigned long)$pc >> 48",
        "delete",
        "tbreak start_kernel",
        "c",
        "next",
        "next",
        "next",
        "info symbol $pc",
        "kill",
    ]
    patterns = [
        r'^\$1 = .*"Linux version 6\.1\.',
        r"^primary_entry in section .init.text|^_text in section .head.text",
        r"^Breakpoint 1 at 0x\w+: __enable_mmu\. \(2 locations\)$",
        r"^Breakpoint 1\.\d, .*__enable_mmu \(\)",
        r"^#0 +.*__enable_mmu \(\)",
        r"^\$2 = 0x0$",
        r"^the MMU is off \(SCTLR_EL1\.M is 0\)",
        r"^__enable_mmu \+ \d+ in section .text of ",
        r"^lower half: TTBR0_EL1 = 0x",
        r"^level 0 +VA\[47:39\] = 0x000 .* table at 0x",
        r"^EL1 may read, execute; anything else is a permission fault, level \d$",
        r"^Breakpoint 2\.\d, .*__primary_switched \(\)",
        r"^\$3 = 0xffff$",
        r"^Temporary breakpoint 3\.\d, .*start_kernel \(\)",
        r"^start_kernel \+ \d+ in section .init.text",
    ]
    session(options, IMAGE, commands, patterns, nobody)


def kaslr(options):
    with tempfile.TemporaryDirectory(prefix="armlet-gdb.") as folder:
        kaslr_session(options, os.path.join(folder, "attached"))


def kaslr_session(options, attached):
    """Breakpoints by names alone, and a kernel that moves itself away from them. gdb makes the file `attached` when it is
    there for the second time; the guest is used meanwhile and must not be gone by then."""

    def drive(guest):
        guest.login()
        deadline = time.monotonic() + options.timeout
        while not os.path.exists(attached) and time.monotonic() < deadline:
            time.sleep(0.1)
        guest.power_off()

    vmlinux = guest_file(VMLINUX)
    commands = [
        f"file {vmlinux}",
        "target remote localhost:PORT",
        "x/s linux_banner",
        "b primary_entry",
        "b start_kernel",
        "c",
        "monitor kaslr",
        "c",
        f"monitor symbols {vmlinux}",
        "python import re",
        'python gdb.execute(re.search("gdb: (.*)", gdb.execute("monitor kaslr", to_string=True))[1])',
        "bt 1",
        "delete",
        # Whoever comes later is told without asking.
        "disconnect",
        "shell sleep 1",
        "symbol-file",
        f"file {vmlinux}",
        "target remote localhost:PORT",
        f"shell touch {attached}",
        "tbreak vfs_read",
        "c",
        "bt 2",
        "p (unsigned long)&_text != %#x" % LINKED_AT,
        "c",
    ]
    patterns = [
        r'"Linux version 6\.1\.',
        r"^CPU#0 reached the breakpoint 0xffff80000\w+ at 0x40\w+, its physical address$",
        r"^gdb has names there after: add-symbol-file vmlinux -o 0x",
        r"^the kernel has no virtual address yet",
        r"^CPU#0 reached the breakpoint 0xffff80000\w+ at 0xffff\w+, where KASLR has moved it$",
        r"^\d+ symbols from /.*/vmlinux$",
        r"^#0 +.*start_kernel \(\)",
        r"^Temporary breakpoint 3, (0x\w+ in )?vfs_read ",
        r"^#1 .* ksys_read \(",
        r"^\$1 = 1$",
        r"^\[Inferior 1 \(process 1\) exited normally\]$",
    ]
    session(options, IMAGE, commands, patterns, drive, append="")


def entry_of(elf):
    with open(elf, "rb") as file:
        return struct.unpack_from("<Q", file.read(32), 24)[0]


def run_uname(guest):
    guest.login()
    guest.run("/bin/uname -r")  # not the shell's own
    guest.power_off()


def process(options):
    """One process of many: its first instruction in user space, its steps, its system calls."""
    start = entry_of(guest_file("debian/root/bin/busybox"))
    commands = [
        f"file {guest_file(VMLINUX)}",
        "target remote localhost:PORT",
        # Where exec is about to leave the kernel; the tables are the new program's already.
        'tbreak finalize_exec if $_streq($lx_current().comm, "uname")',
        "c",
        "bt",
        "lx-ps",
        "lx-dmesg",
        "set $tables = $TTBR0_EL1",
        f"hbreak *{start:#x} if $TTBR0_EL1 == $tables",
        "c",
        "p $cpsr",
        "p/x *(unsigned int *)$pc != 0",
        "monitor step exceptions off",
        "stepi 3000",
        "p $cpsr & 0xc",
        "delete",
        "monitor catch svc",
        "c",
        "monitor catch off",
        "monitor why",
        "p $TTBR0_EL1 == $tables",
        "monitor step exceptions on",
        "tbreak cpu_do_idle",
        "c",
        "stepi 8",
        "info symbol $pc",
        "c",
    ]
    patterns = [
        r"^Temporary breakpoint 1, (0x\w+ in )?finalize_exec \(",
        r"^#1 .* load_elf_binary \(",
        r" __arm64_sys_execve \(",
        r"^0x\w+ +\d+ +uname$",
        r"\] Linux version 6\.1\.",
        rf"^Breakpoint 2, {start:#018x} in \?\? \(\)$",
        r"^\$1 = \[ EL=0 ",
        r"^\$2 = 0x1$",
        r"^exceptions off: a step goes over",
        r"^0x0000\w+ in \?\? \(\)$",
        r"^\$3 = 0$",
        r"^CPU#0 caught: svc from EL0; it returns to 0x",
        r"^CPU#0, the last synchronous exception: SVC #0$",
        r"taken from EL0, ",
        r"^\$4 = 1$",
        r"^Temporary breakpoint 3, (0x\w+ in )?cpu_do_idle \(\)",
        r" in section .text$",
        r"^\[Inferior 1 \(process 1\) exited normally\]$",
    ]
    session(options, IMAGE, commands, patterns, run_uname)


def watch(options):
    """The variable that every tick changes, written and read; then a register of the processor."""
    commands = [
        f"file {guest_file(VMLINUX)}",
        "target remote localhost:PORT",
        "tbreak run_init_process",
        "c",
        "watch jiffies_64",
        "c",
        "x/i $pc-4",
        "c",
        "bt",
        "delete",
        "rwatch jiffies_64",
        "c",
        "x/i $pc-4",
        "delete",
        "watch jiffies_64 if jiffies_64 % 16 == 0",
        "c",
        "p jiffies_64 % 16",
        "delete",
        "set $TPIDR_EL0 = 0x1234",
        "p $TPIDR_EL0",
        "tbreak tick_sched_timer",
        "c",
        "finish",
        "kill",
    ]
    change = r"^Hardware watchpoint \d: jiffies_64\s+Old value = (\d+)\s+New value = (\d+)$"
    patterns = [
        r"^Temporary breakpoint 1, (0x\w+ in )?run_init_process \(",
        change,
        r"tick_do_update_jiffies64 \(",
        r"\tstl?r\tx\d+, \[",
        change,
        r"^#0 +.*tick_do_update_jiffies64 \(",
        r" gic_handle_irq \(",
        r"^Hardware read watchpoint 3: jiffies_64\s+Value = \d+$",
        r"\tlda?r\tx\d+, \[",
        change,
        r"^\$1 = 0$",
        r"^\$2 = \(void \*\) 0x1234$",
        r"^Temporary breakpoint 5, (0x\w+ in )?tick_sched_timer \(",
        r"^Value returned is \$3 = HRTIMER_",
    ]
    session(options, IMAGE, commands, patterns, nobody)


SESSIONS = {"head": head, "kaslr": kaslr, "process": process, "watch": watch}

if __name__ == "__main__":
    sys.exit(gdb_session.main(__doc__, SESSIONS))
