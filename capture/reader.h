/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the bytes of one capture to its frames, whatever its format (pcap, pcapng)
 * and byte order.  Damage ends the file with a reason; it is never more than that.
 */
#ifndef APPLEPATH_CAPTURE_READER_H
#define APPLEPATH_CAPTURE_READER_H

#include "base/problem.h"
#include "base/text.h"
#include "capture/input.h"
#include "capture/packet.h"

#define READER_LINK_TYPE_LIMIT 16 /* different ones that are told */

struct reader;

enum reader_answer {
    READER_FRAME, /* a frame was delivered */
    READER_END, /* the file is whole, and was read */
    READER_BROKEN /* it breaks off here: reader_reason */
};

/* What the file says of itself, as far as it was read; begins as zeros. */
struct reader_notes {
    int link_types[READER_LINK_TYPE_LIMIT]; /* DLT_ values of its interfaces, each once */
    size_t link_type_count;
    struct text interfaces; /* their names, separated by ", "; empty: not known */
    struct text comment; /* the section's, or else the first interface's */
    int64_t dropped_packets; /* -1: not known */
};

/* Reads the file's header. `input` is borrowed; `notes` is begun anew, filled while
 * frames are read and the caller's to clear. NULL and a problem that begins with `name`
 * when it is no capture, or one that is not read. */
struct reader *reader_open(struct input *input, const char *name, struct reader_notes *notes,
                           struct problem *problem);
void reader_close(struct reader *reader);

/* Sets all of `frame` but its `packet`; data and comment are good until the next call. */
enum reader_answer reader_next(struct reader *reader, struct frame *frame);

const char *reader_reason(const struct reader *reader);

/* Frees what the notes hold. */
void reader_notes_clear(struct reader_notes *notes);

#endif
