/* SPDX-License-Identifier: MIT */
/*
 * Address translation: stage 1 of the EL1&0 regime, as the pseudocode of Arm ARM J1
 * ("aarch64/translation") has it, in the same order. The same functions serve AT and a debugger:
 * no state changes here, but for what mmu_translate learns about regions.
 */
#include "cpu/exception.h"
#include "cpu/mem.h"
#include "cpu/sysreg_internal.h"
#include "cpu/walk.h"

/* What is walked: the half of the address space, and its granule. */
struct walk {
    uint64_t base_register; /* TTBR0_EL1 or TTBR1_EL1 */
    unsigned input_size;    /* bits of the input address that the tables translate */
    unsigned output_size;   /* bits of physical addresses that TCR_EL1.IPS allows */
    unsigned grain_size;    /* log2 of the granule */
    unsigned first_block_level;
    bool enabled; /* TCR_EL1.EPDn is clear and the address is in range */
};

/* Who looks on (cpu_walk). */
struct visitor {
    void (*visit)(void *ctx, const struct cpu_walk_step *step);
    void *ctx;
};

/* Attributes of the tables passed on the way (APTable, UXNTable, PXNTable). */
struct hierarchy {
    unsigned ap;
    bool uxn, pxn;
};

static uint64_t bits(uint64_t value, unsigned high, unsigned low)
{
    return value >> low & (UINT64_MAX >> (63 - (high - low)));
}

static bool bit(uint64_t value, unsigned n)
{
    return value >> n & 1;
}

static bool fail(struct fault *fault, uint64_t va, enum fault_type type, unsigned level)
{
    *fault = (struct fault){ .type = type, .level = level, .va = va };
    return false;
}

/* AArch64.AddrTop: the highest bit that is part of the address. */
static unsigned addr_top(const struct cpu *cpu, uint64_t va)
{
    uint64_t tcr = cpu->sys[SYSREG_TCR_EL1];
    return bit(tcr, bit(va, 55) ? 38 : 37) ? 55 : 63; /* TBI1 : TBI0 */
}

uint64_t aarch64_branch_addr(const struct cpu *cpu, uint64_t va)
{
    return addr_top(cpu, va) == 55 ? (uint64_t)((int64_t)(va << 8) >> 8) : va;
}

/* There are no 16 KiB granules (ID_AA64MMFR0_EL1.TGran16): those and reserved values count as 4
 * KiB, of the choices that the architecture leaves open. */
static unsigned granule_of_tg0(unsigned tg0)
{
    return tg0 == 1 ? 16 : 12;
}

static unsigned granule_of_tg1(unsigned tg1)
{
    return tg1 == 3 ? 16 : 12;
}

static unsigned output_size_of_ips(const struct cpu *cpu, unsigned ips)
{
    const unsigned most = cpu->port.model->pa_bits;
    static const uint8_t size[8] = { 32, 36, 40, 42, 44, 48, 48, 48 };
    return size[ips] < most ? size[ips] : most;
}

/* TxSZ out of range makes every address of its half fault, of the choices that the architecture
 * leaves open: the size is that of no address at all. */
static unsigned input_size_of(unsigned txsz)
{
    return txsz < 16 || txsz > 39 ? 0 : 64 - txsz;
}

static struct walk walk_begin(const struct cpu *cpu, uint64_t va)
{
    const uint64_t tcr = cpu->sys[SYSREG_TCR_EL1];
    const unsigned top = addr_top(cpu, va);
    struct walk w;
    uint64_t outside;
    if (!bit(va, top)) {
        w.base_register = cpu->sys[SYSREG_TTBR0_EL1];
        w.input_size = input_size_of((unsigned)bits(tcr, 5, 0));
        w.grain_size = granule_of_tg0((unsigned)bits(tcr, 15, 14));
        outside = bits(va, top, w.input_size);
        w.enabled = !bit(tcr, 7) && w.input_size && outside == 0;
    } else {
        w.base_register = cpu->sys[SYSREG_TTBR1_EL1];
        w.input_size = input_size_of((unsigned)bits(tcr, 21, 16));
        w.grain_size = granule_of_tg1((unsigned)bits(tcr, 31, 30));
        outside = bits(~va, top, w.input_size);
        w.enabled = !bit(tcr, 23) && w.input_size && outside == 0;
    }
    w.output_size = output_size_of_ips(cpu, (unsigned)bits(tcr, 34, 32));
    w.first_block_level = w.grain_size == 12 ? 1 : 2;
    return w;
}

