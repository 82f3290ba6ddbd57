/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What became of a device's connections to others than Apple in a given time?  They are the
 * control group that tells a blocked Apple from a network that is down.
 */
#ifndef APPLEPATH_DIAGNOSIS_CONTROL_GROUP_H
#define APPLEPATH_DIAGNOSIS_CONTROL_GROUP_H

#include "diagnosis/ledger.h"

enum others {
    OTHERS_UNKNOWN, /* none were tried, or their times are too coarse */
    OTHERS_ANSWERED, /* some certainly were */
    OTHERS_FAILED /* none of those that were tried */
};

/* Keeps what a host's facts say of it, for others_between. False: memory is out. */
bool control_group_take(struct ledger *ledger, const struct fact_host *host);

/* To be called once all are taken. */
void control_group_sort(struct ledger *ledger);

enum others others_between(const struct ledger *ledger, const struct address *client, int64_t first,
                           int64_t last);

#endif
