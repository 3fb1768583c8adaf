/* SPDX-License-Identifier: MIT */
#include "tests/cpu/random_code.h"

#include "cpu/exec.h"
#include "cpu/fuse.h"

#include <stdlib.h>
#include <string.h>

#define VECTORS   (BOARD_RAM + 0x10000)
#define TABLES    (BOARD_RAM + 0x20000)
#define DATA      (BOARD_RAM + 0x40000)
#define DATA_SIZE 0x40000u
#define HERE      0x14000000u /* b . */

#define SAMPLES        4      /* words for each handler */
#define WORDS_PER_ROW  3000   /* tried to find them */
#define WORDS_OF_MANY  300000 /* of rows with many aliases or registers */
#define HANDLERS_MAX   4096

static uint64_t seed = 1;

static uint64_t next_random(void) /* splitmix64 */
{
    uint64_t z = seed += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

unsigned random_below(unsigned n)
{
    return (unsigned)(next_random() % n);
}

/* -- words for handlers -- */

static struct sample {
    unsigned count;
    uint32_t word[SAMPLES];
} samples[HANDLERS_MAX];

static struct record decoded(uint32_t word, unsigned index)
{
    struct record r;
    struct decode d = { .out = &r, .index = index, .word = word };
    a64_decode(&d);
    return r;
}

int random_code_name(handler_fn *handler)
{
    for (int i = 0; handler_names[i].handler; i++)
        if (handler_names[i].handler == handler)
            return i;
    return -1;
}

/* Zeros, ones and small numbers, of either sign, are frequent in its fields: they have handlers of their own. */
static uint32_t random_word(const struct a64_row_info *info)
{
    uint32_t word = info->value | ((uint32_t)next_random() & ~info->mask);
    for (unsigned i = 0; i < info->fields; i++) {
        const uint32_t mask = ((1u << info->field[i].width) - 1) << info->field[i].lsb;
        const uint32_t special[] = { 0, UINT32_MAX, random_below(64) << info->field[i].lsb, -random_below(64) << info->field[i].lsb };
        if (random_below(2))
            word = (word & ~mask) | (special[random_below(4)] & mask);
    }
    return word;
}

static void take_samples(unsigned row, unsigned words)
{
    const struct a64_row_info *info = &a64_rows[row];
    handler_fn *last = NULL;
    int name = -1;
    for (unsigned n = 0; n < words; n++) {
        const uint32_t word = random_word(info);
        const struct record r = decoded(word, RANDOM_INDEX);
        if (r.handler != last) {
            last = r.handler;
            name = random_code_name(r.handler);
        }
        if (name >= 0 && samples[name].count < SAMPLES)
            samples[name].word[samples[name].count++] = word;
    }
}

static void find_words(void)
{
    for (unsigned row = 0; row < A64_ROWS; row++) {
        const bool many = row == A64_MRS || row == A64_MSR_reg || row == A64_SYS || row == A64_SBFM;
        take_samples(row, many ? WORDS_OF_MANY : WORDS_PER_ROW);
    }
}

/* -- registers -- */

static const unsigned places[] = { 0, 5, 16, 10 }; /* of their numbers in words */

static uint8_t *slot_of(struct record *r, unsigned field)
{
    uint8_t *const slots[] = { &r->rd, &r->rn, &r->rm, &r->ra };
    return slots[field];
}

/* The word with this register for an operand; 0: no place of the word is this operand alone. */
static uint32_t with_register(uint32_t word, unsigned field, unsigned number)
{
    handler_fn *handler = decoded(word, RANDOM_INDEX).handler;
    for (unsigned i = 0; i < 4; i++) {
        const uint32_t candidate = (word & ~(31u << places[i])) | number << places[i];
        const uint32_t other = (word & ~(31u << places[i])) | (number ^ 1) << places[i];
        struct record r = decoded(candidate, RANDOM_INDEX), s = decoded(other, RANDOM_INDEX);
        if (r.handler == handler && s.handler == handler && *slot_of(&r, field) == number &&
            *slot_of(&s, field) == (number ^ 1))
            return candidate;
    }
    return 0;
}

/* Makes a branch go `distance` instructions back: its imm26, imm19 or imm14. */
static bool go_back(uint32_t *word, unsigned index, unsigned distance)
{
    static const struct {
        unsigned width, lsb;
    } forms[] = { { 26, 0 }, { 19, 5 }, { 14, 5 } };
    for (unsigned i = 0; i < 3; i++) {
        const uint32_t mask = ((1u << forms[i].width) - 1) << forms[i].lsb;
        const uint32_t candidate = (*word & ~mask) | (-distance << forms[i].lsb & mask);
        if (a64_lookup(candidate) == a64_lookup(*word) && decoded(candidate, index).imm == -(int32_t)distance) {
            *word = candidate;
            return true;
        }
    }
    return false;
}

/* Wherever a register may stand: what becomes another handler stays as it is. 30 and 31 are not told apart by with_register. */
static uint32_t with_random_registers(uint32_t word, unsigned registers)
{
    handler_fn *handler = decoded(word, RANDOM_INDEX).handler;
    for (unsigned i = 0; i < 4; i++) {
        const uint32_t candidate = (word & ~(31u << places[i])) | (1 + random_below(registers)) << places[i];
        if (decoded(candidate, RANDOM_INDEX).handler == handler)
            word = candidate;
    }
    return word;
}

static bool goes_back(unsigned name)
{
    const char *end = strstr(handler_names[name].name, "_back");
    return end && !end[5];
}

bool random_code_add(struct random_code *code, unsigned name, int field, unsigned number)
{
    const struct sample *s = &samples[name];
    if (!s->count || code->length == RANDOM_MAX)
        return false;
    uint32_t word = with_random_registers(s->word[random_below(s->count)], code->registers);
    if (field >= 0)
        word = with_register(word, (unsigned)field, number);
    if (!word || (goes_back(name) && !go_back(&word, RANDOM_INDEX + code->length, random_below(code->length + 2))))
        return false;
    code->word[code->length++] = word;
    return true;
}

/* -- states -- */

static const uint64_t corners[] = { 0, 1, 2, 16, 0x7fffffff, 0x80000000, 0xffffffff, INT64_MAX, (uint64_t)INT64_MIN, UINT64_MAX };

static uint64_t random_value(void)
{
    switch (random_below(5)) {
    case 0:
        return corners[random_below(sizeof(corners) / sizeof(corners[0]))];
    case 1:
        return random_below(64);
    case 2:
        return next_random();
    default:
        return DATA + 0x8000 + random_below(DATA_SIZE - 0x10000) / 16 * 16 + (random_below(8) ? 0 : random_below(16));
    }
}

/* Much of the memory is addresses of memory. */
static void fill_memory(const struct random_code *code)
{
    for (unsigned i = 0; i < DATA_SIZE; i += 8)
        board_write(code->board, DATA + i, random_value());
    memcpy(code->stepped->ram + (DATA - BOARD_RAM), code->board->ram + (DATA - BOARD_RAM), DATA_SIZE);
}

static void random_state(const struct random_code *code)
{
    const uint32_t nzcv = random_below(16) << 28;
    for (unsigned n = 0; n <= 31; n++) {
        const uint64_t value = n == 31 ? DATA + DATA_SIZE / 2 : random_value();
        const uint64_t v[2] = { next_random(), next_random() };
        cpu_set_x(code->board->cpu, n, value);
        cpu_set_x(code->stepped->cpu, n, value);
        cpu_set_v(code->board->cpu, n, v);
        cpu_set_v(code->stepped->cpu, n, v);
    }
    cpu_set_pstate(code->board->cpu, 0x3c5 | nzcv);
    cpu_set_pstate(code->stepped->cpu, 0x3c5 | nzcv);
    cpu_set_pc(code->board->cpu, RANDOM_CODE);
    cpu_set_pc(code->stepped->cpu, RANDOM_CODE);
}

static struct board *make_board(void)
{
    const uint32_t here = HERE;
    struct board *b = board_create();
    for (uint64_t pa = BOARD_RAM; pa < TABLES; pa += 4)
        board_code(b, pa, &here, 1);
    struct paging p = paging_create(b, 12, 39, TABLES);
    for (uint64_t va = BOARD_RAM; va < BOARD_RAM + BOARD_RAM_SIZE; va += 0x1000)
        paging_map(&p, va, 3, va | D_PAGE | D_ATTR(0) | D_AF | (va >= DATA ? D_UXN | D_PXN : 0));
    board_set(b, "VBAR_EL1", VECTORS);
    board_set(b, "CPACR_EL1", 3u << 20);
    paging_enable(&p, TCR_T0SZ(25));
    return b;
}

/* -- the comparison -- */

static void step_to(const struct random_code *code, uint64_t count)
{
    bool check_point;
    while (cpu_count(code->stepped->cpu) < count)
        cpu_step(code->stepped->cpu, &check_point);
}

static void expect_same(const struct random_code *code, const char *what)
{
    for (unsigned n = 0; n <= 31; n++) {
        uint64_t a[2], b[2];
        ck_assert_msg(cpu_get_x(code->board->cpu, n) == cpu_get_x(code->stepped->cpu, n), "%s: x%u is %#lx, not %#lx", what, n,
                      cpu_get_x(code->board->cpu, n), cpu_get_x(code->stepped->cpu, n));
        cpu_get_v(code->board->cpu, n, a);
        cpu_get_v(code->stepped->cpu, n, b);
        ck_assert_msg(a[0] == b[0] && a[1] == b[1], "%s: v%u differs", what, n);
    }
    ck_assert_msg(cpu_get_pc(code->board->cpu) == cpu_get_pc(code->stepped->cpu), "%s: PC %#lx, not %#lx", what,
                  cpu_get_pc(code->board->cpu), cpu_get_pc(code->stepped->cpu));
    ck_assert_msg(cpu_get_pstate(code->board->cpu) == cpu_get_pstate(code->stepped->cpu), "%s: PSTATE %#x, not %#x", what,
                  cpu_get_pstate(code->board->cpu), cpu_get_pstate(code->stepped->cpu));
    ck_assert_msg(cpu_count(code->board->cpu) == cpu_count(code->stepped->cpu), "%s: the count differs", what);
    ck_assert_msg(!memcmp(code->board->ram, code->stepped->ram, BOARD_RAM_SIZE), "%s: memory differs", what);
}

void random_code_run(const struct random_code *code, unsigned budget, const char *what)
{
    random_state(code);
    cpu_run(code->board->cpu, cpu_count(code->board->cpu) + budget);
    step_to(code, cpu_count(code->board->cpu));
    expect_same(code, what);
}

void random_code_put(const struct random_code *code)
{
    board_code(code->board, RANDOM_CODE, code->word, code->length);
    board_code(code->stepped, RANDOM_CODE, code->word, code->length);
}

void random_code_remove(const struct random_code *code)
{
    const uint32_t here[RANDOM_MAX] = { [0 ... RANDOM_MAX - 1] = HERE };
    board_code(code->board, RANDOM_CODE, here, RANDOM_MAX);
    board_code(code->stepped, RANDOM_CODE, here, RANDOM_MAX);
}

void random_code_begin(struct random_code *code)
{
    *code = (struct random_code){ .board = make_board(), .stepped = make_board() };
    find_words();
    fill_memory(code);
}

void random_code_end(struct random_code *code)
{
    board_destroy(code->board);
    board_destroy(code->stepped);
}
