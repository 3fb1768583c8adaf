#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What `./run boot` does without a terminal: show the boot, run a few commands, power off.

    tour.py EMULATOR [OPTION...]
"""

import sys

from console import Console, ConsoleError

COMMANDS = ("uname -a", "mount", "ls -l /", "ip addr show dev eth0")


def main():
    try:
        with Console(sys.argv[1:], show=sys.stdout.buffer) as guest:
            guest.login()
            for command in COMMANDS:
                guest.run(command)
            guest.power_off()
    except ConsoleError as error:
        sys.exit(f"\ntour: {error}")
    print("\ntour: the guest was powered off, all is well")


if __name__ == "__main__":
    sys.exit(main())
