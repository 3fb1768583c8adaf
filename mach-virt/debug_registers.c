/* SPDX-License-Identifier: MIT */
#include "mach-virt/debug_registers.h"

#include <string.h>

/* ---- the registers, as gdb's "AArch64 Features" name them ---- */

/* Arm ARM C5.2.18, "SPSR_EL1": the fields of PSTATE, where they stand there. */
static const struct gdb_type_field cpsr_fields[] = {
    { "SP", NULL, 0, 0 },   { "EL", NULL, 2, 3 },  { "nRW", NULL, 4, 4 }, { "F", NULL, 6, 6 },
    { "I", NULL, 7, 7 },    { "A", NULL, 8, 8 },   { "D", NULL, 9, 9 },   { "IL", NULL, 20, 20 },
    { "SS", NULL, 21, 21 }, { "V", NULL, 28, 28 }, { "C", NULL, 29, 29 }, { "Z", NULL, 30, 30 },
    { "N", NULL, 31, 31 },
};

/* Arm ARM C5.2.8 "FPCR", C5.2.9 "FPSR". */
static const struct gdb_type_field fpcr_fields[] = {
    { "IOE", NULL, 8, 8 },     { "DZE", NULL, 9, 9 },   { "OFE", NULL, 10, 10 },
    { "UFE", NULL, 11, 11 },   { "IXE", NULL, 12, 12 }, { "IDE", NULL, 15, 15 },
    { "RMode", NULL, 22, 23 }, { "FZ", NULL, 24, 24 },  { "DN", NULL, 25, 25 },
    { "AHP", NULL, 26, 26 },
};
static const struct gdb_type_field fpsr_fields[] = {
    { "IOC", NULL, 0, 0 }, { "DZC", NULL, 1, 1 }, { "OFC", NULL, 2, 2 },  { "UFC", NULL, 3, 3 },
    { "IXC", NULL, 4, 4 }, { "IDC", NULL, 7, 7 }, { "QC", NULL, 27, 27 },
};

#define FLAGS(id, fields)                                                                          \
    {                                                                                              \
        GDB_TYPE_FLAGS, id, NULL, sizeof(fields) / sizeof(*fields), 4, fields                      \
    }

static const struct gdb_type core_types[] = { FLAGS("cpsr_flags", cpsr_fields) };

/* clang-format off */
#define X(n) { "x" #n, "int", NULL, 64 }
static const struct gdb_register core_registers[] = {
    X(0), X(1), X(2), X(3), X(4), X(5), X(6), X(7),
    X(8), X(9), X(10), X(11), X(12), X(13), X(14), X(15),
    X(16), X(17), X(18), X(19), X(20), X(21), X(22), X(23),
    X(24), X(25), X(26), X(27), X(28), X(29), X(30),
    { "sp", "data_ptr", NULL, 64 },
    { "pc", "code_ptr", NULL, 64 },
    { "cpsr", "cpsr_flags", NULL, 32 },
};
#undef X
/* clang-format on */

/* A vector register is a union of its views: by lane size, then by what the lanes hold. */
#define VECTOR(id, element, count)                                                                 \
    {                                                                                              \
        GDB_TYPE_VECTOR, id, element, count, 0, NULL                                               \
    }
#define UNION(id, fields)                                                                          \
    {                                                                                              \
        GDB_TYPE_UNION, id, NULL, sizeof(fields) / sizeof(*fields), 0, fields                      \
    }

static const struct gdb_type_field view_d[] = { { "f", "v2d", 0, 0 },
                                                { "u", "v2u", 0, 0 },
                                                { "s", "v2i", 0, 0 } };
static const struct gdb_type_field view_s[] = { { "f", "v4f", 0, 0 },
                                                { "u", "v4u", 0, 0 },
                                                { "s", "v4i", 0, 0 } };
static const struct gdb_type_field view_h[] = { { "f", "v8f", 0, 0 },
                                                { "u", "v8u", 0, 0 },
                                                { "s", "v8i", 0, 0 } };
static const struct gdb_type_field view_b[] = { { "u", "v16u", 0, 0 }, { "s", "v16i", 0, 0 } };
static const struct gdb_type_field view_q[] = { { "u", "v1u", 0, 0 }, { "s", "v1i", 0, 0 } };
static const struct gdb_type_field views[] = { { "d", "vnd", 0, 0 },
                                               { "s", "vns", 0, 0 },
                                               { "h", "vnh", 0, 0 },
                                               { "b", "vnb", 0, 0 },
                                               { "q", "vnq", 0, 0 } };

static const struct gdb_type fpu_types[] = {
    VECTOR("v2d", "ieee_double", 2),
    VECTOR("v2u", "uint64", 2),
    VECTOR("v2i", "int64", 2),
    VECTOR("v4f", "ieee_single", 4),
    VECTOR("v4u", "uint32", 4),
    VECTOR("v4i", "int32", 4),
    VECTOR("v8f", "ieee_half", 8),
    VECTOR("v8u", "uint16", 8),
    VECTOR("v8i", "int16", 8),
    VECTOR("v16u", "uint8", 16),
    VECTOR("v16i", "int8", 16),
    VECTOR("v1u", "uint128", 1),
    VECTOR("v1i", "int128", 1),
    UNION("vnd", view_d),
    UNION("vns", view_s),
    UNION("vnh", view_h),
    UNION("vnb", view_b),
    UNION("vnq", view_q),
    UNION("aarch64v", views),
    FLAGS("fpsr_flags", fpsr_fields),
    FLAGS("fpcr_flags", fpcr_fields),
};

