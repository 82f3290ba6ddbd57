/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalog/hosts.c and catalog/hosts_table.c: is every row of the list there,
 * does each name, address and port find the rows that cover it, and is the
 * right one named?
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

static struct catalog *catalog;

static int load(void **state)
{
    struct problem problem = {{0}};

    (void)state;
    catalog = catalog_load(NULL, 0, &problem);
    if (catalog == NULL)
        print_error("%s\n", problem.text);
    return catalog == NULL ? -1 : 0;
}

static int release(void **state)
{
    (void)state;
    catalog_release(catalog);
    return 0;
}

/* The first service of a host with this category (NULL: any), port and transport. */
static const struct service *find(const char *category, const char *host, uint16_t port,
                                  uint8_t transport)
{
    for (size_t i = 0; i < catalog_count(catalog); i++) {
        const struct service *service = catalog_service(catalog, i);
        if (strcmp(service->host, host) == 0 && service->port == port &&
            service->transport == transport &&
            (category == NULL || strcmp(service->category, category) == 0))
            return service;
    }
    return NULL;
}

static struct catalog_match look_up(const char *name, const char *address_text, uint16_t port,
                                    uint8_t transport)
{
    struct catalog_match match;
    struct address address;

    if (address_text != NULL)
        assert_true(address_parse(address_text, &address));
    catalog_match(catalog, name, address_text != NULL ? &address : NULL, port, transport, &match);
    assert_true(match.count <= CATALOG_MATCH_LIMIT);
    assert_int_equal(match.primary == CATALOG_NO_SERVICE, match.count == 0);
    for (size_t i = 0; i < match.count; i++) {
        const struct service *service = catalog_service(catalog, match.services[i]);
        assert_true(port == 0 || service->port == 0 || service->port == port);
        for (size_t j = 0; j < i; j++)
            assert_true(match.services[i] != match.services[j]);
    }
    return match;
}

static bool has_service(const struct catalog_match *match, size_t service)
{
    for (size_t i = 0; i < match->count; i++) {
        if (match->services[i] == service)
            return true;
    }
    return false;
}

static void assert_primary(const char *name, const char *address, uint16_t port, const char *host,
                           uint16_t host_port)
{
    struct catalog_match match = look_up(name, address, port, TRANSPORT_TCP);
    const struct service *service;

    assert_true(match.primary != CATALOG_NO_SERVICE);
    assert_true(has_service(&match, match.primary));
    service = catalog_service(catalog, match.primary);
    assert_string_equal(service->host, host);
    assert_int_equal(service->port, host_port);
}

static void assert_nothing(const char *name, const char *address, uint16_t port, uint8_t transport)
{
    assert_int_equal(look_up(name, address, port, transport).count, 0);
}

enum { COLUMNS = 12, ROWS = 2000 };

/* Splits a copy of the line; the number of columns. */
static size_t split(char *line, char *columns[COLUMNS])
{
    size_t count = 0;

    line[strcspn(line, "\n")] = '\0';
    while (count < COLUMNS) {
        char *tab = strchr(line, '\t');
        columns[count++] = line;
        if (tab == NULL)
            break;
        *tab = '\0';
        line = tab + 1;
    }
    return count;
}

static FILE *open_list(void)
{
    const char *folder = getenv("srcdir");
    char path[4096];
    FILE *file;

    snprintf(path, sizeof path, "%s/catalog/apple_hosts.tsv", folder != NULL ? folder : ".");
    file = fopen(path, "r");
    assert_non_null(file);
    return file;
}

/* Adds "category host port transport" unless it is there. */
static void add_distinct(char (*keys)[256], size_t *count, const char *category, const char *host,
                         const char *port, const char *transport)
{
    char key[256];

    snprintf(key, sizeof key, "%s %s %s %s", category, host, port, transport);
    for (size_t i = 0; i < *count; i++) {
        if (strcmp(keys[i], key) == 0)
            return;
    }
    assert_true(*count < ROWS);
    memcpy(keys[(*count)++], key, sizeof key);
}