/* The descriptor at pa; false: the table is not in memory. */
static bool read_descriptor(const struct cpu *cpu, uint64_t pa, uint64_t *descriptor)
{
    bool writable;
    const uint8_t *host = cpu->port.ram_page(cpu->port.ctx, pa & PAGE_MASK, &writable);
    if (!host)
        return false;
    *descriptor = __atomic_load_n((const uint64_t *)(host + (pa & ~PAGE_MASK)), __ATOMIC_RELAXED);
    if (cpu->sys[SYSREG_SCTLR_EL1] & SCTLR_EE)
        *descriptor = __builtin_bswap64(*descriptor);
    return true;
}

static bool address_too_big(uint64_t value, unsigned output_size)
{
    return bits(value, 47, output_size) != 0;
}

/* The permissions that AP[2:1], UXN and PXN give, with WXN and the rule that memory writable at EL0
 * is not executable at EL1 (AArch64.CheckPermission). */
static uint8_t permissions_of(const struct cpu *cpu, uint64_t descriptor, struct hierarchy table)
{
    const bool wxn = cpu->sys[SYSREG_SCTLR_EL1] & SCTLR_WXN;
    const bool read_only = bit(descriptor, 7) || (table.ap & 2);
    const bool user = bit(descriptor, 6) && !(table.ap & 1);
    const bool user_write = user && !read_only;
    const bool uxn = bit(descriptor, 54) || table.uxn || (user_write && wxn);
    const bool pxn = bit(descriptor, 53) || table.pxn || (!read_only && wxn) || user_write;
    unsigned p = PERM(1, PERM_READ);
    p |= read_only ? 0 : PERM(1, PERM_WRITE);
    p |= pxn ? 0 : PERM(1, PERM_EXECUTE);
    p |= user ? PERM(0, PERM_READ) : 0;
    p |= user_write ? PERM(0, PERM_WRITE) : 0;
    p |= uxn ? 0 : PERM(0, PERM_EXECUTE);
    return (uint8_t)p;
}

/* MAIR_EL1 and the shareability field (AArch64.S1AttrDecode). */
static void decode_attributes(const struct cpu *cpu, uint64_t descriptor, struct translation *out)
{
    unsigned index = (unsigned)bits(descriptor, 4, 2);
    out->memattr = (uint8_t)(cpu->sys[SYSREG_MAIR_EL1] >> (8 * index));
    out->device = (out->memattr & 0xf0) == 0;
    bool uncached = out->device || out->memattr == 0x44;
    out->shareability = uncached ? 2 : (uint8_t)bits(descriptor, 9, 8);
}

/* AArch64.TranslationTableWalk, from the leaf descriptor on. */
static bool finish_walk(const struct cpu *cpu, uint64_t va, uint64_t descriptor,
                        struct hierarchy table, struct translation *out, struct fault *fault)
{
    if (!bit(descriptor, 10)) /* no hardware management in Armv8.0 */
        return fail(fault, va, FAULT_ACCESS_FLAG, out->level);
    uint64_t offset_mask = (1ull << out->range_bits) - 1;
    out->pa = (descriptor & ((1ull << 48) - 1) & ~offset_mask) | (va & offset_mask);
    out->global = !bit(descriptor, 11);
    out->permissions = permissions_of(cpu, descriptor, table);
    decode_attributes(cpu, descriptor, out);
    return true;
}

/* A walk on its way: `base` is the table to look into, whose level and bits of the address these are. */
struct position {
    unsigned level, top;
    uint64_t base;
    struct hierarchy table;
};

static uint64_t table_address(uint64_t descriptor, unsigned grain_size)
{
    return descriptor & ((1ull << 48) - 1) & ~((1ull << grain_size) - 1);
}

static void learn_region(struct walk_region *region, const struct walk *w, uint64_t va, uint64_t descriptor, bool block,
                         const struct position *at)
{
    *region = (struct walk_region){
        .tag = va >> REGION_BITS,
        .ttbr = w->base_register,
        .descriptor = descriptor,
        .block = block,
        .output_size = (uint8_t)w->output_size,
        .ap = (uint8_t)at->table.ap,
        .uxn = at->table.uxn,
        .pxn = at->table.pxn,
    };
}

