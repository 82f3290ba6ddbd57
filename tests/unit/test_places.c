/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where addresses belong: by the built-in table, by databases of every layout, and by
 * several sources that each know a part.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/support/scratch.h"

#include "catalog/places.h"

static struct scratch scratch;
static struct problem problem;
static struct places *places;
static struct place place;
static bool have_databases;

static const char *const database_names[] = {"maxmind-asn.mmdb", "maxmind-city.mmdb",
                                             "dbip-country.mmdb", "ipinfo-lite.mmdb",
                                             "ipinfo-location.mmdb"};
#define DATABASE_COUNT (sizeof database_names / sizeof database_names[0])

static int begin_all(void **state)
{
    char script[512], command[1400];
    (void)state;
    scratch_begin(&scratch);
    if (scratch_source(script, sizeof script, "tests/support/make_mmdb.pl") == NULL)
        return 0;
    snprintf(command, sizeof command, "perl '%s' '%s' 2> /dev/null", script, scratch.folder);
#ifdef HAVE_LIBMAXMINDDB
    have_databases = system(command) == 0;
#endif
    return 0;
}

static int end_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < DATABASE_COUNT && have_databases; i++)
        scratch_remove(&scratch, database_names[i]);
    scratch_end(&scratch);
    return 0;
}

static int begin(void **state)
{
    (void)state;
    problem.text[0] = '\0';
    places = NULL;
    return 0;
}

static int end(void **state)
{
    (void)state;
    places_close(places);
    return 0;
}

static struct address address_of(const char *text)
{
    struct address address;
    assert_true(address_parse(text, &address));
    return address;
}

/* Opens these databases, NULL last, or skips the test where they cannot be made. */
static void open_databases(const char *const *names)
{
    char paths[DATABASE_COUNT][512];
    const char *files[DATABASE_COUNT];
    size_t count = 0;
    if (!have_databases) {
        print_message("needs libmaxminddb and perl's MaxMind::DB::Writer\n");
        skip();
    }
    for (; names[count] != NULL; count++) {
        snprintf(paths[count], sizeof paths[count], "%s", scratch_path(&scratch, names[count]));
        files[count] = paths[count];
    }
    places = places_open(files, count, &problem);
    assert_string_equal(problem.text, "");
    assert_non_null(places);
    assert_true(places_have_database(places));
}

static void open_built_in(void)
{
    places = places_open(NULL, 0, &problem);
    assert_non_null(places);
    assert_false(places_have_database(places));
}

static bool find(const char *text)
{
    struct address address = address_of(text);
    return places_find(places, &address, &place);
}

static enum place_owner owner(const char *text)
{
    struct address address = address_of(text);
    return places_owner(places, &address);
}

static void assert_place(const char *network, uint32_t asn, const char *organisation,
                         const char *country, const char *city, const char *told_by)
{
    assert_string_equal(place.network, network);
    assert_int_equal(place.asn, asn);
    assert_string_equal(place.organisation, organisation);
    assert_string_equal(place.country, country);
    assert_string_equal(place.city, city);
    assert_string_equal(place.told_by, told_by);
}

static void test_built_in(void **state)
{
    (void)state;
    open_built_in();
    assert_true(find("17.57.144.36"));
    assert_place("17.0.0.0/8", 714, "Apple Inc.", "US", "", "built-in");
    assert_true(find("2620:149:a44::1"));
    assert_place("2620:149::/32", 714, "Apple Inc.", "", "", "built-in");
    assert_true(find("23.55.161.10"));
    assert_int_equal(place.asn, 20940);
    assert_false(find("8.8.8.8"));
    assert_false(find("203.0.113.7"));
    assert_false(find("10.0.0.1"));
    assert_false(find("2001:db8::1"));
    assert_string_equal(place.told_by, "");
}

