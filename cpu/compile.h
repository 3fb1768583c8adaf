/* SPDX-License-Identifier: MIT */
/*
 * Hot pages as straight host code: copies of stencils, one behind the other, with the operands filled in.
 *
 * The run loop looks every COMPILE_SAMPLE instructions at which page is being executed. One that was met a few times is
 * compiled: every instruction of it that has run, and a few behind those that may have. A compiled instruction is a handler
 * like any other, found in its record, and does the same to registers, flags, count and memory; what it saves is the jump
 * through the record behind it, and the reading of operands. Whatever leaves the straight way - a miss of the soft TLB, a
 * fault, an instruction without stencil, a check point - goes through the handlers.
 *
 * Code belongs to its page. A write to the page, or a breakpoint in it, drops all of it; when code memory is used up, that
 * of all pages is dropped. It is writable or executable, never both. Not for CPUs on threads of their own.
 */
#ifndef CPU_COMPILE_H
#define CPU_COMPILE_H

#include "cpu/code.h"

#define COMPILE_SAMPLE 8192u /* instructions */

struct compiler;
/* NULL: there is nothing to compile with, or the host gives no executable memory. */
struct compiler *compiler_create(void);
void compiler_destroy(struct compiler *compiler);

/* Is this what compile_page put into a record? */
bool compiler_owns(const struct compiler *compiler, handler_fn *handler);
enum compile_result {
    COMPILE_DONE,
    COMPILE_FULL,   /* there is no memory left; no record was changed */
    COMPILE_REFUSED /* by the host; compiled code of other pages may not be executed any more */
};
/* Compiles what has been decoded of a page. */
enum compile_result compile_page(struct compiler *compiler, struct code_cache *cache, struct code_page *page);
/* The code of a compiled page. */
const uint8_t *compiler_code(const struct compiler *compiler, const struct code_page *page, size_t *size);
/* Takes back the memory of a page, whose records hold none of it any more. */
void compiler_free(struct compiler *compiler, struct code_page *page);

#endif
