/* SPDX-License-Identifier: MIT */
/* Handlers of the options that add networks, disks and devices. */
#include "mach-virt/options_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mach-virt/keyval.h"

static const struct {
    const char *name;
    enum device_kind kind;
    bool pci;
} device_types[] = {
    { "virtio-net-device", DEVICE_NET, false }, { "virtio-net-pci", DEVICE_NET, true },
    { "virtio-blk-device", DEVICE_BLK, false }, { "virtio-blk-pci", DEVICE_BLK, true },
    { "virtio-rng-device", DEVICE_RNG, false }, { "virtio-rng-pci", DEVICE_RNG, true },
};
#define DEVICE_TYPES (sizeof(device_types) / sizeof(*device_types))

static struct device_config *add_device(struct config *config, enum device_kind kind,
                                        struct error *error)
{
    if (config->devices == CONFIG_SLOTS_MAX) {
        error_set(error, "the board has room for %d virtio devices", CONFIG_SLOTS_MAX);
        return NULL;
    }
    struct device_config *device = &config->device[config->devices++];
    *device = (struct device_config){ .kind = kind };
    return device;
}

static struct net_config *add_net(struct config *config, struct error *error)
{
    if (config->nets == CONFIG_NETS_MAX) {
        error_set(error, "at most %d networks are possible", CONFIG_NETS_MAX);
        return NULL;
    }
    struct net_config *net = &config->net[config->nets++];
    *net = (struct net_config){ 0 };
    net_user_config_init(&net->user);
    return net;
}

#define MMIO_CARD "virtio-net-device"

/* The cards that -nic and -net can ask for by model. */
static bool check_model(const char *option, const char *model, struct error *error)
{
    static const char *const here[] = { "", "virtio", "virtio-net", "virtio-net-pci", MMIO_CARD };
    for (size_t i = 0; i < sizeof(here) / sizeof(*here); i++)
        if (!strcmp(model, here[i]))
            return true;
    return error_set(error, "%s: model=%s: unknown card; there are virtio-net-pci and %s", option,
                     model, MMIO_CARD);
}

/* Parses the text of a user network into a new entry. */
static struct net_config *parse_user(struct config *config, enum net_option kind,
                                     const char *option, const char *value, struct error *error)
{
    struct net_error why;
    struct net_config *net = add_net(config, error);
    if (!net)
        return NULL;
    net_user_config_free(&net->user);
    if (net_user_config_parse(&net->user, &net->nic, kind, value, &why))
        return net;
    error_set(error, "%s %s: %s", option, value, why.text);
    return NULL;
}

bool option_nic(struct config *config, const char *value, struct error *error)
{
    if (!strcmp(value, "none")) {
        config->no_net = true;
        return true;
    }
    struct net_config *net = parse_user(config, NET_OPTION_NIC, "-nic", value, error);
    if (!net)
        return false;
    net->card = true;
    return check_model("-nic", net->nic.model, error);
}

bool option_netdev(struct config *config, const char *value, struct error *error)
{
    return parse_user(config, NET_OPTION_NETDEV, "-netdev", value, error) != NULL;
}

static struct net_config *card_without_network(struct config *config)
{
    for (unsigned i = 0; i < config->nets; i++)
        if (config->net[i].card && !config->net[i].taken)
            return &config->net[i];
    return NULL;
}

/* -net nic[,macaddr=,model=]: the card for the -net user that comes before or after it. */
static bool net_nic(struct config *config, const char *value, struct error *error)
{
    struct keyval kv;
    struct net_config *net = card_without_network(config);
    if (!net)
        net = add_net(config, error);
    if (!net)
        return false;
    net->card = true;
    bool ok = keyval_parse(&kv, "-net", value, "type", error);
    keyval_take(&kv, "type");
    const char *mac = keyval_take(&kv, "macaddr");
    const char *model = keyval_take(&kv, "model");
    if (ok && mac && !(net->nic.has_mac = parse_mac(mac, net->nic.mac)))
        ok = error_set(error, "-net nic: macaddr=%s is not a MAC address", mac);
    ok = ok && check_model("-net nic", model ? model : "", error) && keyval_done(&kv, error);
    snprintf(net->nic.model, sizeof(net->nic.model), "%s", model ? model : "");
    keyval_free(&kv);
    return ok;
}

static bool net_user(struct config *config, const char *value, struct error *error)
{
    struct net_config *card = card_without_network(config);
    struct net_config *net = parse_user(config, NET_OPTION_NET, "-net", value, error);
    if (!net)
        return false;
    if (card) {
        net_user_config_free(&card->user);
        card->user = net->user;
        config->nets--;
    } else {
        net->card = true;
    }
    return true;
}

bool option_net(struct config *config, const char *value, struct error *error)
{
    if (!strcmp(value, "none"))
        return option_nic(config, value, error);
    if (!strcmp(value, "nic") || !strncmp(value, "nic,", 4))
        return net_nic(config, value, error);
    return net_user(config, value, error);
}

