/* SPDX-License-Identifier: MIT */
/*
 * The server against malformed packets, with a fake target: no crash, no hang, no leak (run it in a
 * sanitized build), and it serves the next client as if nothing had been.
 *
 *     test_gdbstub_fuzz [PACKETS [SEED]]
 *     test_gdbstub_fuzz PACKETS SEED print    the packets themselves: for a server elsewhere
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/gdbstub/fake_target.h"
#include "tests/gdbstub/packets.h"

#define PAYLOAD_MAX 1024

/* In a frame, in a frame that is broken, or bare. Returns its size. */
static size_t next_input(uint64_t *state, uint8_t *input)
{
    uint8_t payload[PAYLOAD_MAX];
    size_t size = packets_make(state, payload, sizeof(payload));
    switch (packets_random(state) % 8) {
    case 0:
        memcpy(input, payload, size);
        return size;
    case 1:
        input[0] = '$';
        memcpy(input + 1, payload, size);
        input[size + 1] = (uint8_t)packets_random(state);
        return size + 2;
    default:
        return fake_frame(input, payload, size);
    }
}

/* The machine's part: stops of all kinds, an end now and then. */
static void let_it_happen(struct fake *fake, uint64_t *state, uint64_t i)
{
    const struct gdb_stop stop = {
        .reason = (enum gdb_stop_reason)(i % 3),
        .signal = i % 5 ? GDB_SIGNAL_TRAP : GDB_SIGNAL_INT,
        .thread = (int)(i % (FAKE_THREADS + 1)) - 1,
        .address = 0x1000 + i % 256,
        .watch = (enum gdb_breakpoint_type)(GDB_WATCH_WRITE + i % 2),
    };
    if (gdb_server_waits(fake->server) && packets_random(state) % 4)
        gdb_server_stopped(fake->server, &stop);
    if (packets_random(state) % 5000 == 0)
        gdb_server_exited(fake->server, 0);
    if (packets_random(state) % 500 == 0) {
        gdb_server_disconnect(fake->server);
        gdb_server_connect(fake->server);
    }
}

static bool serves_the_next_client(struct fake *fake)
{
    gdb_server_disconnect(fake->server);
    gdb_server_connect(fake->server);
    return !strcmp(fake_ask(fake, "?"), "T05thread:01;") &&
           !strcmp(fake_ask(fake, "M1000,2:1234"), "OK") &&
           !strcmp(fake_ask(fake, "m1000,2"), "1234") && !strcmp(fake_ask(fake, "g2"), "E22");
}

static int print_packets(uint64_t count, uint64_t state)
{
    uint8_t input[2 * PAYLOAD_MAX + 8];
    while (count--)
        fwrite(input, 1, next_input(&state, input), stdout);
    return fflush(stdout) ? 1 : 0;
}

int main(int argc, char **argv)
{
    uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 0) : 50000;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1, state = seed;
    if (argc > 3)
        return print_packets(count, state);
    struct fake *fake = fake_create();
    uint8_t input[2 * PAYLOAD_MAX + 8];
    for (uint64_t i = 0; i < count; i++) {
        fake_send_raw(fake, input, next_input(&state, input));
        let_it_happen(fake, &state, i);
        fake->size = 0;
    }
    bool ok = serves_the_next_client(fake);
    fake_destroy(fake);
    printf("%s %llu packets, seed %llu\n", ok ? "PASS" : "FAIL", (unsigned long long)count,
           (unsigned long long)seed);
    return !ok;
}
