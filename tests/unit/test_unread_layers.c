/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture/unread_layers.c: names with and without numbers, the first packet of each, and
 * a list that does not grow without end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "capture/unread_layers.h"

static void test_names(void **state)
{
    static const char secret[] = "secret", type[] = "EtherType";
    struct unread_layers layers = {.count = 0};
    struct fact_layer layer;
    char name[UNREAD_LAYER_NAME_SIZE];

    (void)state;
    unread_layers_count(&layers, secret, UNREAD_WITHOUT_NUMBER, 5, 1);
    unread_layers_count(&layers, type, 0x8903, 6, 2);
    unread_layers_count(&layers, secret, UNREAD_WITHOUT_NUMBER, 7, 3);
    assert_true(unread_layers_describe(&layers, 0, name, &layer));
    assert_string_equal(layer.name, "secret");
    assert_int_equal(layer.packets, 2);
    assert_int_equal(layer.first_time, 5);
    assert_int_equal(layer.first_packet, 1);
    assert_true(unread_layers_describe(&layers, 1, name, &layer));
    assert_string_equal(layer.name, "EtherType 0x8903");
    assert_false(unread_layers_describe(&layers, 2, name, &layer));
}

static void test_limit(void **state)
{
    static const char type[] = "EtherType";
    struct unread_layers layers = {.count = 0};
    struct fact_layer layer;
    char name[UNREAD_LAYER_NAME_SIZE];
    uint64_t packets = 0;

    (void)state;
    for (uint32_t number = 0; number < 1000; number++)
        unread_layers_count(&layers, type, number, 1, number + 1);
    for (size_t i = 0; unread_layers_describe(&layers, i, name, &layer); i++)
        packets += layer.packets;
    assert_int_equal(layers.count, UNREAD_LAYERS_LIMIT);
    assert_int_equal(packets, 1000);
    assert_string_equal(name, "other layers");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
