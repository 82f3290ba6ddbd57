/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What did all runs in a database see together?
 */
#include "diagnosis/totals.h"

static void totals_add_missing(struct fact_totals *sum, const struct fact_totals *more)
{
    if (more->missing_segments == 0)
        return;
    bool first = sum->missing_segments == 0;
    if (first || more->missing_first_time < sum->missing_first_time) {
        sum->missing_first_time = more->missing_first_time;
        sum->missing_packet = more->missing_packet;
    }
    if (first || more->missing_last_time > sum->missing_last_time)
        sum->missing_last_time = more->missing_last_time;
    sum->missing_segments += more->missing_segments;
    sum->missing_flows += more->missing_flows;
}

static uint64_t size_of_jump(int64_t jump)
{
    return jump < 0 ? UINT64_C(0) - (uint64_t)jump : (uint64_t)jump;
}

static void totals_add_jumps(struct fact_totals *sum, const struct fact_totals *more)
{
    sum->clock_jumps += more->clock_jumps;
    if (size_of_jump(more->clock_jump) <= size_of_jump(sum->clock_jump))
        return;
    sum->clock_jump = more->clock_jump;
    sum->clock_jump_packet = more->clock_jump_packet;
}

/* Before the counts of one-sided flows are added up, as they say whether there are any. */
static void totals_add_one_sided(struct fact_totals *sum, const struct fact_totals *more)
{
    if (more->client_only_tcp + more->server_only_tcp == 0)
        return;
    bool first = sum->client_only_tcp + sum->server_only_tcp == 0;
    if (first || more->one_sided_first_time < sum->one_sided_first_time)
        sum->one_sided_first_time = more->one_sided_first_time;
    if (first || more->one_sided_last_time > sum->one_sided_last_time)
        sum->one_sided_last_time = more->one_sided_last_time;
}

void totals_add(struct fact_totals *sum, const struct fact_totals *more)
{
    sum->packets += more->packets;
    sum->flows += more->flows;
    sum->apple_flows += more->apple_flows;
    sum->midstream_flows += more->midstream_flows;
    sum->evicted_flows += more->evicted_flows;
    totals_add_one_sided(sum, more);
    sum->two_sided_tcp += more->two_sided_tcp;
    sum->client_only_tcp += more->client_only_tcp;
    sum->server_only_tcp += more->server_only_tcp;
    sum->fragments_dropped += more->fragments_dropped;
    sum->stream_gaps += more->stream_gaps;
    sum->unread_packets += more->unread_packets;
    sum->hosts_dropped += more->hosts_dropped;
    sum->certificates_dropped += more->certificates_dropped;
    sum->flows_untold += more->flows_untold;
    sum->questions_untold += more->questions_untold;
    sum->streams_dropped += more->streams_dropped;
    sum->facts_dropped += more->facts_dropped;
    sum->leases_untold += more->leases_untold;
    sum->resolvers_dropped += more->resolvers_dropped;
    sum->answers_untold += more->answers_untold;
    sum->requests_untold += more->requests_untold;
    sum->data_segments += more->data_segments;
    sum->overtaken_segments += more->overtaken_segments;
    sum->merged_segments += more->merged_segments;
    sum->unfinished_checksums += more->unfinished_checksums;
    totals_add_missing(sum, more);
    totals_add_jumps(sum, more);
}
