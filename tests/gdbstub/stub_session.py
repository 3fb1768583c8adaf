# SPDX-License-Identifier: MIT
"""How sessions begin, end and go wrong; the monitor.

Each check_ function is a test of test_stub.py.
"""

import random
import re
import select
import subprocess
import time

import rsp
from rsp import PC, StubError, expect
from stub_guest import RUN_TIME, reconnect, to_ready, two_processors


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


def check_restart(machine, guest):
    client = machine.connect()
    to_ready(client, guest)
    client.tell("R00")
    expect(client.ask("?") == "T05thread:01;", "?")
    expect(client.register(PC) != guest.ready and client.register(0) == 0, "not at reset")
    to_ready(client, guest)


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


def check_what_the_monitor_was_told_ends_with_the_client(machine, guest):
    """A catchpoint left behind would stop the machine for good."""
    client = machine.connect()
    to_ready(client, guest)
    for command in ("catch irq", "mmio on", "step exceptions off", "step interrupts on"):
        client.monitor(command)
    client.set_register(PC, guest.counting)
    expect(client.ask("D") == "OK", "D")
    client.close()
    time.sleep(1)  # on a busy host, sanitized, a hundred interrupts have taken longer than RUN_TIME
    client = reconnect(machine)
    expect(client.number(guest.ticks) > 100, "the machine did not run on")
    expect("*" not in client.monitor("catch"), "a catchpoint is left")
    step = client.monitor("step")
    expect("exceptions on" in step and "interrupts off" in step, f"step: {step}")
    expect(client.ask("m9000fe0,4") == "E14", "a device can be read")


def check_lost_in_mid_packet(machine, guest):
    for rest in (b"$", b"$m4000", b"$X40000000,4:}", b"$g#", b"$g#6", b"+++", b"\x03" * 1000, b""):
        client = machine.connect()
        client.send_bytes(rest)
        client.close()
        reconnect(machine).close()


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
    # A sanitizer keeps 256 MiB of what was freed.
    expect(resident < 600 << 20, f"{resident >> 20} MiB are kept for it")
    client.close()
    client = reconnect(machine)
    expect(client.number(guest.ticks) > 0, "the machine does not run")


def check_the_clock_stands_with_the_machine(machine, guest):
    client = machine.connect()
    to_ready(client, guest)
    first = client.monitor("info status")
    expect("paused" in first, f"info status says {first}")
    time.sleep(0.1)
    expect(client.monitor("info status") == first, "guest time went on")


def check_the_monitor_stops_and_is_told(machine, guest):
    """The reset of a machine that stands, and what a line without meaning is told."""
    client = machine.connect()
    to_ready(client, guest)
    expect(client.monitor("system_reset") == "", "system_reset")
    expect(client.register(PC) == guest.symbols["_start"], "PC after the reset")
    client.run_to(guest.ready)
    text = client.monitor("nonsense")
    expect("nonsense" in text and "\r" not in text, f"the monitor says {text!r}")


def check_noise_does_no_harm(machine, guest):
    client = machine.connect()
    noise = random.Random(3)
    for _ in range(300):
        client.send_bytes(noise.randbytes(noise.randrange(1, 2000)).replace(b"k", b"K"))
    client.close()
    reconnect(machine)


@two_processors
def check_malformed_packets_do_no_harm(machine, guest):
    """The fuzzer's packets, but for those that end the machine, while a guest runs now and then."""
    made = subprocess.run([*guest.fuzzer, "print"], check=True, capture_output=True)
    noise = re.sub(rb"k|}K|qRcmd,71", b"?", made.stdout)
    client = machine.connect()
    while noise:
        readable, writable, _ = select.select([client.socket], [client.socket], [], rsp.DEADLINE)
        expect(readable or writable, "the stub neither takes nor gives")
        if readable:
            expect(client.socket.recv(1 << 20), "the stub hung up")
        elif writable:  # not before all is read: that is another test
            noise = noise[client.socket.send(noise[:1024]) :]
    client.close()
    client = reconnect(machine)
    expect(client.monitor("system_reset") == "", "system_reset")
    to_ready(client, guest)
