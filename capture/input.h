/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of one capture, front to back: a file, a pipe or standard input, as
 * they are or unpacked (gzip, Zstandard) on the way.  A window of wanted size
 * moves over them; nothing beyond it is kept.
 */
#ifndef APPLEPATH_CAPTURE_INPUT_H
#define APPLEPATH_CAPTURE_INPUT_H

#include "base/bytes.h"
#include "base/problem.h"
#include "capture/buffers.h"

#define INPUT_CONTENT_SIZE 65 /* a SHA-256 in hexadecimal */

/* Private to input.c but for input_want and input_take, which are called for every
 * packet. */
struct input {
    uint8_t *buffer;
    size_t capacity;
    size_t begin, end; /* of what was read and not taken */
    struct input_source *source;
};

#define INPUT_MEMORY_OUT "memory is out" /* the reason, where that is why it breaks off */

struct input_settings {
    size_t buffer_size; /* bytes read at a time */
    bool sparing; /* of open files: this one is closed between two reads */
    struct buffer_pool *pool; /* outlives the input; NULL: one of its own */
};

/* Opens a file, or standard input for "-". `name` says what it is in problems. NULL and
 * a problem when it cannot be opened, is empty or packed in a way that is not read. */
struct input *input_open(const char *path, const char *name, struct input_settings settings,
                         struct problem *problem);
void input_close(struct input *input);

/* Reads on until the window has `count` bytes; false when the input ends before. */
bool input_fill(struct input *input, size_t count);

/* Makes sure that `count` bytes are in the window; false when the input has fewer
 * left. Good until the next call of input_want or input_skip; where the pool keeps
 * what is retired, as long as it does. */
static inline bool MUST_CHECK input_want(struct input *input, size_t count, struct bytes *window)
{
    if (input->end - input->begin < count && !input_fill(input, count))
        return false;
    *window = bytes_of(input->buffer + input->begin, count);
    return true;
}

/* Takes bytes that are in the window off its front; they stay where they are until
 * the next input_want. */
static inline void input_take(struct input *input, size_t count)
{
    input->begin += count;
}

/* Where input_want has failed: the bytes that are left. */
static inline size_t input_left(const struct input *input)
{
    return input->end - input->begin;
}

/* Takes `count` bytes, however many, without keeping them; false when the input has
 * fewer. */
bool MUST_CHECK input_skip(struct input *input, uint64_t count);

/* Why the input ended where it did; "" where that is simply its end. */
const char *input_reason(const struct input *input);

/* Can it be read again from the beginning? */
bool input_is_regular(const struct input *input);

/* Forgets what was read, and frees the memory for it. Only of regular files. */
void input_suspend(struct input *input);
/* Begins anew at the front. False, with input_reason, when that cannot be. */
bool MUST_CHECK input_resume(struct input *input);

/* Bytes of the file that were read, and its size; 0 where it is not known. */
uint64_t input_position(const struct input *input);
uint64_t input_size(const struct input *input);

/* The SHA-256 of the first INPUT_CONTENT_BYTES of what is in the file (unpacked), or
 * of all where that is less. Reads on that far, so nothing can be read afterwards. */
#define INPUT_CONTENT_BYTES (UINT64_C(1) << 20)
void input_content(struct input *input, char content[INPUT_CONTENT_SIZE]);

#endif
