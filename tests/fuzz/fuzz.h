/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the fuzz targets share.  A target is one function over bytes; what it must
 * not do is crash, hang, leak or read what is not its own.  Nothing is asserted of
 * results: those are the unit tests' matter.
 */
#ifndef APPLEPATH_TESTS_FUZZ_FUZZ_H
#define APPLEPATH_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* The target: always 0, as libFuzzer and AFL++ want it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Plays the bytes as one conversation with this port through flow table and
 * dissectors, and what they tell through a sink that reads it all.
 *
 * The bytes are messages, each of a head of three and its content: flags (enum
 * fuzz_flag), and its length in two bytes, the higher first; what is too long is
 * as long as the rest. For TCP the handshake comes by itself before them. */
enum fuzz_flag {
    FUZZ_SERVER = 0x01, /* the server sends it */
    FUZZ_GAP = 0x02, /* some bytes before it were not captured */
    FUZZ_RESET = 0x04,
    FUZZ_FIN = 0x08,
    FUZZ_AGAIN = 0x10, /* from where the side's last message began: a retransmission */
    FUZZ_LATER = 0x20 /* it comes a minute later */
};
void fuzz_conversation(const uint8_t *data, size_t size, uint8_t transport, uint16_t port);

/* Plays the bytes as frames, each of a head of two bytes (its length) and its
 * content, through all layers down to a packet, and the message dissectors. */
void fuzz_frames(const uint8_t *data, size_t size, int link_type);

/* Writes the bytes into a new file, whose name it gives; fuzz_file_remove takes it
 * away. For what reads files only. NULL where the disk is full. */
char *fuzz_file(const uint8_t *data, size_t size);
void fuzz_file_remove(char *name);

#endif
