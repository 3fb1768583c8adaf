/* SPDX-License-Identifier: MIT */
#include "loader/error.h"

#include <stdarg.h>
#include <stdio.h>

bool load_error_set(struct load_error *error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(error->text, sizeof(error->text), format, args);
    va_end(args);
    return false;
}
