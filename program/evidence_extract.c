/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which packets of these captures belong to the finding?  Its evidence comes in as
 * packet numbers; the captures are read once to learn between which ends those
 * packets went, where whole flows are wanted, and once more to write what belongs to
 * them: in their order, each as it was captured, comments on those that matter.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "program/evidence_extract.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "capture/decapsulate.h"
#include "capture/pcapng_writer.h"
#include "capture/source.h"
#include "program/evidence_rewrite.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "0.1.0"
#endif

#define FRAGMENT_LIMIT 1024u /* remembered, for the datagrams that they become */
#define FRAGMENT_AGE (60 * NANOSECONDS_PER_SECOND) /* RFC 8200 section 4.5 */

/* Between which two ends, in whichever direction. */
struct ends {
    struct endpoint one;
    struct endpoint other;
    uint8_t transport;
};

/* A fragment of a datagram that is not whole yet. */
struct fragment {
    uint64_t identity;
    struct address source;
    struct address destination;
    uint16_t identification;
    int64_t time;
};

/* An interface of the file that is written: one for each source and link type. */
struct interface {
    uint32_t source; /* of the order, from 0 */
    int link_type;
    uint32_t index;
};

struct extraction {
    const struct evidence_order *order;
    struct evidence_counts *counts;
    struct problem *problem;
    struct decapsulator *decapsulator;
    struct ends flows[FINDING_EVIDENCE_LIMIT];
    size_t flow_count;
    size_t evidence_left; /* packets of it that the first reading has not met */
    bool found[FINDING_EVIDENCE_LIMIT]; /* by the finding's evidence */
    struct fragment fragments[FRAGMENT_LIMIT]; /* the latest, in a ring */
    uint64_t fragment_count;
    uint64_t *pieces; /* identities of fragments that belong to what is written; owned, sorted */
    size_t piece_count;
    size_t piece_capacity;
    struct pcapng_writer *writer;
    struct bytes network; /* of the frame that is looked at: its innermost IP header and on */
    struct rewritten *room; /* owned */
    struct interface *interfaces; /* owned */
    size_t interface_count;
    size_t interface_capacity;
};

static bool memory_out(const struct extraction *extraction)
{
    return problem_set(extraction->problem, "memory is out; close some programs");
}

/* One frame of the captures; `packet` is NULL where it is no whole IP packet. */
typedef bool frame_taker(struct extraction *extraction, size_t source, uint64_t identity,
                         const struct frame *frame, const struct packet *packet);

static int compare_identities(const void *left, const void *right)
{
    const uint64_t *one = left, *other = right;
    return *one < *other ? -1 : *one > *other;
}

static bool is_among(const uint64_t *identities, size_t count, uint64_t identity)
{
    return count > 0 &&
           bsearch(&identity, identities, count, sizeof identity, compare_identities) != NULL;
}

static struct ends ends_of(const struct packet *packet)
{
    struct packet quoted;
    const struct packet *about = decapsulate_quoted(packet, &quoted) ? &quoted : packet;
    struct ends ends = {{about->source, about->source_port},
                        {about->destination, about->destination_port},
                        about->transport};
    return ends;
}

static bool ends_equal(const struct ends *left, const struct ends *right)
{
    if (left->transport != right->transport)
        return false;
    return (endpoint_equal(&left->one, &right->one) &&
            endpoint_equal(&left->other, &right->other)) ||
           (endpoint_equal(&left->one, &right->other) && endpoint_equal(&left->other, &right->one));
}

static bool is_of_flows(const struct extraction *extraction, const struct packet *packet)
{
    struct ends ends = ends_of(packet);
    for (size_t i = 0; i < extraction->flow_count; i++)
        if (ends_equal(&extraction->flows[i], &ends))
            return true;
    return false;
}

static bool is_evidence(const struct extraction *extraction, uint64_t identity)
{
    const struct finding *finding = extraction->order->finding;
    for (size_t i = 0; i < finding->evidence_count; i++)
        if (finding->evidence[i].identity == identity)
            return true;
    return false;
}

