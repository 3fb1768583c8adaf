#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The debug stub on a bare-metal guest, byte by byte.

    test_stub.py --program build/armlet [TEST...]

Each function below that starts with check_ is a test. It gets a machine that stands at reset.
"""

import argparse
import os
import random
import re
import select
import subprocess
import sys
import tempfile
import time

import rsp
from rsp import PC, Emulator, StubError, expect

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "guest"))
import run_guest  # noqa: E402 (the folder above)

SOON = 0.05  # seconds: how long Ctrl-C may take
RUN_TIME = 0.15  # seconds: a busy host lets the machine run within that


class Guest:
    """The compiled playground."""

    def __init__(self, folder):
        self.image = os.path.join(folder, "playground.elf")
        run_guest.compile_guest(os.path.join(HERE, "playground.c"), self.image)
        listing = subprocess.run(
            ["aarch64-linux-gnu-nm", self.image], check=True, capture_output=True, text=True
        ).stdout
        self.symbols = {}
        for line in listing.splitlines():
            address, _, name = line.split(maxsplit=2)
            self.symbols[name] = int(address, 16)

    def __getattr__(self, name):
        return self.symbols[name]


def to_ready(client, guest):
    client.run_to(guest.ready)
    expect(client.register(PC) == guest.ready, "not at ready()")


def check_reset_state(machine, guest):
    """x0 to x30, SP 0; PSTATE 0x400003c5; FPSR, FPCR 0."""
    client = machine.connect()
    block = bytes.fromhex(client.ask("g"))
    expect(block[: 32 * 8] == bytes(32 * 8), "X0 to X30 and SP are not 0")
    expect(client.register(33) == 0x400003C5, "CPSR")
    expect(client.register(66) == 0 and client.register(67) == 0, "FPSR, FPCR")
    expect(len(block) == 33 * 8 + 4 + 32 * 16 + 8, f"g has {len(block)} bytes")


def check_registers_keep_what_is_written(machine, guest):
    client = machine.connect()
    block = bytearray(bytes.fromhex(client.ask("g")))
    values = random.Random(1)
    for i in range(32 * 8):  # X0 to X30, SP
        block[i] = values.randrange(256)
    for i in range(33 * 8 + 4, 33 * 8 + 4 + 32 * 16):  # V0 to V31
        block[i] = values.randrange(256)
    expect(client.ask("G" + block.hex()) == "OK", "G")
    expect(client.ask("g") == block.hex(), "g differs from what G wrote")
    expect(client.ask("P22=" + "0123456789abcdef" * 2) == "OK", "P of V0")
    expect(client.ask("p22") == "0123456789abcdef" * 2, "p of V0")


def check_system_registers_are_described_by_group(machine, guest):
    client = machine.connect()
    rows = client.description()
    expect(rows["SCTLR_EL1"].get("group") == "system", "SCTLR_EL1")
    expect(rows["CNTV_CTL_EL0"].get("group") == "timer", "CNTV_CTL_EL0")
    expect(rows["MDSCR_EL1"].get("group") == "debug", "MDSCR_EL1")
    expect(rows["SCTLR_EL1"].get("save-restore") == "no", "a call would write SCTLR_EL1")
    expect(len(client.ask("g")) == 2 * (33 * 8 + 4 + 32 * 16 + 8), "g has grown")
    expect(client.system("MPIDR_EL1") == 0x80000000, "MPIDR_EL1")
    expect(client.system("SCTLR_EL1") == 0x00C50838, "SCTLR_EL1 at reset")
    expect(client.set_system("VBAR_EL1", 0x40081234) == "OK", "VBAR_EL1 cannot be written")
    expect(client.system("VBAR_EL1") == 0x40081000, "VBAR_EL1[10:0] is not RES0")
    for name in ("MIDR_EL1", "CNTPCT_EL0", "CurrentEL"):
        expect(client.set_system(name, 1) == "E22", f"{name} can be written")
    expect(client.ask(f"p{client.number_of('OSLAR_EL1'):x}") == "x" * 16, "OSLAR_EL1 can be read")


ALIAS = 0x100000000 - 0x40000000


def map_ram_again(client, table):
    """The MMU on, with RAM's first GiB where it is and at 0x100000000."""
    block = 0x40000701  # level 1: 1 GiB at RAM base, AF, inner shareable, AttrIndx 0
    for entry in (1, 4):
        client.ask(f"M{table + 8 * entry:x},8:{block.to_bytes(8, 'little').hex()}")
    client.set_system("MAIR_EL1", 0xFF)
    client.set_system("TCR_EL1", 1 << 23 | 25)  # EPD1, T0SZ: 39 bits
    client.set_system("TTBR0_EL1", table)
    client.set_system("SCTLR_EL1", client.system("SCTLR_EL1") | 1)


