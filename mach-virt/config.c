/* SPDX-License-Identifier: MIT */
#include "mach-virt/config.h"

#include <stdlib.h>

void config_init(struct config *config)
{
    *config = (struct config){
        .cpu_model = cpu_model_default(),
        .cpus = 1,
        .ram_size = UINT64_C(128) << 20,
        .legacy_virtio = true,
        .dtb_randomness = true,
        .idle_sleeps = true,
    };
}

void config_free(struct config *config)
{
    for (unsigned i = 0; i < config->nets; i++)
        net_user_config_free(&config->net[i].user);
    for (unsigned i = 0; i < config->drives; i++) {
        free(config->drive[i].id);
        free(config->drive[i].file);
    }
    for (unsigned i = 0; i < config->devices; i++) {
        free(config->device[i].serial);
        free(config->device[i].backend_id);
    }
    free(config->dumpdtb);
}
