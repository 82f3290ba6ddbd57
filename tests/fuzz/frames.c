/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes as frames of one link type: through the layers, and on as packets.
 */
#include "capture/decapsulate.h"
#include "capture/duplicates.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/run.h"

static void frame_play(struct fuzz_run *run, struct decapsulator *decapsulator,
                       struct duplicate_filter *duplicates, const struct frame *frame)
{
    struct packet packet, quoted;
    if (decapsulate(decapsulator, frame, &packet) != DECAPSULATED)
        return;
    if (duplicate_filter_seen(duplicates, &packet, duplicate_filter_sign(duplicates, &packet)) !=
        DUPLICATE_NONE)
        return;
    if (decapsulate_quoted(&packet, &quoted))
        run->sum += quoted.source_port;
    fuzz_run_packet(run, &packet);
}

void fuzz_frames(const uint8_t *data, size_t size, int link_type)
{
    struct fuzz_run run;
    struct decapsulator *decapsulator = decapsulator_create();
    struct duplicate_filter *duplicates = duplicate_filter_create();
    struct bytes rest = bytes_of(data, size), content;
    uint16_t length;
    if (decapsulator == NULL || duplicates == NULL || !fuzz_run_begin(&run))
        return;
    while (bytes_read_u16(&rest, &length)) {
        size_t taken = length < rest.length ? length : rest.length;
        if (!bytes_take(&rest, taken, &content))
            break;
        struct frame frame = {.packet = packet_identity(1, run.number + 1),
                              .time = run.time,
                              .link_type = link_type,
                              .wire_length = length,
                              .data = content};
        frame_play(&run, decapsulator, duplicates, &frame);
    }
    fuzz_run_end(&run);
    duplicate_filter_release(duplicates);
    decapsulator_release(decapsulator);
}
