/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalog/hosts_file.c: are all three ways to write one's own hosts read, and
 * is what is wrong told with file, line and remedy?
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

#include "base/fact.h"
#include "catalog/hosts.h"

static char path[] = "/tmp/test_hosts_file.XXXXXX";

static struct catalog *load_bytes(const void *content, size_t length, struct problem *problem)
{
    const char *files[] = {path};
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(content, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
    memset(problem, 0, sizeof *problem);
    return catalog_load(files, 1, problem);
}

static struct catalog *load(const char *content)
{
    struct problem problem;
    struct catalog *catalog = load_bytes(content, strlen(content), &problem);

    assert_string_equal(problem.text, "");
    assert_non_null(catalog);
    return catalog;
}

/* The service at `place` from the end: the file's come last. */
static const struct service *last(const struct catalog *catalog, size_t place)
{
    return catalog_service(catalog, catalog_count(catalog) - 1 - place);
}

static void assert_service(const struct service *service, const char *host, uint16_t port,
                           uint8_t transport)
{
    assert_string_equal(service->host, host);
    assert_int_equal(service->port, port);
    assert_int_equal(service->transport, transport);
}

static void test_short_lines(void **state)
{
    static const struct {
        const char *line;
        const char *host;
        uint16_t port;
        uint8_t transport;
    } cases[] = {
        {"mdm.example.org", "mdm.example.org", 443, TRANSPORT_TCP},
        {"  MDM.Example.ORG.  ", "mdm.example.org", 443, TRANSPORT_TCP},
        {"mdm.example.org 8443\r", "mdm.example.org", 8443, TRANSPORT_TCP},
        {"mdm.example.org\t8443", "mdm.example.org", 8443, TRANSPORT_TCP},
        {"mdm.example.org 443,8443 # both", "mdm.example.org", 8443, TRANSPORT_TCP},
        {"mdm.example.org 443, 8443 tcp", "mdm.example.org", 8443, TRANSPORT_TCP},
        {"ntp.example.org 123 udp", "ntp.example.org", 123, TRANSPORT_UDP},
        {"ntp.example.org UDP", "ntp.example.org", 443, TRANSPORT_UDP},
        {"mdm.example.org any", "mdm.example.org", 0, TRANSPORT_TCP},
        {"mdm.example.org any UDP", "mdm.example.org", 0, TRANSPORT_UDP},
        {"mdm.example.org:8443", "mdm.example.org", 8443, TRANSPORT_TCP},
        {"mdm.example.org:8443 TCP", "mdm.example.org", 8443, TRANSPORT_TCP},
        {"mdm", "mdm", 443, TRANSPORT_TCP},
        {"*.example.org 443", "*.example.org", 443, TRANSPORT_TCP},
        {"*-mdm.example.org 443", "*-mdm.example.org", 443, TRANSPORT_TCP},
        {"192.0.2.0/24 8443", "192.0.2.0/24", 8443, TRANSPORT_TCP},
        {"192.0.2.7", "192.0.2.7", 443, TRANSPORT_TCP},
        {"192.0.2.7:8443", "192.0.2.7", 8443, TRANSPORT_TCP},
        {"2001:db8::7 8443", "2001:db8::7", 8443, TRANSPORT_TCP},
        {"[2001:db8::7]:8443", "2001:db8::7", 8443, TRANSPORT_TCP},
        {"2001:db8::/32", "2001:db8::/32", 443, TRANSPORT_TCP},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct catalog *catalog = load(cases[i].line);
        const struct service *service = last(catalog, 0);

        assert_service(service, cases[i].host, cases[i].port, cases[i].transport);
        assert_string_equal(service->category, "site");
        assert_string_equal(service->source, "site");
        assert_int_equal(service->role, ROLE_DEVICE);
        assert_int_equal(service->proxy, PROXY_UNKNOWN);
        assert_false(service->retired);
        catalog_release(catalog);
    }
}

static void test_many_lines(void **state)
{
    struct catalog *built_in = load("");
    struct catalog *catalog = load("\xef\xbb\xbf# ours\n\n \t\nmdm.example.org 443, 8443\n"
                                   "#mdm2.example.org\nscep.example.org:80\nmdm.example.org\n");

    (void)state;
    assert_int_equal(catalog_count(catalog), catalog_count(built_in) + 3);
    assert_service(last(catalog, 2), "mdm.example.org", 443, TRANSPORT_TCP);
    assert_service(last(catalog, 1), "mdm.example.org", 8443, TRANSPORT_TCP);
    assert_service(last(catalog, 0), "scep.example.org", 80, TRANSPORT_TCP);
    catalog_release(catalog);
    catalog_release(built_in);
}

static void test_positional(void **state)
{
    struct catalog *catalog = load("mdm\tmdm.example.org\t8443, 443\ttcp\tall\tOur MDM\tno\tours\n"
                                   "mdm\tscep.example.org\t\n");
    const struct service *service = last(catalog, 2);

    (void)state;
    assert_service(service, "mdm.example.org", 8443, TRANSPORT_TCP);
    assert_string_equal(service->category, "mdm");
    assert_string_equal(service->systems, "all");
    assert_string_equal(service->description, "Our MDM");
    assert_int_equal(service->proxy, PROXY_NO);
    assert_string_equal(service->source, "ours");
    assert_service(last(catalog, 0), "scep.example.org", 443, TRANSPORT_TCP);
    assert_string_equal(last(catalog, 0)->source, "site");
    catalog_release(catalog);
}

static void test_header(void **state)
{
    struct catalog *catalog = load("# ours\n\nRole\tnotes\tPorts\tHost\tretired\n"
                                   "both\tx\t8443\tmdm.example.org\tyes\n"
                                   "\t\t\tscep.example.org\n");
    const struct service *service = last(catalog, 1);

    (void)state;
    assert_service(service, "mdm.example.org", 8443, TRANSPORT_TCP);
    assert_int_equal(service->role, ROLE_BOTH);
    assert_true(service->retired);
    assert_string_equal(service->category, "site");
    assert_service(last(catalog, 0), "scep.example.org", 443, TRANSPORT_TCP);
    assert_int_equal(last(catalog, 0)->role, ROLE_DEVICE);
    catalog_release(catalog);
}

static void test_found_again(void **state)
{
    struct catalog *catalog = load("*.mdm.example.org 8443\n198.51.100.0/24 8443\n");
    struct catalog_match match;
    struct address address;

    (void)state;
    catalog_match(catalog, "a.mdm.example.org", NULL, 8443, TRANSPORT_TCP, &match);
    assert_int_equal(match.count, 1);
    assert_string_equal(catalog_service(catalog, match.primary)->host, "*.mdm.example.org");
    assert_true(catalog_knows_name(catalog, "a.mdm.example.org"));
    assert_true(address_parse("198.51.100.9", &address));
    catalog_match(catalog, NULL, &address, 8443, TRANSPORT_TCP, &match);
    assert_int_equal(match.count, 1);
    /* A site's own network is as much of interest as Apple's. */
    assert_true(catalog_knows_address(catalog, &address));
    catalog_release(catalog);
}

static void assert_refused(const void *content, size_t length, const char *place,
                           const char *complaint)
{
    struct problem problem;
    char start[80];

    assert_null(load_bytes(content, length, &problem));
    snprintf(start, sizeof start, "%s:%s: ", path, place);
    assert_memory_equal(problem.text, start, strlen(start));
    assert_non_null(strstr(problem.text, complaint));
    assert_non_null(strchr(problem.text, ';'));
}

static void test_refused(void **state)
{
    static const struct {
        const char *content;
        const char *place;
        const char *complaint;
    } cases[] = {
        {"ok.example.org\nmdm.example.org 0\n", "2", "ports \"0\""},
        {"mdm.example.org 65536", "1", "ports \"65536\""},
        {"mdm.example.org 44x", "1", "ports \"44x\""},
        {"mdm.example.org 443-445", "1", "ports \"443-445\""},
        {"mdm.example.org 99999999999999999999", "1", "ports"},
        {"mdm.example.org ,", "1", "ports"},
        {"mdm.example.org -1", "1", "ports"},
        {"mdm.example.org 443 sctp", "1", "transport \"sctp\""},
        {"mdm.example.org 443 TCP UDP", "1", "ports \"443 TCP\""},
        {"mdm.example.org:8443 443", "1", "ports once"},
        {"mdm.example.org:", "1", "\"mdm.example.org:\""},
        {"https://mdm.example.org/", "1", "\"https://mdm.example.org/\" is not a host"},
        {"mdm..example.org", "1", "is not a host"},
        {".example.org", "1", "is not a host"},
        {"*", "1", "is not a host"},
        {"*.", "1", "is not a host"},
        {"*com", "1", "is not a host"},
        {"**.example.org", "1", "is not a host"},
        {"mdm.*.org", "1", "is not a host"},
        {"b\xc3\xbcro.example.org", "1", "is not a host"},
        {"300.1.2.3", "1", "is not a host"},
        {"17.0.0.0/33", "1", "is not a host"},
        {"443", "1", "is not a host"},
        {"\n\nsite\t\t443\n", "3", "\"\" is not a host"},
        {"a\tb.example.org\t443\tIP\n", "1", "transport \"IP\""},
        {"host\trole\nmdm.example.org\tserver\n", "2", "role \"server\""},
        {"host\tproxy\nmdm.example.org\tmaybe\n", "2", "proxy \"maybe\""},
        {"host\tretired\nmdm.example.org\tsoon\n", "2", "retired \"soon\""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_refused(cases[i].content, strlen(cases[i].content), cases[i].place,
                       cases[i].complaint);
}

static void test_not_text(void **state)
{
    static const char capture[] = "\xd4\xc3\xb2\xa1\x02\x00\x04\x00\x00\x00";
    char long_line[5000];
    char long_name[400];

    (void)state;
    assert_refused(capture, sizeof capture, "1", "not a text file");
    memset(long_line, '#', sizeof long_line);
    assert_refused(long_line, sizeof long_line, "1", "4096 bytes");
    for (size_t i = 0; i < sizeof long_name; i++)
        long_name[i] = i % 10 == 9 ? '.' : 'a';
    assert_refused(long_name, sizeof long_name - 1, "1", "is not a host");
    memset(long_name, 'a', 64);
    assert_refused(long_name, 70, "1", "is not a host");
    /* The longest line that is read. */
    memset(long_line, '#', 4096);
    long_line[4096] = '\n';
    memcpy(long_line + 4097, "mdm.example.org", 15);
    {
        struct problem problem;
        struct catalog *catalog = load_bytes(long_line, 4112, &problem);
        assert_non_null(catalog);
        catalog_release(catalog);
    }
}

static void test_unreadable(void **state)
{
    const char *missing[] = {"/nonexistent/hosts.txt"};
    const char *folder[] = {"/tmp"};
    struct problem problem = {{0}};

    (void)state;
    assert_null(catalog_load(missing, 1, &problem));
    assert_string_equal(problem.text, "/nonexistent/hosts.txt: cannot be read: No such file or "
                                      "directory; check the name given to --catalog");
    problem.text[0] = '\0';
    assert_null(catalog_load(folder, 1, &problem));
    assert_non_null(strstr(problem.text, "/tmp: cannot be read: "));
}

static void test_too_many(void **state)
{
    const char *files[] = {path};
    struct problem problem = {{0}};
    struct catalog *catalog;
    FILE *file = fopen(path, "w");

    (void)state;
    assert_non_null(file);
    for (int i = 0; i < 99000; i++)
        fprintf(file, "h%d.example.org\n", i);
    fclose(file);
    catalog = catalog_load(files, 1, &problem);
    assert_non_null(catalog);
    assert_true(catalog_knows_name(catalog, "h98999.example.org"));
    catalog_release(catalog);
    file = fopen(path, "a");
    assert_non_null(file);
    for (int i = 1; i < 1500; i++)
        fprintf(file, "h.example.org %d\n", i);
    fclose(file);
    assert_null(catalog_load(files, 1, &problem));
    assert_non_null(strstr(problem.text, "more than 100000 hosts and ports"));
}

/* Whatever a file holds, it is read or refused with its line. */
static void test_every_cut(void **state)
{
    static const char whole[] = "category\thost\tports\ttransport\tos\tdescription\tproxy\n"
                                "site\t*.example.org\t443, 80\tTCP\tall\tx\tyes\n";

    (void)state;
    for (size_t length = 0; length < sizeof whole; length++) {
        struct problem problem;
        struct catalog *catalog = load_bytes(whole, length, &problem);
        assert_int_equal(catalog == NULL, problem.text[0] != '\0');
        catalog_release(catalog);
    }
}

static int make_file(void **state)
{
    int descriptor = mkstemp(path);

    (void)state;
    return descriptor < 0 ? -1 : close(descriptor);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_short_lines), cmocka_unit_test(test_many_lines),
        cmocka_unit_test(test_positional),  cmocka_unit_test(test_header),
        cmocka_unit_test(test_found_again), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_not_text),    cmocka_unit_test(test_unreadable),
        cmocka_unit_test(test_too_many),    cmocka_unit_test(test_every_cut),
    };

    return cmocka_run_group_tests(tests, make_file, remove_file);
}
