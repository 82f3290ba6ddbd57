/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture/input.c and capture/unpack.c: a window over plain and packed bytes, members
 * behind each other, ends that come too early, and what the content is known by.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <zlib.h>
#ifdef HAVE_LIBZSTD
#include <zstd.h>
#endif

#include "capture/input.h"
#include "tests/support/pcapng_made.h"

#define PLAIN_LENGTH 100000u

/* Bytes that do not pack too well. */
static uint8_t *make_plain(size_t length)
{
    uint8_t *plain = malloc(length);
    uint32_t random = 1;

    assert_non_null(plain);
    for (size_t i = 0; i < length; i++) {
        random = random * 1103515245 + 12345;
        plain[i] = (uint8_t)(random >> 24 & 0x3f);
    }
    return plain;
}

static size_t pack_gzip(const uint8_t *plain, size_t length, uint8_t *packed, size_t room)
{
    z_stream stream = {.avail_in = (uInt)length, .avail_out = (uInt)room, .next_out = packed};
    uint8_t *copy = malloc(length > 0 ? length : 1);

    assert_non_null(copy);
    memcpy(copy, plain, length);
    stream.next_in = copy;
    assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    deflateEnd(&stream);
    free(copy);
    return room - stream.avail_out;
}

#ifdef HAVE_LIBZSTD
static size_t pack_zstd(const uint8_t *plain, size_t length, uint8_t *packed, size_t room)
{
    size_t written = ZSTD_compress(packed, room, plain, length, 3);

    assert_false(ZSTD_isError(written));
    return written;
}
#endif

static const struct {
    size_t (*pack)(const uint8_t *plain, size_t length, uint8_t *packed, size_t room);
} packers[] = {
    {pack_gzip},
#ifdef HAVE_LIBZSTD
    {pack_zstd},
#endif
};
#define PACKERS (sizeof packers / sizeof packers[0])

/* Reads on to the end in windows of changing size; how many bytes came, all of them
 * as in `plain`. */
static size_t read_all(struct input *input, const uint8_t *plain, size_t length)
{
    size_t count = 0, wanted = 1;
    struct bytes window;

    while (input_want(input, wanted, &window)) {
        assert_int_equal(window.length, wanted);
        assert_true(count + wanted <= length);
        assert_memory_equal(window.data, plain + count, wanted);
        input_take(input, wanted);
        count += wanted;
        wanted = wanted * 7 % 4001 + 1;
    }
    assert_true(input_left(input) < wanted);
    assert_memory_equal(input->buffer + input->begin, plain + count, input_left(input));
    return count + input_left(input);
}

static void test_plain(void **state)
{
    uint8_t *plain = make_plain(PLAIN_LENGTH);
    struct problem problem = {""};
    struct input *input = made_input(plain, PLAIN_LENGTH, &problem);

    (void)state;
    assert_non_null(input);
    assert_true(input_is_regular(input));
    assert_int_equal(input_size(input), PLAIN_LENGTH);
    assert_int_equal(input_position(input), 0);
    assert_int_equal(read_all(input, plain, PLAIN_LENGTH), PLAIN_LENGTH);
    assert_string_equal(input_reason(input), "");
    /* Once more from the front, with bytes that are not wanted. */
    input_suspend(input);
    assert_true(input_resume(input));
    assert_true(input_skip(input, PLAIN_LENGTH - 10));
    assert_int_equal(input_position(input), PLAIN_LENGTH - 10);
    assert_int_equal(read_all(input, plain + PLAIN_LENGTH - 10, 10), 10);
    assert_false(input_skip(input, UINT64_C(1) << 40));
    input_close(input);
    free(plain);
}

static void test_packed(void **state)
{
    uint8_t *plain = make_plain(PLAIN_LENGTH), *packed = malloc(2 * PLAIN_LENGTH);
    struct problem problem = {""};

    (void)state;
    assert_non_null(packed);
    for (size_t i = 0; i < PACKERS; i++) {
        /* Three members, the second of nothing. */
        size_t length = packers[i].pack(plain, 60000, packed, 2 * PLAIN_LENGTH);
        struct input *input;

        length += packers[i].pack(plain, 0, packed + length, 2 * PLAIN_LENGTH - length);
        length += packers[i].pack(plain + 60000, PLAIN_LENGTH - 60000, packed + length,
                                  2 * PLAIN_LENGTH - length);
        input = made_input(packed, length, &problem);
        assert_non_null(input);
        assert_int_equal(read_all(input, plain, PLAIN_LENGTH), PLAIN_LENGTH);
        assert_string_equal(input_reason(input), "");
        assert_int_equal(input_position(input), length);
        input_suspend(input);
        assert_true(input_resume(input));
        assert_int_equal(read_all(input, plain, PLAIN_LENGTH), PLAIN_LENGTH);
        input_close(input);
    }
    free(packed);
    free(plain);
}

/* Cut at every length: what came is right, and the end is not taken for one. */
static void test_packed_and_cut(void **state)
{
    uint8_t *plain = make_plain(3000), packed[8192];
    struct problem problem;

    (void)state;
    for (size_t i = 0; i < PACKERS; i++) {
        size_t first = packers[i].pack(plain, 2000, packed, sizeof packed);
        size_t length = first + packers[i].pack(plain + 2000, 1000, packed + first, 4096);

        for (size_t cut = 4; cut < length; cut++) {
            struct input *input;
            size_t count = 0;

            problem.text[0] = '\0';
            input = made_input(packed, cut, &problem);
            if (input == NULL) {
                assert_non_null(strstr(problem.text, "its compressed data is incomplete"));
                assert_true(cut < first);
                continue;
            }
            count = read_all(input, plain, 3000);
            assert_true(cut >= first ? count >= 2000 : count <= 2000);
            assert_string_equal(input_reason(input),
                                cut == first ? "" : "its compressed data is incomplete");
            input_close(input);
        }
    }
    free(plain);
}