def check_a_written_system_register_acts(machine, guest):
    """VBAR_EL1 takes an exception elsewhere; the MMU is switched on, and a TLB entry forgotten."""
    client = machine.connect()
    client.run_to(guest.main)
    vectors, table = guest.buffer, guest.buffer + 4096
    client.ask(f"M{guest.main:x},4:010000d4")  # svc #0
    client.set_system("VBAR_EL1", vectors)
    client.ask("s")
    expect(client.register(PC) == vectors + 0x200, "the SVC went elsewhere")
    expect(client.system("ELR_EL1") == guest.main + 4, "ELR_EL1")
    expect(client.ask(f"m{guest.cell + ALIAS:x},8") == "E14", "mapped before the MMU is on")
    map_ram_again(client, table)
    client.ask(f"M{guest.cell:x},8:0123456789abcdef")
    expect(client.ask(f"m{guest.cell + ALIAS:x},8") == "0123456789abcdef", "not the same cell")
    client.set_register(PC, guest.exclusive + ALIAS)
    client.run_to(guest.exclusive_done + ALIAS)
    expect(client.ask(f"m{guest.cell:x},8") == "0223456789abcdef", "it does not run there")
    client.set_system("SCTLR_EL1", client.system("SCTLR_EL1") & ~1)
    expect(client.ask("s").startswith("T05"), "s")
    expect(client.system("ESR_EL1") >> 26 == 0x21, "no instruction abort with the MMU off")


def check_memory_of_any_length(machine, guest):
    client = machine.connect()
    data = random.Random(2).randbytes(3 * 4096)
    for start, size in ((0, 1), (1, 3), (4095, 2), (7, 8192), (0, 3 * 4096)):
        part = data[start : start + size]
        where = guest.buffer + start
        expect(client.ask(b"X%x,%x:" % (where, size) + part) == "OK", f"X of {size}")
        expect(client.memory(where, size) == part, f"X wrote something else, {size}")
        part = part[::-1]
        expect(client.ask(f"M{where:x},{size:x}:{part.hex()}") == "OK", f"M of {size}")
        expect(client.memory(where, size) == part, f"M wrote something else, {size}")
    expect(client.memory(guest.buffer, 0) == b"", "m of nothing")


def check_devices_are_not_disturbed(machine, guest):
    """No memory there for a debugger: reading the interrupt controller's IAR would acknowledge."""
    client = machine.connect()
    for address in (0x09000000, 0x0801000C, 0x0, 0xFFFFFFFFFFFFF000):
        expect(client.ask(f"m{address:x},4") == "E14", f"{address:#x} can be read")
        expect(client.ask(f"M{address:x},1:00") == "E14", f"{address:#x} can be written")
    end = 0x40000000 + (128 << 20)
    expect(len(client.memory(end - 8, 16)) == 8, "memory does not end where RAM does")
    expect(client.ask(f"M{end - 8:x},9:" + "ff" * 9) == "E14", "a write past the end of RAM")
    expect(client.memory(end - 8, 8) == bytes(8), "half a write was done")


def monitor(client, line):
    """What the monitor says to a line."""
    client.tell(b"qRcmd," + line.encode().hex().encode())
    text = ""
    while (packet := client.take_packet()) != "OK":
        expect(packet[:1] == "O", f"monitor {line}: {packet}")
        text += bytes.fromhex(packet[1:]).decode()
    return text