bool option_nfs(struct config *config, const char *value, struct error *error)
{
    if (config->nfs_count == CONFIG_NFS_MAX)
        return error_set(error, "-nfs: at most %d folders are possible", CONFIG_NFS_MAX);
    config->nfs[config->nfs_count++] = value;
    return true;
}

static bool take_drive(struct config *config, struct keyval *kv, struct error *error)
{
    struct drive_config *drive = &config->drive[config->drives];
    unsigned interface = 0, format = 0;
    const char *file = keyval_take(kv, "file");
    if (!file || !*file)
        return error_set(error, "-drive: file= is missing");
    const char *id = keyval_take(kv, "id");
    for (unsigned i = 0; id && i < config->drives; i++)
        if (config->drive[i].id && !strcmp(config->drive[i].id, id))
            return error_set(error, "-drive: id=%s is used twice", id);
    *drive = (struct drive_config){ .id = id ? strdup(id) : NULL, .file = strdup(file) };
    config->drives++;
    for (unsigned i = 0; i < kv->count; i++)
        drive->format_given |= !strcmp(kv->pair[i].key, "format");
    if (!keyval_take_word(kv, "format", "raw", &format, error) ||
        !keyval_take_word(kv, "if", "virtio none", &interface, error) ||
        !keyval_take_bool(kv, "readonly", &drive->readonly, error) || !keyval_done(kv, error))
        return false;
    if (interface)
        return true;
    struct device_config *device = add_device(config, DEVICE_BLK, error);
    if (!device)
        return false;
    device->drive = drive;
    device->pci = drive->taken = true;
    return true;
}

bool option_drive(struct config *config, const char *value, struct error *error)
{
    struct keyval kv;
    if (config->drives == CONFIG_DRIVES_MAX)
        return error_set(error, "-drive: at most %d disks are possible", CONFIG_DRIVES_MAX);
    bool ok = keyval_parse(&kv, "-drive", value, NULL, error) && take_drive(config, &kv, error);
    keyval_free(&kv);
    return ok;
}

static bool unknown_device(const char *name, struct error *error)
{
    const char *near = NULL;

    for (size_t i = 0; i < DEVICE_TYPES; i++)
        near = closest_word(name, near, device_types[i].name);
    return error_set(error, "-device %s: unknown device; %s%s%s", name,
                     near ? "did you mean "
                          : "there are virtio-net, -blk and -rng, each as -pci and as -device",
                     near ? near : "", near ? "?" : "");
}

/* The value of `key`, which the device cannot do without, as a string of its own. */
static bool take_backend(struct keyval *kv, const char *key, const char *needs,
                         struct device_config *device, struct error *error)
{
    const char *id = keyval_take(kv, key);
    if (!id)
        return error_set(error, "-device %s: %s=ID is missing; it names a %s", kv->pair[0].value,
                         key, needs);
    device->backend_id = strdup(id);
    return true;
}

static bool take_net(struct keyval *kv, struct device_config *device, struct error *error)
{
    const char *mac = keyval_take(kv, "mac");
    device->has_mac = mac != NULL;
    if (mac && !parse_mac(mac, device->mac))
        return error_set(error, "-device: mac=%s is not a MAC address", mac);
    return take_backend(kv, "netdev", "-netdev", device, error);
}

static bool take_blk(struct keyval *kv, struct device_config *device, struct error *error)
{
    const char *serial = keyval_take(kv, "serial");
    device->serial = serial ? strdup(serial) : NULL;
    return take_backend(kv, "drive", "-drive with if=none", device, error);
}

/* What every PCI device takes. */
static bool take_pci(struct keyval *kv, struct device_config *device, struct error *error)
{
    unsigned legacy = device->modern_only ? 0 : 1, off = 0;
    const char *rom = keyval_take(kv, "romfile");
    if (rom && *rom)
        return error_set(error, "-device: romfile=%s: there are no option ROMs", rom);
    if (!keyval_take_word(kv, "disable-legacy", "on off auto", &legacy, error) ||
        !keyval_take_word(kv, "disable-modern", "off", &off, error))
        return false;
    device->modern_only = legacy == 0;
    return true;
}

static bool take_device(struct config *config, struct keyval *kv, struct error *error)
{
    const char *name = keyval_take(kv, "driver");
    size_t i = 0;
    if (!name)
        return error_set(error, "-device: the type is missing");
    while (i < DEVICE_TYPES && strcmp(device_types[i].name, name))
        i++;
    if (i == DEVICE_TYPES)
        return unknown_device(name, error);
    struct device_config *device = add_device(config, device_types[i].kind, error);
    if (!device)
        return false;
    device->pci = device_types[i].pci;
    keyval_take(kv, "id"); /* a name that nothing refers to */
    if (device->pci && !take_pci(kv, device, error))
        return false;
    if (device->kind == DEVICE_NET && !take_net(kv, device, error))
        return false;
    if (device->kind == DEVICE_BLK && !take_blk(kv, device, error))
        return false;
    return keyval_done(kv, error);
}

