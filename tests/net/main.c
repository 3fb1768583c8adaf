/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <signal.h>

#include "tests/net/suites.h"

/* Frames that wait for an ARP answer of the guest when libslirp is cleaned up are never freed by it
 * (4.7); its buffers are the only ones that come from glib. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libglib-2.0.so\n";
}

int main(void)
{
    Suite *suite = suite_create("net");
    TCase *(*const cases[])(void) = {
        checksum_tests,     packet_tests,      frame_queue_tests, record_tests,
        reassembly_tests,   udp_service_tests, steer_tests,       stream_service_tests,
        user_options_tests, user_tests,        capture_tests,
    };

    signal(SIGPIPE, SIG_IGN); /* net/user.h asks for it */
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        suite_add_tcase(suite, cases[i]());

    SRunner *runner = srunner_create(suite);
    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
