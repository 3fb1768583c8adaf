# SPDX-License-Identifier: MIT
"""Steps, breakpoints, watchpoints, Ctrl-C and several processors of a bare-metal guest.

Each check_ function is a test of test_stub.py.
"""

import time

from rsp import PC, expect
from stub_guest import RUN_TIME, reconnect, to_ready, two_processors

SOON = 0.05  # seconds: how long Ctrl-C may take


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
    expect(client.number(guest.count) == (12000 - 5) // 4 + 1, "instructions lost or done twice")


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


def check_many_breakpoints_do_not_stop_the_machine(machine, guest):
    """As many as there may be, in pages that are not executed: at every offset in a page."""
    client = machine.connect()
    to_ready(client, guest)
    expect(client.ask("QStartNoAckMode") == "OK", "QStartNoAckMode")
    for i in range(4096):
        expect(client.ask(f"Z0,{0x44000000 + 4 * i:x},4") == "OK", "Z")
    client.set_register(PC, guest.spin_masked)
    expect_ctrl_c(client, guest.spin_masked + 4)


def check_a_jump_to_a_breakpoint_hits_it(machine, guest):
    client = machine.connect()
    to_ready(client, guest)
    expect(client.ask(f"Z0,{guest.counting_store:x},4") == "OK", "Z")
    stop = client.ask(f"c{guest.counting_store:x}")
    expect(stop.startswith("T05"), "c ADDR")
    expect(client.register(PC) == guest.counting_store, "the breakpoint was passed")


def check_watchpoints(machine, guest):
    """A write counts whatever it writes; the PC is behind the access; the address is the byte's."""
    client = machine.connect()
    to_ready(client, guest)
    expect(client.ask("Z2,%x,0" % guest.cell) == "E22", "a watchpoint on nothing")
    any_access = [("awatch", guest.cell, guest.touched), ("awatch", guest.cell + 6, guest.was_read)]
    both = [("watch", guest.cell, guest.touched), ("rwatch", guest.cell + 7, guest.was_read)]
    for kind, address, stops in (
        (2, guest.cell, both[:1]),
        (3, guest.cell + 7, both[1:]),
        (4, guest.cell, any_access),
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


@two_processors
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


@two_processors
def check_a_processor_that_is_off_stands(machine, guest):
    client = machine.connect()
    name = bytes.fromhex(client.ask("qThreadExtraInfo,2")).decode()
    expect(name == "CPU#1 [off]", f"thread 2 is {name}")
    expect(client.ask("vCont;s:2").startswith("T05thread:02"), "a step of it")
    expect(client.ask("vCont;s:1").startswith("T05thread:01"), "a step of the other")


def next_stop(client):
    """What a stop notification, and vStopped behind it, tell: a set of stop replies."""
    expect((first := client.take_packet()).startswith("Stop:"), f"no notification, but {first}")
    stops = {first[5:]}
    while (more := client.ask("vStopped")) != "OK":
        stops.add(more)
    return stops


@two_processors
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


@two_processors
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