static void test_owners(void **state)
{
    (void)state;
    open_built_in();
    assert_int_equal(owner("17.0.0.0"), PLACE_APPLE);
    assert_int_equal(owner("17.255.255.255"), PLACE_APPLE);
    assert_int_equal(owner("18.0.0.0"), PLACE_OTHER);
    assert_int_equal(owner("16.255.255.255"), PLACE_OTHER);
    assert_int_equal(owner("2a01:b740:a42::5"), PLACE_APPLE);
    assert_int_equal(owner("2403:300:a51::5"), PLACE_APPLE);
    assert_int_equal(owner("13.32.0.1"), PLACE_CDN);
    assert_int_equal(owner("151.101.1.6"), PLACE_CDN);
    assert_int_equal(owner("104.16.1.1"), PLACE_CDN);
    assert_int_equal(owner("2a02:26f0:1::1"), PLACE_CDN);
    assert_int_equal(owner("146.112.61.106"), PLACE_BLOCK_PAGE);
    assert_int_equal(owner("2001:cdba::3257:9652"), PLACE_BLOCK_PAGE);
    assert_int_equal(owner("208.91.112.56"), PLACE_OTHER);
    assert_int_equal(owner("203.0.113.7"), PLACE_OTHER);
    assert_int_equal(places_owner_of_number(places, 714), PLACE_APPLE);
    assert_int_equal(places_owner_of_number(places, 6185), PLACE_APPLE);
    assert_int_equal(places_owner_of_number(places, 16625), PLACE_CDN);
    assert_int_equal(places_owner_of_number(places, 64500), PLACE_OTHER);
    assert_int_equal(places_owner_of_number(places, 0), PLACE_OTHER);
}

/* RFC 6052: what stands under the well-known prefix is the IPv4 address in it. */
static void test_nat64(void **state)
{
    (void)state;
    open_built_in();
    assert_true(find("64:ff9b::1139:9024"));
    assert_place("17.0.0.0/8", 714, "Apple Inc.", "US", "", "built-in");
    assert_int_equal(owner("64:ff9b::1139:9024"), PLACE_APPLE);
    assert_int_equal(owner("64:ff9b:1::1139:9024"), PLACE_OTHER);
}

static void test_maxmind(void **state)
{
    static const char *const names[] = {"maxmind-asn.mmdb", "maxmind-city.mmdb", NULL};
    (void)state;
    open_databases(names);
    assert_true(find("17.57.144.36"));
    assert_place("17.0.0.0/9", 714, "APPLE-ENGINEERING", "US", "Cupertino",
                 "maxmind-asn.mmdb,maxmind-city.mmdb");
    assert_true(find("17.200.0.1"));
    assert_place("17.0.0.0/8", 714, "APPLE-ENGINEERING", "US", "", "maxmind-asn.mmdb,built-in");
    assert_true(find("2620:149::5"));
    assert_place("2620:149::/32", 714, "APPLE-ENGINEERING", "", "", "maxmind-asn.mmdb");
    assert_true(find("203.0.113.200"));
    assert_place("203.0.113.0/24", 64500, "Example Cable", "", "", "maxmind-asn.mmdb");
    assert_false(find("192.0.2.1"));
    assert_false(find("2001:db8::1"));
}

/* What is too long for its place ends with a whole character. */
static void test_long_text(void **state)
{
    static const char *const names[] = {"maxmind-city.mmdb", NULL};
    (void)state;
    open_databases(names);
    assert_true(find("203.0.113.7"));
    assert_string_equal(place.country, "DE");
    size_t length = strlen(place.city);
    assert_memory_equal(place.city, "M\xc3\xbcnchen ", 9);
    assert_int_equal(length, 95);
    assert_memory_equal(place.city + length - 2, "\xc3\xbc", 2);
}

/* A database of IPv4 alone knows nothing of IPv6, and its prefixes are counted right. */
static void test_ipv4_alone(void **state)
{
    static const char *const names[] = {"dbip-country.mmdb", NULL};
    (void)state;
    open_databases(names);
    assert_true(find("203.0.113.7"));
    assert_place("203.0.113.0/24", 0, "", "AT", "", "dbip-country.mmdb");
    assert_true(find("17.57.144.36"));
    assert_place("17.0.0.0/8", 714, "Apple Inc.", "US", "", "dbip-country.mmdb,built-in");
    assert_false(find("2001:db8::1"));
    assert_true(find("2620:149::5"));
    assert_string_equal(place.told_by, "built-in");
}