/* From a table on to the leaf. What is found out about the region goes into *region, unless that is NULL. */
static bool walk_tables(const struct cpu *cpu, uint64_t va, const struct walk *w, struct position at,
                        const struct visitor *visitor, struct walk_region *region, struct translation *out,
                        struct fault *fault)
{
    for (;; at.level++) {
        const unsigned bottom = (3 - at.level) * (w->grain_size - 3) + w->grain_size;
        uint64_t descriptor = 0, pa = at.base | bits(va, at.top, bottom) << 3;
        bool in_memory = read_descriptor(cpu, pa, &descriptor);
        if (visitor)
            visitor->visit(visitor->ctx, &(struct cpu_walk_step){ at.level, at.top, bottom, pa, in_memory,
                                                                  descriptor });
        if (!in_memory)
            return fail(fault, va, FAULT_EXTERNAL_ON_WALK, at.level);
        bool leaf = at.level == 3 || !bit(descriptor, 1);
        if (!bit(descriptor, 0) || (at.level == 3 && !bit(descriptor, 1)))
            return fail(fault, va, FAULT_TRANSLATION, at.level);
        if (leaf && at.level < w->first_block_level)
            return fail(fault, va, FAULT_TRANSLATION, at.level);
        if (address_too_big(descriptor, w->output_size))
            return fail(fault, va, FAULT_ADDRESS_SIZE, at.level);
        if (leaf) {
            out->level = (uint8_t)at.level;
            out->range_bits = (uint8_t)bottom;
            const bool done = finish_walk(cpu, va, descriptor, at.table, out, fault);
            if (done && region && bottom == REGION_BITS)
                learn_region(region, w, va, descriptor, true, &at);
            return done;
        }
        at.base = table_address(descriptor, w->grain_size);
        at.table.ap |= (unsigned)bits(descriptor, 62, 61);
        at.table.uxn |= bit(descriptor, 60);
        at.table.pxn |= bit(descriptor, 59);
        at.top = bottom - 1;
        if (region && bottom == REGION_BITS)
            learn_region(region, w, va, descriptor, false, &at);
    }
}

static bool translation_table_walk(const struct cpu *cpu, uint64_t va, const struct visitor *visitor,
                                   struct walk_region *region, struct translation *out, struct fault *fault)
{
    const struct walk w = walk_begin(cpu, va);
    if (!w.enabled)
        return fail(fault, va, FAULT_TRANSLATION, 0);
    const unsigned stride = w.grain_size - 3;
    struct position at = { .level = 4 - (w.input_size - w.grain_size + stride - 1) / stride, .top = w.input_size - 1 };
    if (address_too_big(w.base_register, w.output_size))
        return fail(fault, va, FAULT_ADDRESS_SIZE, 0);
    const uint64_t table_align = 8ull << (w.input_size - ((3 - at.level) * stride + w.grain_size));
    at.base = bits(w.base_register, 47, 0) & ~(table_align - 1);
    return walk_tables(cpu, va, &w, at, visitor, w.grain_size == PAGE_BITS ? region : NULL, out, fault);
}

/* The rest of a walk through a region that is known. */
static bool walk_in_region(const struct cpu *cpu, uint64_t va, const struct walk_region *region, struct translation *out,
                           struct fault *fault)
{
    const struct hierarchy table = { region->ap, region->uxn, region->pxn };
    if (region->block) {
        out->level = 2;
        out->range_bits = REGION_BITS;
        return finish_walk(cpu, va, region->descriptor, table, out, fault);
    }
    const struct walk w = { .output_size = region->output_size, .grain_size = PAGE_BITS, .first_block_level = 1 };
    const struct position at = { 3, REGION_BITS - 1, table_address(region->descriptor, PAGE_BITS), table };
    return walk_tables(cpu, va, &w, at, NULL, NULL, out, fault);
}

