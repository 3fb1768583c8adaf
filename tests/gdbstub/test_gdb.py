#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Sessions of gdb-multiarch with real kernels, as any stub for one has them.

    test_gdb.py --program build/armlet --session tutorial
"""

import sys

import gdb_session
from gdb_session import GDB, SETTINGS, Console
from gdb_session import command_line, free_port, guest_file, log_in_and_power_off, nobody, session


def tutorial(options):
    """The session of a well-known tutorial, from the first instruction to the last."""
    commands = [
        "set architecture aarch64",
        "target remote localhost:PORT",
        "info registers",
        "x/6i 0x40000000",
        "si",
        "ni",
        "b *0x4000000c",
        "c",
        "info threads",
        "monitor info status",
        "delete",
        "c",
    ]
    patterns = [
        r"^0x0000000040000000 in \?\? \(\)$",
        *(rf"^x{n} +0x0 +0$" for n in range(31)),
        r"^sp +0x0 +0x0$",
        r"^pc +0x40000000 +0x40000000$",
        r"^cpsr +0x400003c5 +\[ SP EL=1 F I A D Z \]$",
        r"^fpsr +0x0 ",
        r"^fpcr +0x0 ",
        r"^=> 0x40000000:\tldr\tx0, 0x40000018$",
        r"^   0x40000014:\tbr\tx4$",
        r"^0x0000000040000004 in \?\? \(\)$",
        r"^0x0000000040000008 in \?\? \(\)$",
        r"^Breakpoint 1, 0x000000004000000c in \?\? \(\)$",
        r"^\* 1 +Thread 1\.1 \(CPU#0 \[running\]\) 0x000000004000000c in",
        r"^VM status: paused$",
        r"^\[Inferior 1 \(process 1\) exited normally\]$",
    ]
    session(options, "debian/Image", commands, patterns, log_in_and_power_off)


def registers(options):
    """System registers by name and group, and what a refused write looks like."""
    commands = [
        "target remote localhost:PORT",
        "p/x $SCTLR_EL1",
        "set $VBAR_EL1 = 0x40080000",
        "flushregs",
        "p $VBAR_EL1",
        "set $fpcr = 0x01c00000",
        "info registers fpcr",
        "info registers system",
        "info registers timer",
        "set $MIDR_EL1 = 1",
        "kill",
    ]
    patterns = [
        r"^\$1 = 0xc50838$",
        r"^\$2 = \(void \(\*\)\(\)\) 0x40080000$",
        r"^fpcr +0x1c00000 +\[ RMode=3 FZ \]$",
        r"^SCTLR_EL1 +0xc50838 ",
        r"^TTBR0_EL1 +0x0 ",
        r"^CNTFRQ_EL0 +0x3b9aca0 +62500000$",
        r"^Could not write register \"MIDR_EL1\"",
    ]
    session(options, "debian/Image", commands, patterns, nobody)


def symbols(options):
    """A kernel with symbols: from reset to its C code, into a system call, out of the way."""
    commands = [
        f"file {guest_file('linux-6.1/vmlinux')}",
        "target remote localhost:PORT",
        "b start_kernel",
        "c",
        "bt",
        "p linux_banner",
        "next",
        "step",
        "finish",
        "tbreak vfs_read",
        "c",
        "bt",
        "stepi 2000",
        "bt",
        "p init_task.comm",
        "set var saved_command_line[0] = saved_command_line[0]",
        "delete",
        "hbreak kernel_power_off",
        "c",
        "bt 1",
        "delete",
        "c",
    ]
    patterns = [
        r"^Breakpoint 1, (0x\w+ in )?start_kernel \(\)",
        r"^#1 .* __primary_switched \(\)",
        r'"Linux version 6\.1\.',
        r"^Temporary breakpoint 2, (0x\w+ in )?vfs_read \(",
        r"^#1 .* ksys_read \(",
        r" __arm64_sys_read \(",
        r" el0_svc \(",
        r" el0t_64_sync \(",
        r"^#0 ",
        r'= "swapper/0',
        r"^Breakpoint 3, (0x\w+ in )?kernel_power_off \(\)",
        r"^#0 +kernel_power_off \(\)",
        r"^\[Inferior 1 \(process 1\) exited normally\]$",
    ]
    session(options, "linux-6.1/Image", commands, patterns, log_in_and_power_off)


def processors(options):
    """Four processors: each one's arrival, all of them at a look, and one that is stepped."""
    commands = [
        f"file {guest_file('linux-6.1/vmlinux')}",
        "target remote localhost:PORT",
        "b secondary_start_kernel",
        "c",
        "info threads",
        "c",
        "c",
        "info threads",
        "delete",
        "tbreak run_init_process",
        "c",
        "thread 2",
        "stepi",
        "stepi",
        "bt",
        "c",
    ]
    off = r"Thread 1\.%d \(CPU#%d \[off\]\)"
    patterns = [
        r"^Thread 2 hit Breakpoint 1, ",
        r"^\* 2 +Thread 1\.2 \(CPU#1 \[running\]\)",
        off % (3, 2),
        off % (4, 3),
        r"^Thread 3 hit Breakpoint 1, ",
        r"^Thread 4 hit Breakpoint 1, ",
        r"^\* 4 +Thread 1\.4 \(CPU#3 \[running\]\)",
        r"hit Temporary breakpoint 2, ",
        r"^\[Switching to thread 2 \(Thread 1\.2\)\]$",
        # The bottom of its stack: the idle task's, or that of init when CPU 1 is the one to run it.
        r" (?:secondary_start_kernel|ret_from_fork) \(\)",
        r"^\[Inferior 1 \(process 1\) exited normally\]$",
    ]
    session(options, "linux-6.1/Image", commands, patterns, log_in_and_power_off, cpus="4")


