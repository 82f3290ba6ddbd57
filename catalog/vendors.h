/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who made the network interface with this MAC?  The IEEE's lists of assigned
 * prefixes, as Debian's package ieee-data installs them; nobody is known without it.
 */
#ifndef APPLEPATH_CATALOG_VENDORS_H
#define APPLEPATH_CATALOG_VENDORS_H

#include "base/address.h"
#include "base/arena.h"

struct vendor_question {
    struct mac mac; /* zero: no question */
    const char *vendor; /* the answer, in the arena; NULL: not known */
};

/* Answers the questions by one reading of the lists in `folder` (NULL: where Debian
 * puts them). The longest assigned prefix counts. Lists that are absent or broken
 * answer nothing. */
void vendors_answer(const char *folder, struct vendor_question *questions, size_t count,
                    struct arena *arena);

#endif
