/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decapsulation, the filter of copies, and the hash by which the flow is found.
 */
#include "program/examiner.h"

#include <stdlib.h>

#include "flows/flow_hash.h"

struct examiner {
    struct decapsulator *decapsulator;
    struct duplicate_filter *duplicates;
    struct hash_key flows;
    struct hash_key questions;
};

struct examiner *examiner_create(const uint16_t *vxlan_ports, size_t vxlan_port_count,
                                 struct hash_key flows, struct hash_key questions)
{
    struct examiner *examiner = calloc(1, sizeof *examiner);
    if (examiner == NULL)
        return NULL;
    examiner->flows = flows;
    examiner->questions = questions;
    examiner->decapsulator = decapsulator_create();
    examiner->duplicates = duplicate_filter_create();
    for (size_t i = 0; examiner->decapsulator != NULL && i < vxlan_port_count; i++)
        (void)decapsulator_add_vxlan_port(examiner->decapsulator, vxlan_ports[i]);
    if (examiner->decapsulator != NULL && examiner->duplicates != NULL)
        return examiner;
    examiner_release(examiner);
    return NULL;
}

void examiner_release(struct examiner *examiner)
{
    if (examiner == NULL)
        return;
    duplicate_filter_release(examiner->duplicates);
    decapsulator_release(examiner->decapsulator);
    free(examiner);
}

/* Broadcast and multicast have no other side that could answer or refuse. */
static bool packet_is_conversation(const struct packet *packet)
{
    return (packet->transport == TRANSPORT_TCP || packet->transport == TRANSPORT_UDP) &&
           !address_is_multicast(&packet->destination) && !address_is_unspecified(&packet->source);
}

void examiner_sign(const struct examiner *examiner, struct examined *examined)
{
    struct packet *packet = &examined->packet;
    if (examined->answer != DECAPSULATED)
        return;
    examined->conversation = packet_is_conversation(packet);
    examined->signature = duplicate_filter_sign(examiner->duplicates, packet);
    if (packet->transport == TRANSPORT_TCP || packet->transport == TRANSPORT_UDP)
        packet->flow_hash =
            flow_hash(&examiner->flows, &packet->source, packet->source_port, &packet->destination,
                      packet->destination_port, packet->transport);
    dns_question_sign(&examiner->questions, packet, examined->question);
}

bool examiner_frame(struct examiner *examiner, const struct frame *frame, struct examined *examined)
{
    examined->begins_frame = true;
    examined->answer = decapsulate(examiner->decapsulator, frame, &examined->packet);
    return decapsulator_has_more(examiner->decapsulator);
}

bool examiner_next(struct examiner *examiner, struct examined *examined)
{
    if (!decapsulate_next(examiner->decapsulator, &examined->packet, &examined->answer))
        return false;
    examined->begins_frame = false;
    return true;
}

void examiner_compare(struct examiner *examiner, struct examined *examined)
{
    if (examined->answer == DECAPSULATED)
        examined->copy = (uint8_t)duplicate_filter_seen(examiner->duplicates, &examined->packet,
                                                        examined->signature);
}

const struct unread_layers *examiner_unread(const struct examiner *examiner)
{
    return decapsulator_unread(examiner->decapsulator);
}

uint64_t examiner_fragments_dropped(const struct examiner *examiner)
{
    return decapsulator_fragments_dropped(examiner->decapsulator);
}

bool examiner_memory_out(const struct examiner *examiner)
{
    return decapsulator_memory_out(examiner->decapsulator);
}
