# SPDX-License-Identifier: MIT
"""Drive an emulator through its serial console, as a user at a terminal would.

    with Console(["build/armlet", ...]) as guest:
        guest.login()
        text = guest.run("uname -a")
        guest.power_off()

Every step has a deadline in seconds. A step that fails raises ConsoleError, whose text ends with the last
lines of the transcript; the emulator never outlives the `with`.
"""

import fcntl
import os
import pty
import re
import select
import signal
import subprocess
import termios
import time

PROMPT_LINE = rb"Please press Enter to activate this console\."
SHELL = rb"/ # "
STATUS_PROMPT = rb"\[(\d+)\] # "  # the shell's, once login() set it: the last status
LINE_MAX = 70  # the guest's shell wraps the echo of longer lines
GIVEN_UP = rb"(Kernel panic - not syncing|initramfs: cannot)[^\r\n]*"
TRANSCRIPT_LINES = 40


class ConsoleError(Exception):
    """A step did not get what it waited for."""


class Console:
    """One run of an emulator on a terminal of its own."""

    def __init__(self, argv, timeout=120, show=None):
        self.argv = argv
        self.show = show  # a binary file that gets a copy of the console, or None
        self.timeout = timeout
        self.transcript = bytearray()
        self.position = 0  # where the next expect() starts in the transcript
        self.terminal, their_end = pty.openpty()
        self.settings = termios.tcgetattr(their_end)
        self.their_end = their_end  # kept open, to look at its settings afterwards
        try:
            self.process = subprocess.Popen(
                argv,
                stdin=their_end,
                stdout=their_end,
                stderr=their_end,
                start_new_session=True,
                preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
            )
        except OSError as error:
            raise ConsoleError(f"cannot start {argv[0]}: {error.strerror}") from error

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.their_end)
        os.close(self.terminal)

    def failure(self, what):
        lines = self.transcript.decode(errors="replace").replace("\r", "").split("\n")
        tail = "\n".join("    | " + line for line in lines[-TRANSCRIPT_LINES:])
        return ConsoleError(f"{what}\n  command: {' '.join(self.argv)}\n  console:\n{tail}")

    def read(self, wait):
        """Take what the console has within `wait` seconds; False: nothing."""
        ready, _, _ = select.select([self.terminal], [], [], wait)
        if not ready:
            return False
        try:
            data = os.read(self.terminal, 65536)
        except OSError:
            return False
        self.transcript += data
        if self.show:
            self.show.write(data)
            self.show.flush()
        return bool(data)

    def send(self, text):
        os.write(self.terminal, text.encode())

    def send_line(self, text=""):
        self.send(text + "\r")

    def expect(self, pattern, timeout=None):
        """Wait for a regular expression after the last match; return the match."""
        deadline = time.monotonic() + (timeout or self.timeout)
        wanted = re.compile(pattern)
        while True:
            match = wanted.search(self.transcript, self.position)
            if match:
                self.position = match.end()
                return match
            ended = self.process.poll() is not None
            got_more = self.read(0 if ended else 0.2)
            given_up = re.search(GIVEN_UP, self.transcript)
            if given_up:
                self.read(1)
                raise self.failure(given_up.group().decode(errors="replace"))
            if ended and not got_more:
                status = self.process.returncode
                raise self.failure(f"ended with status {status} while waiting for {pattern!r}")
            if time.monotonic() > deadline:
                raise self.failure(f"no {pattern!r} in time")

    def login(self, timeout=None):
        """From power-on to the shell's prompt."""
        self.expect(PROMPT_LINE, timeout)
        self.send_line()
        self.expect(SHELL)
        self.send_line("PS1='[$?] # '")
        self.expect(STATUS_PROMPT)
        self.run("dmesg -n 1")  # no kernel message between a command and its output

    def run(self, command, timeout=None):
        """Run a shell command in the guest; return its output. A status other than 0 is an error."""
        assert len(command) <= LINE_MAX, command
        self.send_line(command)
        self.expect(rb"\r*\n", timeout)
        start = self.position
        prompt = self.expect(STATUS_PROMPT, timeout)
        output = self.transcript[start : prompt.start()].decode(errors="replace").replace("\r", "")
        status = int(prompt.group(1))
        if status:
            raise self.failure(f"the guest's '{command}' ended with status {status}")
        return output.strip()

    def wait(self, timeout=None):
        """Wait until the emulator ends; return its exit status (negative: a signal's number)."""
        deadline = time.monotonic() + (timeout or self.timeout)
        while self.process.poll() is None:
            self.read(0.1)
            if time.monotonic() > deadline:
                raise self.failure("the emulator did not end in time")
        while self.read(0):
            pass
        return self.process.returncode

    def power_off(self, timeout=None):
        """poweroff must end the emulator with status 0 and give the terminal back as it was."""
        self.send_line("poweroff")
        status = self.wait(timeout)
        if status != 0:
            raise self.failure(f"poweroff ended the emulator with status {status}")
        self.check_terminal()

    def check_terminal(self):
        if termios.tcgetattr(self.their_end) != self.settings:
            raise self.failure("the terminal's settings were not restored")

    def interrupt(self, number=signal.SIGTERM):
        self.process.send_signal(number)
