/* SPDX-License-Identifier: MIT */
/* The suites of tests/net/main.c, one per file of net/. */
#ifndef TESTS_NET_SUITES_H
#define TESTS_NET_SUITES_H

#include <check.h>

TCase *capture_tests(void);
TCase *checksum_tests(void);
TCase *frame_queue_tests(void);
TCase *packet_tests(void);
TCase *reassembly_tests(void);
TCase *record_tests(void);
TCase *steer_tests(void);
TCase *stream_service_tests(void);
TCase *udp_service_tests(void);
TCase *user_options_tests(void);
TCase *user_tests(void);

#endif
