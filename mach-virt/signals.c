/* SPDX-License-Identifier: MIT */
#include "mach-virt/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* A handler gets no argument, so the one instance must be found by name. Nobody else uses it. */
static struct signals *installed;

static const int ending[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
static const int crashing[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };

static void end_handler(int number)
{
    int saved = errno;
    struct signals *s = installed;
    s->caught = number;
    if (!s->orderly) {
        terminal_restore(s->terminal);
        _exit(128 + number);
    }
    s->orderly = 0;
    ssize_t ignored = write(s->write_end, "", 1);
    (void)ignored;
    errno = saved;
}

/* Installed with SA_RESETHAND: raising the signal again has its usual effect. */
static void crash_handler(int number)
{
    terminal_restore(installed->terminal);
    raise(number);
}

static void continue_handler(int number)
{
    terminal_resume(installed->terminal);
}

static void install(int number, void (*handler)(int), int flags)
{
    struct sigaction action = { .sa_handler = handler, .sa_flags = flags };
    sigaction(number, &action, NULL);
}

static void pipe_ready(void *ctx, short revents)
{
    struct signals *s = ctx;
    char byte;
    if (read(s->pipe.fd, &byte, 1) == 1)
        s->end(s->ctx);
}

bool signals_init(struct signals *signals, struct terminal *terminal, void (*end)(void *ctx),
                  void *ctx, struct error *error)
{
    int fds[2];
    if (pipe2(fds, O_CLOEXEC | O_NONBLOCK))
        return error_set(error, "no pipe for signals: %s", strerror(errno));
    *signals =
        (struct signals){ .write_end = fds[1], .terminal = terminal, .end = end, .ctx = ctx };
    signals->pipe = (struct poll_source){ fds[0], POLLIN, pipe_ready, signals, NULL };
    installed = signals;
    for (unsigned i = 0; i < sizeof(ending) / sizeof(*ending); i++)
        install(ending[i], end_handler, 0);
    for (unsigned i = 0; i < sizeof(crashing) / sizeof(*crashing); i++)
        install(crashing[i], crash_handler, SA_RESETHAND);
    install(SIGCONT, continue_handler, SA_RESTART);
    install(SIGPIPE, SIG_IGN, 0);
    install(SIGXFSZ, SIG_IGN, 0); /* a write past the limit fails with EFBIG instead */
    return true;
}

void signals_run(struct signals *signals)
{
    signals->orderly = 1;
}

void signals_free(struct signals *signals)
{
    if (installed != signals)
        return;
    for (unsigned i = 0; i < sizeof(ending) / sizeof(*ending); i++)
        install(ending[i], SIG_DFL, 0);
    for (unsigned i = 0; i < sizeof(crashing) / sizeof(*crashing); i++)
        install(crashing[i], SIG_DFL, 0);
    install(SIGCONT, SIG_DFL, 0);
    close(signals->pipe.fd);
    close(signals->write_end);
    installed = NULL;
}
