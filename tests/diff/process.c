/* SPDX-License-Identifier: MIT */
#include "tests/diff/run.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static bool write_file(FILE *file, const void *data, size_t size)
{
    return fwrite(data, 1, size, file) == size && fflush(file) == 0 &&
           fseek(file, 0, SEEK_SET) == 0;
}

static bool run_process(char *const *argv, FILE *in, FILE *out)
{
    const pid_t child = fork();
    if (child == 0) {
        dup2(fileno(in), STDIN_FILENO);
        dup2(fileno(out), STDOUT_FILENO);
        execvp(argv[0], argv);
        _Exit(127);
    }
    int status;
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

/* Temporary files, so that neither side waits for the other. */
bool run_reference(struct run *run, size_t count)
{
    FILE *in = tmpfile(), *out = tmpfile();
    const bool ok = in && out && write_file(in, run->cases, count * sizeof(*run->cases)) &&
                    run_process(run->reference, in, out) && fseek(out, 0, SEEK_SET) == 0 &&
                    fread(run->expected, sizeof(*run->expected), count, out) == count;
    if (in)
        fclose(in);
    if (out)
        fclose(out);
    if (!ok)
        fprintf(stderr, "a64_diff: the reference did not answer: %s\n", run->reference[0]);
    return ok;
}