bool option_device(struct config *config, const char *value, struct error *error)
{
    struct keyval kv;
    bool ok =
        keyval_parse(&kv, "-device", value, "driver", error) && take_device(config, &kv, error);
    keyval_free(&kv);
    return ok;
}

bool option_global(struct config *config, const char *value, struct error *error)
{
    struct keyval kv;
    bool ok = keyval_parse(&kv, "-global", value, NULL, error) &&
              keyval_take_bool(&kv, "virtio-mmio.force-legacy", &config->legacy_virtio, error) &&
              keyval_done(&kv, error);
    keyval_free(&kv);
    return ok;
}

static bool resolve_net(struct config *config, struct device_config *device, struct error *error)
{
    for (unsigned i = 0; i < config->nets; i++) {
        struct net_config *net = &config->net[i];
        if (!net->user.id || strcmp(net->user.id, device->backend_id))
            continue;
        if (net->taken)
            return error_set(error, "-device: netdev=%s is in use already", device->backend_id);
        net->taken = true;
        device->net = net;
        return true;
    }
    return error_set(error, "-device: netdev=%s: no such -netdev", device->backend_id);
}

static bool resolve_drive(struct config *config, struct device_config *device, struct error *error)
{
    for (unsigned i = 0; i < config->drives; i++) {
        struct drive_config *drive = &config->drive[i];
        if (!drive->id || strcmp(drive->id, device->backend_id))
            continue;
        if (drive->taken)
            return error_set(error, "-device: drive=%s is in use already", device->backend_id);
        drive->taken = true;
        device->drive = drive;
        return true;
    }
    return error_set(error, "-device: drive=%s: no such -drive", device->backend_id);
}

static unsigned count_cards(const struct config *config)
{
    unsigned cards = 0;
    for (unsigned i = 0; i < config->nets; i++)
        cards += config->net[i].card;
    return cards;
}

/* A device for every network that came with a card, in front of those of -device. */
static bool add_cards(struct config *config, struct error *error)
{
    unsigned cards = count_cards(config);
    if (config->devices + cards > CONFIG_SLOTS_MAX)
        return error_set(error, "the board has room for %d virtio devices", CONFIG_SLOTS_MAX);
    memmove(config->device + cards, config->device, config->devices * sizeof(*config->device));
    config->devices += cards;
    struct device_config *device = config->device;
    for (unsigned i = 0; i < config->nets; i++) {
        struct net_config *net = &config->net[i];
        if (!net->card)
            continue;
        *device = (struct device_config){ .kind = DEVICE_NET, .net = net };
        device->pci = strcmp(net->nic.model, MMIO_CARD) != 0;
        device->has_mac = net->nic.has_mac;
        memcpy(device->mac, net->nic.mac, sizeof(device->mac));
        net->taken = true;
        device++;
    }
    return true;
}

static bool add_exports(struct config *config, struct error *error)
{
    struct net_error why;
    if (config->nfs_count && !config->nets)
        return error_set(error, "-nfs %s: there is no network card to serve it on", config->nfs[0]);
    for (unsigned i = 0; i < config->nfs_count; i++)
        if (!net_user_config_add_nfs(&config->net[0].user, config->nfs[i], &why))
            return error_set(error, "-nfs %s: %s", config->nfs[i], why.text);
    return true;
}

static bool check_unused(const struct config *config, struct error *error)
{
    for (unsigned i = 0; i < config->nets; i++)
        if (!config->net[i].taken)
            return error_set(error, "-netdev %s: no -device uses it", config->net[i].user.id);
    for (unsigned i = 0; i < config->drives; i++)
        if (!config->drive[i].taken)
            return error_set(error, "-drive file=%s,if=none: no -device uses it",
                             config->drive[i].file);
    return true;
}

static bool check_none(const struct config *config, struct error *error)
{
    for (unsigned i = 0; config->no_net && i < config->nets; i++)
        if (config->net[i].card)
            return error_set(error, "-net none: another -net or -nic asks for a card");
    return true;
}

bool options_resolve_devices(struct config *config, struct error *error)
{
    if (!check_none(config, error))
        return false;
    bool wants_default = !config->nets && !config->no_net && !config->nodefaults;
    if (wants_default || (config->nfs_count && !config->nets && !config->no_net)) {
        struct net_config *net = add_net(config, error);
        if (!net)
            return false;
        net->card = true;
    }
    for (unsigned i = 0; i < config->devices; i++) {
        struct device_config *device = &config->device[i];
        if (device->kind == DEVICE_NET && !resolve_net(config, device, error))
            return false;
        if (device->kind == DEVICE_BLK && !device->drive && !resolve_drive(config, device, error))
            return false;
    }
    return add_cards(config, error) && add_exports(config, error) && check_unused(config, error);
}
