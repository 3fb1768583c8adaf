# SPDX-License-Identifier: MIT
"""Registers and memory of a bare-metal guest, byte by byte.

Each check_ function is a test of test_stub.py.
"""

import random

from rsp import PC, expect
from stub_guest import to_ready

ALIAS = 0x100000000 - 0x40000000


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


def check_devices_are_reached_when_asked(machine, guest):
    """A PL011 says so in UARTPeriphID0 and 1; its registers keep what is written."""
    client = machine.connect()
    expect(client.ask("m9000fe0,10") == "E14", "a device was read without leave")
    expect(client.monitor("mmio on") == "", "mmio on")
    expect(client.memory(0x09000FE0, 4) == bytes([0x11, 0, 0, 0]), "UARTPeriphID0")
    expect(client.memory(0x09000FE4, 1) == bytes([0x10]), "UARTPeriphID1, a byte")
    expect(client.ask("M9000024,4:05000000") == "OK", "UARTIBRD cannot be written")
    expect(client.number(0x09000024) & 0xFFFF == 5, "UARTIBRD")
    expect(len(client.memory(0x08000000, 0x1000)) == 0x1000, "the GIC's distributor")
    expect(client.ask("m9100000,4") == "E14", "there is something between the devices")
    expect(client.monitor("mmio off") == "", "mmio off")
    expect(client.ask("m9000fe0,4") == "E14", "a device was read without leave")
    expect("on or off" in client.monitor("mmio maybe"), "mmio maybe")


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


def check_written_code_is_executed(machine, guest):
    client = machine.connect()
    client.run_to(guest.main)
    code = bytes.fromhex("e0048052" "00000014")  # mov w0, #39; b .
    expect(client.ask(f"M{guest.main:x},8:{code.hex()}") == "OK", "M")
    client.ask("s")
    expect(client.register(0) == 39, "the old instruction was executed")