static void test_damage(void **state)
{
    uint8_t *plain = make_plain(3000), packed[8192];
    size_t length = pack_gzip(plain, 3000, packed, sizeof packed);
    struct problem problem = {""};
    struct input *input;

    (void)state;
    /* Zeros at the end are padding; anything else is not gzip's. */
    memset(packed + length, 0, 100);
    input = made_input(packed, length + 100, &problem);
    assert_int_equal(read_all(input, plain, 3000), 3000);
    assert_string_equal(input_reason(input), "");
    input_close(input);
    packed[length + 99] = 'x';
    input = made_input(packed, length + 100, &problem);
    assert_int_equal(read_all(input, plain, 3000), 3000);
    assert_string_equal(input_reason(input), "something else follows the compressed data");
    input_close(input);
    /* Its check sum. */
    packed[length - 8] ^= 1;
    input = made_input(packed, length, &problem);
    read_all(input, plain, 3000);
    assert_string_equal(input_reason(input), "its compressed data is damaged");
    input_close(input);
    free(plain);
}

static void content_of(const uint8_t *bytes, size_t length, size_t skipped,
                       char content[INPUT_CONTENT_SIZE])
{
    struct problem problem = {""};
    struct input *input = made_input(bytes, length, &problem);

    assert_non_null(input);
    assert_true(input_skip(input, skipped));
    input_content(input, content);
    input_close(input);
}

/* However it is packed and however much of it was read, the content is the same. */
static void test_content(void **state)
{
    size_t length = INPUT_CONTENT_BYTES + 5000;
    uint8_t *plain = make_plain(length), *packed = malloc(2 * length);
    char first[INPUT_CONTENT_SIZE], other[INPUT_CONTENT_SIZE];

    (void)state;
    assert_non_null(packed);
    content_of((const uint8_t *)"abc", 3, 0, first);
    assert_string_equal(first, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    content_of(plain, length, 7, first);
    content_of(plain, length, length, other);
    assert_string_equal(first, other);
    for (size_t i = 0; i < PACKERS; i++) {
        content_of(packed, packers[i].pack(plain, length, packed, 2 * length), 7, other);
        assert_string_equal(first, other);
    }
    plain[length - 1]++;
    content_of(plain, length, 7, other);
    assert_string_equal(first, other);
    plain[INPUT_CONTENT_BYTES - 1]++;
    content_of(plain, length, 7, other);
    assert_string_not_equal(first, other);
    free(packed);
    free(plain);
}

/* A file that is closed between two reads, and one that is no longer there then. */
static void test_sparing(void **state)
{
    char path[] = "/tmp/applepath-input-XXXXXX", other[] = "/tmp/applepath-input-XXXXXX";
    struct input_settings settings = {.buffer_size = 16, .sparing = true};
    struct problem problem = {""};
    struct input *input;
    struct bytes window;
    uint8_t *plain = make_plain(1000);

    (void)state;
    for (int i = 0; i < 2; i++) {
        int descriptor = mkstemp(i == 0 ? path : other);

        assert_int_equal(write(descriptor, plain, 1000), 1000);
        close(descriptor);
    }
    input = input_open(path, path, settings, &problem);
    assert_non_null(input);
    assert_int_equal(read_all(input, plain, 1000), 1000);
    input_suspend(input);
    assert_true(input_resume(input));
    assert_true(input_want(input, 16, &window));
    assert_int_equal(rename(other, path), 0);
    assert_false(input_want(input, 500, &window));
    assert_string_equal(input_reason(input), "another file took its place");
    unlink(path);
    input_suspend(input);
    assert_false(input_resume(input) && input_want(input, 1, &window));
    assert_string_not_equal(input_reason(input), "");
    input_close(input);
    free(plain);
}

/* Where the pool keeps what is retired, all that was ever shown stays as it is. */
static void test_kept_windows(void **state)
{
    char path[] = "/tmp/applepath-input-XXXXXX";
    struct buffer_pool pool = {.keeps = true};
    struct input_settings settings = {.buffer_size = 64, .pool = &pool};
    struct problem problem = {""};
    struct bytes windows[200];
    size_t count = 0, at = 0;
    uint8_t *plain = make_plain(5000);
    int descriptor = mkstemp(path);
    struct input *input;

    (void)state;
    assert_int_equal(write(descriptor, plain, 5000), 5000);
    close(descriptor);
    input = input_open(path, path, settings, &problem);
    assert_non_null(input);
    /* Also some that are larger than a buffer. */
    while (input_want(input, count % 90 + 1, &windows[count])) {
        input_take(input, windows[count].length);
        count++;
    }
    assert_true(count > 100);
    assert_true(input_left(input) < count % 90 + 1);
    for (size_t i = 0; i < count; i++) {
        assert_memory_equal(windows[i].data, plain + at, windows[i].length);
        at += windows[i].length;
    }
    assert_int_equal(at + input_left(input), 5000);
    unlink(path);
    input_close(input);
    buffers_release(&pool);
    free(plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),          cmocka_unit_test(test_packed),
        cmocka_unit_test(test_packed_and_cut), cmocka_unit_test(test_damage),
        cmocka_unit_test(test_content),        cmocka_unit_test(test_sparing),
        cmocka_unit_test(test_kept_windows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
