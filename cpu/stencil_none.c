/* SPDX-License-Identifier: MIT */
#include "cpu/stencil.h"

const struct stencil stencils[] = { { 0 } };
const unsigned stencil_count = 0;
const uint8_t stencil_code[] = { 0 };
const struct stencil_patch stencil_patches[] = { { 0 } };
handler_fn *const stencil_functions[] = { 0 };
