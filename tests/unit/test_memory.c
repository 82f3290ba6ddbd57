/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Do the shares of program/memory.c fit what they are shares of, and grow with it?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "dissectors/dns_transactions.h"
#include "dissectors/lease_table.h"
#include "flows/flow.h"
#include "program/memory.h"

static void test_shares_fit(void **state)
{
    (void)state;
    for (uint64_t size = MEMORY_LEAST; size < UINT64_C(1) << 50; size *= 2) {
        struct memory_shares shares = memory_share(size);
        assert_true(shares.store + shares.flows + shares.reading < size);
        assert_true((uint64_t)shares.questions * sizeof(struct dns_transaction) < size / 8);
        assert_true((uint64_t)shares.flow_count * sizeof(struct flow) < shares.flows);
        assert_true((uint64_t)shares.detail_count * sizeof(struct flow_detail) < shares.flows);
        /* Those of DHCP and of DHCPv6. */
        assert_true(2 * (uint64_t)shares.leases * sizeof(struct lease) < size / 16);
        assert_true(shares.leases > 0);
        assert_int_equal(shares.questions & (shares.questions - 1), 0);
        assert_true(shares.questions > 0 && shares.questions <= DNS_TRANSACTION_LIMIT);
    }
}

static void test_default_and_least(void **state)
{
    (void)state;
    struct memory_shares usual = memory_share(0), least = memory_share(1);
    assert_int_equal(usual.store, UINT64_C(160) << 20);
    assert_int_equal(usual.flow_count, 524288);
    assert_int_equal(usual.detail_count, 131072);
    assert_int_equal(usual.hosts, 65536);
    assert_int_equal(usual.questions, 65536);
    assert_int_equal(usual.leases, 4096);
    assert_int_equal(least.flow_count, memory_share(MEMORY_LEAST).flow_count);
    assert_int_equal(memory_share(UINT64_C(1) << 60).flow_count, 16000000);
}

/* What is allowed is not exceeded, and what was allowed less already stays. */
static void test_limit(void **state)
{
    (void)state;
    struct rlimit before, after;
    assert_int_equal(getrlimit(RLIMIT_DATA, &before), 0);
    memory_limit(0);
    assert_int_equal(getrlimit(RLIMIT_DATA, &after), 0);
    if (after.rlim_cur == before.rlim_cur)
        skip(); /* a sanitizer's */
    assert_true(after.rlim_cur >= MEMORY_READING_LEAST);
    memory_limit(UINT64_C(256) << 20);
    assert_int_equal(getrlimit(RLIMIT_DATA, &after), 0);
    assert_int_equal(after.rlim_cur, UINT64_C(256) << 20);
    assert_int_equal(after.rlim_max, before.rlim_max);
    memory_limit(UINT64_C(512) << 20);
    assert_int_equal(getrlimit(RLIMIT_DATA, &after), 0);
    assert_int_equal(after.rlim_cur, UINT64_C(256) << 20);
    assert_int_equal(setrlimit(RLIMIT_DATA, &before), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shares_fit),
        cmocka_unit_test(test_default_and_least),
        cmocka_unit_test(test_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
