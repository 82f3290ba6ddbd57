/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does flows/apns_sign.c know a connection to Apple's push service from others?
 */
#include <stdio.h>

#include "tests/support/packets.h"

#include "flows/apns_sign.h"

/* One connection, and what is to be thought of it. */
struct sign_case {
    const char *server;
    uint16_t port;
    const char *server_name;
    const char *resolved_name;
    bool alpn;
    uint16_t tunnel_port;
    bool is_push;
    enum apns_sign sign;
    enum apns_role role;
};

static const struct sign_case cases[] = {
    /* ALPN says it, wherever it goes. */
    {"203.0.113.9", 8443, NULL, NULL, true, 0, true, APNS_BY_ALPN, APNS_DEVICE},
    {"17.57.145.36", 5223, "courier.push.apple.com", NULL, true, 0, true, APNS_BY_ALPN,
     APNS_DEVICE},
    /* Names: of the ClientHello, else of the resolver. */
    {"17.57.145.36", 443, "courier.push.apple.com", NULL, false, 0, true, APNS_BY_NAME,
     APNS_DEVICE},
    {"17.57.145.36", 443, NULL, "7-courier.push.apple.com", false, 0, true, APNS_BY_NAME,
     APNS_DEVICE},
    {"17.57.145.36", 443, NULL, "0-Courier.Sandbox.Push.Apple.com", false, 0, true, APNS_BY_NAME,
     APNS_DEVICE},
    {"17.57.145.36", 443, "gateway.icloud.com", "7-courier.push.apple.com", false, 0, false,
     APNS_BY_NAME, APNS_DEVICE},
    {"17.57.145.36", 443, "api.push.apple.com", NULL, false, 0, true, APNS_BY_NAME, APNS_PROVIDER},
    {"17.57.145.36", 443, "api.sandbox.push.apple.com", NULL, false, 0, true, APNS_BY_NAME,
     APNS_PROVIDER},
    {"17.57.145.36", 443, "init.push.apple.com", NULL, false, 0, false, APNS_BY_NAME, APNS_DEVICE},
    {"17.57.145.36", 80, "init-p01st.push.apple.com", NULL, false, 0, false, APNS_BY_NAME,
     APNS_DEVICE},
    {"17.57.145.36", 443, "identity.apple.com", NULL, false, 0, false, APNS_BY_NAME, APNS_DEVICE},
    {"17.57.145.36", 443, "courier.push.apple.com.example", NULL, false, 0, false, APNS_BY_NAME,
     APNS_DEVICE},
    /* Ports: to Apple's networks only, and never 443. */
    {"17.57.145.36", 5223, NULL, NULL, false, 0, true, APNS_BY_PORT, APNS_DEVICE},
    {"2620:149:a44::1", 5223, NULL, NULL, false, 0, true, APNS_BY_PORT, APNS_DEVICE},
    {"17.57.145.36", 2197, NULL, NULL, false, 0, true, APNS_BY_PORT, APNS_PROVIDER},
    {"17.57.145.36", 2195, NULL, NULL, false, 0, true, APNS_BY_PORT, APNS_PROVIDER},
    {"17.57.145.36", 2196, NULL, NULL, false, 0, true, APNS_BY_PORT, APNS_PROVIDER},
    {"17.57.145.36", 443, NULL, NULL, false, 0, false, APNS_BY_PORT, APNS_DEVICE},
    {"203.0.113.9", 5223, NULL, NULL, false, 0, false, APNS_BY_PORT, APNS_DEVICE},
    {"203.0.113.9", 2197, NULL, NULL, false, 0, false, APNS_BY_PORT, APNS_DEVICE},
    /* Through a proxy: what was asked of it counts. */
    {"192.0.2.8", 3128, "courier.push.apple.com", NULL, false, 443, true, APNS_BY_NAME,
     APNS_DEVICE},
    {"192.0.2.8", 3128, "api.push.apple.com", NULL, false, 2197, true, APNS_BY_NAME, APNS_PROVIDER},
    {"192.0.2.8", 3128, "www.example", NULL, false, 5223, false, APNS_BY_NAME, APNS_DEVICE},
};

static void test_cases(void **state)
{
    struct problem problem = {""};
    struct catalog *catalog = catalog_load(NULL, 0, &problem);
    (void)state;
    assert_non_null(catalog);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char name[64] = "";
        char resolved[64] = "";
        if (cases[i].resolved_name != NULL)
            snprintf(resolved, sizeof resolved, "%s", cases[i].resolved_name);
        struct flow_detail detail = {.resolved_name =
                                         cases[i].resolved_name != NULL ? resolved : NULL,
                                     .tunnel_port = cases[i].tunnel_port,
                                     .push_alpn = cases[i].alpn};
        struct flow flow = {.transport = TRANSPORT_TCP, .detail = &detail};
        struct apns_sign_found found;
        flow.server.address = packets_address(cases[i].server);
        flow.server.port = cases[i].port;
        if (cases[i].server_name != NULL)
            detail.server_name = strcpy(name, cases[i].server_name);
        assert_int_equal(apns_sign_of(catalog, &flow, NULL), cases[i].is_push);
        if (!cases[i].is_push)
            continue;
        assert_true(apns_sign_of(catalog, &flow, &found));
        assert_int_equal(found.sign, cases[i].sign);
        assert_int_equal(found.role, cases[i].role);
        flow.transport = TRANSPORT_UDP;
        assert_false(apns_sign_of(catalog, &flow, &found));
    }
    catalog_release(catalog);
}

/* The catalogue is asked anew only when there is something new. */
static void test_changes(void **state)
{
    char name[] = "courier.push.apple.com";
    struct flow_detail detail = {0};
    struct flow flow = {.detail = &detail};
    (void)state;
    assert_true(apns_sign_changed(&flow));
    assert_false(apns_sign_changed(&flow));
    detail.server_name = name;
    assert_true(apns_sign_changed(&flow));
    assert_false(apns_sign_changed(&flow));
    detail.push_alpn = true;
    assert_true(apns_sign_changed(&flow));
    assert_false(apns_sign_changed(&flow));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
