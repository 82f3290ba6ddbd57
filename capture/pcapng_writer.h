/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets into a pcapng file (draft-ietf-opsawg-pcapng): one section, any number
 * of interfaces, times in nanoseconds.  What cannot be written is remembered:
 * later calls fail too, and pcapng_writer_close tells why.
 */
#ifndef APPLEPATH_CAPTURE_PCAPNG_WRITER_H
#define APPLEPATH_CAPTURE_PCAPNG_WRITER_H

#include <stdio.h>

#include "base/problem.h"
#include "capture/packet.h"

struct pcapng_writer;

struct pcapng_interface {
    const char *name; /* NULL: not known */
    const char *description; /* NULL: none */
    int link_type; /* DLT_ value */
    uint32_t snapshot_length; /* 0: no limit */
};

/* Writes the section header; `application` names the program that writes. Takes
 * `file` over: it is closed when this fails. NULL and a problem then. */
struct pcapng_writer *pcapng_writer_create(FILE *file, const char *application,
                                           struct problem *problem);

/* The same, with a comment on the whole section (UTF-8; NULL: none). */
struct pcapng_writer *pcapng_writer_create_commented(FILE *file, const char *application,
                                                     const char *comment, struct problem *problem);

/* Announces an interface; `index` is what its packets are written with. False when
 * the file takes no more. */
bool pcapng_writer_interface(struct pcapng_writer *writer, const struct pcapng_interface *interface,
                             uint32_t *index);

/* `interface`: an index that was announced. `comment`: UTF-8, NULL for none.
 * `stored_number` (0: none) comes back as frame.stored_number. False when the file
 * takes no more. */
bool pcapng_writer_packet(struct pcapng_writer *writer, uint32_t interface,
                          const struct frame *frame, const char *comment, uint64_t stored_number);

/* Hands what was written to the system; false when the file takes no more. */
bool pcapng_writer_flush(struct pcapng_writer *writer);

/* Bytes written so far: the file's size once it is closed. */
uint64_t pcapng_writer_bytes(const struct pcapng_writer *writer);

/* Closes the file and frees the writer. False and a problem when anything was not
 * written. */
bool pcapng_writer_close(struct pcapng_writer *writer, struct problem *problem);

#endif
