/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A capture in memory, as the fault lab makes and bends it: records in, records
 * out, as classic pcap (microseconds; read: Ethernet only) or pcapng.  Shares nothing with the
 * analyser and not libpcap either, so that no error of theirs is an error here.
 */
#ifndef APPLEPATH_TESTS_LAB_TRACE_H
#define APPLEPATH_TESTS_LAB_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRACE_ETHERNET 0 /* written as 1; BSD loopback, whose number 0 is, is TRACE_LOOPBACK */
#define TRACE_LOOPBACK UINT32_MAX

/* One packet. `data` is owned and holds `captured` bytes. */
struct trace_record {
    uint8_t *data;
    uint32_t captured;
    uint32_t wire;
    uint64_t time; /* microseconds */
    uint64_t order; /* among records of the same time; trace_sort's */
};

/* All zero: an empty trace. */
struct trace {
    struct trace_record *records;
    size_t count;
    size_t capacity;
    uint32_t snapshot; /* as the file says; 0: 262144 */
    bool next_generation; /* written as pcapng */
    uint32_t link_type; /* as written; TRACE_ETHERNET unless a variant says otherwise */
    uint32_t missing_end; /* bytes at the end of the file that are not written */
};

void trace_release(struct trace *trace);

/* Adds a copy of `captured` bytes. NULL when memory is out. Its `data` may be written. */
struct trace_record *trace_add(struct trace *trace, const uint8_t *data, uint32_t captured,
                               uint32_t wire, uint64_t time);

/* Adds a copy of `record` with `length` bytes `header` put in before its byte `offset`,
 * which must lie within what was captured. */
struct trace_record *trace_add_wrapped(struct trace *trace, const struct trace_record *record,
                                       size_t offset, const uint8_t *header, uint32_t length);

/* By time; those of the same time stay in their order. */
void trace_sort(struct trace *trace);

/* Reads classic pcap, of either byte order. False, and a reason of its own that is never
 * freed, when it cannot; what was read so far is then in `trace` all the same. */
bool trace_read(struct trace *trace, const char *name, const char **reason);
bool trace_write(const struct trace *trace, const char *name, const char **reason);

#endif
