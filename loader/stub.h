/* SPDX-License-Identifier: MIT */
/*
 * The boot stub: the six instructions at the start of RAM that give a kernel what it expects in
 * x0-x3 (Linux, Documentation/arm64/booting.rst, "Call the kernel image") and jump to it. A
 * debugger that attaches at reset shows them, so they are the virt board's to the letter.
 */
#ifndef LOADER_STUB_H
#define LOADER_STUB_H

#include <stdint.h>

#define STUB_SIZE 0x28 /* bytes: the code, then the two addresses it loads */

void stub_build(uint8_t code[STUB_SIZE], uint64_t dtb, uint64_t entry);

#endif
