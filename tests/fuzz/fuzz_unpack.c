/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A compressed stream in pieces: the first byte chooses how large they are and how much
 * room there is for what comes out; an archive that unpacks to much is left at a megabyte.
 */
#include "capture/unpack.h"
#include "tests/fuzz/fuzz.h"

#define ENOUGH (UINT64_C(1) << 20)

static void unpack(struct unpacker *unpacker, struct bytes from, size_t piece, size_t room)
{
    uint8_t plain[4096];
    uint64_t sum = 0;
    size_t written = 1;
    bool good = true;

    while (good && sum < ENOUGH && (from.length > 0 || written > 0)) {
        struct bytes packed = bytes_of(from.data, from.length < piece ? from.length : piece);
        size_t before = packed.length;

        good = unpacker_run(unpacker, &packed, plain, room, &written);
        sum += written;
        if (good && before == packed.length && written == 0)
            break;
        from = bytes_of(packed.data, from.length - (before - packed.length));
    }
    if (!good || !unpacker_is_complete(unpacker))
        (void)unpacker_reason(unpacker);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t pieces[] = {1, 7, 64, 4096};
    static const size_t rooms[] = {1, 16, 512, 4096};

    if (size < 2)
        return 0;
    struct bytes from = bytes_of(data + 1, size - 1);
    struct unpacker *unpacker = unpacker_create((data[0] & 16) != 0 ? UNPACK_ZSTD : UNPACK_GZIP);
    if (unpacker != NULL)
        unpack(unpacker, from, pieces[data[0] & 3], rooms[data[0] >> 2 & 3]);
    unpacker_release(unpacker);
    return 0;
}
