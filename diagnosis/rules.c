/* SPDX-License-Identifier: Apache-2.0 */
/*
 * THE list of rules, causes before their symptoms.  A new rule is one function in
 * its family's file and one line here.
 */
#include "diagnosis/rules.h"

static rule *const rules[] = {
    rule_capture_condition,
    rule_names,
    rule_encrypted_names,
    rule_ports,
    rule_quic,
    rule_legacy_ports,
    rule_interception,
    rule_resets,
    rule_idle,
    rule_clock,
    rule_proxies,
    rule_portals,
    rule_autoconfig,
    rule_handshakes,
    rule_common_causes, /* of what all others found, and then */
    rule_absence, /* of what all others found */
};

bool rules_run(struct builder *builder)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (!rules[i](builder))
            return false;
    return true;
}
