/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Diagnoses made by hand for the tests of the reports: one as a real network
 * gives it, one whose every text is hostile, and those with nothing to tell.
 */
#ifndef APPLEPATH_TESTS_UNIT_SAMPLE_DIAGNOSIS_H
#define APPLEPATH_TESTS_UNIT_SAMPLE_DIAGNOSIS_H

#include <stdlib.h>
#include <string.h>

#include "base/timestamp.h"
#include "diagnosis/finding.h"

#define SAMPLE_DEVICES 12

/* An escape sequence, a C1 one in UTF-8, a bidi override, and bytes that are no
 * UTF-8: a stray continuation, an overlong slash, a surrogate, a cut sequence. */
#define HOSTILE                                                                                    \
    "evil\033[31m\r\n\xc2\x9b"                                                                     \
    "2J \xe2\x80\xae"                                                                              \
    "txt \x80 \xc0\xaf \xed\xa0\x80 \xf4\x90\x80\x80 \xe2\x82"

struct sample {
    struct diagnosis diagnosis;
    struct finding findings[3];
    struct culprit culprits[3];
    struct coverage coverage[8];
    struct device devices[SAMPLE_DEVICES];
    struct fact_source sources[2];
    struct address addresses[8];
    struct address affected[SAMPLE_DEVICES];
    const char *names[8];
    const char *identities[2];
    char long_name[254];
};

static inline int64_t sample_time(const char *text)
{
    int64_t time = TIMESTAMP_NONE;

    if (!timestamp_parse(text, &time))
        abort();
    return time;
}

static inline struct address sample_address(const char *text)
{
    struct address address;

    if (!address_parse(text, &address))
        abort();
    return address;
}

static inline void sample_add_detail(struct finding *finding, const char *name, const char *text,
                                     double number)
{
    struct detail detail = {name, text, number};

    finding->details[finding->detail_count++] = detail;
}

static inline void sample_add_evidence(struct finding *finding, uint64_t packet, const char *time,
                                       const char *note)
{
    struct evidence evidence = {.source = "site.pcap",
                                .identity = packet_identity(1, packet),
                                .packet = packet,
                                .time = sample_time(time),
                                .note = note};

    finding->evidence[finding->evidence_count++] = evidence;
}

static inline void sample_fill_source(struct sample *sample)
{
    struct fact_source source = {.id = 1,
                                 .name = "site.pcap",
                                 .link_type = "EN10MB",
                                 .packets = 812,
                                 .bytes = 120311,
                                 .first_time = sample_time("2026-11-20T08:00:00.000001Z"),
                                 .last_time = sample_time("2026-11-20T08:04:10.5Z"),
                                 .dropped_packets = -1};

    sample->sources[0] = source;
    sample->diagnosis.sources = sample->sources;
    sample->diagnosis.source_count = 1;
    sample->diagnosis.totals.packets = 812;
    sample->diagnosis.totals.flows = 214;
    sample->diagnosis.totals.apple_flows = 37;
}

static inline void sample_fill_devices(struct sample *sample, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct device *device = &sample->devices[i];

        device->address = sample_address("10.0.0.20");
        device->address.octets[15] = (uint8_t)(20 + i);
        device->has_mac = i != 1;
        if (device->has_mac && !mac_parse("a4:83:e7:00:00:01", &device->mac))
            abort();
        device->role = i == 2 ? "mdm-server" : "device";
        device->apple_flows = 37 - i;
        sample->affected[i] = device->address;
    }
    sample->devices[0].name = "iPad-Cart-07";
    sample->diagnosis.devices = sample->devices;
    sample->diagnosis.device_count = count;
}

static inline void sample_fill_coverage(struct sample *sample)
{
    const struct coverage rows[] = {
        {"gs.apple.com", 443, TRANSPORT_TCP, "device-setup", COVERAGE_OK, 4, 4, false, NULL, 0},
        {"albert.apple.com", 443, TRANSPORT_TCP, "device-setup", COVERAGE_UNSEEN, 0, 0, false, NULL,
         0},
        {"*.push.apple.com", 5223, TRANSPORT_TCP, "device-management", COVERAGE_FAILING, 6, 0,
         false, sample->identities, 1},
        {"17.0.0.0/8", 0, TRANSPORT_TCP, "device-management", COVERAGE_PARTIAL, 20, 14, false,
         sample->identities, 2},
        {"*.push.apple.com", 2195, TRANSPORT_TCP, "device-management", COVERAGE_UNSEEN, 0, 0, true,
         NULL, 0},
        {"itunes.apple.com", 443, TRANSPORT_TCP, "app-store", COVERAGE_UNSEEN, 0, 0, false, NULL,
         0},
        {"swcdn.apple.com", 443, TRANSPORT_TCP, "software-update", COVERAGE_UNSEEN, 0, 0, false,
         NULL, 0},
        {"swcdn.apple.com", 80, TRANSPORT_TCP, "software-update", COVERAGE_UNSEEN, 0, 0, false,
         NULL, 0},
    };

    sample->identities[0] = "F1";
    sample->identities[1] = "F2";
    memcpy(sample->coverage, rows, sizeof rows);
    sample->diagnosis.coverage = sample->coverage;
    sample->diagnosis.coverage_count = sizeof rows / sizeof rows[0];
}

