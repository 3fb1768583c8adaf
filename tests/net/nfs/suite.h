/* SPDX-License-Identifier: MIT */
#ifndef TESTS_NET_NFS_SUITE_H
#define TESTS_NET_NFS_SUITE_H

#include <check.h>

#include "tests/net/nfs/client.h"

/* A suite of one case, each of whose tests has a fresh folder and server. */
static inline Suite *suite_of(const char *name, const TTest *const *tests, size_t count)
{
    Suite *suite = suite_create(name);
    TCase *tcase = tcase_create(name);
    tcase_add_checked_fixture(tcase, client_setup, client_teardown);
    tcase_set_timeout(tcase, 60);
    for (size_t i = 0; i < count; i++) {
        tcase_add_test(tcase, tests[i]);
    }
    suite_add_tcase(suite, tcase);
    return suite;
}

#define SUITE(name, ...)                                                                           \
    Suite *name##_suite(void);                                                                     \
    Suite *name##_suite(void)                                                                      \
    {                                                                                              \
        const TTest *tests[] = { __VA_ARGS__ };                                                    \
        return suite_of("nfs " #name, tests, sizeof tests / sizeof tests[0]);                      \
    }

#endif
