/* SPDX-License-Identifier: MIT */
/* catch, step, trace: how the machine runs while somebody looks at it. */
#include <stdio.h>
#include <string.h>

#include "cpu/catch.h"
#include "mach-virt/debug.h"
#include "mach-virt/monitor_commands.h"
#include "mach-virt/trace.h"

/* ---- catch ---- */

static const struct {
    const char *name;
    unsigned what;
    const char *help;
} catches[] = {
    { "svc", CPU_CATCH_SVC, "system calls" },
    { "irq", CPU_CATCH_IRQ, "interrupts" },
    { "dabort", CPU_CATCH_DABORT, "data aborts" },
    { "iabort", CPU_CATCH_IABORT, "instruction aborts" },
    { "undef", CPU_CATCH_UNDEF, "undefined instructions" },
    { "other", CPU_CATCH_OTHER, "BRK and traps" },
    { "el0", CPU_CATCH_EL0, "every exception that comes from EL0" },
    { "el1", CPU_CATCH_EL1, "every exception that comes from EL1" },
};

#define CATCHES (sizeof(catches) / sizeof(*catches))

static void list_catches(struct monitor *monitor, unsigned what)
{
    for (unsigned i = 0; i < CATCHES; i++)
        monitor_print(monitor, "%c %-7s %s\n", what & catches[i].what ? '*' : ' ', catches[i].name,
                      catches[i].help);
}

/* False: no such kind, and the user has been told. */
static bool find_catch(struct monitor *monitor, const char *word, unsigned *what)
{
    for (unsigned i = 0; i < CATCHES; i++) {
        if (strcmp(word, catches[i].name))
            continue;
        *what |= catches[i].what;
        return true;
    }
    monitor_print(monitor, "catch: there is no '%s'; these there are, and off:\n", word);
    list_catches(monitor, 0);
    return false;
}

/* catch [KIND...|off]: adds to what is caught already. */
void monitor_catch(struct monitor *monitor, const char *arguments)
{
    struct debug *debug = monitor->virt->debugger;
    char word[MONITOR_WORD_MAX];
    if (!debug)
        return;
    unsigned what = debug->catch;
    if (!strcmp(arguments, "off"))
        what = 0;
    else
        while (monitor_word(&arguments, word))
            if (!find_catch(monitor, word, &what))
                return;
    monitor->virt->debug = debug;
    debug_set_catch(debug, what);
    list_catches(monitor, what);
}

/* ---- step ---- */

/* step [exceptions|interrupts on|off] */
void monitor_step(struct monitor *monitor, const char *arguments)
{
    struct debug *debug = monitor->virt->debugger;
    char what[MONITOR_WORD_MAX], value[MONITOR_WORD_MAX];
    if (!debug)
        return;
    if (monitor_word(&arguments, what)) {
        bool *setting = !strcmp(what, "exceptions")   ? &debug->step_exceptions
                        : !strcmp(what, "interrupts") ? &debug->step_interrupts
                                                      : NULL;
        monitor_word(&arguments, value);
        bool on = !strcmp(value, "on");
        if (!setting || *arguments || (!on && strcmp(value, "off"))) {
            monitor_print(monitor, "step [exceptions|interrupts on|off]\n");
            return;
        }
        *setting = on;
    }
    monitor_print(monitor, "exceptions %s: a step %s\ninterrupts %s: a step %s\n",
                  debug->step_exceptions ? "on" : "off",
                  debug->step_exceptions ? "goes into system calls and faults"
                                         : "goes over system calls and faults",
                  debug->step_interrupts ? "on" : "off",
                  debug->step_interrupts ? "takes a pending interrupt"
                                         : "leaves interrupts pending");
}

/* ---- trace ---- */

/* trace on FILE|off */
void monitor_trace(struct monitor *monitor, const char *arguments)
{
    char word[MONITOR_WORD_MAX];
    struct error error;
    monitor_word(&arguments, word);
    if (!strcmp(word, "off") && !*arguments)
        trace_to_file(monitor->virt, NULL, &error);
    else if (strcmp(word, "on") || !*arguments)
        monitor_print(monitor, "trace on FILE|off\n");
    else if (!trace_to_file(monitor->virt, arguments, &error))
        monitor_print(monitor, "%s\n", error.text);
}
