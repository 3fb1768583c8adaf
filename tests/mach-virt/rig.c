/* SPDX-License-Identifier: MIT */
#include "tests/mach-virt/rig.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void keep_output(void *backend, const uint8_t *data, size_t size)
{
    struct rig *rig = backend;
    for (size_t i = 0; i < size && rig->size < sizeof(rig->output) - 1; i++)
        rig->output[rig->size++] = (char)data[i];
}

void rig_init(struct rig *rig, unsigned cpus)
{
    struct error error;
    memset(rig, 0, sizeof(*rig));
    config_init(&rig->config);
    rig->config.cpus = cpus;
    rig->config.ram_size = 16 << 20;
    rig->config.has_seed = rig->config.has_epoch = true;
    rig->config.idle_sleeps = false;
    rig->serial.write = keep_output;
    rig->serial.backend = rig;
    ck_assert(log_open(&rig->log, 0, "/dev/null", &error));
}

static void write_code(char *path, const uint32_t *words, unsigned count)
{
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, words, count * 4), (ssize_t)(count * 4));
    close(fd);
}

void rig_start(struct rig *rig, const uint32_t *words, unsigned count)
{
    char path[] = "/tmp/armlet-code-XXXXXX";
    const struct virt_host host = { .loop = &rig->loop, .serial = &rig->serial };
    struct error error;
    write_code(path, words, count);
    rig->config.kernel = path;
    bool ok = virt_create(&rig->virt, &rig->config, &host, &rig->log, &error);
    unlink(path);
    rig->config.kernel = NULL;
    ck_assert_msg(ok, "%s", error.text);
}

void rig_free(struct rig *rig)
{
    virt_destroy(&rig->virt);
    event_loop_free(&rig->loop);
    log_close(&rig->log);
    config_free(&rig->config);
}

int run_suite(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
