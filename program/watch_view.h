/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the watching program knows of the network, in one plain value: the reporter's
 * thread makes it, the screen shows it.
 */
#ifndef APPLEPATH_PROGRAM_WATCH_VIEW_H
#define APPLEPATH_PROGRAM_WATCH_VIEW_H

#include <stdint.h>

#include "diagnosis/finding.h"

#define WATCH_CATEGORY_LIMIT 32
#define WATCH_FINDING_LIMIT 16
#define WATCH_TEXT_SIZE 320

struct watch_category {
    char name[32];
    enum coverage_status status;
    uint64_t attempts;
    uint64_t successes;
};

struct watch_finding {
    enum severity severity;
    bool ongoing;
    size_t devices;
    int64_t last_seen;
    char text[WATCH_TEXT_SIZE]; /* printable: kind, and its one sentence */
};

struct watch_view {
    bool known; /* there has been a diagnosis */
    bool has_verdict;
    enum verdict verdict;
    size_t devices;
    struct watch_category categories[WATCH_CATEGORY_LIMIT];
    size_t category_count;
    struct watch_finding findings[WATCH_FINDING_LIMIT]; /* those that go on first */
    size_t finding_count;
    size_t finding_total;
};

/* What is captured, and how it goes. */
struct watch_counters {
    int64_t running; /* nanoseconds */
    uint64_t packets;
    uint64_t bytes;
    uint64_t dropped;
    double packets_per_second; /* lately */
    double bits_per_second;
    uint32_t open_flows;
};

#endif