/* Recounts the list by the section of its source and finds each row anew. */
static void test_every_row(void **state)
{
    char(*keys)[256] = calloc(ROWS, sizeof *keys);
    FILE *file = open_list();
    size_t lines = 0, distinct = 0;
    char line[4096];

    (void)state;
    assert_non_null(keys);
    while (fgets(line, sizeof line, file) != NULL) {
        char *columns[COLUMNS];
        uint8_t transport;

        if (line[0] == '#' || strncmp(line, "category\t", 9) == 0 || strncmp(line, "alias", 5) == 0)
            continue;
        lines++;
        assert_int_equal(split(line, columns), COLUMNS);
        transport = strcmp(columns[3], "UDP") == 0 ? TRANSPORT_UDP : TRANSPORT_TCP;
        for (char *port = strtok(columns[2], ", "); port != NULL; port = strtok(NULL, ", ")) {
            const struct service *service =
                find(columns[0], columns[1], (uint16_t)atoi(port), transport);
            assert_non_null(service);
            assert_non_null(strstr(service->source, columns[7]));
            add_distinct(keys, &distinct, columns[11], columns[1], port, columns[3]);
        }
    }
    fclose(file);
    free(keys);
    assert_int_equal(lines, 246);
    assert_int_equal(distinct, 254);
    assert_int_equal(catalog_count(catalog), distinct);
}

static void test_merged_rows(void **state)
{
    const struct service *service = find("device-setup", "albert.apple.com", 443, TRANSPORT_TCP);

    (void)state;
    assert_non_null(service);
    assert_string_equal(service->source, "seed-2020, newer");
    assert_string_equal(service->description, "Device activation");
    assert_string_equal(service->systems, "iOS, iPadOS, tvOS, macOS, visionOS");
    assert_int_equal(service->proxy, PROXY_YES);
    /* The newer row knows neither systems nor proxy. */
    service = find("software-update", "mesu.apple.com", 80, TRANSPORT_TCP);
    assert_non_null(service);
    assert_string_equal(service->systems, "iOS, tvOS, and macOS");
    assert_int_equal(service->proxy, PROXY_NO);
    assert_string_equal(service->description, "Software update catalogs");
    service = find("software-update", "swcdn.apple.com", 443, TRANSPORT_TCP);
    assert_non_null(service);
    assert_string_equal(service->source, "newer");
    /* Other categories stay apart, and the order is that of the list. */
    assert_non_null(find("software-update", "gs.apple.com", 443, TRANSPORT_TCP));
    assert_string_equal(catalog_service(catalog, 0)->host, "albert.apple.com");
    assert_string_equal(catalog_service(catalog, 1)->host, "captive.apple.com");
    assert_int_equal(catalog_service(catalog, 2)->port, 80);
}

static void assert_role(const char *host, uint16_t port, enum service_role role)
{
    const struct service *service = find(NULL, host, port, TRANSPORT_TCP);

    assert_non_null(service);
    assert_int_equal(service->role, role);
}

static void test_roles(void **state)
{
    (void)state;
    assert_role("identity.apple.com", 443, ROLE_MDM_SERVER);
    assert_role("vpp.itunes.apple.com", 443, ROLE_MDM_SERVER);
    assert_role("api.push.apple.com", 2197, ROLE_MDM_SERVER);
    assert_role("17.0.0.0/8", 2195, ROLE_MDM_SERVER);
    assert_role("17.0.0.0/8", 5223, ROLE_DEVICE);
    assert_role("gdmf.apple.com", 443, ROLE_BOTH);
    assert_role("*.push.apple.com", 5223, ROLE_BOTH);
    assert_role("axm-adm-scep.apple.com", 443, ROLE_BOTH);
    assert_role("*.business.apple.com", 443, ROLE_BOTH);
    assert_role("deviceenrollment.apple.com", 443, ROLE_DEVICE);
}

static void test_retired(void **state)
{
    static const char *const retired[] = {
        "gnf-mdn.apple.com", "gnf-mr.apple.com",  "ns.itunes.apple.com", "swpost.apple.com",
        "updates.apple.com", "ocsp.verisign.net", "crl.entrust.net",     "ocsp.entrust.net",
    };
    size_t count = 0;

    (void)state;
    for (size_t i = 0; i < catalog_count(catalog); i++) {
        const struct service *service = catalog_service(catalog, i);
        bool expected = service->port == 2195 || service->port == 2196;
        for (size_t j = 0; j < sizeof retired / sizeof retired[0]; j++)
            expected = expected || strcmp(service->host, retired[j]) == 0;
        assert_int_equal(service->retired, expected);
        count += service->retired;
    }
    assert_int_equal(count, 10);
}

