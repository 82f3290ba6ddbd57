/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is a capture known again by what is in it, and by no other thing?
 */
#include "capture/content.h"
#include "capture/source.h"
#include "tests/support/scratch.h"

#include <sys/stat.h>

static struct scratch scratch;

static int set_up(void **state)
{
    (void)state;
    scratch_begin(&scratch);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    scratch_end(&scratch);
    return 0;
}

static void write_syns(const char *name, uint16_t count)
{
    FILE *file = scratch_capture_begin(&scratch, name);

    for (uint16_t i = 0; i < count; i++)
        scratch_capture_syn(file, i, (uint16_t)(1024 + i));
    assert_int_equal(fclose(file), 0);
}

/* What reading all of it says. */
static void read_content(const char *path, char content[CONTENT_SIZE])
{
    struct problem problem = {""};
    struct source_set *set = source_set_open(&path, 1, "port 9", &problem);
    struct fact_source fact;

    assert_non_null(set);
    while (source_set_next(set) != NULL)
        ;
    source_set_describe(set, 0, &fact);
    assert_non_null(fact.content);
    snprintf(content, CONTENT_SIZE, "%s", fact.content);
    source_set_close(set);
}

/* Longer than a MiB, and shorter; whatever filter it is read with. */
static void test_same_as_when_read(void **state)
{
    static const uint16_t counts[] = {0, 1, 3, 30000};

    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        char beginning[INPUT_CONTENT_SIZE], whole[CONTENT_SIZE], read[CONTENT_SIZE];
        struct problem problem = {""};
        const char *path;

        write_syns("a.pcap", counts[i]);
        path = scratch_path(&scratch, "a.pcap");
        assert_true(content_beginning(path, beginning, &problem));
        assert_true(content_whole(path, whole, &problem));
        read_content(path, read);
        assert_string_equal(whole, read);
        assert_int_equal(strlen(beginning), 64);
        assert_memory_equal(whole, beginning, 64);
        assert_int_equal(atoi(whole + 65), counts[i]);
        scratch_remove(&scratch, "a.pcap");
    }
}

/* Two that share their first MiB begin the same, and are not the same. */
static void test_a_grown_capture_is_another(void **state)
{
    char first[INPUT_CONTENT_SIZE], second[INPUT_CONTENT_SIZE];
    char whole[CONTENT_SIZE], grown[CONTENT_SIZE];
    struct problem problem = {""};

    (void)state;
    write_syns("a.pcap", 30000);
    write_syns("b.pcap", 30001);
    assert_true(content_beginning(scratch_path(&scratch, "a.pcap"), first, &problem));
    assert_true(content_beginning(scratch_path(&scratch, "b.pcap"), second, &problem));
    assert_string_equal(first, second);
    assert_true(content_whole(scratch_path(&scratch, "a.pcap"), whole, &problem));
    assert_true(content_whole(scratch_path(&scratch, "b.pcap"), grown, &problem));
    assert_string_not_equal(whole, grown);
    scratch_remove(&scratch, "a.pcap");
    scratch_remove(&scratch, "b.pcap");
}

static void test_what_is_no_file_has_none(void **state)
{
    char beginning[INPUT_CONTENT_SIZE], whole[CONTENT_SIZE];
    struct problem problem = {""};

    (void)state;
    assert_false(content_beginning(NULL, beginning, &problem));
    assert_false(content_beginning(scratch_path(&scratch, "none"), beginning, &problem));
    assert_false(content_beginning(scratch.folder, beginning, &problem));
    /* Nobody writes to it: opening it would wait for ever. */
    assert_int_equal(mkfifo(scratch_path(&scratch, "pipe"), 0600), 0);
    assert_false(content_beginning(scratch.path, beginning, &problem));
    assert_false(content_whole(scratch.path, whole, &problem));
    scratch_remove(&scratch, "pipe");
    scratch_write(&scratch, "text", "no packets here");
    assert_false(content_whole(scratch_path(&scratch, "text"), whole, &problem));
    /* Only that memory is out is told here. */
    assert_string_equal(problem.text, "");
    scratch_remove(&scratch, "text");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_same_as_when_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_grown_capture_is_another, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_no_file_has_none, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