static void test_ipinfo(void **state)
{
    static const char *const names[] = {"ipinfo-lite.mmdb", "ipinfo-location.mmdb", NULL};
    (void)state;
    open_databases(names);
    assert_true(find("17.57.144.36"));
    assert_place("17.0.0.0/8", 714, "Apple Inc.", "US", "Cupertino",
                 "ipinfo-lite.mmdb,ipinfo-location.mmdb");
    assert_true(find("203.0.113.7")); /* neither its number nor its country can be read */
    assert_place("203.0.113.0/24", 0, "No Number", "", "", "ipinfo-lite.mmdb");
}

/* The first that knows a thing is believed. */
static void test_order(void **state)
{
    static const char *const names[] = {"dbip-country.mmdb", "maxmind-city.mmdb",
                                        "ipinfo-lite.mmdb", "maxmind-asn.mmdb", NULL};
    (void)state;
    open_databases(names);
    assert_true(find("203.0.113.7"));
    assert_string_equal(place.country, "AT");
    assert_int_equal(place.asn, 64500);
    assert_string_equal(place.organisation, "Example Cable"); /* goes with its number */
    assert_true(find("17.57.144.36"));
    assert_string_equal(place.organisation, "Apple Inc.");
}

static void test_fact(void **state)
{
    (void)state;
    open_built_in();
    struct address address = address_of("2620:149::5");
    assert_true(places_find(places, &address, &place));
    struct fact_place fact = place_fact(&address, &place);
    assert_true(address_equal(&fact.address, &address));
    assert_string_equal(fact.network, "2620:149::/32");
    assert_null(fact.city);
    assert_null(fact.country);
    assert_false(place_is_from_database(&fact));
    fact.told_by = "x.mmdb";
    assert_true(place_is_from_database(&fact));
    fact.told_by = NULL;
    assert_false(place_is_from_database(&fact));
}

static void assert_refused(const char *name, const char *says)
{
    char path[512];
    snprintf(path, sizeof path, "%s", scratch_path(&scratch, name));
    const char *const files[] = {path};
    problem.text[0] = '\0';
    assert_null(places_open(files, 1, &problem));
    if (strstr(problem.text, name) == NULL || strstr(problem.text, says) == NULL ||
        strstr(problem.text, "; ") == NULL)
        fail_msg("\"%s\" does not name %s, say \"%s\" and what to do", problem.text, name, says);
}

static void test_refused(void **state)
{
    (void)state;
    assert_refused("nowhere.mmdb", "cannot be read");
    scratch_write(&scratch, "text.mmdb", "no database");
#ifdef HAVE_LIBMAXMINDDB
    assert_refused("text.mmdb", "is no whole database");
    assert_refused(".", "cannot be read");
#else
    assert_refused("text.mmdb", "without libmaxminddb");
#endif
    scratch_remove(&scratch, "text.mmdb");
}

/* Cut anywhere, a database is refused or still tells nothing wrong: its end is what
 * says how to read it. */
static void test_cut(void **state)
{
    (void)state;
    if (!have_databases)
        skip();
    char *whole = NULL;
    FILE *file = fopen(scratch_path(&scratch, "maxmind-asn.mmdb"), "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long size = ftell(file);
    rewind(file);
    whole = malloc((size_t)size);
    assert_non_null(whole);
    assert_int_equal(fread(whole, 1, (size_t)size, file), size);
    fclose(file);
    for (long cut = 0; cut < size; cut += 1 + size / 300) {
        char path[512];
        snprintf(path, sizeof path, "%s", scratch_path(&scratch, "cut.mmdb"));
        const char *const files[] = {path};
        file = fopen(path, "wb");
        assert_non_null(file);
        assert_int_equal(fwrite(whole, 1, (size_t)cut, file), cut);
        fclose(file);
        problem.text[0] = '\0';
        assert_null(places_open(files, 1, &problem));
        assert_non_null(strstr(problem.text, "cut.mmdb"));
        scratch_remove(&scratch, "cut.mmdb");
    }
    free(whole);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_built_in),  TEST(test_owners),     TEST(test_nat64),  TEST(test_maxmind),
        TEST(test_long_text), TEST(test_ipv4_alone), TEST(test_ipinfo), TEST(test_order),
        TEST(test_fact),      TEST(test_refused),    TEST(test_cut),
    };
    return cmocka_run_group_tests(tests, begin_all, end_all);
}
