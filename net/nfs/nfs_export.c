/* SPDX-License-Identifier: MIT */
/* The text form of an export, as the command line has it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/nfs/nfs_server_internal.h"

/* The longest path the mount protocol carries (MNTPATHLEN). */
#define PATH_LENGTH_MAX 1024

static bool refuse(char *error, size_t error_size, const char *text, const char *why)
{
    snprintf(error, error_size, "nfs '%s': %s", text, why);
    return false;
}

void export_tidy_path(char *path)
{
    char *to = path;
    for (const char *from = path; *from; from++) {
        if (*from != '/' || (from[1] != '/' && (from[1] != '\0' || to == path))) {
            *to++ = *from;
        }
    }
    *to = '\0';
}

static bool has_dots(const char *path)
{
    for (const char *part = path; part; part = strchr(part + 1, '/')) {
        size_t length = strcspn(part + 1, "/");
        if ((length == 1 && part[1] == '.') || (length == 2 && part[1] == '.' && part[2] == '.')) {
            return true;
        }
    }
    return false;
}

/* Takes ",ro" or ",rw" off the end. */
static void take_access(char *host_dir, bool *read_only)
{
    size_t length = strlen(host_dir);
    char *end = host_dir + (length < 3 ? length : length - 3);
    *read_only = strcmp(end, ",ro") == 0;
    if (*read_only || strcmp(end, ",rw") == 0) {
        *end = '\0';
    }
}

bool nfs_export_parse(const char *text, struct nfs_export *export, char *error, size_t error_size)
{
    *export = (struct nfs_export){ 0 };
    const char *equals = strchr(text, '=');
    if (!equals) {
        return refuse(error, error_size, text, "expected GUEST_PATH=HOST_FOLDER");
    }
    if (text[0] != '/') {
        return refuse(error, error_size, text, "the guest's path must begin with '/'");
    }
    struct nfs_export parsed = { strndup(text, (size_t)(equals - text)), strdup(equals + 1),
                                 false };
    const char *why = "out of memory";
    if (parsed.guest_path && parsed.host_dir) {
        export_tidy_path(parsed.guest_path);
        take_access(parsed.host_dir, &parsed.read_only);
        why = has_dots(parsed.guest_path)  ? "the guest's path has '.' or '..' in it"
              : parsed.host_dir[0] == '\0' ? "no folder of the host after '='"
              : strlen(parsed.guest_path) > PATH_LENGTH_MAX ? "the guest's path is too long"
                                                            : NULL;
    }
    if (why) {
        nfs_export_free(&parsed);
        return refuse(error, error_size, text, why);
    }
    *export = parsed;
    return true;
}

void nfs_export_free(struct nfs_export *export)
{
    free(export->guest_path);
    free(export->host_dir);
    *export = (struct nfs_export){ 0 };
}
