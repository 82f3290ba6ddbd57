/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How does a capture get into memory and out again?  Classic pcap as
 * draft-ietf-opsawg-pcap describes it, pcapng as draft-ietf-opsawg-pcapng does
 * (one section, one interface, enhanced packet blocks).  Written little-endian.
 */
#include "trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC_MICROSECONDS UINT32_C(0xa1b2c3d4)
#define LINK_ETHERNET 1
#define SNAPSHOT_USUAL 262144u
#define MICROSECONDS 1000000u

void trace_release(struct trace *trace)
{
    for (size_t i = 0; i < trace->count; i++)
        free(trace->records[i].data);
    free(trace->records);
    memset(trace, 0, sizeof *trace);
}

static struct trace_record *add_room(struct trace *trace, uint32_t captured)
{
    if (trace->count == trace->capacity) {
        size_t capacity = trace->capacity * 2 + 64;
        struct trace_record *records = realloc(trace->records, capacity * sizeof *records);
        if (records == NULL)
            return NULL;
        trace->records = records;
        trace->capacity = capacity;
    }
    uint8_t *data = calloc(1, captured > 0 ? captured : 1);
    if (data == NULL)
        return NULL;
    struct trace_record *record = &trace->records[trace->count];
    *record = (struct trace_record){.data = data, .captured = captured, .order = trace->count};
    trace->count++;
    return record;
}

struct trace_record *trace_add(struct trace *trace, const uint8_t *data, uint32_t captured,
                               uint32_t wire, uint64_t time)
{
    struct trace_record *record = add_room(trace, captured);
    if (record == NULL)
        return NULL;
    if (captured > 0)
        memcpy(record->data, data, captured);
    record->wire = wire;
    record->time = time;
    return record;
}

struct trace_record *trace_add_wrapped(struct trace *trace, const struct trace_record *record,
                                       size_t offset, const uint8_t *header, uint32_t length)
{
    struct trace_record *wrapped = add_room(trace, record->captured + length);
    if (wrapped == NULL)
        return NULL;
    memcpy(wrapped->data, record->data, offset);
    memcpy(wrapped->data + offset, header, length);
    memcpy(wrapped->data + offset + length, record->data + offset, record->captured - offset);
    wrapped->wire = record->wire + length;
    wrapped->time = record->time;
    return wrapped;
}

static int compare_records(const void *left, const void *right)
{
    const struct trace_record *one = left, *other = right;
    if (one->time != other->time)
        return one->time < other->time ? -1 : 1;
    return one->order < other->order ? -1 : one->order > other->order;
}

void trace_sort(struct trace *trace)
{
    if (trace->count > 0)
        qsort(trace->records, trace->count, sizeof *trace->records, compare_records);
}

static uint32_t get32(const uint8_t *octets, bool big)
{
    uint32_t little = (uint32_t)octets[0] | (uint32_t)octets[1] << 8 | (uint32_t)octets[2] << 16 |
                      (uint32_t)octets[3] << 24;
    uint32_t swapped = (uint32_t)octets[3] | (uint32_t)octets[2] << 8 | (uint32_t)octets[1] << 16 |
                       (uint32_t)octets[0] << 24;
    return big ? swapped : little;
}

static bool read_header(struct trace *trace, FILE *file, bool *big, const char **reason)
{
    uint8_t header[24];
    *reason = "is no classic pcap file of microseconds";
    if (fread(header, 1, sizeof header, file) != sizeof header)
        return false;
    *big = get32(header, true) == MAGIC_MICROSECONDS;
    if (!*big && get32(header, false) != MAGIC_MICROSECONDS)
        return false;
    *reason = "holds no Ethernet frames";
    trace->snapshot = get32(header + 16, *big);
    return get32(header + 20, *big) == LINK_ETHERNET;
}

static bool read_records(struct trace *trace, FILE *file, bool big, const char **reason)
{
    uint8_t header[16];
    size_t length;
    while ((length = fread(header, 1, sizeof header, file)) == sizeof header) {
        uint32_t captured = get32(header + 8, big);
        *reason = "has a record of an impossible length";
        if (captured > SNAPSHOT_USUAL)
            return false;
        *reason = "is more than memory holds";
        struct trace_record *record = add_room(trace, captured);
        if (record == NULL)
            return false;
        record->wire = get32(header + 12, big);
        record->time = (uint64_t)get32(header, big) * MICROSECONDS + get32(header + 4, big);
        *reason = "breaks off";
        if (fread(record->data, 1, captured, file) != captured) {
            free(trace->records[--trace->count].data);
            return false;
        }
    }
    *reason = "breaks off";
    return length == 0;
}