static bool is_wanted(const struct extraction *extraction, uint64_t identity,
                      const struct packet *packet)
{
    const struct evidence_order *order = extraction->order;
    return is_evidence(extraction, identity) ||
           is_among(order->others, order->other_count, identity) ||
           is_among(extraction->pieces, extraction->piece_count, identity) ||
           (order->whole_flows && packet != NULL && is_of_flows(extraction, packet));
}

/* A fragment came: it may turn out to be a piece of what is wanted. */
static void remember_fragment(struct extraction *extraction, uint64_t identity,
                              const struct packet *packet)
{
    struct fragment *fragment =
        &extraction->fragments[extraction->fragment_count++ % FRAGMENT_LIMIT];
    *fragment = (struct fragment){identity, packet->source, packet->destination,
                                  packet->ip_identification, packet->time};
}

/* The datagram is whole and wanted: its pieces are, too. False without memory. */
static bool want_pieces(struct extraction *extraction, const struct packet *packet)
{
    size_t count = extraction->fragment_count < FRAGMENT_LIMIT ? (size_t)extraction->fragment_count
                                                               : FRAGMENT_LIMIT;
    for (size_t i = 0; i < count; i++) {
        const struct fragment *fragment = &extraction->fragments[i];
        if (fragment->identification != packet->ip_identification ||
            packet->time - fragment->time > FRAGMENT_AGE ||
            !address_equal(&fragment->source, &packet->source) ||
            !address_equal(&fragment->destination, &packet->destination))
            continue;
        void *grown = array_grow(extraction->pieces, extraction->piece_count,
                                 &extraction->piece_capacity, sizeof *extraction->pieces);
        if (grown == NULL)
            return memory_out(extraction);
        extraction->pieces = grown;
        extraction->pieces[extraction->piece_count++] = fragment->identity;
    }
    return true;
}

/* The first reading, which ends with the last of the evidence: whose packets are they,
 * and in which pieces did they come? */
static bool learn(struct extraction *extraction, size_t source, uint64_t identity,
                  const struct frame *frame, const struct packet *packet)
{
    (void)source;
    (void)frame;
    if (!is_evidence(extraction, identity))
        return true;
    extraction->evidence_left--;
    if (packet != NULL && packet->reassembled && !want_pieces(extraction, packet))
        return false;
    if (packet != NULL && !is_of_flows(extraction, packet) &&
        extraction->flow_count < FINDING_EVIDENCE_LIMIT)
        extraction->flows[extraction->flow_count++] = ends_of(packet);
    return extraction->evidence_left > 0;
}

/* The second, for whole flows: which of their datagrams came in pieces? */
static bool gather(struct extraction *extraction, size_t source, uint64_t identity,
                   const struct frame *frame, const struct packet *packet)
{
    (void)source;
    (void)frame;
    if (packet == NULL || !packet->reassembled || !is_wanted(extraction, identity, packet))
        return true;
    return want_pieces(extraction, packet);
}

static bool interface_of(struct extraction *extraction, size_t source, int link_type,
                         uint32_t *index)
{
    for (size_t i = 0; i < extraction->interface_count; i++)
        if (extraction->interfaces[i].source == source &&
            extraction->interfaces[i].link_type == link_type) {
            *index = extraction->interfaces[i].index;
            return true;
        }
    void *grown = array_grow(extraction->interfaces, extraction->interface_count,
                             &extraction->interface_capacity, sizeof *extraction->interfaces);
    if (grown == NULL)
        return memory_out(extraction);
    extraction->interfaces = grown;
    struct pcapng_interface interface = {.name = extraction->order->sources[source].fact.name,
                                         .link_type = link_type};
    if (!pcapng_writer_interface(extraction->writer, &interface, index))
        return false;
    extraction->interfaces[extraction->interface_count++] =
        (struct interface){(uint32_t)source, link_type, *index};
    return true;
}

/* What stands in the way of a frame that does not look as it did. */
static bool is_changed(const struct extraction *extraction, size_t source, const char *how)
{
    const struct evidence_source *changed = &extraction->order->sources[source];
    return problem_set(extraction->problem,
                       "%s: is not the capture that was read (%s); put the one that was there "
                       "back, or name its folder with --captures",
                       changed->file, how);
}

