/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

Suite *rpc_suite(void);
Suite *export_suite(void);
Suite *mount_suite(void);
Suite *nfs2_suite(void);
Suite *nfs3_suite(void);
Suite *durable_suite(void);
Suite *names_suite(void);
Suite *listing_suite(void);
Suite *escape_suite(void);
Suite *handle_suite(void);
Suite *ownership_suite(void);
Suite *fuzz_suite(void);

#define NOBODY 65534

int main(int argc, char **argv)
{
    /* The server is made to run without privileges: test it so, even in root's container. */
    bool root = geteuid() == 0;
    if (root && (setegid(NOBODY) || seteuid(NOBODY))) {
        return EXIT_FAILURE;
    }
    SRunner *runner = srunner_create(rpc_suite());
    srunner_add_suite(runner, export_suite());
    srunner_add_suite(runner, mount_suite());
    srunner_add_suite(runner, nfs2_suite());
    srunner_add_suite(runner, nfs3_suite());
    srunner_add_suite(runner, durable_suite());
    srunner_add_suite(runner, names_suite());
    srunner_add_suite(runner, listing_suite());
    srunner_add_suite(runner, escape_suite());
    srunner_add_suite(runner, handle_suite());
    srunner_add_suite(runner, ownership_suite());
    srunner_add_suite(runner, fuzz_suite());
    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    /* The leak sanitizer needs its rights back. */
    if (root && seteuid(0)) {
        return EXIT_FAILURE;
    }
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
