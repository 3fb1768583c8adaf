/* SPDX-License-Identifier: MIT */
/* Command lines as tools and tutorials pass them, and command lines with one mistake. */
#include <string.h>

#include "mach-virt/options.h"
#include "tests/mach-virt/rig.h"

#define ARGS_MAX 48

/* Splits at spaces; 'quotes' hold an argument together. `text` is changed. */
static int split(char *text, char **argv)
{
    int argc = 0;
    argv[argc++] = (char *)"armlet";
    while (*text && argc < ARGS_MAX - 1) {
        char end = *text == '\'' ? '\'' : ' ';
        text += end == '\'';
        argv[argc++] = text;
        text += strcspn(text, end == ' ' ? " " : "'");
        if (*text)
            *text++ = 0;
        text += strspn(text, " ");
    }
    argv[argc] = NULL;
    return argc;
}

/* The strings in the config point into `text`, which must stay. */
static bool parse(struct config *config, char *text, struct error *error)
{
    char *argv[ARGS_MAX];
    int argc = split(text, argv);
    config_init(config);
    return options_parse(config, argc, argv, error);
}

/* Declares config c, filled in from the line. */
#define ACCEPT(line)                                                                               \
    char text[] = line;                                                                            \
    struct config c;                                                                               \
    struct error error;                                                                            \
    ck_assert_msg(parse(&c, text, &error), "%s", error.text)

START_TEST(the_tutorial_with_its_root_on_nfs)
{
    ACCEPT("-machine virt -cpu cortex-a57 -smp 8 -nographic -m 4096 -kernel "
           "arch/arm64/boot/Image --append 'earlyprintk console=ttyAMA0 root=/dev/nfs "
           "nfsroot=10.0.2.2:/opt/_install rw ip=dhcp init=/linuxrc' -gdb tcp::1235 -S "
           "-nfs /opt/_install=./rootfs");
    ck_assert_uint_eq(c.cpus, 8);
    ck_assert_uint_eq(c.ram_size, UINT64_C(4096) << 20);
    ck_assert_str_eq(c.kernel, "arch/arm64/boot/Image");
    ck_assert_str_eq(c.append, "earlyprintk console=ttyAMA0 root=/dev/nfs "
                               "nfsroot=10.0.2.2:/opt/_install rw ip=dhcp init=/linuxrc");
    ck_assert_str_eq(c.gdb, "tcp::1235");
    ck_assert(c.stopped && c.nographic);
    ck_assert_uint_eq(c.nets, 1);
    ck_assert_uint_eq(c.net[0].user.nfs_count, 1);
    ck_assert_str_eq(c.net[0].user.nfs[0].guest_path, "/opt/_install");
    ck_assert_str_eq(c.net[0].user.nfs[0].host_dir, "./rootfs");
    config_free(&c);
}
END_TEST

START_TEST(kunit_py)
{
    ACCEPT("-nodefaults -m 1024 -kernel .kunit/arch/arm64/boot/Image.gz -append "
           "'kunit.enable=1 console=ttyAMA0 kunit_shutdown=reboot' -no-reboot -nographic "
           "-serial stdio -machine virt -cpu cortex-a57");
    ck_assert(c.nodefaults && c.no_reboot);
    ck_assert_str_eq(c.serial[0], "stdio");
    ck_assert_uint_eq(c.nets, 0);
    ck_assert_uint_eq(c.devices, 0);
    config_free(&c);
}
END_TEST

START_TEST(buildroot)
{
    ACCEPT("-M virt -cpu cortex-a53 -nographic -smp 1 -kernel Image -append "
           "'rootwait root=/dev/vda console=ttyAMA0' -netdev user,id=eth0 -device "
           "virtio-net-device,netdev=eth0 -drive file=rootfs.ext4,if=none,format=raw,id=hd0 "
           "-device virtio-blk-device,drive=hd0");
    ck_assert_uint_eq(c.devices, 2);
    ck_assert_int_eq(c.device[0].kind, DEVICE_NET);
    ck_assert(!c.device[0].pci);
    ck_assert_ptr_eq(c.device[0].net, &c.net[0]);
    ck_assert_int_eq(c.device[1].kind, DEVICE_BLK);
    ck_assert_ptr_eq(c.device[1].drive, &c.drive[0]);
    ck_assert_str_eq(c.drive[0].file, "rootfs.ext4");
    ck_assert_uint_eq(c.cpu_model->midr, 0x410fd034);
    config_free(&c);
}
END_TEST

