/* SPDX-License-Identifier: MIT */
#include "mach-virt/debug_memory.h"

#include <string.h>

#include "mach-virt/debug.h"
#include "mach-virt/virt.h"

#define PAGE_SIZE 4096

/* ---- where a byte is ---- */

/* A piece of memory within one page. */
struct piece {
    uint64_t pa;
    uint8_t *host; /* NULL: a device */
    size_t size;
};

/* False: not mapped, nothing there, or a device that may not be disturbed. */
static bool locate(const struct debug *debug, enum debug_space space, unsigned cpu,
                   uint64_t address, size_t wanted, struct piece *piece)
{
    const struct virt *virt = debug->virt;
    size_t room = PAGE_SIZE - address % PAGE_SIZE;
    piece->size = wanted < room ? wanted : room;
    piece->pa = address;
    if (space == DEBUG_VIRTUAL && !guest_kernel_translate(virt, cpu, address, &piece->pa))
        return false;
    piece->host = ram_map(&virt->ram, piece->pa, piece->size);
    return piece->host || (debug->mmio && bus_find(virt->bus, piece->pa));
}

/* ---- devices ---- */

/* The widest access that is aligned and not longer than what is left. */
static unsigned access_size(uint64_t pa, size_t left)
{
    unsigned size = 8;
    while (pa % size || size > left)
        size /= 2;
    return size;
}

static size_t read_device(struct virt *virt, unsigned cpu, const struct piece *piece, uint8_t *data)
{
    size_t done = 0;
    while (done < piece->size) {
        unsigned size = access_size(piece->pa + done, piece->size - done);
        uint64_t value;
        if (!bus_read(virt->bus, piece->pa + done, size, cpu, &value))
            break;
        memcpy(data + done, &value, size); /* the host is little-endian */
        done += size;
    }
    return done;
}

static bool write_device(struct virt *virt, unsigned cpu, const struct piece *piece,
                         const uint8_t *data)
{
    for (size_t done = 0; done < piece->size;) {
        unsigned size = access_size(piece->pa + done, piece->size - done);
        uint64_t value = 0;
        memcpy(&value, data + done, size);
        if (!bus_write(virt->bus, piece->pa + done, size, cpu, value))
            return false;
        done += size;
    }
    return true;
}

/* ---- pieces ---- */

size_t debug_read_memory(const struct debug *debug, enum debug_space space, unsigned cpu,
                         uint64_t address, uint8_t *data, size_t size)
{
    size_t done = 0;
    struct piece piece;
    while (done < size && locate(debug, space, cpu, address + done, size - done, &piece)) {
        size_t got = piece.size;
        if (piece.host)
            memcpy(data + done, piece.host, piece.size);
        else
            got = read_device(debug->virt, cpu, &piece, data + done);
        done += got;
        if (got < piece.size)
            break;
    }
    return done;
}

static bool is_memory(const struct debug *debug, enum debug_space space, unsigned cpu,
                      uint64_t address, size_t size)
{
    struct piece piece;
    for (; size; address += piece.size, size -= piece.size)
        if (!locate(debug, space, cpu, address, size, &piece))
            return false;
    return true;
}

static bool write_piece(const struct debug *debug, unsigned cpu, const struct piece *piece,
                        const uint8_t *data)
{
    if (!piece->host)
        return write_device(debug->virt, cpu, piece, data);
    code_cache_invalidate(debug->virt->code, piece->pa, piece->size);
    memcpy(piece->host, data, piece->size);
    return true;
}

bool debug_write_memory(const struct debug *debug, enum debug_space space, unsigned cpu,
                        uint64_t address, const uint8_t *data, size_t size)
{
    struct piece piece;
    if (!is_memory(debug, space, cpu, address, size))
        return false;
    for (; size; address += piece.size, data += piece.size, size -= piece.size)
        if (!locate(debug, space, cpu, address, size, &piece) ||
            !write_piece(debug, cpu, &piece, data))
            return false;
    return true;
}