static void test_within(void **state)
{
    size_t count = 0;

    (void)state;
    for (size_t i = 0; i < catalog_count(catalog); i++) {
        const struct service *service = catalog_service(catalog, i);
        const struct service *within = catalog_service(catalog, service->within);
        if (within == service)
            continue;
        count++;
        assert_string_equal(within->host, "*.push.apple.com");
        assert_string_equal(service->category, "apns");
        assert_int_equal(within->port, service->port);
        assert_int_equal(within->transport, service->transport);
    }
    /* 3 init, 4 courier, 27 networks, 17.0.0.0/8:5223. */
    assert_int_equal(count, 35);
}

static void test_names(void **state)
{
    struct catalog_match match;

    (void)state;
    assert_primary("gs.apple.com", NULL, 443, "gs.apple.com", 443);
    assert_primary("GS.Apple.COM.", NULL, 443, "gs.apple.com", 443);
    assert_primary("gs.apple.com", NULL, 8080, "*.apple.com", 0);
    match = look_up("gs.apple.com", NULL, 443, TRANSPORT_TCP);
    assert_int_equal(match.count, 3);
    assert_string_equal(catalog_service(catalog, match.services[0])->category, "device-setup");
    assert_string_equal(catalog_service(catalog, match.services[1])->category, "software-update");
    assert_string_equal(catalog_service(catalog, match.services[2])->host, "*.apple.com");
    assert_nothing("gs.apple.com", NULL, 443, TRANSPORT_UDP);
    assert_nothing("apple.com", NULL, 443, TRANSPORT_TCP);
    assert_nothing("badapple.com", NULL, 443, TRANSPORT_TCP);
    assert_nothing("gs.apple.com.example.org", NULL, 443, TRANSPORT_TCP);
    assert_nothing("", NULL, 443, TRANSPORT_TCP);
    assert_nothing(".", NULL, 443, TRANSPORT_TCP);
    assert_nothing("17.0.0.0/8", NULL, 443, TRANSPORT_TCP);
    assert_nothing(NULL, NULL, 443, TRANSPORT_TCP);
    assert_primary("p23-content.icloud.com", NULL, 443, "*.icloud.com", 443);
    assert_primary("setup.icloud.com", NULL, 443, "setup.icloud.com", 443);
    assert_primary("a.b.c.itunes.apple.com", NULL, 80, "*.itunes.apple.com", 80);
}

static void test_whatever_port(void **state)
{
    struct catalog_match match = look_up("time.apple.com", NULL, 0, 0);

    (void)state;
    assert_int_equal(match.count, 2);
    assert_int_equal(catalog_service(catalog, match.primary)->port, 123);
    match = look_up("probe.icloud.com", NULL, 443, 0);
    assert_int_equal(match.count, 3);
    match = look_up("probe.icloud.com", NULL, 443, TRANSPORT_UDP);
    assert_int_equal(match.count, 1);
    match = look_up("x.push.apple.com", NULL, 0, TRANSPORT_TCP);
    assert_string_equal(catalog_service(catalog, match.primary)->host, "*.push.apple.com");
    assert_primary(NULL, "17.1.2.3", 0, "17.0.0.0/8", 0);
}

