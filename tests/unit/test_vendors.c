/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does catalog/vendors.c find the makers in lists like the IEEE's, and does it bear
 * lists that are broken or absent?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "catalog/vendors.h"

static const char oui[] = "OUI/MA-L\t\t\tOrganization\n"
                          "company_id\t\t\tOrganization\n"
                          "\n"
                          "A4-83-E7   (hex)\t\tApple, Inc.\r\n"
                          "A483E7     (base 16)\t\tApple, Inc.\r\n"
                          "\t\t\t\t1 Infinite Loop\r\n"
                          "\n"
                          "70-B3-D5   (hex)\t\tIEEE Registration Authority\n"
                          "70B3D5     (base 16)\t\tIEEE Registration Authority\n"
                          "12345X     (base 16)\t\tNobody\n"
                          "00-00-5E   (hex)\t\tNameless\n"
                          "00005E     (base 16)\t\t\n";
static const char mam[] = "70-B3-D5   (hex)\t\tMedium\n"
                          "A00000-AFFFFF     (base 16)\t\tMedium\n";
static const char oui36[] = "70-B3-D5   (hex)\t\tSmall\n"
                            "ABC000-ABCFFF     (base 16)\t\tSmall\n";

static char folder[] = "/tmp/applepath-vendors-XXXXXX";

static const char *path_of(const char *name, char path[128])
{
    snprintf(path, 128, "%s/%s", folder, name);
    return path;
}

static void write_list(const char *name, const char *content, size_t length)
{
    char path[128];
    FILE *file = fopen(path_of(name, path), "w");
    assert_non_null(file);
    assert_int_equal(fwrite(content, 1, length, file), length);
    fclose(file);
}

static int begin(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static int end(void **state)
{
    char path[128];
    (void)state;
    unlink(path_of("oui.txt", path));
    unlink(path_of("mam.txt", path));
    unlink(path_of("oui36.txt", path));
    return rmdir(folder);
}

#define QUESTIONS 6

static void ask(struct vendor_question questions[QUESTIONS], struct arena *arena)
{
    static const char *const macs[QUESTIONS] = {"70:b3:d5:ab:c0:00", "a4:83:e7:12:34:56",
                                                "70:b3:d5:ab:d0:00", "70:b3:d5:b0:00:00",
                                                "00:00:00:00:00:00", "00:00:5e:00:00:01"};
    for (size_t i = 0; i < QUESTIONS; i++)
        assert_true(mac_parse(macs[i], &questions[i].mac));
    vendors_answer(folder, questions, QUESTIONS, arena);
}

static void no_lists(void **state)
{
    struct vendor_question questions[QUESTIONS];
    struct arena arena = {0};
    (void)state;
    ask(questions, &arena);
    for (size_t i = 0; i < QUESTIONS; i++)
        assert_null(questions[i].vendor);
    arena_release(&arena);
}

static void the_longest_prefix(void **state)
{
    struct vendor_question questions[QUESTIONS];
    struct arena arena = {0};
    (void)state;
    write_list("oui.txt", oui, strlen(oui));
    write_list("mam.txt", mam, strlen(mam));
    write_list("oui36.txt", oui36, strlen(oui36));
    ask(questions, &arena);
    assert_string_equal(questions[0].vendor, "Small");
    assert_string_equal(questions[1].vendor, "Apple, Inc.");
    assert_string_equal(questions[2].vendor, "Medium");
    assert_null(questions[3].vendor); /* nobody's, as far as the lists say */
    assert_null(questions[4].vendor);
    assert_null(questions[5].vendor);
    vendors_answer(folder, questions, 0, &arena);
    arena_release(&arena);
}

static void cut_at_every_length(void **state)
{
    (void)state;
    for (size_t length = 0; length < strlen(oui); length++) {
        struct vendor_question questions[QUESTIONS];
        struct arena arena = {0};
        write_list("oui.txt", oui, length);
        ask(questions, &arena);
        if (questions[1].vendor != NULL)
            assert_int_equal(
                strncmp("Apple, Inc.", questions[1].vendor, strlen(questions[1].vendor)), 0);
        arena_release(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_lists),
        cmocka_unit_test(the_longest_prefix),
        cmocka_unit_test(cut_at_every_length),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
