# SPDX-License-Identifier: MIT
"""A client of the remote serial protocol, for tests that gdb itself would be too polite for.

    with Emulator("build/armlet", ["-kernel", image, "-S"]) as machine:
        client = machine.connect()
        client.ask("g")
"""

import os
import re
import select
import shlex
import socket
import subprocess
import tempfile
import time
import xml.etree.ElementTree

PC = 32
DEADLINE = 20  # seconds for any one answer


class StubError(Exception):
    """The stub, or the machine, did not do what it should."""


def expect(condition, what):
    if not condition:
        raise StubError(what)


def frame(payload):
    escaped = bytearray()
    for byte in payload:
        if byte in b"#$}":
            escaped += bytes((0x7D, byte ^ 0x20))
        else:
            escaped.append(byte)
    return b"$" + bytes(escaped) + b"#%02x" % (sum(escaped) & 0xFF)


class Client:
    """One connection: a file-like pair of `send` and `receive` functions."""

    def __init__(self, send, receive):
        self.send_bytes = send
        self.receive_bytes = receive
        self.input = b""
        self.registers = None
        self.socket = None

    def close(self):
        """Hang up; overwritten by who made the connection."""

    def take_packet(self, timeout=DEADLINE):
        """The payload of the next packet or notification, acknowledged; None: they hung up."""
        deadline = time.monotonic() + timeout
        while not (packet := re.search(rb"[$%]([^#]*)#..", self.input, re.DOTALL)):
            left = deadline - time.monotonic()
            expect(left > 0, f"no packet in time, but {self.input!r}")
            data = self.receive_bytes(left)
            if data is None:
                continue
            if not data:
                return None
            self.input += data
        self.input = self.input[packet.end() :]
        try:
            self.send_bytes(b"+")
        except BrokenPipeError:
            pass  # it was the last word of a machine that ended
        return packet[1].decode("latin-1")

    def tell(self, payload):
        self.send_bytes(frame(payload.encode("latin-1") if isinstance(payload, str) else payload))

    def ask(self, payload, timeout=DEADLINE):
        self.tell(payload)
        return self.take_packet(timeout)

    # what the tests do all the time

    def register(self, number):
        return int.from_bytes(bytes.fromhex(self.ask(f"p{number:x}")), "little")

    def set_register(self, number, value):
        expect(self.ask(f"P{number:x}={value.to_bytes(8, 'little').hex()}") == "OK", "P failed")

    def description(self):
        """The registers of the target description: attributes by name."""
        if self.registers is None:
            text = self.ask("qXfer:features:read:target.xml:0,8000")
            while text[0] == "m":
                more = self.ask(f"qXfer:features:read:target.xml:{len(text) - 1:x},8000")
                text = more[0] + text[1:] + more[1:]
            root = xml.etree.ElementTree.fromstring(text[1:])
            self.registers = {reg.get("name"): reg for reg in root.iter("reg")}
        return self.registers

    def number_of(self, name):
        return int(self.description()[name].get("regnum"))

    def system(self, name):
        return self.register(self.number_of(name))

    def set_system(self, name, value):
        number = self.number_of(name)
        return self.ask(f"P{number:x}={value.to_bytes(8, 'little').hex()}")

    def memory(self, address, size):
        reply = self.ask(f"m{address:x},{size:x}")
        expect(not reply.startswith("E"), f"m{address:x}: {reply}")
        return bytes.fromhex(reply)

    def number(self, address):
        return int.from_bytes(self.memory(address, 8), "little")

    def run_to(self, address):
        expect(self.ask(f"Z0,{address:x},4") == "OK", "Z0 failed")
        stop = self.ask("c")
        expect(stop.startswith("T05"), f"no stop at {address:#x}, but {stop}")
        expect(self.ask(f"z0,{address:x},4") == "OK", "z0 failed")

    def monitor(self, line):
        """What the monitor says to a line."""
        self.tell(b"qRcmd," + line.encode().hex().encode())
        text = ""
        while (packet := self.take_packet()) != "OK":
            expect(packet[:1] == "O", f"monitor {line}: {packet}")
            text += bytes.fromhex(packet[1:]).decode()
        return text

    def interrupt(self):
        """Ctrl-C; the seconds until the stop reply."""
        start = time.monotonic()
        self.send_bytes(b"\x03")
        stop = self.take_packet()
        expect(stop.startswith("T02"), f"Ctrl-C is answered by {stop}")
        return time.monotonic() - start


def socket_client(connection):
    def receive(timeout):
        ready, _, _ = select.select([connection], [], [], timeout)
        if not ready:
            return None
        try:
            return connection.recv(65536)
        except ConnectionResetError:
            return b""

    client = Client(connection.sendall, receive)
    client.close = connection.close
    client.socket = connection
    return client


class Emulator:
    """A machine with a stub on a Unix socket, or where `gdb` says."""

    def __init__(self, program, options, gdb=None):
        self.folder = tempfile.TemporaryDirectory(prefix="armlet-gdb.")
        self.path = os.path.join(self.folder.name, "gdb")
        argv = shlex.split(program) + ["-machine", "virt", "-cpu", "cortex-a57", "-m", "128"]
        argv += ["-nographic", "-net", "none", "-serial", "none", "-monitor", "none"]
        argv += ["-gdb", gdb or f"unix:{self.path},server,nowait"] + options
        self.process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()
        self.folder.cleanup()

    def connect(self):
        deadline = time.monotonic() + DEADLINE
        while True:
            connection = socket.socket(socket.AF_UNIX)
            try:
                connection.connect(self.path)
                return socket_client(connection)
            except OSError:
                connection.close()
            expect(self.process.poll() is None, "the emulator has ended")
            expect(time.monotonic() < deadline, "the stub does not listen")
            time.sleep(0.02)

    def wait(self):
        """Its exit status and messages."""
        _, errors = self.process.communicate(timeout=DEADLINE)
        return self.process.returncode, errors.decode(errors="replace")