static void test_push_names(void **state)
{
    struct catalog_match match;

    (void)state;
    assert_primary("1-courier.push.apple.com", NULL, 5223, "*.push.apple.com", 5223);
    assert_primary("50-courier.push.apple.com", NULL, 443, "*.push.apple.com", 443);
    assert_primary("7-courier.sandbox.push.apple.com", NULL, 5223, "*.push.apple.com", 5223);
    assert_primary("courier.push.apple.com", NULL, 5223, "*.push.apple.com", 5223);
    assert_primary("init.push.apple.com", NULL, 443, "*.push.apple.com", 443);
    assert_primary("init-p01st.push.apple.com", NULL, 80, "*.push.apple.com", 80);
    assert_primary("api.push.apple.com", NULL, 2197, "api.push.apple.com", 2197);
    assert_primary("api.sandbox.push.apple.com", NULL, 443, "api.sandbox.push.apple.com", 443);
    match = look_up("1-courier.push.apple.com", NULL, 5223, TRANSPORT_TCP);
    assert_string_equal(catalog_service(catalog, match.services[0])->host,
                        "*-courier.push.apple.com");
    /* The star stands for part of one label, and for something. */
    match = look_up("-courier.push.apple.com", NULL, 5223, TRANSPORT_TCP);
    assert_string_equal(catalog_service(catalog, match.services[0])->host, "*.push.apple.com");
    match = look_up("a.1-courier.push.apple.com", NULL, 5223, TRANSPORT_TCP);
    assert_string_equal(catalog_service(catalog, match.services[0])->host, "*.push.apple.com");
}

static void test_retired_names(void **state)
{
    struct catalog_match match = look_up("ns.itunes.apple.com", NULL, 443, TRANSPORT_TCP);

    (void)state;
    assert_primary("ns.itunes.apple.com", NULL, 443, "ns.itunes.apple.com", 443);
    assert_true(catalog_service(catalog, match.primary)->retired);
    assert_true(match.count > 2);
    assert_primary("ns.itunes.apple.com", NULL, 80, "*.itunes.apple.com", 80);
}

static void test_addresses(void **state)
{
    struct catalog_match match;

    (void)state;
    assert_primary(NULL, "17.57.144.36", 5223, "*.push.apple.com", 5223);
    assert_primary(NULL, "17.57.144.36", 443, "*.push.apple.com", 443);
    assert_primary(NULL, "17.57.144.36", 2197, "*.push.apple.com", 2197);
    assert_primary(NULL, "17.57.144.36", 80, "17.0.0.0/8", 0);
    assert_primary(NULL, "2620:149:a44::9", 5223, "*.push.apple.com", 5223);
    assert_primary(NULL, "17.1.2.3", 5223, "*.push.apple.com", 5223);
    assert_primary(NULL, "17.1.2.3", 443, "17.0.0.0/8", 0);
    assert_primary(NULL, "17.1.2.3", 2195, "17.0.0.0/8", 2195);
    assert_primary(NULL, "17.57.144.36", 2196, "17.0.0.0/8", 2196);
    assert_primary(NULL, "17.1.2.3", 993, "17.0.0.0/8", 0);
    assert_primary(NULL, "17.248.130.1", 443, "17.248.128.0/18", 443);
    match = look_up(NULL, "17.57.144.36", 5223, TRANSPORT_TCP);
    assert_string_equal(catalog_service(catalog, match.services[0])->host, "17.57.144.0/22");
    assert_nothing(NULL, "18.0.0.1", 443, TRANSPORT_TCP);
    assert_nothing(NULL, "2620:149:a45::9", 5223, TRANSPORT_TCP);
    /* 17.57.144.36 through NAT64. */
    assert_primary(NULL, "64:ff9b::1139:9024", 5223, "*.push.apple.com", 5223);
}

static void test_name_and_address(void **state)
{
    struct catalog_match match = look_up("gs.apple.com", "17.57.144.36", 443, TRANSPORT_TCP);
    bool network = false;

    (void)state;
    assert_string_equal(catalog_service(catalog, match.primary)->host, "gs.apple.com");
    for (size_t i = 0; i < match.count; i++) {
        const struct service *service = catalog_service(catalog, match.services[i]);
        /* What a network is within comes last. */
        if (strcmp(service->host, "*.push.apple.com") != 0)
            assert_true(!network || service->kind == PATTERN_NETWORK);
        network = network || service->kind == PATTERN_NETWORK;
    }
    assert_true(network);
    /* A name that no row covers leaves it to the address. */
    assert_primary("mail.example.org", "17.57.144.36", 5223, "*.push.apple.com", 5223);
    assert_primary("api.push.apple.com", "17.188.143.9", 443, "api.push.apple.com", 443);
}

