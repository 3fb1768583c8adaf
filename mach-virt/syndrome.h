/* SPDX-License-Identifier: MIT */
/* ESR_EL1 in words: Arm ARM D13.2.37, "ESR_EL1, Exception Syndrome Register (EL1)". */
#ifndef MACH_VIRT_SYNDROME_H
#define MACH_VIRT_SYNDROME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What ESR_ELx.EC stands for. */
const char *syndrome_class(uint64_t esr);

/* A DFSC or IFSC: "translation fault, level 2". */
void syndrome_fault_status(unsigned status, char *text, size_t size);

/* The whole: "a write failed: permission fault, level 3". `name_of` gives the name of a system
 * register by its 16-bit encoding, or NULL. */
void syndrome_describe(uint64_t esr, const char *(*name_of)(unsigned encoding), char *text,
                       size_t size);

/* Whether FAR_EL1 holds the address that failed. */
bool syndrome_has_address(uint64_t esr);

#endif