def check_devices_are_reached_when_asked(machine, guest):
    """PL011 UARTPeriphID0 to 3 are 0x11, 0x10, 0x34 or 0x14, 0; GICD_TYPER is banked by nothing."""
    client = machine.connect()
    expect(client.ask("m9000fe0,10") == "E14", "a device was read without leave")
    expect(monitor(client, "mmio on") == "", "mmio on")
    expect(client.memory(0x09000FE0, 4) == bytes([0x11, 0, 0, 0]), "UARTPeriphID0")
    expect(client.memory(0x09000FE4, 1) == bytes([0x10]), "UARTPeriphID1, a byte")
    expect(client.ask("M9000024,4:05000000") == "OK", "UARTIBRD cannot be written")
    expect(client.number(0x09000024) & 0xFFFF == 5, "UARTIBRD")
    expect(len(client.memory(0x08000000, 0x2000)) == 0x2000, "the GIC's distributor")
    expect(client.ask("m9100000,4") == "E14", "there is something between the devices")
    expect(monitor(client, "mmio off") == "", "mmio off")
    expect(client.ask("m9000fe0,4") == "E14", "a device was read without leave")
    expect("on or off" in monitor(client, "mmio maybe"), "mmio maybe")


def check_a_range_is_stepped_through(machine, guest):
    """To where the range is left; a breakpoint in it, or Ctrl-C, ends the step sooner."""
    client = machine.connect()
    to_ready(client, guest)
    client.ask("qSupported:swbreak+")
    client.set_register(PC, guest.exclusive)
    stop = client.ask(f"vCont;r{guest.exclusive:x},{guest.exclusive_done:x}:1")
    expect(stop == "T05thread:01;", f"the range ends with {stop}")
    expect(client.register(PC) == guest.exclusive_done, "stopped elsewhere")
    loop = f"vCont;r{guest.counting:x},{guest.counting + 28:x}:1"
    client.set_register(PC, guest.counting)
    client.ask(f"Z0,{guest.counting_store:x},4")
    for i in range(3):
        expect("swbreak" in client.ask(loop), "the breakpoint was passed")
        expect(client.register(PC) == guest.counting_store, "not at the breakpoint")
        expect(client.number(guest.count) == i, "the loop was run too often")
    client.ask(f"z0,{guest.counting_store:x},4")
    ticks, waits = client.number(guest.ticks), []
    for _ in range(3):
        client.tell(loop)
        time.sleep(RUN_TIME)
        waits.append(client.interrupt())
    expect(min(waits) < SOON, f"Ctrl-C took {waits} s")
    expect(client.number(guest.count) > 1000, "the range is not stepped through")
    expect(client.number(guest.ticks) == ticks, "a step took the timer's interrupt")


def check_physical_memory(machine, guest):
    """The MMU maps 0x100000000 to RAM; by physical address there is nothing there."""
    client = machine.connect()
    expect(client.ask("qqemu.PhyMemMode") == "0", "qqemu.PhyMemMode")
    map_ram_again(client, guest.buffer)
    client.ask(f"M{guest.cell:x},4:01020304")
    expect(client.memory(guest.cell + ALIAS, 4) == bytes([1, 2, 3, 4]), "virtual")
    expect(client.ask("Qqemu.PhyMemMode:1") == "OK", "Qqemu.PhyMemMode")
    expect(client.ask(f"m{guest.cell + ALIAS:x},4") == "E14", "the MMU is still asked")
    expect(client.memory(guest.cell, 4) == bytes([1, 2, 3, 4]), "physical")
    expect(client.ask(f"M{guest.cell:x},4:05060708") == "OK", "physical write")
    expect(client.ask("Qqemu.PhyMemMode:0") == "OK", "Qqemu.PhyMemMode")
    expect(client.memory(guest.cell + ALIAS, 4) == bytes([5, 6, 7, 8]), "virtual again")


def check_memory_is_searched_and_summed(machine, guest):
    client = machine.connect()
    data = random.Random(4).randbytes(3 * 4096)
    client.ask(b"X%x,%x:" % (guest.buffer, len(data)) + data)
    at = guest.buffer + 4096 - 3  # across pages and pieces
    reply = client.ask(b"qSearch:memory:%x;%x;" % (guest.buffer, len(data)) + data[4093:4103])
    expect(reply == f"1,{at:x}", f"found {reply}")
    end = 0x40000000 + (128 << 20)
    expect(client.ask(f"qSearch:memory:{end - 4096:x};2000;no") == "E14", "past the end")
    expect(client.ask(f"qCRC:{guest.buffer:x},0") == "Cffffffff", "qCRC of nothing")


