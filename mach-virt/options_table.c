/* SPDX-License-Identifier: MIT */
#include "mach-virt/options_internal.h"

#define GROUP(title)                                                                               \
    {                                                                                              \
        .help = title                                                                              \
    }
#define CALL(name, argument, handler, help)                                                        \
    {                                                                                              \
        name, argument, help, handler, 0                                                           \
    }
#define FIELD(name, argument, member, help)                                                        \
    {                                                                                              \
        name, argument, help, NULL, offsetof(struct config, member)                                \
    }

/* One row per option, in the order of -help. */
const struct option option_table[] = {
    GROUP("Machine"),
    CALL("machine", "virt[,PROPERTY=VALUE...]", option_machine,
         "the board: gic-version=2|max, dumpdtb=FILE, dtb-randomness=on|off"),
    CALL("M", "virt[,...]", option_machine, "the same"),
    CALL("cpu", "MODEL", option_cpu, "cortex-a57 or cortex-a53"),
    CALL("smp", "N", option_smp, "processors, 1 to 8; also cpus=N (1)"),
    CALL("m", "SIZE", option_memory, "RAM in MiB, or with a suffix K, M, G; also size=SIZE (128)"),
    CALL("accel", "interp[,thread=single|multi][,compile=auto|on|off]", option_accel,
         "thread=multi: a host thread per processor, in host time; compile=off: interpret hot code, too (tcg means the same)"),

    GROUP("What to start"),
    FIELD("kernel", "FILE", kernel,
          "an arm64 Image, Image.gz, zboot image, static ELF file or raw code"),
    FIELD("initrd", "FILE", initrd, "initial RAM disk"),
    FIELD("append", "TEXT", append, "the kernel's command line"),
    FIELD("dtb", "FILE", dtb, "a device tree instead of the generated one"),
    CALL("bios", "FILE", option_bios, "not supported: the board has no flash yet"),

    GROUP("Console"),
    FIELD("nographic", NULL, nographic,
          "serial port and monitor on the terminal (the default here)"),
    CALL("serial", "DEV", option_serial,
         "the serial port: mon:stdio, stdio, null, none, file:PATH, pty, "
         "tcp:HOST:PORT[,server][,nowait], "
         "unix:PATH[,server][,nowait]"),
    CALL("monitor", "DEV", option_monitor, "the monitor, likewise"),
    FIELD("input", "FILE", input,
          "type into the serial port: lines COUNT TEXT, at COUNT instructions of guest time"),
    CALL("display", "none", option_display, "there is no display"),
    CALL("vga", "none", option_none_only, "likewise"),
    CALL("parallel", "none", option_none_only, "likewise"),
    FIELD("nodefaults", NULL, nodefaults, "no serial port and no network card unless asked for"),

    GROUP("Network"),
    CALL("nfs", "GUESTPATH=DIR", option_nfs,
         "serve the folder DIR over NFS at 10.0.2.2:GUESTPATH (repeatable)"),
    CALL("nic", "user[,PROPERTY=VALUE...]|none", option_nic,
         "a card on user networking: mac=, model=, hostfwd=, tftp=, restrict=, nfs=, ..."),
    CALL("netdev", "user,id=ID[,...]", option_netdev, "user networking for a -device"),
    CALL("net", "none|nic|user[,...]", option_net, "the older spelling"),

    GROUP("Devices"),
    CALL("device", "TYPE[,PROPERTY=VALUE...]", option_device,
         "virtio-net-pci|-device,netdev=ID[,mac=]; virtio-blk-pci|-device,drive=ID[,serial=]; "
         "virtio-rng-pci|-device"),
    CALL("drive", "file=FILE[,...]", option_drive,
         "a raw disk image: format=raw, if=none|virtio, id=, readonly=on|off"),
    CALL("global", "virtio-mmio.force-legacy=on|off", option_global,
         "off: virtio-mmio devices of virtio 1.x"),

    GROUP("Running"),
    FIELD("S", NULL, stopped, "do not start the processors; a debugger or the monitor does"),
    FIELD("no-reboot", NULL, no_reboot, "exit when the guest reboots"),
    FIELD("no-shutdown", NULL, no_shutdown, "stop, but do not exit, when the guest powers off"),
    CALL(
        "action", "panic=none|pause|shutdown|exit-failure", option_action,
        "what follows when the kernel reports a panic on the serial port, or when nothing can wake "
        "the processors any more"),
    CALL("icount", "shift=N[,sleep=on|off]", option_icount,
         "an instruction takes 2^N ns (0); sleep=off: idle time is skipped, not waited for"),
    CALL("rtc", "base=utc|YYYY-MM-DDTHH:MM:SS", option_rtc, "the date at power-on"),
    CALL("seed", "N", option_seed, "seeds in the device tree from N instead of the host"),

    GROUP("Debugging"),
    FIELD("gdb", "DEV", gdb, "listen for gdb at tcp:[HOST]:PORT, unix:PATH or stdio"),
    CALL("s", NULL, option_gdb_default, "-gdb tcp::1234"),
    CALL("d", "ITEM[,ITEM...]", option_log,
         "log: int, mmu, exec, cpu, guest_errors, unimp; state-hash: at the end, a hash of the "
         "machine's state"),
    FIELD("D", "FILE", log_file, "log into FILE instead of standard error"),
    FIELD("profile", "FILE", profile,
          "count where guest time goes (pages, instructions, slow paths, devices), and write it when the machine ends"),
    FIELD("coverage", "FILE", coverage,
          "count how often each row of cpu/a64.def is executed, and add the counts to FILE in the end"),
    CALL("semihosting", NULL, option_semihosting, "not supported yet"),

    GROUP("Help"),
    CALL("help", NULL, option_help, "this text"),
    CALL("h", NULL, option_help, "the same"),
    CALL("version", NULL, option_version, "the version"),
};

const unsigned option_count = sizeof(option_table) / sizeof(*option_table);
