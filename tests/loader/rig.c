/* SPDX-License-Identifier: MIT */
#include "tests/loader/rig.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

static char path[64];

static void remove_file(void)
{
    if (path[0])
        unlink(path);
    path[0] = 0;
}

const char *temp_file(const void *data, size_t size)
{
    static int registered;
    if (!registered++)
        atexit(remove_file);
    remove_file();
    snprintf(path, sizeof(path), "/tmp/armlet-loader-XXXXXX");
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, data, size), (ssize_t)size);
    close(fd);
    return path;
}

struct load_target make_ram(unsigned mib)
{
    uint64_t size = (uint64_t)mib << 20;
    void *ram = mmap(NULL, size, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    ck_assert_ptr_ne(ram, MAP_FAILED);
    return (struct load_target){ .ram = ram, .base = RAM_BASE, .size = size };
}

void free_ram(const struct load_target *target)
{
    munmap(target->ram, target->size);
}

void put16(uint8_t *p, uint16_t value)
{
    p[0] = (uint8_t)value;
    p[1] = (uint8_t)(value >> 8);
}

void put32(uint8_t *p, uint32_t value)
{
    put16(p, (uint16_t)value);
    put16(p + 2, (uint16_t)(value >> 16));
}

void put64(uint8_t *p, uint64_t value)
{
    put32(p, (uint32_t)value);
    put32(p + 4, (uint32_t)(value >> 32));
}

struct bytes make_image(size_t size, uint64_t text_offset, uint64_t image_size)
{
    struct bytes b = { .data = calloc(1, size), .size = size };
    for (size_t i = 64; i + 4 <= size; i += 4)
        put32(b.data + i, (uint32_t)i);
    put64(b.data + 8, text_offset);
    put64(b.data + 16, image_size);
    memcpy(b.data + 56, "ARM\x64", 4);
    return b;
}

struct bytes make_gzip(const struct bytes *plain)
{
    z_stream z = { 0 };
    ck_assert_int_eq(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    size_t room = deflateBound(&z, plain->size);
    struct bytes b = { .data = malloc(room), .size = 0 };
    z.next_in = plain->data;
    z.avail_in = (uInt)plain->size;
    z.next_out = b.data;
    z.avail_out = (uInt)room;
    ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    b.size = z.total_out;
    deflateEnd(&z);
    return b;
}

struct bytes make_elf(uint64_t paddr, uint64_t filesz, uint64_t memsz, uint64_t entry)
{
    Elf64_Ehdr header = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
                          .e_type = ET_EXEC,
                          .e_machine = EM_AARCH64,
                          .e_version = EV_CURRENT,
                          .e_entry = entry,
                          .e_phoff = sizeof(header),
                          .e_ehsize = sizeof(header),
                          .e_phentsize = sizeof(Elf64_Phdr),
                          .e_phnum = 1 };
    Elf64_Phdr segment = { .p_type = PT_LOAD,
                           .p_flags = PF_R | PF_X,
                           .p_offset = sizeof(header) + sizeof(segment),
                           .p_vaddr = paddr,
                           .p_paddr = paddr,
                           .p_filesz = filesz,
                           .p_memsz = memsz };
    struct bytes b = { .data = NULL, .size = segment.p_offset + filesz };
    b.data = malloc(b.size);
    memcpy(b.data, &header, sizeof(header));
    memcpy(b.data + sizeof(header), &segment, sizeof(segment));
    memset(b.data + segment.p_offset, 0xaa, filesz);
    return b;
}

int run_suite(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