def check_a_step_takes_no_interrupt(machine, guest):
    client = machine.connect()
    to_ready(client, guest)
    client.set_register(PC, guest.counting)
    loop = range(guest.counting, guest.counting + 24)
    for _ in range(1000):
        expect(client.ask("s").startswith("T05"), "s")
        expect(client.register(PC) in loop, f"stepped to {client.register(PC):#x}")
    before = client.number(guest.ticks)
    client.tell("c")
    time.sleep(RUN_TIME)
    client.interrupt()
    expect(client.number(guest.ticks) > before, "no interrupt after continuing")


def check_stepping_goes_on_for_ever(machine, guest):
    """12,000 instructions are longer than the timer's period of 10 us, in guest time too."""
    client = machine.connect()
    to_ready(client, guest)
    expect(client.ask("QStartNoAckMode") == "OK", "QStartNoAckMode")
    client.set_register(PC, guest.counting)
    before = client.number(guest.ticks)
    for _ in range(12000):
        client.ask("s")
    expect(client.number(guest.ticks) == before, "a step took the timer's interrupt")
    # the store is the 5th instruction, then every 4th
    expect(client.number(guest.count) == (12000 - 5) // 4 + 1, "instructions were lost or done twice")


def check_a_breakpoint_is_hit_each_time(machine, guest):
    client = machine.connect()
    to_ready(client, guest)
    client.ask("qSupported:swbreak+;hwbreak+")
    for kind, name in (("0", "swbreak"), ("1", "hwbreak")):
        client.set_register(PC, guest.counting)
        first = client.number(guest.count)
        expect(client.ask(f"Z{kind},{guest.counting_store:x},4") == "OK", "Z")
        for i in range(20):
            stop = client.ask("c")
            expect(stop.startswith("T05") and f"{name}:;" in stop, f"stopped with {stop}")
            expect(client.register(PC) == guest.counting_store, "stopped elsewhere")
            expect(client.number(guest.count) == first + i, "the loop was run too often")
        expect(client.ask(f"z{kind},{guest.counting_store:x},4") == "OK", "z")
        expect(client.memory(guest.counting_store, 4) == b"\x22\x00\x00\xf9", "memory changed")


def check_watchpoints(machine, guest):
    """A write counts whatever it writes; the PC is behind the access; the address is the byte's."""
    client = machine.connect()
    to_ready(client, guest)
    expect(client.ask("Z2,%x,0" % guest.cell) == "E22", "a watchpoint on nothing")
    both = [("watch", guest.cell, guest.touched), ("rwatch", guest.cell + 7, guest.was_read)]
    for kind, address, stops in (
        (2, guest.cell, both[:1]),
        (3, guest.cell + 7, both[1:]),
        (4, guest.cell, [("awatch", guest.cell, guest.touched), ("awatch", guest.cell + 6, guest.was_read)]),
    ):
        size = 1 if kind == 3 else 8
        client.set_register(PC, guest.touching)
        expect(client.ask(f"Z{kind},{address:x},{size:x}") == "OK", f"Z{kind}")
        for word, where, pc in stops * 2:
            stop = client.ask("c")
            expect(stop == f"T05thread:01;{word}:{where:x};", f"Z{kind} stops with {stop}")
            expect(client.register(PC) == pc, "stopped elsewhere")
        client.set_register(PC, guest.touched - 4 if kind != 3 else guest.touched)
        expect(f"{stops[0][0]}:" in client.ask("s"), "not seen by a step")
        expect(client.ask(f"z{kind},{address:x},{size:x}") == "OK", f"z{kind}")
    client.set_register(PC, guest.touching)
    client.tell("c")
    time.sleep(RUN_TIME)
    client.interrupt()  # nothing is watched any more


def check_a_jump_to_a_breakpoint_hits_it(machine, guest):
    client = machine.connect()
    to_ready(client, guest)
    expect(client.ask(f"Z0,{guest.counting_store:x},4") == "OK", "Z")
    stop = client.ask(f"c{guest.counting_store:x}")
    expect(stop.startswith("T05"), "c ADDR")
    expect(client.register(PC) == guest.counting_store, "the breakpoint was passed")


def check_written_code_is_executed(machine, guest):
    client = machine.connect()
    client.run_to(guest.main)
    code = bytes.fromhex("e0048052" "00000014")  # mov w0, #39; b .
    expect(client.ask(f"M{guest.main:x},8:{code.hex()}") == "OK", "M")
    client.ask("s")
    expect(client.register(0) == 39, "the old instruction was executed")


def expect_ctrl_c(client, stands_at):
    waits = []
    for _ in range(5):
        client.tell("c")
        time.sleep(RUN_TIME)
        waits.append(client.interrupt())
        expect(client.register(PC) == stands_at, "stopped elsewhere")
    expect(min(waits) < SOON, f"Ctrl-C took {waits} s")  # the host may be busy at times


def check_ctrl_c_while_spinning_with_interrupts_off(machine, guest):
    client = machine.connect()
    to_ready(client, guest)
    client.set_register(PC, guest.spin_masked)
    expect_ctrl_c(client, guest.spin_masked + 4)


def check_ctrl_c_while_asleep(machine, guest):
    client = machine.connect()
    to_ready(client, guest)
    client.set_register(PC, guest.sleep_masked)
    expect_ctrl_c(client, guest.behind_wfi)


def check_wfi_is_stepped_over(machine, guest):
    client = machine.connect()
    to_ready(client, guest)
    client.set_register(PC, guest.sleep_masked)
    for step in (4, 8, 12, 8, 12):
        expect(client.ask("s").startswith("T05"), "s")
        expect(client.register(PC) == guest.sleep_masked + step, "stopped elsewhere")


def check_an_exclusive_pair_can_be_stepped(machine, guest):
    client = machine.connect()
    to_ready(client, guest)
    client.set_register(PC, guest.exclusive)
    for _ in range(6):
        client.ask("s")
    expect(client.register(PC) == guest.exclusive_done, "the store-exclusive failed")
    expect(client.number(guest.cell) == 1, "nothing was stored")


def check_poweroff_is_an_exit(machine, guest):
    client = machine.connect()
    to_ready(client, guest)
    client.set_register(PC, guest.leave)
    expect(client.ask("c") == "W00", "not W00")
    expect(client.take_packet() is None, "the connection stays")
    expect(machine.wait() == (0, ""), "exit status")


def check_a_signal_is_told(machine, guest):
    client = machine.connect()
    machine.process.terminate()
    expect(client.take_packet() == "X0f", "not X0f")
    expect(machine.wait()[0] == 128 + 15, "exit status")


def check_kill(machine, guest):
    client = machine.connect()
    expect(client.ask("vKill;1") == "OK", "vKill")
    expect(machine.wait() == (0, ""), "exit status")


def reconnect(machine):
    """A new session, after the machine has run for a while and has noticed that the last one ended."""
    time.sleep(RUN_TIME)
    for _ in range(100):
        client = machine.connect()
        try:
            stop = client.ask("?")
        except OSError:
            stop = None
        if stop and not stop.startswith("E."):  # refused as long as the last one is there
            expect(stop == "T05thread:01;", f"a new session begins with {stop}")
            return client
        time.sleep(RUN_TIME)
    raise StubError("nobody is let in any more")


def check_detaching_lets_it_run(machine, guest):
    client = machine.connect()
    to_ready(client, guest)
    client.ask(f"Z0,{guest.counting_store:x},4")
    client.set_register(PC, guest.counting)
    expect(client.ask("D") == "OK", "D")
    client.close()
    client = reconnect(machine)
    expect(client.number(guest.count) > 100, "the machine did not run on")


def check_a_lost_connection_lets_it_run(machine, guest):
    client = machine.connect()
    to_ready(client, guest)
    client.ask(f"Z0,{guest.counting_store:x},4")
    client.set_register(PC, guest.counting)
    client.close()
    client = reconnect(machine)
    expect(client.number(guest.count) > 100, "the machine did not run on")


def check_a_second_client_is_refused(machine, guest):
    first = machine.connect()
    for _ in range(3):
        second = machine.connect()
        refusal = second.ask("qSupported:multiprocess+")
        expect(refusal == "E.another debugger is connected", f"the second client hears {refusal}")
        expect(second.take_packet() is None, "the second client is kept")
    expect(first.ask("qAttached") == "1", "the first one suffers")
    first.close()
    reconnect(machine)


def check_a_client_that_never_reads_is_dropped(machine, guest):
    """It asks for memory without end; the machine neither waits for it nor keeps it all."""
    client = machine.connect()
    to_ready(client, guest)
    request = rsp.frame(b"m40000000,10000")
    try:
        for _ in range(10000):  # more than 1 GiB
            client.send_bytes(request)
    except OSError:
        pass  # hung up on
    else:
        raise StubError("it is served for ever")
    with open(f"/proc/{machine.process.pid}/statm", encoding="ascii") as sizes:
        resident = int(sizes.read().split()[1]) * 4096
    expect(resident < 200 << 20, f"{resident >> 20} MiB are kept for it")
    client.close()
    client = reconnect(machine)
    expect(client.number(guest.ticks) > 0, "the machine does not run")


def check_lost_in_mid_packet(machine, guest):
    for rest in (b"$", b"$m4000", b"$X40000000,4:}", b"$g#", b"$g#6", b"+++", b"\x03" * 1000, b""):
        client = machine.connect()
        client.send_bytes(rest)
        client.close()
        reconnect(machine).close()


def check_the_clock_stands_with_the_machine(machine, guest):
    client = machine.connect()
    to_ready(client, guest)
    client.tell(b"qRcmd," + b"info status".hex().encode())
    first = bytes.fromhex(client.take_packet()[1:]).decode()
    expect("paused" in first and client.take_packet() == "OK", f"info status says {first}")
    time.sleep(0.1)
    client.tell(b"qRcmd," + b"info status".hex().encode())
    expect(bytes.fromhex(client.take_packet()[1:]).decode() == first, "guest time went on")
    expect(client.take_packet() == "OK", "no OK")


def check_the_monitor_stops_and_is_told(machine, guest):
    """Commands of the monitor while the machine runs come from elsewhere; system_reset from here."""
    client = machine.connect()
    to_ready(client, guest)
    client.tell(b"qRcmd," + b"system_reset".hex().encode())
    expect(client.take_packet() == "OK", "system_reset")
    expect(client.register(PC) == guest.symbols["_start"], "PC after the reset")
    client.run_to(guest.ready)
    client.tell(b"qRcmd," + b"nonsense".hex().encode())
    text = bytes.fromhex(client.take_packet()[1:]).decode()
    expect("nonsense" in text and "\r" not in text, f"the monitor says {text!r}")


def check_restart(machine, guest):
    client = machine.connect()
    to_ready(client, guest)
    client.tell("R00")
    expect(client.ask("?") == "T05thread:01;", "?")
    expect(client.register(PC) != guest.ready and client.register(0) == 0, "not at reset")
    to_ready(client, guest)


def check_noise_does_no_harm(machine, guest):
    client = machine.connect()
    noise = random.Random(3)
    for _ in range(300):
        client.send_bytes(noise.randbytes(noise.randrange(1, 2000)).replace(b"k", b"K"))
    client.close()
    reconnect(machine)


def check_malformed_packets_do_no_harm(machine, guest):
    """The fuzzer's packets, but for those that end the machine, while a guest runs now and then."""
    if not FUZZER:
        return
    program, count, seed = FUZZER
    made = subprocess.run([program, str(count), str(seed), "print"], check=True, capture_output=True)
    noise = re.sub(rb"(k|vKill;)", b"?", made.stdout)
    client = machine.connect()
    while noise:
        readable, writable, _ = select.select([client.socket], [client.socket], [], rsp.DEADLINE)
        expect(readable or writable, "the stub neither takes nor gives")
        if readable:
            expect(client.socket.recv(1 << 20), "the stub hung up")
        if writable:
            noise = noise[client.socket.send(noise[:4096]) :]
    client.close()
    client = reconnect(machine)
    expect(monitor(client, "system_reset") == "", "system_reset")
    to_ready(client, guest)


def check_threads_run_beside_a_step(machine, guest):
    """-smp 2: CPU 1 makes as much progress as the stepping CPU 0, or none when it is held."""
    client = machine.connect()
    to_ready(client, guest)
    expect(client.ask("qfThreadInfo") == "m01,02", "two threads")
    name = bytes.fromhex(client.ask("qThreadExtraInfo,2")).decode()
    expect(name == "CPU#1 [running]", f"thread 2 is {name}")
    client.set_register(PC, guest.counting)
    start = client.number(guest.count_of_cpu1)
    for _ in range(100):
        expect(client.ask("vCont;s:1;c:2").startswith("T05"), "vCont;s;c")
    moved = client.number(guest.count_of_cpu1)
    expect(0 < moved - start <= 100, f"CPU 1 went {moved - start} rounds")
    for _ in range(100):
        expect(client.ask("vCont;s:1").startswith("T05"), "vCont;s")
    expect(client.number(guest.count_of_cpu1) == moved, "a held processor runs")
    client.tell("vCont;c:2")
    time.sleep(RUN_TIME)
    before = client.number(guest.count)
    client.interrupt()
    expect(client.number(guest.count_of_cpu1) > moved, "CPU 1 does not run alone")
    expect(client.number(guest.count) == before, "CPU 0 is not held")
    client.ask("Hg2")
    expect(client.ask("vCont;s:2").startswith("T05thread:02"), "a step of CPU 1")


def next_stop(client):
    """What a stop notification, and vStopped behind it, tell: a set of stop replies."""
    expect((first := client.take_packet()).startswith("Stop:"), f"no notification, but {first}")
    stops = {first[5:]}
    while (more := client.ask("vStopped")) != "OK":
        stops.add(more)
    return stops


def check_non_stop(machine, guest):
    """-smp 2: each processor is stopped and resumed by itself."""
    client = machine.connect()
    to_ready(client, guest)
    expect("QNonStop+" in client.ask("qSupported:swbreak+"), "QNonStop is not offered")
    expect(client.ask("QNonStop:1") == "OK", "QNonStop")
    expect(client.ask("?") == "T00thread:01;" and client.ask("vStopped") == "OK", "?")
    expect(next_stop(client) == {"T00thread:02;"}, "the other that stands")
    expect(client.ask("vCont;c:2") == "OK", "vCont;c:2")
    start = client.number(guest.count_of_cpu1)
    client.set_register(PC, guest.counting)
    client.ask(f"Z0,{guest.counting_store:x},4")
    for i in range(3):
        expect(client.ask("vCont;c:1") == "OK", "vCont;c:1")
        expect(next_stop(client) == {"T05thread:01;swbreak:;"}, "not at the breakpoint")
        expect(client.register(PC) == guest.counting_store, "stopped elsewhere")
        expect(client.number(guest.count) == i, "the loop was run too often")
        time.sleep(RUN_TIME / 3)
        moved = client.number(guest.count_of_cpu1)
        expect(moved > start, "CPU 1 was stopped, too")
        start = moved
    expect(client.ask("vCont;s:1") == "OK", "vCont;s:1")
    expect(next_stop(client) == {"T05thread:01;"}, "the step")
    expect(client.register(PC) == guest.counting_store + 4, "stepped elsewhere")
    expect(client.ask("vCont;t:2") == "OK", "vCont;t:2")
    expect(next_stop(client) == {"T00thread:02;"}, "the halt")
    start = client.number(guest.count_of_cpu1)
    time.sleep(RUN_TIME)
    expect(client.number(guest.count_of_cpu1) == start, "CPU 1 runs on")
    client.ask(f"z0,{guest.counting_store:x},4")
    expect(client.ask("vCont;c") == "OK", "vCont;c")
    time.sleep(RUN_TIME)
    expect(client.ask("vCtrlC") == "OK", "vCtrlC")
    expect(next_stop(client) == {"T02thread:01;", "T02thread:02;"}, "vCtrlC stops both")
    client.ask("vCont;c:1")
    client.close()
    client = reconnect(machine)
    expect(client.number(guest.count_of_cpu1) > start + 100, "both run on without a client")


def check_non_stop_and_a_processor_that_is_off(machine, guest):
    client = machine.connect()
    client.ask("QNonStop:1")
    client.tell("vCont;s:2")
    replies = {client.take_packet(), client.take_packet()}
    expect(replies == {"OK", "Stop:T05thread:02;"}, f"a step of it: {replies}")
    expect(client.ask("vStopped") == "OK", "vStopped")
    expect(client.ask("vCont;c:2") == "OK", "it may run when it is switched on")
    client.ask(f"Z0,{guest.cpu1:x},4")
    client.ask("vCont;c:1")
    expect(next_stop(client) == {"T05thread:02;"}, "CPU 1 does not stop where it begins")
    expect(client.ask("vCont;t:1") == "OK", "CPU 0 has stopped, too")
    expect(next_stop(client) == {"T00thread:01;"}, "the halt")


def check_a_processor_that_is_off_stands(machine, guest):
    client = machine.connect()
    name = bytes.fromhex(client.ask("qThreadExtraInfo,2")).decode()
    expect(name == "CPU#1 [off]", f"thread 2 is {name}")
    expect(client.ask("vCont;s:2").startswith("T05thread:02"), "a step of it")
    expect(client.ask("vCont;s:1").startswith("T05thread:01"), "a step of the other")


FUZZER = []  # program, packets, seed

OPTIONS = {
    check_malformed_packets_do_no_harm: ["-smp", "2"],
    check_threads_run_beside_a_step: ["-smp", "2"],
    check_a_processor_that_is_off_stands: ["-smp", "2"],
    check_non_stop: ["-smp", "2"],
    check_non_stop_and_a_processor_that_is_off: ["-smp", "2"],
}

# ---- where the stub is ----


def talk_over_stdio(program, guest):
    with Emulator(program, ["-kernel", guest.image], gdb="stdio") as machine:
        pipes = machine.process

        def send(data):
            pipes.stdin.write(data)
            pipes.stdin.flush()

        def receive(timeout):
            ready, _, _ = select.select([pipes.stdout], [], [], timeout)
            return os.read(pipes.stdout.fileno(), 65536) if ready else None

        client = rsp.Client(send, receive)
        expect(client.ask("?") == "T05thread:01;", "stdio: ?")
        to_ready(client, guest)
        client.set_register(PC, guest.leave)
        expect(client.ask("c") == "W00", "stdio: W00")
        expect(machine.wait() == (0, ""), "stdio: exit status")


def refuse_bad_addresses(program, guest):
    for gdb, words in (
        ("nonsense", "nonsense"),
        ("tcp:1235", "HOST:PORT"),
        ("tcp::123456", "HOST:PORT"),
        ("unix:", "path"),
        ("tcp::1235,server,wait", "wait"),
        ("tcp::1235,server=off", "server=off"),
        ("tcp::1235,colour=blue", "colour=blue"),
        ("unix:/nowhere/at/all", "/nowhere/at/all"),
        ("file:/tmp/x", "file:/tmp/x"),
    ):
        with Emulator(program, ["-kernel", guest.image], gdb=gdb) as machine:
            status, errors = machine.wait()
            expect(status == 1, f"-gdb {gdb} ended with {status}")
            expect(errors.count("\n") == 1 and words in errors, f"-gdb {gdb} says: {errors}")


WITHOUT_MACHINE = [talk_over_stdio, refuse_bad_addresses]


def run_one(test, program, guest):
    if test in WITHOUT_MACHINE:
        test(program, guest)
        return
    options = ["-kernel", guest.image, "-S"] + OPTIONS.get(test, [])
    with Emulator(program, options) as machine:
        test(machine, guest)


def main():
    tests = [f for name, f in globals().items() if name.startswith("check_")] + WITHOUT_MACHINE
    names = [test.__name__ for test in tests]
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--fuzzer", help="test_gdbstub_fuzz: makes malformed packets")
    parser.add_argument("--packets", type=int, default=10000, help="how many of those")
    parser.add_argument("--seed", type=int, default=1, help="which ones")
    parser.add_argument("test", nargs="*", choices=[[], *names], help="all, if none is named")
    options = parser.parse_args()
    if options.fuzzer:
        FUZZER.extend((options.fuzzer, options.packets, options.seed))
    failed = 0
    with tempfile.TemporaryDirectory(prefix="armlet-guest.") as folder:
        guest = Guest(folder)
        for test in tests:
            if options.test and test.__name__ not in options.test:
                continue
            try:
                run_one(test, options.program, guest)
                print(f"PASS {test.__name__}")
            except (StubError, OSError, ValueError, TypeError, AttributeError) as error:
                failed += 1
                print(f"FAIL {test.__name__}: {error}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
