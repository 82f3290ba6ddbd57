/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One head of an HTTP/1 message as a plain value: what a request asks for, what an
 * answer says (RFC 9112 sections 2 to 6, RFC 9110).  Bytes in, values out; texts are
 * cut, and bytes that are not printable ASCII are written as \xNN.
 */
#ifndef APPLEPATH_DISSECTORS_HTTP_HEAD_H
#define APPLEPATH_DISSECTORS_HTTP_HEAD_H

#include "base/bytes.h"

#define HTTP_HEAD_LIMIT 16384u /* bytes; a longer head is no client's of ours */
#define HTTP_TEXT_SIZE 257 /* 256 bytes and the terminator */
#define HTTP_METHOD_SIZE 16

enum http_target { HTTP_TARGET_PATH, HTTP_TARGET_ABSOLUTE, HTTP_TARGET_AUTHORITY };

/* Texts are "" where the head has none. */
struct http_request {
    char method[HTTP_METHOD_SIZE];
    enum http_target target;
    char host[HTTP_TEXT_SIZE]; /* of the target, else of Host; lower case, no brackets */
    uint16_t port; /* named with the host; 0: none */
    char path[HTTP_TEXT_SIZE]; /* without the query */
    char user_agent[HTTP_TEXT_SIZE];
    bool proxy_credentials;
    int64_t content_length; /* -1: not told */
    bool chunked;
};

struct http_answer {
    uint16_t status;
    char authenticate[HTTP_TEXT_SIZE]; /* the schemes demanded, comma-separated */
    char location[HTTP_TEXT_SIZE];
    char software[HTTP_TEXT_SIZE];
    char via[HTTP_TEXT_SIZE];
    char content_type[HTTP_TEXT_SIZE];
    int64_t content_length; /* -1: not told */
    bool chunked;
    bool encoded; /* its content is compressed */
};

enum http_head_result { HTTP_HEAD_WHOLE, HTTP_HEAD_MORE, HTTP_HEAD_TOO_LONG };

/* Takes one head off the front, with its empty line, and empty lines before it
 * (RFC 9112 section 2.2). `head` is set for HTTP_HEAD_WHOLE alone. */
enum http_head_result http_head_take(struct bytes *available, struct bytes *head);

/* Do the bytes begin as a request does, as far as they go? */
bool http_is_request(struct bytes from);

/* Read a whole head. False where it is none; the value is then undefined. */
bool http_request_read(struct bytes head, struct http_request *request);
bool http_answer_read(struct bytes head, struct http_answer *answer);

#endif