/* The comment on a packet: why it matters, and for what. */
static bool comment_on(struct extraction *extraction, size_t source, uint64_t identity,
                       const struct frame *frame, struct text *comment)
{
    const struct finding *finding = extraction->order->finding;
    for (size_t i = 0; i < finding->evidence_count; i++) {
        const struct evidence *evidence = &finding->evidence[i];
        if (evidence->identity != identity)
            continue;
        if (extraction->order->sources[source].ring && evidence->time != frame->time)
            continue;
        if (evidence->time != TIMESTAMP_NONE && evidence->time != frame->time)
            return is_changed(extraction, source, "its packets have other times");
        extraction->found[i] = true;
        if (comment->length == 0)
            text_add_format(comment, "%s %s: ", finding->id, finding->kind);
        else
            text_add(comment, "; ");
        text_add(comment, evidence->note);
    }
    if (comment->length > 0)
        text_add_format(comment, " (packet %llu of %s)\n%s",
                        (unsigned long long)packet_number(identity),
                        extraction->order->sources[source].fact.name, finding->summary);
    return !comment->failed || memory_out(extraction);
}

static bool write_frame(struct extraction *extraction, size_t source, uint64_t identity,
                        const struct frame *frame, const struct packet *packet)
{
    struct text comment = {0};
    struct frame shown = *frame;
    uint32_t index = 0;
    if (!is_wanted(extraction, identity, packet))
        return true;
    if (extraction->room != NULL)
        evidence_rewrite(extraction->order->pseudonyms, frame, extraction->network,
                         extraction->room, &shown);
    bool written = comment_on(extraction, source, identity, frame, &comment) &&
                   interface_of(extraction, source, shown.link_type, &index) &&
                   pcapng_writer_packet(extraction->writer, index, &shown,
                                        comment.length > 0 ? text_content(&comment) : NULL,
                                        packet_number(identity));
    extraction->counts->packets += written;
    extraction->counts->commented += written && comment.length > 0;
    text_release(&comment);
    return written;
}

static bool take_frame(struct extraction *extraction, const struct frame *frame, frame_taker *take)
{
    struct packet packet;
    size_t source = packet_source(frame->packet) - 1;
    const struct evidence_source *from = &extraction->order->sources[source];
    /* A ring may hold packets of other runs, which had the same numbers. */
    if (from->ring && (frame->time < from->fact.first_time || frame->time > from->fact.last_time))
        return true;
    uint64_t identity = packet_identity(from->fact.id, from->ring ? frame->stored_number
                                                                  : packet_number(frame->packet));
    enum decapsulation answer = decapsulate(extraction->decapsulator, frame, &packet);
    bool read = answer == DECAPSULATED || answer == DECAPSULATED_FRAGMENT;
    extraction->network = read ? packet.network : bytes_of(NULL, 0);
    if (answer == DECAPSULATED_FRAGMENT)
        remember_fragment(extraction, identity, &packet);
    return take(extraction, source, identity, frame, answer == DECAPSULATED ? &packet : NULL);
}

/* All were read to their ends: are they what was read then? */
static bool check_contents(const struct extraction *extraction, const struct source_set *sources)
{
    for (size_t i = 0; i < extraction->order->source_count; i++) {
        const struct evidence_source *source = &extraction->order->sources[i];
        const char *then = source->ring ? NULL : source->fact.content;
        struct fact_source now;
        source_set_describe(sources, i, &now);
        if (then != NULL && now.content != NULL && strcmp(then, now.content) != 0)
            return is_changed(extraction, i, "it has another content");
    }
    return true;
}