static inline void sample_fill_port_blocked(struct sample *sample, struct finding *finding)
{
    sample->names[0] = "4-courier.push.apple.com";
    sample->names[1] = "27-courier.push.apple.com";
    sample->addresses[0] = sample_address("17.57.144.36");
    sample->addresses[1] = sample_address("2620:149:a44:1002::4");
    sample->culprits[0].has_address = true;
    sample->culprits[0].address = sample_address("10.0.0.1");
    sample->culprits[0].role = CULPRIT_FIREWALL;
    sample->culprits[0].hops = 1;
    *finding = (struct finding){
        .id = "F1",
        .kind = "port-blocked",
        .severity = SEVERITY_CRITICAL,
        .confidence = CONFIDENCE_CERTAIN,
        .category = "device-management",
        .host = "*.push.apple.com",
        .names = sample->names,
        .name_count = 2,
        .port = 5223,
        .transport = TRANSPORT_TCP,
        .addresses = sample->addresses,
        .address_count = 2,
        .devices = sample->affected,
        .device_count = sample->diagnosis.device_count,
        .culprit = &sample->culprits[0],
        .count = 6,
        .first_seen = sample_time("2026-11-20T08:00:04Z"),
        .last_seen = sample_time("2026-11-20T08:03:40Z"),
        .summary = "The firewall 10.0.0.1 rejects tcp/5223 to *.push.apple.com, so that push "
                   "notifications do not reach these devices.",
        .explanation = "Every SYN to tcp/5223 was answered by ICMP type 3 code 13 "
                       "(administratively prohibited) from 10.0.0.1, which is on the way and is "
                       "not the server.",
        .remedy = "On 10.0.0.1 allow tcp/5223 from these devices to 17.0.0.0/8, without "
                  "inspection.",
    };
    sample_add_detail(finding, "how", "icmp-prohibited", 0);
    for (uint64_t i = 0; i < 8; i++)
        sample_add_evidence(finding, 118 + 9 * i, "2026-11-20T08:00:04.1Z",
                            "ICMP 3/13 from 10.0.0.1");
}

static inline void sample_fill_squashed(struct sample *sample, struct finding *finding)
{
    sample->names[2] = "courier.push.apple.com";
    sample->culprits[1].has_address = true;
    sample->culprits[1].address = sample_address("2001:db8:1234:5678:9abc:def0:1234:5678");
    sample->culprits[1].role = CULPRIT_RESOLVER;
    *finding = (struct finding){
        .id = "F2",
        .kind = "cname-squashed",
        .severity = SEVERITY_WARNING,
        .confidence = CONFIDENCE_LIKELY,
        .category = "device-management",
        .host = "*.push.apple.com",
        .names = &sample->names[2],
        .name_count = 1,
        .port = -1,
        .devices = sample->affected,
        .device_count = 1,
        .culprit = &sample->culprits[1],
        .count = 1,
        .first_seen = sample_time("2026-11-20T08:00:01.25Z"),
        .last_seen = sample_time("2026-11-20T08:00:01.25Z"),
        .summary = "The resolver answers courier.push.apple.com without its CNAME.",
        .explanation = "NXDOMAIN came back for a name that exists only as a CNAME.",
        .remedy = "Let the resolver pass CNAME records whose target has no address.",
    };
    sample_add_detail(finding, "rcode", "NXDOMAIN", 0);
    sample_add_detail(finding, "idle_seconds", NULL, 1800);
    sample_add_detail(finding, "loss_percent", NULL, 0.5);
    sample_add_evidence(finding, 12, "2026-11-20T08:00:01.25Z", "answer NXDOMAIN, no CNAME");
}

/* Two findings, as a real network gives them. */
static inline void sample_blocked(struct sample *sample)
{
    struct diagnosis *diagnosis = &sample->diagnosis;

    memset(sample, 0, sizeof *sample);
    sample_fill_source(sample);
    sample_fill_devices(sample, 3);
    sample_fill_coverage(sample);
    diagnosis->verdict = VERDICT_BLOCKED;
    diagnosis->verdict_sentence = "Apple push (APNs) does not work for 3 devices.";
    sample_fill_port_blocked(sample, &sample->findings[0]);
    sample_fill_squashed(sample, &sample->findings[1]);
    diagnosis->findings = sample->findings;
    diagnosis->finding_count = 2;
    diagnosis->conditions[0].sentence = "Names are in clear: no encrypted DNS was seen.";
    diagnosis->condition_count = 1;
}

