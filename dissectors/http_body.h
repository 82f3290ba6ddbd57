/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where does a message's body end?  By its length, by its chunks, or with the
 * connection (RFC 9112 sections 6 and 7).  Nothing of it is kept: bodies of any size
 * are passed over piece by piece.
 */
#ifndef APPLEPATH_DISSECTORS_HTTP_BODY_H
#define APPLEPATH_DISSECTORS_HTTP_BODY_H

#include "base/bytes.h"

enum http_body_part {
    HTTP_BODY_OVER, /* or not begun */
    HTTP_BODY_LENGTH, /* `left` bytes more */
    HTTP_BODY_UNTIL_CLOSE,
    HTTP_BODY_CHUNK_SIZE,
    HTTP_BODY_CHUNK,
    HTTP_BODY_CHUNK_END,
    HTTP_BODY_TRAILER
};

/* Begins with all bytes zero. */
struct http_body {
    enum http_body_part part;
    uint64_t left;
    uint16_t line; /* bytes of the line at hand, and of trailers before it */
    uint8_t digits;
    bool size_read;
    bool line_empty;
};

enum http_body_result {
    HTTP_BODY_PIECE, /* `piece` is content; ask again */
    HTTP_BODY_MORE, /* all bytes are taken, and the body goes on */
    HTTP_BODY_DONE, /* what is left belongs to the next message */
    HTTP_BODY_BROKEN
};

/* `length`: -1 where the head tells none; `to_the_end`: the body then ends with the
 * connection, as an answer's does (a request has none then). */
void http_body_begin(struct http_body *body, int64_t length, bool chunked, bool to_the_end);

/* Takes what belongs to the body off the front. */
enum http_body_result http_body_pass(struct http_body *body, struct bytes *available,
                                     struct bytes *piece);

#endif