bool trace_read(struct trace *trace, const char *name, const char **reason)
{
    *reason = "cannot be opened";
    FILE *file = fopen(name, "rb");
    if (file == NULL)
        return false;
    bool big;
    bool ok = read_header(trace, file, &big, reason) && read_records(trace, file, big, reason);
    fclose(file);
    return ok;
}

/* What is to be written, before anything is. */
struct image {
    uint8_t *octets;
    size_t length;
    size_t capacity;
    bool failed;
};

static void put(struct image *image, const void *octets, size_t length)
{
    if (image->failed || length == 0)
        return;
    if (image->capacity - image->length < length) {
        size_t capacity = image->capacity * 2 + length + 4096;
        uint8_t *grown = realloc(image->octets, capacity);
        if (grown == NULL) {
            image->failed = true;
            return;
        }
        image->octets = grown;
        image->capacity = capacity;
    }
    memcpy(image->octets + image->length, octets, length);
    image->length += length;
}

static void put16(struct image *image, uint16_t value)
{
    put(image, (uint8_t[]){(uint8_t)value, (uint8_t)(value >> 8)}, 2);
}

static void put32(struct image *image, uint32_t value)
{
    put16(image, (uint16_t)value);
    put16(image, (uint16_t)(value >> 16));
}

static uint32_t link_number(const struct trace *trace)
{
    if (trace->link_type == TRACE_LOOPBACK)
        return 0;
    return trace->link_type == TRACE_ETHERNET ? LINK_ETHERNET : trace->link_type;
}

static void put_classic(struct image *image, const struct trace *trace, uint32_t snapshot)
{
    put32(image, MAGIC_MICROSECONDS);
    put16(image, 2);
    put16(image, 4);
    put32(image, 0);
    put32(image, 0);
    put32(image, snapshot);
    put32(image, link_number(trace));
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_record *record = &trace->records[i];
        put32(image, (uint32_t)(record->time / MICROSECONDS));
        put32(image, (uint32_t)(record->time % MICROSECONDS));
        put32(image, record->captured);
        put32(image, record->wire);
        put(image, record->data, record->captured);
    }
}

static void put_enhanced_packet(struct image *image, const struct trace_record *record)
{
    static const uint8_t padding[3] = {0};
    uint32_t rest = (4 - record->captured % 4) % 4;
    uint32_t length = 32 + record->captured + rest;
    put32(image, 6);
    put32(image, length);
    put32(image, 0);
    put32(image, (uint32_t)(record->time >> 32));
    put32(image, (uint32_t)record->time);
    put32(image, record->captured);
    put32(image, record->wire);
    put(image, record->data, record->captured);
    put(image, padding, rest);
    put32(image, length);
}

static void put_next_generation(struct image *image, const struct trace *trace, uint32_t snapshot)
{
    put32(image, UINT32_C(0x0a0d0d0a)); /* section header */
    put32(image, 28);
    put32(image, UINT32_C(0x1a2b3c4d));
    put16(image, 1);
    put16(image, 0);
    put32(image, UINT32_MAX); /* the section's length is not told */
    put32(image, UINT32_MAX);
    put32(image, 28);
    put32(image, 1); /* interface description; without options: microseconds */
    put32(image, 20);
    put16(image, (uint16_t)link_number(trace));
    put16(image, 0);
    put32(image, snapshot);
    put32(image, 20);
    for (size_t i = 0; i < trace->count; i++)
        put_enhanced_packet(image, &trace->records[i]);
}

bool trace_write(const struct trace *trace, const char *name, const char **reason)
{
    struct image image = {0};
    uint32_t snapshot = trace->snapshot > 0 ? trace->snapshot : SNAPSHOT_USUAL;
    if (trace->next_generation)
        put_next_generation(&image, trace, snapshot);
    else
        put_classic(&image, trace, snapshot);
    *reason = "is more than memory holds";
    bool ok = !image.failed;
    if (ok) {
        size_t length = image.length - (trace->missing_end < image.length ? trace->missing_end : 0);
        *reason = "cannot be written";
        FILE *file = fopen(name, "wb");
        ok = file != NULL && fwrite(image.octets, 1, length, file) == length;
        if (file != NULL)
            ok = fclose(file) == 0 && ok;
    }
    free(image.octets);
    return ok;
}
