/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does dissectors/dns_chain.c learn the addresses at the end of an answer's aliases,
 * for the client and for its station?
 */
#include "tests/support/dissection.h"

#include "dissectors/dns_chain.h"

static struct dns_message message; /* too large for the stack */

static struct dns_record record(const char *owner, uint16_t type, const char *data)
{
    struct dns_record made = {.section = DNS_ANSWER, .owner = owner, .type = type, .data = data};
    if (type == DNS_TYPE_A)
        made.address = dissection_endpoint(data, 0).address;
    return made;
}

/* What the client, or its station, resolved the address as. */
static const char *known(struct dissection *dissection, const struct address *client,
                         const char *server)
{
    struct endpoint endpoint = dissection_endpoint(server, 0);
    return resolved_names_find(dissection->observation.names, client, &endpoint.address);
}

static void note(struct dissection *dissection, bool wanted)
{
    struct packet packet = dissection_packet(1, 0);
    packet.has_macs = true;
    packet.destination_mac = (struct mac){{2, 0, 0, 0, 0, 1}};
    struct dns_exchange exchange = {.observation = &dissection->observation,
                                    .message = &message,
                                    .packet = &packet,
                                    .client = dissection->flow.client,
                                    .resolver = dissection->flow.server};
    dns_chain_note(&exchange, "gs.apple.com", wanted);
}

static void test_chain(void **state)
{
    (void)state;
    struct dissection dissection;
    struct mac mac = {{2, 0, 0, 0, 0, 1}};
    struct address station = resolved_names_station(&mac);
    dissection_begin(&dissection, &dissector_dns_udp, 53);
    const struct address *client = &dissection.flow.client.address;
    message.record_count = 4;
    message.records[0] = record("b", DNS_TYPE_A, "203.0.113.1");
    message.records[1] = record("z", DNS_TYPE_A, "203.0.113.2");
    message.records[2] = record("gs.apple.com", DNS_TYPE_CNAME, "b");
    message.records[3] = record("b", DNS_TYPE_A, "203.0.113.3");
    message.records[3].section = DNS_ADDITIONAL;
    note(&dissection, true);
    assert_string_equal(known(&dissection, client, "203.0.113.1"), "gs.apple.com");
    assert_string_equal(known(&dissection, &station, "203.0.113.1"), "gs.apple.com");
    assert_null(known(&dissection, client, "203.0.113.2"));
    assert_null(known(&dissection, client, "203.0.113.3"));
    note(&dissection, false);
    assert_null(known(&dissection, client, "203.0.113.1"));
    message.records[2].data = "c"; /* broken: every address of the answer counts */
    note(&dissection, true);
    assert_string_equal(known(&dissection, client, "203.0.113.2"), "gs.apple.com");
    message.records[2].data = "gs.apple.com"; /* a circle comes to an end */
    note(&dissection, true);
    dissection_end(&dissection);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