/* clang-format off */
#define V(n) { "v" #n, "aarch64v", NULL, 128 }
static const struct gdb_register fpu_registers[] = {
    V(0), V(1), V(2), V(3), V(4), V(5), V(6), V(7),
    V(8), V(9), V(10), V(11), V(12), V(13), V(14), V(15),
    V(16), V(17), V(18), V(19), V(20), V(21), V(22), V(23),
    V(24), V(25), V(26), V(27), V(28), V(29), V(30), V(31),
    { "fpsr", "fpsr_flags", NULL, 32 },
    { "fpcr", "fpcr_flags", NULL, 32 },
};
#undef V
/* clang-format on */

enum {
    REG_SP = 31,
    REG_CPSR = DEBUG_REG_PC + 1,
    REG_V0,
    REG_FPSR = REG_V0 + 32,
    REG_FPCR,
    REG_SYSTEM
};

/* gdb shows what an address points to. Not so for SP_EL0, with which Linux's own commands for gdb
 * do arithmetic: it holds the current task. */
static const char *type_of(const char *name)
{
    static const char *const code[] = { "VBAR_EL1", "ELR_EL1", "RVBAR_EL1" };
    static const char *const data[] = { "FAR_EL1", "SP_EL1", "TPIDR_EL1", "TPIDR_EL0",
                                        "TPIDRRO_EL0" };
    for (size_t i = 0; i < sizeof(code) / sizeof(*code); i++)
        if (!strcmp(name, code[i]))
            return "code_ptr";
    for (size_t i = 0; i < sizeof(data) / sizeof(*data); i++)
        if (!strcmp(name, data[i]))
            return "data_ptr";
    return "uint64";
}

/* An encoding that is reserved for identification registers to come, and reads as zero. */
static bool is_nameless(const char *name)
{
    return !strncmp(name, "S3_", 3);
}

void debug_registers_init(struct debug_registers *registers)
{
    struct cpu_sysreg row;
    unsigned count = 0;
    for (unsigned i = 0; count < DEBUG_SYSREGS_MAX && cpu_describe_sysreg(i, &row); i++) {
        if (is_nameless(row.name))
            continue;
        registers->system[count] =
            (struct gdb_register){ row.name, type_of(row.name), row.group, 64 };
        registers->readable[count++] = row.readable;
    }
    const struct gdb_feature features[DEBUG_FEATURES] = {
        { "org.gnu.gdb.aarch64.core", core_types, sizeof(core_types) / sizeof(*core_types),
          core_registers, sizeof(core_registers) / sizeof(*core_registers), false },
        { "org.gnu.gdb.aarch64.fpu", fpu_types, sizeof(fpu_types) / sizeof(*fpu_types),
          fpu_registers, sizeof(fpu_registers) / sizeof(*fpu_registers), false },
        { "org.armlet.aarch64.system", NULL, 0, registers->system, count, true },
    };
    memcpy(registers->feature, features, sizeof(features));
}

/* ---- values; the host is little-endian, as the protocol's registers are ---- */

static void put(uint8_t *bytes, uint64_t value, size_t size)
{
    memcpy(bytes, &value, size);
}

static uint64_t get(const uint8_t *bytes, size_t size)
{
    uint64_t value = 0;
    memcpy(&value, bytes, size);
    return value;
}

static bool read_system(const struct debug_registers *registers, const struct cpu *cpu,
                        unsigned index, uint8_t *bytes)
{
    uint64_t value;
    if (!registers->readable[index] || !cpu_get_sysreg(cpu, registers->system[index].name, &value))
        return false;
    put(bytes, value, 8);
    return true;
}

bool debug_read_register(const struct debug_registers *registers, const struct cpu *cpu,
                         unsigned number, uint8_t *bytes)
{
    uint64_t v[2];
    if (number >= REG_SYSTEM)
        return read_system(registers, cpu, number - REG_SYSTEM, bytes);
    if (number <= REG_SP) {
        put(bytes, cpu_get_x(cpu, number), 8);
    } else if (number == DEBUG_REG_PC) {
        put(bytes, cpu_get_pc(cpu), 8);
    } else if (number == REG_CPSR) {
        put(bytes, cpu_get_pstate(cpu), 4);
    } else if (number == REG_FPSR) {
        put(bytes, cpu_get_fpsr(cpu), 4);
    } else if (number == REG_FPCR) {
        put(bytes, cpu_get_fpcr(cpu), 4);
    } else {
        cpu_get_v(cpu, number - REG_V0, v);
        memcpy(bytes, v, sizeof(v));
    }
    return true;
}

bool debug_write_register(const struct debug_registers *registers, struct cpu *cpu, unsigned number,
                          const uint8_t *bytes)
{
    uint64_t v[2];
    if (number >= REG_SYSTEM)
        return cpu_set_sysreg(cpu, registers->system[number - REG_SYSTEM].name, get(bytes, 8));
    if (number <= REG_SP) {
        cpu_set_x(cpu, number, get(bytes, 8));
    } else if (number == DEBUG_REG_PC) {
        cpu_set_pc(cpu, get(bytes, 8));
    } else if (number == REG_CPSR) {
        cpu_set_pstate(cpu, (uint32_t)get(bytes, 4));
    } else if (number == REG_FPSR) {
        cpu_set_fpsr(cpu, (uint32_t)get(bytes, 4));
    } else if (number == REG_FPCR) {
        cpu_set_fpcr(cpu, (uint32_t)get(bytes, 4));
    } else {
        memcpy(v, bytes, sizeof(v));
        cpu_set_v(cpu, number - REG_V0, v);
    }
    return true;
}
