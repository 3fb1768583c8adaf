/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "devices/chardev_stdio.h"
#include "devices/fd_stream.h"

struct stdio_stream {
    struct fd_stream stream;
    struct terminal *terminal;
};

/* Output processing stays on, so that the program's own messages still get their carriage returns.
 */
static struct termios raw_modes(const struct termios *cooked, bool keep_signals)
{
    struct termios raw = *cooked;
    raw.c_iflag &= ~(tcflag_t)(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
    raw.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | IEXTEN);
    if (!keep_signals)
        raw.c_lflag &= ~(tcflag_t)ISIG;
    raw.c_cflag = (raw.c_cflag & ~(tcflag_t)(CSIZE | PARENB)) | CS8;
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    return raw;
}

void terminal_restore(struct terminal *terminal)
{
    int kept = errno;
    if (terminal->modes_are_raw) {
        tcsetattr(STDIN_FILENO, TCSANOW, &terminal->cooked);
        terminal->modes_are_raw = 0;
    }
    errno = kept;
}

void terminal_resume(struct terminal *terminal)
{
    if (!terminal->in_use || terminal->modes_are_raw || !isatty(STDIN_FILENO))
        return;
    terminal->modes_are_raw = 1; /* first: a signal in between restores too much, not too little */
    tcsetattr(STDIN_FILENO, TCSANOW, &terminal->raw);
}

static bool make_raw(struct terminal *terminal)
{
    if (!isatty(STDIN_FILENO))
        return true;
    if (tcgetattr(STDIN_FILENO, &terminal->cooked) != 0)
        return false;
    terminal->raw = raw_modes(&terminal->cooked, terminal->keep_signals);
    terminal_resume(terminal);
    return true;
}

static void destroy(void *backend)
{
    struct stdio_stream *stdio = backend;
    fd_stream_fini(&stdio->stream);
    terminal_restore(stdio->terminal);
    stdio->terminal->in_use = 0;
    free(stdio);
}

struct chardev *chardev_stdio_create(struct terminal *terminal, struct poll_list *polls,
                                     char *error, size_t error_size)
{
    if (terminal->in_use) {
        snprintf(error, error_size, "stdio: already in use by another -serial or -monitor");
        return NULL;
    }
    struct stdio_stream *stdio = calloc(1, sizeof *stdio);
    if (!stdio) {
        snprintf(error, error_size, "stdio: out of memory");
        return NULL;
    }
    stdio->terminal = terminal;
    terminal->in_use = 1;
    fd_stream_init(&stdio->stream, polls, "standard output");
    stdio->stream.port.destroy = destroy;
    if (!make_raw(terminal)) {
        snprintf(error, error_size, "stdio: terminal modes: %s", strerror(errno));
        destroy(stdio);
        return NULL;
    }
    fd_stream_open(&stdio->stream, fd_stream_reopen(STDIN_FILENO, O_RDONLY),
                   fd_stream_reopen(STDOUT_FILENO, O_WRONLY));
    return &stdio->stream.port;
}