START_TEST(runqemu)
{
    ACCEPT("-machine virt -cpu cortex-a57 -smp 4 -m 512 -kernel Image -device "
           "virtio-net-pci,netdev=net0,mac=52:54:00:12:34:02 -netdev "
           "user,id=net0,hostfwd=tcp::2222-:22,tftp=/tmp -drive "
           "id=disk0,file=image.ext4,if=none,format=raw -device virtio-blk-pci,drive=disk0 "
           "-device virtio-rng-pci -serial mon:stdio -display none");
    ck_assert_uint_eq(c.cpus, 4);
    ck_assert_uint_eq(c.devices, 3);
    ck_assert(c.device[0].pci && c.device[1].pci && c.device[2].pci);
    ck_assert(c.device[0].has_mac);
    ck_assert_uint_eq(c.device[0].mac[5], 2);
    ck_assert_uint_eq(c.net[0].user.hostfwd_count, 1);
    config_free(&c);
}
END_TEST

START_TEST(without_options_there_is_one_card_on_user_networking)
{
    ACCEPT("-kernel Image");
    ck_assert_uint_eq(c.devices, 1);
    ck_assert_int_eq(c.device[0].kind, DEVICE_NET);
    ck_assert(c.device[0].pci);
    ck_assert_uint_eq(c.ram_size, 128 << 20);
    config_free(&c);
}
END_TEST

START_TEST(the_card_of_nic_stands_in_front_of_those_of_device)
{
    ACCEPT("-kernel I -device virtio-rng-pci -nic user,mac=52:54:00:00:00:07");
    ck_assert_uint_eq(c.devices, 2);
    ck_assert_int_eq(c.device[0].kind, DEVICE_NET);
    ck_assert_uint_eq(c.device[0].mac[5], 7);
    ck_assert_int_eq(c.device[1].kind, DEVICE_RNG);
    config_free(&c);
}
END_TEST

START_TEST(the_older_spelling_of_a_card)
{
    ACCEPT("-kernel I -net nic,macaddr=52:54:00:00:00:09 -net user,hostfwd=tcp::2222-:22");
    ck_assert_uint_eq(c.devices, 1);
    ck_assert_uint_eq(c.nets, 1);
    ck_assert_uint_eq(c.device[0].mac[5], 9);
    ck_assert_uint_eq(c.net[0].user.hostfwd_count, 1);
    config_free(&c);
}
END_TEST

START_TEST(sizes_have_suffixes)
{
    static const struct {
        const char *text;
        uint64_t bytes;
    } sizes[] = {
        { "512", UINT64_C(512) << 20 },   { "1G", UINT64_C(1) << 30 },
        { "size=2g", UINT64_C(2) << 30 }, { "1.5G", UINT64_C(3) << 29 },
        { "65536K", 65536 << 10 },        { "0x100", UINT64_C(256) << 20 },
    };
    for (unsigned i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        char *argv[] = { (char *)"armlet", (char *)"-m", (char *)sizes[i].text, NULL };
        struct config c;
        struct error error;
        config_init(&c);
        ck_assert_msg(options_parse(&c, 3, argv, &error), "%s", error.text);
        ck_assert_uint_eq(c.ram_size, sizes[i].bytes);
        config_free(&c);
    }
}
END_TEST

START_TEST(every_option_takes_one_dash_or_two)
{
    ACCEPT(
        "--machine virt,gic-version=2,dumpdtb=x.dtb --m 64 --no-reboot --icount shift=2,sleep=off");
    ck_assert_str_eq(c.dumpdtb, "x.dtb");
    ck_assert(c.no_reboot && !c.idle_sleeps);
    ck_assert_uint_eq(c.icount_shift, 2);
    config_free(&c);
}
END_TEST

START_TEST(a_doubled_comma_is_a_comma)
{
    ACCEPT("-kernel I -drive file=a,,b.img,format=raw,id=x,if=none -device virtio-blk-pci,drive=x");
    ck_assert_str_eq(c.drive[0].file, "a,b.img");
    config_free(&c);
}
END_TEST

