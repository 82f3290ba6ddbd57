/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two capture files read as one: both halves of the bytes.
 */
#include "capture/source.h"
#include "tests/fuzz/fuzz.h"

static uint64_t sum_frames(const char *first, const char *second)
{
    struct problem problem = {""};
    const struct frame *frame;
    const char *names[] = {first, second};
    struct source_set *set = source_set_open(names, 2, NULL, &problem);
    uint64_t sum = 0;
    while (set != NULL && (frame = source_set_next(set)) != NULL) {
        for (size_t i = 0; i < frame->data.length; i++)
            sum += frame->data.data[i];
        for (size_t i = 0; i < frame->comment.length; i++)
            sum += frame->comment.data[i];
    }
    for (size_t i = 0; set != NULL && i < source_set_count(set); i++) {
        struct fact_source fact;
        source_set_describe(set, i, &fact);
        sum += strlen(fact.link_type) + (fact.interfaces != NULL ? strlen(fact.interfaces) : 0);
    }
    source_set_close(set);
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *first = fuzz_file(data, size / 2), *second = fuzz_file(data + size / 2, size - size / 2);
    if (first != NULL && second != NULL) {
        sum_frames(first, second);
        sum_frames(first, first);
    }
    fuzz_file_remove(first);
    fuzz_file_remove(second);
    return 0;
}
