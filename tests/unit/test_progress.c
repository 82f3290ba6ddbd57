/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Progress is drawn on a terminal, now and then, and wiped; elsewhere nothing is
 * ever written.
 */
#include "tests/support/scratch.h"

#include <fcntl.h>

#include "base/timestamp.h"
#include "program/progress.h"

static struct scratch scratch;
static struct source_set *sources;
static int saved_stderr;

static int begin(void **state)
{
    (void)state;
    struct problem problem = {""};
    scratch_begin(&scratch);
    FILE *file = scratch_capture_begin(&scratch, "a.pcap");
    for (uint16_t i = 0; i < 10; i++)
        scratch_capture_syn(file, i, i);
    fclose(file);
    const char *const names[] = {scratch_path(&scratch, "a.pcap")};
    sources = source_set_open(names, 1, NULL, &problem);
    assert_non_null(sources);
    saved_stderr = dup(STDERR_FILENO);
    return saved_stderr < 0;
}

static int end(void **state)
{
    (void)state;
    dup2(saved_stderr, STDERR_FILENO);
    close(saved_stderr);
    source_set_close(sources);
    scratch_remove(&scratch, "a.pcap");
    scratch_end(&scratch);
    return 0;
}

/* Standard error becomes a terminal; the other end of it is returned, -1 if none
 * is to be had. */
static int terminal_begin(void)
{
    int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    if (terminal < 0 || grantpt(terminal) != 0 || unlockpt(terminal) != 0)
        return -1;
    int inner = open(ptsname(terminal), O_RDWR | O_NOCTTY);
    assert_true(inner >= 0);
    assert_true(dup2(inner, STDERR_FILENO) >= 0);
    close(inner);
    assert_true(fcntl(terminal, F_SETFL, O_NONBLOCK) == 0);
    return terminal;
}

/* What was written to the terminal since the last time. */
static const char *shown(int terminal)
{
    static char text[1024];
    ssize_t length = read(terminal, text, sizeof text - 1);
    text[length > 0 ? length : 0] = '\0';
    return text;
}

static void test_nothing_in_a_pipe(void **state)
{
    (void)state;
    int ends[2];
    char text[16];
    struct progress progress;
    assert_int_equal(pipe(ends), 0);
    assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
    close(ends[1]);
    progress_begin(&progress);
    progress.last -= NANOSECONDS_PER_SECOND;
    progress_show(&progress, sources, 5);
    progress_end(&progress);
    assert_true(dup2(saved_stderr, STDERR_FILENO) >= 0);
    assert_int_equal(read(ends[0], text, sizeof text), 0);
    close(ends[0]);
}

static void test_drawn_and_wiped_on_a_terminal(void **state)
{
    (void)state;
    int terminal = terminal_begin();
    if (terminal < 0)
        skip();
    struct progress progress;
    progress_begin(&progress);
    for (int i = 0; i < 10; i++)
        assert_non_null(source_set_next(sources));
    progress.started -= NANOSECONDS_PER_SECOND;
    progress.last -= NANOSECONDS_PER_SECOND;
    progress_show(&progress, sources, 2000000);
    const char *text = shown(terminal);
    assert_int_equal(text[0], '\r');
    assert_non_null(strstr(text, "100.0%"));
    assert_non_null(strstr(text, "million packets/s"));
    assert_null(strchr(text, '\n'));
    progress_end(&progress);
    assert_string_equal(shown(terminal), "\r\033[K");
    progress_end(&progress);
    assert_string_equal(shown(terminal), "");
    close(terminal);
}

static void test_not_drawn_too_often(void **state)
{
    (void)state;
    int terminal = terminal_begin();
    if (terminal < 0)
        skip();
    struct progress progress;
    progress_begin(&progress);
    progress.last += NANOSECONDS_PER_SECOND;
    progress_show(&progress, sources, 1);
    assert_string_equal(shown(terminal), "");
    progress_end(&progress);
    assert_string_equal(shown(terminal), "");
    close(terminal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_nothing_in_a_pipe, begin, end),
        cmocka_unit_test_setup_teardown(test_drawn_and_wiped_on_a_terminal, begin, end),
        cmocka_unit_test_setup_teardown(test_not_drawn_too_often, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
