/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files for tests: a folder of the test's own, and captures made of inline
 * packets (pcap with microseconds, link type RAW, this machine's byte order).
 */
#ifndef APPLEPATH_TESTS_SUPPORT_SCRATCH_H
#define APPLEPATH_TESTS_SUPPORT_SCRATCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* All of a test program's files are in one folder below $TMPDIR. */
struct scratch {
    char folder[256];
    char path[512];
};

static inline void scratch_begin(struct scratch *scratch)
{
    const char *parent = getenv("TMPDIR");
    snprintf(scratch->folder, sizeof scratch->folder, "%s/applepath.XXXXXX",
             parent != NULL ? parent : "/tmp");
    assert_non_null(mkdtemp(scratch->folder));
}

/* The path of a file in the folder; good until the next call. */
static inline const char *scratch_path(struct scratch *scratch, const char *name)
{
    snprintf(scratch->path, sizeof scratch->path, "%s/%s", scratch->folder, name);
    return scratch->path;
}

/* Removes a file, and fails the test if it is not there. */
static inline void scratch_remove(struct scratch *scratch, const char *name)
{
    assert_int_equal(unlink(scratch_path(scratch, name)), 0);
}

/* The folder must be empty by then: a test leaves nothing behind unnoticed. */
static inline void scratch_end(struct scratch *scratch)
{
    assert_int_equal(rmdir(scratch->folder), 0);
}

static inline void scratch_write(struct scratch *scratch, const char *name, const char *content)
{
    FILE *file = fopen(scratch_path(scratch, name), "w");
    assert_non_null(file);
    assert_true(fputs(content, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* The content of a file, terminated; free it. */
static inline char *scratch_read(struct scratch *scratch, const char *name)
{
    FILE *file = fopen(scratch_path(scratch, name), "r");
    assert_non_null(file);
    char *content = calloc(1, 1 << 20);
    assert_non_null(content);
    assert_true(fread(content, 1, (1 << 20) - 1, file) < (1 << 20) - 1);
    fclose(file);
    return content;
}

/* The path of a file of the sources; NULL when it is not there. */
static inline const char *scratch_source(char *path, size_t size, const char *name)
{
    const char *top = getenv("srcdir");
    snprintf(path, size, "%s/%s", top != NULL ? top : ".", name);
    return access(path, R_OK) == 0 ? path : NULL;
}

static inline FILE *scratch_capture_begin(struct scratch *scratch, const char *name)
{
    const uint32_t magic = 0xa1b2c3d4, rest[4] = {0, 0, 65535, 101};
    const uint16_t version[2] = {2, 4};
    FILE *file = fopen(scratch_path(scratch, name), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(&magic, sizeof magic, 1, file), 1);
    assert_int_equal(fwrite(version, sizeof version, 1, file), 1);
    assert_int_equal(fwrite(rest, sizeof rest, 1, file), 1);
    return file;
}

/* A packet of which the snapshot length left the first `kept` bytes. */
static inline void scratch_capture_cut(FILE *file, uint32_t microseconds, const uint8_t *packet,
                                       size_t kept, size_t length)
{
    const uint32_t header[4] = {1500000000u + microseconds / 1000000, microseconds % 1000000,
                                (uint32_t)kept, (uint32_t)length};
    assert_int_equal(fwrite(header, sizeof header, 1, file), 1);
    assert_int_equal(fwrite(packet, kept, 1, file), 1);
}

static inline void scratch_capture_packet(FILE *file, uint32_t microseconds, const uint8_t *packet,
                                          size_t length)
{
    scratch_capture_cut(file, microseconds, packet, length, length);
}

/* A SYN from 10.0.0.1 and this port to tcp/443 of an address of Apple's. */
static inline void scratch_capture_syn(FILE *file, uint32_t microseconds, uint16_t port)
{
    uint8_t packet[40] = {
        0x45, 0, 0, 40,  0, 0, 0, 0, 64, 6, 0, 0, 10,   0, 0,    1, 17, 1, 2, 3, /* IPv4 */
        0,    0, 1, 187, 0, 0, 0, 1, 0,  0, 0, 0, 0x50, 2, 0x10, 0, 0,  0, 0, 0}; /* TCP */
    packet[20] = (uint8_t)(port >> 8);
    packet[21] = (uint8_t)port;
    scratch_capture_packet(file, microseconds, packet, sizeof packet);
}

#endif