/* One mistake each: the message must name it. */
static const struct {
    const char *line, *names;
} mistakes[] = {
    { "-kernle Image", "-kernel?" },
    { "--frobnicate", "--frobnicate" },
    { "disk.img", "disk.img" },
    { "-kernel", "-kernel needs an argument" },
    { "-machine raspi3", "raspi3" },
    { "-machine virt,gic-version=3", "gic-version=3" },
    { "-machine virt,secure=on", "secure=on" },
    { "-machine virt,frob=1", "'frob'" },
    { "-cpu cortex-a72", "cortex-a72" },
    { "-smp 9", "at most 8" },
    { "-smp 0", "at least one" },
    { "-smp 2,threads=2", "threads=2" },
    { "-m lots", "lots" },
    { "-m 0", "-m 0" },
    { "-m 1T", "-m 1T" },
    { "-m 512,slots=2", "'slots'" },
    { "-accel kvm", "kvm" },
    { "-accel interp,thread=many", "thread=many" },
    { "-icount shift=2 -accel tcg,thread=multi", "-icount" },
    { "-accel interp,thread=multi -profile x", "-profile" },
    { "-accel interp,compile=yes", "compile=yes" },
    { "-accel interp,thread=multi,compile=on", "compile=on" },
    { "-icount shift=auto", "auto" },
    { "-icount shift=3,align=on", "'align'" },
    { "-rtc base=yesterday", "yesterday" },
    { "-display gtk", "gtk" },
    { "-serial stdio -serial file:x", "file:x" },
    { "-append x", "-append needs a -kernel" },
    { "-initrd x", "-initrd needs a -kernel" },
    { "-d int,frob", "frob" },
    { "-bios x", "-bios x" },
    { "-semihosting", "-semihosting" },
    { "-device virtio-gpu-pci", "virtio-gpu-pci" },
    { "-device virtio-net-pic,netdev=x", "virtio-net-pci?" },
    { "-device virtio-net-device", "netdev=ID is missing" },
    { "-device virtio-net-device,netdev=n", "netdev=n" },
    { "-netdev user,id=n -device virtio-net-pci,netdev=n,mac=1:2", "mac=1:2" },
    { "-netdev user,id=n -device virtio-net-pci,netdev=n,frob=1", "'frob'" },
    { "-netdev user,id=n -device virtio-net-pci,netdev=n -device virtio-net-pci,netdev=n",
      "in use" },
    { "-netdev user,id=n", "no -device uses it" },
    { "-netdev tap,id=n", "-netdev tap,id=n" },
    { "-nic user,model=e1000", "e1000" },
    { "-drive format=raw", "file=" },
    { "-drive file=x,format=qcow2", "qcow2" },
    { "-drive file=x,if=scsi", "if=scsi" },
    { "-drive file=x,if=none,id=d", "no -device uses it" },
    { "-device virtio-blk-pci,drive=d", "drive=d" },
    { "-drive file=x,if=none,id=d -drive file=y,if=none,id=d", "id=d" },
    { "-nfs nonsense", "-nfs nonsense" },
    { "-nfs relative=/tmp", "-nfs relative=/tmp" },
    { "-net none -nfs /a=/tmp", "-nfs /a=/tmp" },
    { "-net none -net user", "-net none" },
    { "-nic user -nic none", "-net none" },
    { "-global virtio-mmio.frob=on", "virtio-mmio.frob" },
    { "-action panic=explode", "explode" },
    { "-seed banana", "banana" },
};

START_TEST(a_mistake_is_named)
{
    char text[256];
    struct config c;
    struct error error = { "" };
    strcpy(text, mistakes[_i].line);
    ck_assert_msg(!parse(&c, text, &error), "accepted: %s", mistakes[_i].line);
    ck_assert_msg(strstr(error.text, mistakes[_i].names) != NULL, "%s: %s", mistakes[_i].line,
                  error.text);
    ck_assert_ptr_null(strchr(error.text, '\n'));
    config_free(&c);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mach-virt/options");
    TCase *good = tcase_create("accepted");
    tcase_add_test(good, the_tutorial_with_its_root_on_nfs);
    tcase_add_test(good, kunit_py);
    tcase_add_test(good, buildroot);
    tcase_add_test(good, runqemu);
    tcase_add_test(good, without_options_there_is_one_card_on_user_networking);
    tcase_add_test(good, the_card_of_nic_stands_in_front_of_those_of_device);
    tcase_add_test(good, the_older_spelling_of_a_card);
    tcase_add_test(good, sizes_have_suffixes);
    tcase_add_test(good, every_option_takes_one_dash_or_two);
    tcase_add_test(good, a_doubled_comma_is_a_comma);
    suite_add_tcase(suite, good);
    TCase *bad = tcase_create("refused");
    tcase_add_loop_test(bad, a_mistake_is_named, 0, sizeof(mistakes) / sizeof(*mistakes));
    suite_add_tcase(suite, bad);
    return run_suite(suite);
}