/* AArch64.TranslateAddressS1Off: data is Device-nGnRnE, instructions are Normal. */
static bool translate_address_s1_off(const struct cpu *cpu, uint64_t va, enum access_type access,
                                     struct translation *out, struct fault *fault)
{
    const unsigned pa_bits = cpu->port.model->pa_bits;
    if (bits(va, addr_top(cpu, va), pa_bits) != 0)
        return fail(fault, va, FAULT_ADDRESS_SIZE, 0);
    bool cached = cpu->sys[SYSREG_SCTLR_EL1] & SCTLR_I;
    bool fetch = access == ACCESS_FETCH;
    *out = (struct translation){
        .pa = bits(va, pa_bits - 1, 0),
        .device = true, /* of the page; fetches do not look at it */
        .global = true,
        .permissions = 0x3f,
        .range_bits = PAGE_BITS,
        .memattr = !fetch   ? 0x00
                   : cached ? 0xaa
                            : 0x44,
        .shareability = 2,
    };
    return true;
}

bool aarch64_first_stage_translate(const struct cpu *cpu, uint64_t va, enum access_type access,
                                   struct translation *out, struct fault *fault)
{
    if (!(cpu->sys[SYSREG_SCTLR_EL1] & SCTLR_M))
        return translate_address_s1_off(cpu, va, access, out, fault);
    return translation_table_walk(cpu, va, NULL, NULL, out, fault);
}

bool mmu_translate(struct cpu *cpu, uint64_t va, enum access_type access, struct translation *out,
                               struct fault *fault)
{
    struct walk_region *region = &cpu->region[va >> REGION_BITS & (REGIONS - 1)];
    if (!(cpu->sys[SYSREG_SCTLR_EL1] & SCTLR_M))
        return translate_address_s1_off(cpu, va, access, out, fault);
    if (region->tag == va >> REGION_BITS && region->ttbr == cpu->sys[bit(va, 55) ? SYSREG_TTBR1_EL1 : SYSREG_TTBR0_EL1])
        return walk_in_region(cpu, va, region, out, fault);
    return translation_table_walk(cpu, va, NULL, region, out, fault);
}

bool aarch64_check_permission(uint8_t permissions, enum access_type access, unsigned el)
{
    static const uint8_t needed[] = {
        [ACCESS_READ] = PERM_READ,
        [ACCESS_WRITE] = PERM_WRITE,
        [ACCESS_FETCH] = PERM_EXECUTE,
        [ACCESS_CACHE] = PERM_READ,
    };
    return permissions & PERM(el, needed[access]);
}

bool aarch64_translate_address(const struct cpu *cpu, uint64_t va, enum access_type access,
                               unsigned el, struct translation *out, struct fault *fault)
{
    if (!aarch64_first_stage_translate(cpu, va, access, out, fault))
        return false;
    if (!aarch64_check_permission(out->permissions, access, el))
        return fail(fault, va, FAULT_PERMISSION, out->level);
    return true;
}

bool cpu_debug_translate(const struct cpu *cpu, uint64_t va, uint64_t *pa)
{
    struct translation t;
    struct fault fault;
    if (!aarch64_first_stage_translate(cpu, va, ACCESS_READ, &t, &fault))
        return false;
    *pa = t.pa;
    return true;
}

/* ---- for those who look on ---- */

static void ignore_step(void *ctx, const struct cpu_walk_step *step)
{
}

bool cpu_walk(const struct cpu *cpu, uint64_t va,
              void (*visit)(void *ctx, const struct cpu_walk_step *step), void *ctx,
              struct cpu_walk *walk)
{
    const struct visitor visitor = { visit ? visit : ignore_step, ctx };
    const struct walk w = walk_begin(cpu, va);
    struct translation t;
    struct fault fault;
    *walk = (struct cpu_walk){ .mmu = cpu->sys[SYSREG_SCTLR_EL1] & SCTLR_M,
                               .upper = bit(va, addr_top(cpu, va)),
                               .ttbr = w.base_register,
                               .input_size = w.input_size,
                               .granule = w.grain_size };
    walk->mapped = walk->mmu ? translation_table_walk(cpu, va, &visitor, NULL, &t, &fault)
                             : translate_address_s1_off(cpu, va, ACCESS_READ, &t, &fault);
    if (!walk->mapped) {
        walk->fault_status = exception_fault_status(&fault);
        return false;
    }
    walk->pa = t.pa;
    walk->level = t.level;
    walk->range_bits = t.range_bits;
    walk->may[0] = t.permissions & 7;
    walk->may[1] = t.permissions >> 3;
    walk->memattr = t.memattr;
    walk->shareability = t.shareability;
    walk->global = t.global;
    return true;
}
