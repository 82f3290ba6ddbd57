/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does a row give that somebody wrote by hand, or to do harm?  None or 0 where
 * a value cannot be, and never a crash.  And do numbers stop at their limits?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/fact.h"
#include "storage/rows.h"
#include "storage/schema.h"
#include "storage/statements.h"

struct fixture {
    sqlite3 *database;
    struct statements statements;
};

static int set_up(void **state)
{
    static struct fixture fixture;

    memset(&fixture, 0, sizeof fixture);
    assert_int_equal(sqlite3_open(":memory:", &fixture.database), SQLITE_OK);
    assert_int_equal(schema_upgrade(fixture.database), SQLITE_OK);
    assert_int_equal(statements_prepare(&fixture.statements, fixture.database, true), SQLITE_OK);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    statements_finalize(&fixture->statements);
    return sqlite3_close(fixture->database) == SQLITE_OK ? 0 : -1;
}

static void run(struct fixture *fixture, const char *sql)
{
    assert_int_equal(sqlite3_exec(fixture->database, sql, NULL, NULL, NULL), SQLITE_OK);
}

/* Stands on the table's first row afterwards. */
static sqlite3_stmt *read_first(struct fixture *fixture, enum table table, void *row)
{
    sqlite3_stmt *statement;

    assert_int_equal(
        statements_find(&fixture->statements, STATEMENT_READ_ROWS + (unsigned)table, &statement),
        SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    row_read(statement, table, NULL, row);
    return statement;
}

static void test_impossible_values(void **state)
{
    struct fixture *fixture = *state;
    struct fact_flow flow;
    sqlite3_stmt *statement;

    memset(&flow, 0, sizeof flow);
    run(fixture,
        "INSERT INTO flow (id, run, client_address, client_port, server_address, transport, vlan,"
        " first_time, last_time, source, first_packet, last_packet, last_packet_source,"
        " client_bytes, outcome, reset_by, reset_stage, icmp_type, icmp_sender, history,"
        " server_name, client_ttl, midstream) VALUES"
        " (-1, 'x', 'not an address', 70000, x'0a000014', 'carrier pigeon', 1.5,"
        " 9223372036854775807, -9223372036854775808, 65536, 1, -7, 3, 'many', 'eaten', 12, x'00',"
        " 300, '', x'41', zeroblob(900000), -1, 'yes')");
    statement = read_first(fixture, TABLE_FLOW, &flow);
    assert_true(flow.id == 0);
    assert_true(address_is_none(&flow.client.address));
    assert_int_equal(flow.client.port, 0);
    assert_true(address_is_none(&flow.server.address));
    assert_int_equal(flow.transport, 0);
    assert_int_equal(flow.vlan, 0);
    assert_true(flow.last_time != TIMESTAMP_NONE && flow.last_time < 0);
    assert_true(flow.first_time - flow.last_time > 0); /* the difference does not overflow */
    assert_true(flow.first_packet == packet_identity(0, 1));
    assert_true(flow.last_packet == PACKET_NONE);
    assert_true(flow.client_bytes == 0);
    assert_int_equal(flow.outcome, OUTCOME_UNKNOWN);
    assert_int_equal(flow.reset_by, PARTY_NONE);
    assert_int_equal(flow.reset_stage, RESET_STAGE_NONE);
    assert_int_equal(flow.icmp_type, 0);
    assert_null(flow.history);
    assert_null(flow.server_name);
    assert_int_equal(flow.client_ttl, 0);
    assert_false(flow.midstream);
    sqlite3_reset(statement);
}

static void test_mac_and_reference_that_are_none(void **state)
{
    struct fixture *fixture = *state;
    struct fact_host host;
    struct fact_ntp ntp;

    memset(&host, 0, sizeof host);
    memset(&ntp, 0, sizeof ntp);
    run(fixture, "INSERT INTO host (run, address, mac) VALUES (1, '10.0.0.1', 'zz:zz')");
    run(fixture, "INSERT INTO ntp (reference) VALUES ('5241544g')");
    sqlite3_reset(read_first(fixture, TABLE_HOST, &host));
    assert_false(host.has_mac);
    assert_true(mac_is_none(&host.mac));
    sqlite3_reset(read_first(fixture, TABLE_NTP, &ntp));
    assert_int_equal(ntp.reference[0], 0);
}

/* A long text is cut when it is written, so that it can be read. */
static void test_long_text(void **state)
{
    static char name[2 * TEXT_LIMIT];
    struct fixture *fixture = *state;
    struct fact_source source;
    struct row_numbers numbers;
    sqlite3_stmt *statement;

    memset(&source, 0, sizeof source);
    memset(&numbers, 0, sizeof numbers);
    memset(name, 'n', sizeof name - 1);
    source.id = 1;
    source.name = name;
    assert_int_equal(row_write(fixture->statements.prepared[STATEMENT_WRITE_ROW], TABLE_SOURCE,
                               &source, &numbers, fixture->statements.bound[TABLE_SOURCE]),
                     SQLITE_OK);
    memset(&source, 0, sizeof source);
    statement = read_first(fixture, TABLE_SOURCE, &source);
    assert_int_equal(strlen(source.name), TEXT_LIMIT);
    sqlite3_reset(statement);
}

static void test_numbers_are_moved_and_end(void **state)
{
    struct fixture *fixture = *state;
    sqlite3_stmt *write = fixture->statements.prepared[STATEMENT_WRITE_ROW + TABLE_FLOW];
    struct bound_value *bound = fixture->statements.bound[TABLE_FLOW];
    struct row_numbers numbers;
    struct fact_flow flow;
    sqlite3_stmt *statement;

    memset(&flow, 0, sizeof flow);
    memset(&numbers, 0, sizeof numbers);
    numbers.source_offset = PACKET_SOURCE_LIMIT - 2;
    numbers.flow_offset = 1000;
    flow.id = 5;
    flow.first_packet = packet_identity(1, 10);
    flow.last_packet = packet_identity(2, 11);
    assert_int_equal(row_write(write, TABLE_FLOW, &flow, &numbers, bound), SQLITE_OK);
    assert_true(numbers.highest_source == PACKET_SOURCE_LIMIT && numbers.highest_flow == 1005);
    memset(&flow, 0, sizeof flow);
    statement = read_first(fixture, TABLE_FLOW, &flow);
    assert_true(flow.id == 1005);
    assert_true(flow.first_packet == packet_identity(PACKET_SOURCE_LIMIT - 1, 10));
    assert_true(flow.last_packet == packet_identity(PACKET_SOURCE_LIMIT, 11));
    sqlite3_reset(statement);
    flow.id = 6;
    flow.first_packet = packet_identity(3, 1);
    assert_int_equal(row_write(write, TABLE_FLOW, &flow, &numbers, bound), SQLITE_RANGE);
    flow.first_packet = flow.last_packet = PACKET_NONE;
    numbers.flow_offset = INT64_MAX - 5;
    assert_int_equal(row_write(write, TABLE_FLOW, &flow, &numbers, bound), SQLITE_RANGE);
}

/* A statement keeps what it was given: each row must show its own values all the same. */
static void test_row_after_row(void **state)
{
    struct fixture *fixture = *state;
    sqlite3_stmt *write = fixture->statements.prepared[STATEMENT_WRITE_ROW + TABLE_FLOW];
    struct fact_flow flows[] = {
        {.id = 1, .first_time = 7, .last_time = 9, .client_bytes = 5, .server_name = "a.example"},
        {.id = 2, .first_time = 7, .last_time = TIMESTAMP_NONE, .client_bytes = 5},
        {.id = 3, .first_time = 8, .last_time = 9, .client_bytes = 0, .server_name = "b.example"},
        {.id = 4, .first_time = 8, .last_time = TIMESTAMP_NONE, .client_bytes = UINT64_MAX},
        {.id = 5, .first_time = 8, .last_time = 9, .client_bytes = INT64_MAX, .midstream = true},
    };
    size_t count = sizeof flows / sizeof flows[0];
    struct row_numbers numbers;

    memset(&numbers, 0, sizeof numbers);
    for (size_t i = 0; i < count; i++) {
        flows[i].first_packet = flows[i].last_packet = PACKET_NONE;
        assert_int_equal(row_write(write, TABLE_FLOW, &flows[i], &numbers,
                                   fixture->statements.bound[TABLE_FLOW]),
                         SQLITE_OK);
    }
    sqlite3_stmt *statement;
    assert_int_equal(
        statements_find(&fixture->statements, STATEMENT_READ_ALL_ROWS + TABLE_FLOW, &statement),
        SQLITE_OK);
    for (size_t i = 0; i < count; i++) {
        struct fact_flow flow = {.id = 0};
        assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
        row_read(statement, TABLE_FLOW, NULL, &flow);
        assert_true(flow.id == flows[i].id && flow.first_time == flows[i].first_time);
        assert_true(flow.last_time == flows[i].last_time);
        assert_true(flow.client_bytes == (flows[i].client_bytes & INT64_MAX));
        assert_int_equal(flow.midstream, flows[i].midstream);
        assert_int_equal(flow.server_name == NULL, flows[i].server_name == NULL);
        if (flow.server_name != NULL)
            assert_string_equal(flow.server_name, flows[i].server_name);
    }
    sqlite3_reset(statement);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_impossible_values, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_row_after_row, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_mac_and_reference_that_are_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_long_text, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_numbers_are_moved_and_end, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
