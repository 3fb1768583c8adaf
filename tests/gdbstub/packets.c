/* SPDX-License-Identifier: MIT */
#include "tests/gdbstub/packets.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* # a number, @ an address that may be memory, & bytes in hex, ~ any bytes, : and others
 * themselves; . a thread. */
static const char *const grammar[] = {
    "g",
    "G&",
    "p#",
    "P#=&",
    "m@,#",
    "M@,#:&",
    "X@,#:~",
    "M@,4:01020304",
    "X@,4:abcd",
    "Z0,@,4",
    "Z1,@,4",
    "Z2,@,#",
    "Z3,@,8",
    "Z4,@,1",
    "z0,@,4",
    "z#,@,#",
    "Z#,@,#;X#,~",
    "?",
    "c",
    "c@",
    "C#;@",
    "s",
    "s@",
    "S#",
    "Hg.",
    "Hc.",
    "T.",
    "D",
    "D;#",
    "R#",
    "!",
    "H#",
    "vCont?",
    "vCont;c",
    "vCont;s:.;c",
    "vCont;c:.",
    "vCont;t:.",
    "vCont;r@,@:.;c",
    "vCont;C#:.;S#:.",
    "vCtrlC",
    "vStopped",
    "vAttach;#",
    "vRun;&;&",
    "vMustReplyEmpty",
    "vFile:open:&,#,#",
    "qSupported:multiprocess+;swbreak+;hwbreak+;~",
    "QStartNoAckMode",
    "QNonStop:1",
    "QNonStop:0",
    "QNonStop:#",
    "qAttached:#",
    "qOffsets",
    "qXfer:features:read:target.xml:#,#",
    "qXfer:memory-map:read::#,#",
    "qXfer:threads:read::#,#",
    "qXfer:exec-file:read:#:#,#",
    "qXfer:~:read::#,#",
    "qC",
    "qfThreadInfo",
    "qsThreadInfo",
    "qThreadExtraInfo,.",
    "qSearch:memory:@;#;~",
    "qCRC:@,#",
    "qRcmd,&",
    "qqemu.PhyMemMode",
    "Qqemu.PhyMemMode:#",
    "qqemu.Supported",
    "qHostInfo",
    "qProcessInfo",
    "qSymbol::",
    "qTStatus",
    "QPassSignals:#;#",
    "~",
};

uint32_t packets_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u; /* Knuth, MMIX */
    return (uint32_t)(*state >> 33);
}

static bool chance(uint64_t *state, unsigned one_in)
{
    return packets_random(state) % one_in == 0;
}

struct out {
    uint8_t *payload;
    size_t size, max;
};

static void put(struct out *out, uint8_t byte)
{
    if (out->size < out->max)
        out->payload[out->size++] = byte;
}

static void put_number(struct out *out, uint64_t value)
{
    char text[24];
    snprintf(text, sizeof(text), "%llx", (unsigned long long)value);
    for (const char *c = text; *c; c++)
        put(out, (uint8_t)*c);
}

/* Small ones, powers of 2 and their neighbours, and any. */
static uint64_t any_number(uint64_t *state)
{
    uint64_t value = packets_random(state);
    switch (packets_random(state) % 4) {
    case 0:
        return value % 4;
    case 1:
        return value % 300;
    case 2:
        return (UINT64_C(1) << value % 64) - value / 64 % 3 + 1;
    default:
        return value << 32 | packets_random(state);
    }
}

/* Of the fake target's memory, a machine's RAM, its devices, or anything. */
static uint64_t any_address(uint64_t *state)
{
    uint64_t offset = packets_random(state) % 4096;
    switch (packets_random(state) % 4) {
    case 0:
        return 0x1000 + offset % 256;
    case 1:
        return 0x40000000 + offset * 4;
    case 2:
        return 0x08000000 + offset * 4096;
    default:
        return any_number(state);
    }
}

static void put_thread(struct out *out, uint64_t *state)
{
    static const char *const thread[] = {
        "1",   "2", "-1",   "0", "p1.1", "p1.2", "p1.-1", "p1",
        "p-1", "9", "p2.1", "",  "1.1",  "p.",   "-2",    "p1.p1"
    };
    const char *text = thread[packets_random(state) % (sizeof(thread) / sizeof(*thread))];
    while (*text)
        put(out, (uint8_t)*text++);
}

static void put_bytes(struct out *out, uint64_t *state, bool hex)
{
    size_t count = packets_random(state) % (chance(state, 8) ? 600 : 20);
    for (size_t i = 0; i < count; i++) {
        uint8_t byte = (uint8_t)packets_random(state);
        if (hex)
            put(out, (uint8_t) "0123456789abcdef"[byte >> 4]);
        put(out, hex ? (uint8_t) "0123456789abcdef"[byte & 15] : byte);
    }
}

static void expand(struct out *out, uint64_t *state, const char *rule)
{
    for (; *rule; rule++) {
        if (*rule == '#')
            put_number(out, any_number(state));
        else if (*rule == '@')
            put_number(out, any_address(state));
        else if (*rule == '.' && rule[-1] != 'u')
            put_thread(out, state);
        else if (*rule == '&' || *rule == '~')
            put_bytes(out, state, *rule == '&');
        else
            put(out, (uint8_t)*rule);
    }
}

/* One byte becomes another, goes, or comes; or the end is lost; or it is said twice. */
static void bend(struct out *out, uint64_t *state)
{
    size_t at = out->size ? packets_random(state) % out->size : 0;
    uint8_t byte = (uint8_t)packets_random(state);
    if (chance(state, 2))
        byte = (uint8_t) "0123456789abcdef,:;.-p+xzt=$#}*"[byte % 31];
    switch (packets_random(state) % 5) {
    case 0:
        if (out->size)
            out->payload[at] = byte;
        break;
    case 1:
        if (out->size)
            memmove(out->payload + at, out->payload + at + 1, --out->size - at);
        break;
    case 2:
        if (out->size < out->max)
            memmove(out->payload + at + 1, out->payload + at, out->size++ - at);
        out->payload[at] = byte;
        break;
    case 3:
        out->size = at;
        break;
    default:
        for (size_t i = 0, size = out->size; i < size; i++)
            put(out, out->payload[i]);
    }
}

size_t packets_make(uint64_t *state, uint8_t *payload, size_t max)
{
    struct out out = { payload, 0, max };
    expand(&out, state, grammar[packets_random(state) % (sizeof(grammar) / sizeof(*grammar))]);
    while (chance(state, 2))
        bend(&out, state);
    return out.size;
}
