/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is this flow a connection to Apple's push service, by what, and whose: a
 * device's to a courier, or a provider's (an MDM server's) to the interface that
 * takes notifications?
 */
#ifndef APPLEPATH_FLOWS_APNS_SIGN_H
#define APPLEPATH_FLOWS_APNS_SIGN_H

#include "flows/observation.h"

struct apns_sign_found {
    enum apns_sign sign;
    enum apns_role role;
};

/* Has something come to light since the last call that apns_sign_of goes by? True
 * at the first. Needs `detail`. */
bool apns_sign_changed(struct flow *flow);

/* `found` may be NULL. Fetching the configuration (init.push.apple.com) is no such
 * connection. Needs `detail`. */
bool apns_sign_of(const struct catalog *catalog, const struct flow *flow,
                  struct apns_sign_found *found);

#endif