/* Every text that can come from the wire, a file's name or a user's list is hostile. */
static inline void sample_hostile(struct sample *sample)
{
    struct finding *finding = &sample->findings[0];

    sample_blocked(sample);
    sample_fill_devices(sample, SAMPLE_DEVICES);
    memset(sample->long_name, 'x', sizeof sample->long_name - 1);
    for (size_t i = 0; i < SAMPLE_DEVICES; i++) {
        sample->devices[i].address = sample_address("2001:db8:1234:5678:9abc:def0:1234:5678");
        sample->devices[i].name = i % 2 == 0 ? HOSTILE : sample->long_name;
        sample->affected[i] = sample->devices[i].address;
    }
    for (size_t i = 0; i < 8; i++)
        sample->names[i] = i % 2 == 0 ? HOSTILE : sample->long_name;
    finding->name_count = 8;
    finding->host = HOSTILE;
    finding->category = HOSTILE;
    finding->device_count = SAMPLE_DEVICES;
    finding->summary = finding->explanation = finding->remedy = HOSTILE;
    finding->details[0].text = HOSTILE;
    for (size_t i = 0; i < finding->evidence_count; i++)
        finding->evidence[i].source = finding->evidence[i].note = HOSTILE;
    for (size_t i = 0; i < sample->diagnosis.coverage_count; i++) {
        sample->coverage[i].host = i % 2 == 0 ? HOSTILE : sample->long_name;
        sample->coverage[i].category = i < 5 ? HOSTILE : sample->long_name;
    }
    sample->sources[0].name = HOSTILE;
    sample->sources[0].undecoded_packets = 3;
    sample->sources[0].truncated_packets = 4;
    sample->sources[0].duplicate_packets = 5;
    sample->sources[0].dropped_packets = 6;
    sample->sources[0].cut_short = true;
    sample->diagnosis.verdict_sentence = HOSTILE;
    sample->diagnosis.conditions[0].sentence = HOSTILE;
    sample->diagnosis.conditions[0].serious = true;
}

/* A finding of which nothing is known that need not be. */
static inline void sample_bare(struct sample *sample)
{
    memset(sample, 0, sizeof *sample);
    sample->diagnosis.verdict = VERDICT_IMPAIRED;
    sample->findings[0].kind = "dns-unanswered";
    sample->findings[0].severity = SEVERITY_WARNING;
    sample->findings[0].port = -1;
    sample->findings[0].first_seen = TIMESTAMP_NONE;
    sample->findings[0].last_seen = TIMESTAMP_NONE;
    sample->findings[0].evidence[0].time = TIMESTAMP_NONE;
    sample->findings[0].evidence_count = 1;
    sample->findings[1] = sample->findings[0];
    sample->culprits[2].role = CULPRIT_NETWORK;
    sample->findings[1].culprit = &sample->culprits[2];
    sample->diagnosis.findings = sample->findings;
    sample->diagnosis.finding_count = 2;
    sample->diagnosis.devices = sample->devices;
    sample->diagnosis.device_count = 1;
    sample->sources[0].dropped_packets = -1;
    sample->sources[0].first_time = TIMESTAMP_NONE;
    sample->sources[0].last_time = TIMESTAMP_NONE;
    sample->diagnosis.sources = sample->sources;
    sample->diagnosis.source_count = 1;
}

static inline void sample_healthy(struct sample *sample)
{
    memset(sample, 0, sizeof *sample);
    sample_fill_source(sample);
    sample_fill_devices(sample, 1);
    sample_fill_coverage(sample);
    sample->coverage[2].status = sample->coverage[3].status = COVERAGE_OK;
    sample->diagnosis.verdict = VERDICT_HEALTHY;
    sample->diagnosis.verdict_sentence = "Apple's services work for 1 device.";
}

static inline void sample_inconclusive(struct sample *sample)
{
    memset(sample, 0, sizeof *sample);
    sample_fill_source(sample);
    sample_fill_coverage(sample);
    for (size_t i = 0; i < sample->diagnosis.coverage_count; i++)
        sample->coverage[i].status = COVERAGE_UNSEEN;
    sample->diagnosis.verdict_sentence = "No traffic to Apple's services was seen.";
}

/* Nothing at all, as from an empty database. */
static inline void sample_empty(struct sample *sample)
{
    memset(sample, 0, sizeof *sample);
}

#endif