static void test_known_names(void **state)
{
    static const char *const known[] = {
        "gs.apple.com",
        "x.apple.com",
        "apple.com",
        "icloud.com",
        "mesu.g.aaplimg.com",
        "apac-au-courier-4.push-apple.com.akadns.net",
        "1.courier-push-apple.com.akadns.net",
        "courier-push-apple.com.akadns.net",
        "gsa.apple.com.akadns.net",
        "captive-cdn.origin-apple.com.akadns.net",
        "gspe35-ssl.ls-apple.com.akadns.net",
        "play-cdn.itunes-apple.com.akadns.net",
        "www-cdn.icloud.com.akadns.net",
        "cl5.apple.com.edgekey.net",
        "www.icloud.com.edgekey.net",
        "play.itunes.apple.com.edgesuite.net",
        "gateway.fe.apple-dns.net",
        "SMP-Device-Content.apple.com.",
    };
    static const char *const unknown[] = {
        "example.org",
        "aaplimg.com",
        "e673.dsce9.akamaiedge.net",
        "myapple.com",
        "com",
        "apple.com.example.org",
        "",
        "..",
    };

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        assert_true(catalog_knows_name(catalog, known[i]));
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
        assert_false(catalog_knows_name(catalog, unknown[i]));
    assert_false(catalog_knows_name(catalog, NULL));
}