def non_stop(options):
    """A processor is looked at while the other runs on; gdb is at its prompt all the time."""
    port = free_port()
    argv = [GDB, "-nx", "-q", f"{guest_file('linux-6.1/vmlinux')}"]
    for command in SETTINGS + ["set style enabled off", "set non-stop on"]:
        argv += ["-ex", command]
    machine = command_line(options, "linux-6.1/Image", port, "2", "nokaslr")
    with Console(machine, options.timeout) as guest, Console(argv, options.timeout) as gdb:
        gdb.send_line(f"target remote localhost:{port}")
        gdb.expect(rb"Thread 1 stopped")
        gdb.expect(rb"Thread 2 stopped")
        gdb.send_line("hbreak secondary_start_kernel")
        gdb.send_line("continue -a &")
        gdb.expect(rb"Thread 2 hit Breakpoint 1, secondary_start_kernel")
        gdb.send_line("info threads")
        gdb.expect(rb"1 +Thread 1\.1 \(CPU#0 \[\w+\]\) +\(running\)")
        gdb.expect(rb"2 +Thread 1\.2 \(CPU#1 \[running\]\) +secondary_start_kernel")
        gdb.send_line("thread 2")
        gdb.send_line("bt")
        gdb.expect(rb"#1 .* __secondary_switched")
        gdb.send_line("delete")
        gdb.send_line("continue &")
        guest.login()
        gdb.send_line("interrupt")
        gdb.expect(rb"Thread 2 stopped")
        gdb.send_line("info threads")
        gdb.expect(rb"1 +Thread 1\.1 \(CPU#0 \[\w+\]\) +\(running\)")
        gdb.send_line("continue &")
        guest.run("echo still here")
        gdb.send_line("interrupt -a")
        gdb.expect(rb"Thread [12] stopped")
        gdb.expect(rb"Thread [12] stopped")
        gdb.send_line("thread 1")
        gdb.send_line("bt")
        gdb.expect(rb"#0 .*(\n|.)*\(gdb\)")
        gdb.send_line("continue -a &")
        guest.power_off()
        gdb.expect(rb"\[Inferior 1 \(process 1\) exited normally\]")


SESSIONS = {
    "tutorial": tutorial,
    "registers": registers,
    "symbols": symbols,
    "processors": processors,
    "non_stop": non_stop,
}


if __name__ == "__main__":
    sys.exit(gdb_session.main(__doc__, SESSIONS))
