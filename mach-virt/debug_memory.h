/* SPDX-License-Identifier: MIT */
/*
 * Memory as the debug stub reads and writes it, without the machine noticing: RAM only, unless the
 * user allows accesses to devices (`monitor mmio on`), which may have effects. An access to a
 * device is one of 1, 2, 4 or 8 bytes where address and size allow it, several otherwise, made on
 * behalf of the processor that the user looks at.
 */
#ifndef MACH_VIRT_DEBUG_MEMORY_H
#define MACH_VIRT_DEBUG_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct debug;

enum debug_space { DEBUG_VIRTUAL, DEBUG_PHYSICAL };

/* How many bytes from the address on could be read. */
size_t debug_read_memory(const struct debug *debug, enum debug_space space, unsigned cpu,
                         uint64_t address, uint8_t *data, size_t size);
/* All or nothing, as far as a device takes what is written. Decoded instructions are forgotten. */
bool debug_write_memory(const struct debug *debug, enum debug_space space, unsigned cpu,
                        uint64_t address, const uint8_t *data, size_t size);

#endif
