/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flows/flow_history.c: is the history the letters in the order in which they came, each
 * once, as far as there is room?
 */
#include "flows/flow_history.h"

#include "tests/support/packets.h"

#define ROUNDS 3000
#define LETTERS 16

/* What the history is to be, as a string that grows. */
struct model {
    char text[FLOW_HISTORY_SIZE];
    bool written[LETTERS];
};

static void model_add(struct model *model, int side, enum history what)
{
    static const char letters[] = "SHADFRTWshadfrtw";
    unsigned letter = (unsigned)what + (side == SIDE_SERVER ? 8u : 0);
    size_t length = strlen(model->text);
    if (!model->written[letter] && length + 1 < sizeof model->text)
        model->text[length] = letters[letter];
    model->written[letter] = true;
}

static void check(const struct flow *flow, const char *expected)
{
    char text[FLOW_HISTORY_SIZE];
    assert_ptr_equal(flow_history_print(flow, text), text);
    assert_string_equal(text, expected);
}

static void test_any_order(void **state)
{
    (void)state;
    uint64_t seed = 20260726;
    for (int round = 0; round < ROUNDS; round++) {
        struct model model = {.text = ""};
        struct flow flow = {.transport = TRANSPORT_TCP, .client_guessed = round % 3 == 0};
        model.text[0] = flow.client_guessed ? '^' : '\0';
        check(&flow, model.text);
        for (uint32_t i = packets_random(&seed, 60); i > 0; i--) {
            int side = (int)packets_random(&seed, SIDE_COUNT);
            enum history what = (enum history)packets_random(&seed, HISTORY_ZERO_WINDOW + 1);
            flow_history_add(&flow, side, what);
            model_add(&model, side, what);
            check(&flow, model.text);
        }
    }
}

/* The neighbours in the same word stay as they are. */
static void test_all_letters(void **state)
{
    (void)state;
    for (int guessed = 0; guessed < 2; guessed++) {
        struct flow flow = {.transport = TRANSPORT_TCP,
                            .client_guessed = guessed != 0,
                            .reset_stage = RESET_STAGE_CLOSING};
        for (int what = HISTORY_ZERO_WINDOW; what >= HISTORY_SYN; what--) {
            flow_history_add(&flow, SIDE_SERVER, (enum history)what);
            flow_history_add(&flow, SIDE_CLIENT, (enum history)what);
        }
        check(&flow, guessed ? "^wWtTrRfFdDaAhH" : "wWtTrRfFdDaAhHs");
        assert_int_equal(flow.client_guessed, guessed);
        assert_int_equal(flow.reset_stage, RESET_STAGE_CLOSING);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_order),
        cmocka_unit_test(test_all_letters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
