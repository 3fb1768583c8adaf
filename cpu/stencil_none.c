/* SPDX-License-Identifier: MIT */
#include "cpu/stencil.h"

const struct stencil stencils[] = { { 0 } };
const unsigned stencil_count = 0;