static bool read_sources(struct extraction *extraction, frame_taker *take)
{
    const struct evidence_order *order = extraction->order;
    const char **names = calloc(order->source_count, sizeof *names);
    struct source_set *sources = NULL;
    const struct frame *frame;
    bool taken = true;
    if (names == NULL)
        return memory_out(extraction);
    for (size_t i = 0; i < order->source_count; i++)
        names[i] = order->sources[i].file;
    decapsulator_release(extraction->decapsulator);
    extraction->decapsulator = decapsulator_create();
    extraction->fragment_count = 0;
    sources = source_set_open(names, order->source_count, NULL, extraction->problem);
    free(names);
    if (sources == NULL || extraction->decapsulator == NULL) {
        source_set_close(sources);
        return memory_out(extraction);
    }
    while (taken && (frame = source_set_next(sources)) != NULL)
        taken = take_frame(extraction, frame, take);
    if (source_set_memory_out(sources) || decapsulator_memory_out(extraction->decapsulator))
        memory_out(extraction);
    if (taken)
        check_contents(extraction, sources);
    source_set_close(sources);
    return extraction->problem->text[0] == '\0';
}

static bool check_found(const struct extraction *extraction)
{
    const struct evidence_order *order = extraction->order;
    const struct finding *finding = order->finding;
    for (size_t i = 0; i < finding->evidence_count; i++) {
        if (extraction->found[i])
            continue;
        for (size_t source = 0; source < order->source_count; source++)
            if (!order->sources[source].ring &&
                order->sources[source].fact.id == packet_source(finding->evidence[i].identity))
                return is_changed(extraction, source, "it has fewer packets");
    }
    return true;
}

static bool write_all(struct extraction *extraction, FILE *file)
{
    const struct finding *finding = extraction->order->finding;
    struct text comment = {0};
    text_add_format(&comment, "%s %s: %s\n%s\n%s", finding->id, finding->kind, finding->summary,
                    finding->explanation, finding->remedy);
    if (comment.failed) {
        text_release(&comment);
        fclose(file);
        return memory_out(extraction);
    }
    extraction->writer = pcapng_writer_create_commented(
        file, "applepath " PACKAGE_VERSION, text_content(&comment), extraction->problem);
    text_release(&comment);
    if (extraction->writer == NULL)
        return false;
    bool done = read_sources(extraction, write_frame) && check_found(extraction);
    /* What the writer could not write is told here. */
    return pcapng_writer_close(extraction->writer, extraction->problem) && done;
}

/* How many packets the evidence names; two pieces of it may name the same. */
static size_t count_evidence(const struct finding *finding)
{
    size_t count = 0;
    for (size_t i = 0; i < finding->evidence_count; i++) {
        bool first = true;
        for (size_t j = 0; j < i; j++)
            first = first && finding->evidence[j].identity != finding->evidence[i].identity;
        count += first;
    }
    return count;
}

static void sort_pieces(struct extraction *extraction)
{
    if (extraction->piece_count > 1)
        qsort(extraction->pieces, extraction->piece_count, sizeof *extraction->pieces,
              compare_identities);
}

static bool extract(struct extraction *extraction, FILE *file)
{
    extraction->evidence_left = count_evidence(extraction->order->finding);
    bool read = read_sources(extraction, learn);
    sort_pieces(extraction);
    if (read && extraction->order->whole_flows) {
        read = read_sources(extraction, gather);
        sort_pieces(extraction);
    }
    if (read)
        return write_all(extraction, file);
    fclose(file);
    return false;
}

bool evidence_extract(const struct evidence_order *order, FILE *file,
                      struct evidence_counts *counts, struct problem *problem)
{
    struct extraction *extraction = calloc(1, sizeof *extraction);
    *counts = (struct evidence_counts){0};
    if (extraction == NULL) {
        fclose(file);
        return problem_set(problem, "memory is out; close some programs");
    }
    extraction->order = order;
    extraction->counts = counts;
    extraction->problem = problem;
    bool done;
    if (order->pseudonyms != NULL)
        extraction->room = malloc(sizeof *extraction->room);
    if (order->pseudonyms != NULL && extraction->room == NULL) {
        fclose(file);
        done = problem_set(problem, "memory is out; close some programs");
    } else {
        done = extract(extraction, file);
    }
    free(extraction->room);
    decapsulator_release(extraction->decapsulator);
    free(extraction->pieces);
    free(extraction->interfaces);
    free(extraction);
    return done;
}
