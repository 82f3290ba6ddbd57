/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flows as a table for spreadsheets (RFC 4180): one line each, names in the first,
 * and nothing that a spreadsheet would run.
 */
#include "reports/community_id.h"
#include "reports/export.h"
#include "reports/export_text.h"
#include "reports/export_words.h"

static void begin(struct text *out, const struct export_run *run)
{
    (void)run;
    text_add(out, "first,last,device,device_port,server,server_port,transport,vlan,protocol,"
                  "server_name,resolved_name,state,history,device_packets,server_packets,"
                  "device_bytes,server_bytes,device_retransmissions,server_retransmissions,"
                  "midstream,uid,community_id\r\n");
}

static void put_text(struct text *out, const char *foreign)
{
    if (foreign != NULL)
        export_csv_text(out, foreign);
    text_add_bytes(out, ",", 1);
}

static void put_count(struct text *out, uint64_t count)
{
    export_count(out, count);
    text_add_bytes(out, ",", 1);
}

static void put_time(struct text *out, int64_t time)
{
    char printed[TIMESTAMP_TEXT_SIZE];
    put_text(out, time != TIMESTAMP_NONE ? timestamp_print(time, printed) : NULL);
}

static void put_endpoint(struct text *out, const struct endpoint *endpoint)
{
    char printed[ADDRESS_TEXT_SIZE];
    put_text(out, address_print(&endpoint->address, printed));
    put_count(out, endpoint->port);
}

static void flow_write(struct text *out, const struct export_run *run,
                       const struct export_record *record)
{
    const struct fact_flow *flow = &record->fact->as.flow;
    struct community_tuple tuple = {flow->client, flow->server, flow->transport};
    char word[EXPORT_WORD_SIZE], uid[EXPORT_UID_SIZE], community[COMMUNITY_ID_SIZE];
    put_time(out, flow->first_time);
    put_time(out, flow->last_time);
    put_endpoint(out, &flow->client);
    put_endpoint(out, &flow->server);
    put_text(out, export_transport(flow->transport, word));
    if (flow->vlan != 0)
        export_count(out, flow->vlan);
    text_add_bytes(out, ",", 1);
    put_text(out, flow->protocol);
    put_text(out, flow->server_name);
    put_text(out, flow->resolved_name);
    put_text(out, export_connection_state(flow));
    put_text(out, flow->history);
    put_count(out, flow->client_packets);
    put_count(out, flow->server_packets);
    put_count(out, flow->client_bytes);
    put_count(out, flow->server_bytes);
    put_count(out, flow->client_retransmissions);
    put_count(out, flow->server_retransmissions);
    put_text(out, flow->midstream ? "yes" : "no");
    put_text(out, export_uid(run->identity, flow->id, uid));
    text_add(out, community_id_print(&tuple, run->seed, community));
    text_add(out, "\r\n");
}

static const struct export_log logs[] = {{NULL, FACT_FLOW, flow_write, begin, NULL}};

const struct export_format export_csv = {"csv", false, logs, 1, NULL};
