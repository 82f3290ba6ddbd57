/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How are .gz and .zst captures read?  By zlib and libzstd, one member (RFC 1952
 * section 2.2, RFC 8878 section 3.1) after the other, as `cat a.gz b.gz` makes them.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "capture/unpack.h"

#include <stdlib.h>
#define ZLIB_CONST
#include <zlib.h>
#ifdef HAVE_LIBZSTD
#include <zstd.h>
#include <zstd_errors.h>
#endif

#include "capture/input.h"

#define GZIP_WINDOW (15 + 16) /* inflateInit2: the largest window, gzip's header */

struct unpacker {
    enum unpack_format format;
    z_stream gzip;
#ifdef HAVE_LIBZSTD
    ZSTD_DStream *zstd;
#endif
    bool begun; /* a member has, and is not at its end */
    bool padding; /* behind a member: zeros up to the end, as tapes and disks leave them */
    const char *reason;
};

enum unpack_format unpack_recognise(struct bytes beginning)
{
    if (bytes_start_with(beginning, "\x1f\x8b\x08"))
        return UNPACK_GZIP;
    if (bytes_start_with(beginning, "\x28\xb5\x2f\xfd"))
        return UNPACK_ZSTD;
    return UNPACK_NONE;
}

bool unpack_supports(enum unpack_format format)
{
#ifdef HAVE_LIBZSTD
    return format == UNPACK_GZIP || format == UNPACK_ZSTD;
#else
    return format == UNPACK_GZIP;
#endif
}

static bool start(struct unpacker *unpacker)
{
#ifdef HAVE_LIBZSTD
    if (unpacker->format == UNPACK_ZSTD) {
        unpacker->zstd = ZSTD_createDStream();
        return unpacker->zstd != NULL;
    }
#endif
    return inflateInit2(&unpacker->gzip, GZIP_WINDOW) == Z_OK;
}

struct unpacker *unpacker_create(enum unpack_format format)
{
    struct unpacker *unpacker = calloc(1, sizeof *unpacker);

    if (unpacker == NULL)
        return NULL;
    unpacker->format = format;
    unpacker->begun = true;
    unpacker->reason = "";
    if (start(unpacker))
        return unpacker;
    free(unpacker);
    return NULL;
}

void unpacker_release(struct unpacker *unpacker)
{
    if (unpacker == NULL)
        return;
    if (unpacker->format == UNPACK_GZIP)
        inflateEnd(&unpacker->gzip);
#ifdef HAVE_LIBZSTD
    else
        ZSTD_freeDStream(unpacker->zstd);
#endif
    free(unpacker);
}

static bool fail(struct unpacker *unpacker, const char *reason)
{
    unpacker->reason = reason;
    return false;
}

/* Behind a member: another one, or zeros. */
static bool next_member(struct unpacker *unpacker, struct bytes *packed)
{
    uint8_t first;

    while (bytes_peek_u8(*packed, 0, &first) && first == 0 && bytes_skip(packed, 1))
        unpacker->padding = true;
    if (bytes_empty(*packed))
        return true;
    if (unpacker->padding || inflateReset(&unpacker->gzip) != Z_OK)
        return fail(unpacker, "something else follows the compressed data");
    unpacker->begun = true;
    return true;
}

static bool run_gzip(struct unpacker *unpacker, struct bytes *packed, uint8_t *plain, size_t room,
                     size_t *written)
{
    z_stream *stream = &unpacker->gzip;
    int status;

    if (!unpacker->begun && !next_member(unpacker, packed))
        return false;
    if (!unpacker->begun)
        return true;
    stream->next_in = packed->data;
    stream->avail_in = (uInt)packed->length;
    stream->next_out = plain;
    stream->avail_out = (uInt)room;
    status = inflate(stream, Z_NO_FLUSH);
    *packed = bytes_of(stream->next_in, stream->avail_in);
    *written = room - stream->avail_out;
    if (status == Z_STREAM_END)
        unpacker->begun = false;
    else if (status != Z_OK && status != Z_BUF_ERROR)
        return fail(unpacker,
                    status == Z_MEM_ERROR ? INPUT_MEMORY_OUT : "its compressed data is damaged");
    return true;
}

#ifdef HAVE_LIBZSTD
static bool run_zstd(struct unpacker *unpacker, struct bytes *packed, uint8_t *plain, size_t room,
                     size_t *written)
{
    ZSTD_inBuffer in = {packed->data, packed->length, 0};
    ZSTD_outBuffer out = {plain, room, 0};
    size_t status;

    /* Asked without a byte, it would call for the next frame's. */
    if (!unpacker->begun && bytes_empty(*packed))
        return true;
    status = ZSTD_decompressStream(unpacker->zstd, &out, &in);
    *packed = bytes_from(*packed, in.pos);
    *written = out.pos;
    if (ZSTD_isError(status))
        return fail(unpacker, ZSTD_getErrorCode(status) == ZSTD_error_memory_allocation
                                  ? INPUT_MEMORY_OUT
                                  : ZSTD_getErrorName(status));
    /* 0: at the end of a frame; the next byte begins another. */
    unpacker->begun = status != 0;
    return true;
}
#endif

bool unpacker_run(struct unpacker *unpacker, struct bytes *packed, uint8_t *plain, size_t room,
                  size_t *written)
{
    *written = 0;
#ifdef HAVE_LIBZSTD
    if (unpacker->format == UNPACK_ZSTD)
        return run_zstd(unpacker, packed, plain, room, written);
#endif
    return run_gzip(unpacker, packed, plain, room, written);
}

bool unpacker_is_complete(const struct unpacker *unpacker)
{
    return !unpacker->begun;
}

const char *unpacker_reason(const struct unpacker *unpacker)
{
    return unpacker->reason;
}
