/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does diagnosis/device_systems.c read systems out of User-Agents, and give them to
 * the right devices?
 */
#include "diagnosis/device_systems.h"
#include "tests/support/facts.h"

static int begin(void **state)
{
    static struct facts facts;

    facts_begin(&facts);
    *state = &facts;
    return 0;
}

static int end(void **state)
{
    facts_end(*state);
    return 0;
}

static void user_agents(void **state)
{
    static const struct {
        const char *user_agent;
        const char *system;
        int worth;
    } cases[] = {
        {"CaptiveNetworkSupport-355.30.1 wispr", NULL, 0},
        {"CFNetwork/897.15 Darwin/17.5.0", "Darwin 17.5.0", 1},
        {"ocspd/1.0.3 CFNetwork/978 Darwin/18.7.0 (x86_64)", "Darwin 18.7.0", 1},
        {"Mozilla/5.0 (iPhone; CPU iPhone OS 17_4_1 like Mac OS X) AppleWebKit/605", "iOS 17.4.1",
         2},
        {"Mozilla/5.0 (iPad; CPU OS 11_2 like Mac OS X)", "iOS 11.2", 2},
        {"Mozilla/5.0 (iPad; CPU OS 14_0 like Mac OS X)", "iPadOS 14.0", 2},
        {"App/1 (iPhone; iOS 16.1; Scale/3.00)", "iOS 16.1", 2},
        {"itunesstored/1.0 iOS/11.2 model/iPad4,1", "iOS 11.2", 2},
        {"apsd iPad4,1/11.2 (15C114)", "iOS 11.2 (iPad4,1)", 3},
        {"com.apple.geod (iPad13,4/17.1)", "iPadOS 17.1 (iPad13,4)", 3},
        {"MacBookPro15,1/10.14.6 (18G103)", "macOS 10.14.6 (MacBookPro15,1)", 3},
        {"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)", NULL, 0},
        {"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_13_6)", "macOS 10.13.6", 2},
        {"x (Mac OS X/10.13.4 (17E199))", "macOS 10.13.4", 2},
        {"iPad4,1/", NULL, 0},
        {"iPadX,1/11.2", NULL, 0},
        {"Darwin/1234567890.1234567890", NULL, 0},
        {"Darwin/", NULL, 0},
        {"", NULL, 0},
        {"   ((", NULL, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[SYSTEM_TEXT_SIZE] = "";
        assert_int_equal(device_system_read(cases[i].user_agent, text), cases[i].worth);
        if (cases[i].system != NULL)
            assert_string_equal(text, cases[i].system);
    }
}

static void says(struct facts *facts, const char *client, const char *user_agent, int64_t at)
{
    struct fact_flow *flow = facts_answered(facts, client, "17.1.1.1", 80, at);
    flow->server_name = "captive.apple.com";
    facts_add(facts, FACT_HTTP)->as.http = (struct fact_http){.flow = flow->id,
                                                              .client = flow->client,
                                                              .server = flow->server,
                                                              .request_time = facts_time(at),
                                                              .request_packet = facts_packet(facts),
                                                              .method = "GET",
                                                              .host = "captive.apple.com",
                                                              .path = "/",
                                                              .user_agent = user_agent,
                                                              .answer_time = TIMESTAMP_NONE,
                                                              .content_length = -1};
}

/* What says most counts, and of these the latest. */
static void systems_of_devices(void **state)
{
    struct facts *facts = *state;
    says(facts, DEVICE, "iPad4,1/11.2 (15C114)", 0);
    says(facts, DEVICE, "iPad4,1/11.3", 1000);
    says(facts, DEVICE, "CFNetwork/897.15 Darwin/17.5.0", 2000);
    says(facts, DEVICE, NULL, 3000);
    says(facts, OTHER_DEVICE, "curl/8.0", 0);
    says(facts, "10.0.0.22", "CFNetwork/897.15 Darwin/17.5.0", 0);
    facts_diagnose(facts);
    assert_int_equal(facts->diagnosis->device_count, 3);
    assert_string_equal(facts->diagnosis->devices[0].system, "iOS 11.3 (iPad4,1)");
    assert_null(facts->diagnosis->devices[1].system);
    assert_string_equal(facts->diagnosis->devices[2].system, "Darwin 17.5.0");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(user_agents),
        CASE(systems_of_devices),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