static void test_known_addresses(void **state)
{
    static const struct {
        const char *text;
        bool known;
    } cases[] = {
        {"17.0.0.1", true},
        {"16.255.255.255", false},
        {"18.0.0.0", false},
        {"2620:149:1::1", true},
        {"2620:14a::1", false},
        {"2403:300:1::1", true},
        {"2a01:b740:1::1", true},
        {"64:ff9b::1101:1", true},
        {"64:ff9b::1201:1", false},
        {"2a01:b741::1", false},
        {"::", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct address address;
        assert_true(address_parse(cases[i].text, &address));
        assert_int_equal(catalog_knows_address(catalog, &address), cases[i].known);
    }
}

static void test_courier_names(void **state)
{
    static const struct {
        const char *name;
        enum courier_name kind;
    } cases[] = {
        {"courier.push.apple.com", COURIER_PLACEHOLDER},
        {"Courier.Push.Apple.com.", COURIER_PLACEHOLDER},
        {"courier.sandbox.push.apple.com", COURIER_PLACEHOLDER},
        {"courier-push-apple.com.akadns.net", COURIER_PLACEHOLDER},
        {"courier-sandbox-push-apple.com.akadns.net", COURIER_PLACEHOLDER},
        {"0-courier.push.apple.com", COURIER_NUMBERED},
        {"50-COURIER.push.apple.com", COURIER_NUMBERED},
        {"123-courier.sandbox.push.apple.com", COURIER_NUMBERED},
        {"1.courier-push-apple.com.akadns.net", COURIER_NUMBERED},
        {"1234-courier.push.apple.com", COURIER_NONE},
        {"-courier.push.apple.com", COURIER_NONE},
        {"x-courier.push.apple.com", COURIER_NONE},
        {"1.courier.push.apple.com", COURIER_NONE},
        {"1-courier-push-apple.com.akadns.net", COURIER_NONE},
        {"api.push.apple.com", COURIER_NONE},
        {"courier.push.apple.com.example.org", COURIER_NONE},
        {"courier.push.apple.co", COURIER_NONE},
        {"courier.push.apple.com..", COURIER_NONE},
        {"", COURIER_NONE},
        {"1", COURIER_NONE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(catalog_courier_name(cases[i].name), cases[i].kind);
}

/* Every name of the list, cut at every length in an exactly sized copy; and
 * names longer than any name may be. */
static void test_hostile_names(void **state)
{
    static const char *const names[] = {"50-courier.sandbox.push.apple.com.",
                                        "a.b.c.itunes.apple.com"};
    char long_name[70000];

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        for (size_t length = 0; length <= strlen(names[i]); length++) {
            char *cut = malloc(length + 1);
            assert_non_null(cut);
            memcpy(cut, names[i], length);
            cut[length] = '\0';
            (void)look_up(cut, "17.0.0.1", 443, TRANSPORT_TCP);
            (void)catalog_courier_name(cut);
            free(cut);
        }
    }
    memset(long_name, '.', sizeof long_name);
    long_name[sizeof long_name - 1] = '\0';
    assert_nothing(long_name, NULL, 443, TRANSPORT_TCP);
    memset(long_name, '-', 240);
    memcpy(long_name + 240, ".apple.com", 11);
    assert_primary(long_name, NULL, 443, "*.apple.com", 0);
    long_name[1] = '\xff';
    assert_primary(long_name, NULL, 443, "*.apple.com", 0);
    memset(long_name, 'a', 250);
    memcpy(long_name + 250, ".apple.com", 11);
    assert_nothing(long_name, NULL, 443, TRANSPORT_TCP);
}

/* The user's rows: more of one name than a match has room for, and `within`. */
static void test_full_match(void **state)
{
    char path[] = "/tmp/test_hosts.XXXXXX";
    const char *files[] = {path};
    struct problem problem = {{0}};
    struct catalog *site;
    struct catalog_match match;
    int descriptor = mkstemp(path);
    FILE *file = descriptor >= 0 ? fdopen(descriptor, "w") : NULL;

    (void)state;
    assert_non_null(file);
    fputs("category\thost\tports\twithin\n", file);
    for (int i = 0; i < 40; i++)
        fprintf(file, "c%d\tmdm.example.org\t443\t*.example.org\n", i);
    fputs("site\t*.example.org\tany\t\n", file);
    fclose(file);
    site = catalog_load(files, 1, &problem);
    unlink(path);
    assert_string_equal(problem.text, "");
    assert_non_null(site);
    catalog_match(site, "mdm.example.org", NULL, 443, TRANSPORT_TCP, &match);
    assert_int_equal(match.count, CATALOG_MATCH_LIMIT);
    assert_true(has_service(&match, match.primary));
    assert_string_equal(catalog_service(site, match.primary)->host, "*.example.org");
    assert_string_equal(catalog_service(site, match.services[0])->category, "c0");
    catalog_release(site);
}

/* The user's rows again: names and patterns of which less than two labels are known. */
static void test_short_names(void **state)
{
    static const char *const known[] = {"intranet",   "Intranet.",   "proxy.lan", "x.y.lan",
                                        "a-mdm.corp", "mdm.example", "a.b.home",  "c.b.HOME.arpa."};
    static const char *const unknown[] = {"lan",  ".",         "..",           "a.intranet",
                                          "arpa", "home.arpa", "mdm.corp",     "b.a-mdm.corp.",
                                          "corp", "example",   "x.mdm.example"};
    char path[] = "/tmp/test_hosts.XXXXXX";
    const char *files[] = {path};
    struct problem problem = {{0}};
    struct catalog *site;
    int descriptor = mkstemp(path);
    FILE *file = descriptor >= 0 ? fdopen(descriptor, "w") : NULL;

    (void)state;
    assert_non_null(file);
    fputs("host\tports\nintranet\t443\n*.lan\t443\n*-mdm.corp\t443\nmdm.example\t443\n"
          "*.b.home\t443\n*.home.arpa\t443\n",
          file);
    fclose(file);
    site = catalog_load(files, 1, &problem);
    unlink(path);
    assert_string_equal(problem.text, "");
    assert_non_null(site);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        assert_true(catalog_knows_name(site, known[i]));
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
        assert_false(catalog_knows_name(site, unknown[i]));
    catalog_release(site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_row),
        cmocka_unit_test(test_merged_rows),
        cmocka_unit_test(test_roles),
        cmocka_unit_test(test_retired),
        cmocka_unit_test(test_within),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_whatever_port),
        cmocka_unit_test(test_push_names),
        cmocka_unit_test(test_retired_names),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_name_and_address),
        cmocka_unit_test(test_known_names),
        cmocka_unit_test(test_known_addresses),
        cmocka_unit_test(test_courier_names),
        cmocka_unit_test(test_hostile_names),
        cmocka_unit_test(test_full_match),
        cmocka_unit_test(test_short_names),
    };

    return cmocka_run_group_tests(tests, load, release);
}
