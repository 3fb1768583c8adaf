/* SPDX-License-Identifier: MIT */
/*
 * The exclusive monitor (Arm ARM B2.9, "Synchronization and semaphores").
 *
 * A load-exclusive notes address and data; a store-exclusive succeeds while memory still holds that
 * data, and stores with a compare-and-exchange of the host. That a value went away and came back
 * unnoticed is invisible to code that stores what it computed from the value it loaded.
 */
#include "cpu/code.h"
#include "cpu/mem_internal.h"
#include "cpu/watch.h"

#include <string.h>

/* The soft TLB first: exclusives have no fast path of their own in the handlers. */
static bool locate(struct cpu *cpu, uint64_t va, unsigned size, unsigned flags,
                   enum access_type access, struct piece *out)
{
    const struct data_tlb *data = tlb_data(cpu->dtlb, access);
    const struct tlb_entry *e = &data->entry[DTLB_INDEX(va)];
    if (e->tag == (va & PAGE_MASK) && !(va & (size - 1))) {
        out->pa = (data->pa[DTLB_INDEX(va)] & PAGE_MASK) | (va & ~PAGE_MASK);
        out->host = (uint8_t *)(uintptr_t)(e->addend + (va & PAGE_MASK));
        out->writable = true;
        return true;
    }
    struct place place;
    if (!mem_locate(cpu, va, size, flags | MEM_ALIGNED, access, &place))
        return false;
    *out = place.piece[0];
    if (!out->host || (access == ACCESS_WRITE && !out->writable))
        return mem_fail(cpu, FAULT_UNSUPPORTED_EXCLUSIVE, va, access);
    return true;
}

bool mem_load_exclusive(struct cpu *cpu, uint64_t va, unsigned size, unsigned flags)
{
    struct piece p;
    struct exclusive_monitor *monitor = &cpu->exclusive;
    if (!locate(cpu, va, size, flags, ACCESS_READ, &p))
        return false;
    *monitor = (struct exclusive_monitor){ .armed = true, .size = size, .pa = p.pa };
    const uint8_t *host = p.host + (p.pa & ~PAGE_MASK);
    switch (size) {
    case 1:
        monitor->data[0] = __atomic_load_n(host, __ATOMIC_ACQUIRE);
        break;
    case 2:
        monitor->data[0] = __atomic_load_n((const uint16_t *)host, __ATOMIC_ACQUIRE);
        break;
    case 4:
        monitor->data[0] = __atomic_load_n((const uint32_t *)host, __ATOMIC_ACQUIRE);
        break;
    default:
        monitor->data[0] = __atomic_load_n((const uint64_t *)host, __ATOMIC_ACQUIRE);
        if (size == 16)
            monitor->data[1] = __atomic_load_n((const uint64_t *)(host + 8), __ATOMIC_ACQUIRE);
    }
    cpu->data[0].d[0] = monitor->data[0];
    cpu->data[0].d[1] = monitor->data[1];
    mem_order_bytes(cpu, size, flags);
    if (cpu->watched)
        watch_note(cpu, va, size, CPU_WATCH_READ);
    return true;
}

/* Does memory still hold what the load-exclusive saw? */
static bool monitor_holds(const struct cpu *cpu)
{
    const struct exclusive_monitor *monitor = &cpu->exclusive;
    bool writable;
    const uint8_t *page = cpu->port.ram_page(cpu->port.ctx, monitor->pa & PAGE_MASK, &writable);
    return page && !memcmp(page + (monitor->pa & ~PAGE_MASK), monitor->data, monitor->size);
}

bool cpu_has_event(struct cpu *cpu)
{
    if (cpu->exclusive.armed && !monitor_holds(cpu)) {
        cpu->exclusive.armed = false;
        cpu_send_event(cpu); /* Arm ARM D1, "WFE wake-up events": the global monitor was cleared */
    }
    return __atomic_load_n(&cpu->event, __ATOMIC_ACQUIRE);
}

#define EXCHANGE(type, host, expected, value)                                                      \
    __atomic_compare_exchange_n((type *)(host), &(type){ (type)(expected) }, (type)(value), false, \
                                __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)

/* Both words at once or none. LDXP reads them one after the other, as the architecture lets it:
 * only the STXP that succeeds proves that they belonged together. */
#if defined(__x86_64__)
static bool exchange_pair(uint64_t *host, const uint64_t expected[2], const uint64_t value[2])
{
    const unsigned __int128 old = (unsigned __int128)expected[1] << 64 | expected[0];
    const unsigned __int128 new = (unsigned __int128)value[1] << 64 | value[0];
    return __sync_bool_compare_and_swap((unsigned __int128 *)host, old, new);
}
#elif defined(__aarch64__)
static bool exchange_pair(uint64_t *host, const uint64_t expected[2], const uint64_t value[2])
{
    uint64_t low, high;
    uint32_t failed;
    do {
        __asm__ volatile("ldaxp %0, %1, %2" : "=&r"(low), "=&r"(high) : "Q"(*(__int128 *)host));
        if (low != expected[0] || high != expected[1]) {
            __asm__ volatile("clrex");
            return false;
        }
        __asm__ volatile("stlxp %w0, %2, %3, %1"
                         : "=&r"(failed), "=Q"(*(__int128 *)host)
                         : "r"(value[0]), "r"(value[1])
                         : "memory");
    } while (failed);
    return true;
}
#else
#error "this host needs a compare-and-exchange of 16 bytes for STXP"
#endif

static bool exchange(uint8_t *host, unsigned size, const uint64_t expected[2],
                     const uint64_t value[2])
{
    switch (size) {
    case 1:
        return EXCHANGE(uint8_t, host, expected[0], value[0]);
    case 2:
        return EXCHANGE(uint16_t, host, expected[0], value[0]);
    case 4:
        return EXCHANGE(uint32_t, host, expected[0], value[0]);
    case 8:
        return EXCHANGE(uint64_t, host, expected[0], value[0]);
    default:
        return exchange_pair((uint64_t *)host, expected, value);
    }
}

bool mem_store_exclusive(struct cpu *cpu, uint64_t va, unsigned size, unsigned flags, bool *stored)
{
    struct piece p;
    struct exclusive_monitor *monitor = &cpu->exclusive;
    *stored = false;
    if (!mem_check_alignment(cpu, va, size, flags | MEM_ALIGNED, ACCESS_WRITE))
        return false;
    if (!monitor->armed)
        return true;
    if (!locate(cpu, va, size, flags, ACCESS_WRITE, &p))
        return false;
    monitor->armed = false;
    if (monitor->pa != p.pa || monitor->size != size)
        return true;
    mem_order_bytes(cpu, size, flags);
    *stored = exchange(p.host + (p.pa & ~PAGE_MASK), size, monitor->data, cpu->data[0].d);
    if (*stored)
        code_stored(cpu, p.pa, size);
    if (*stored && cpu->watched)
        watch_note(cpu, va, size, CPU_WATCH_WRITE);
    return true;
}
