/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ring of places: a number tells the place, and whether it is somebody else's by now.
 */
#include "dissectors/http_early.h"

#include <stdlib.h>
#include <string.h>

void http_early_release(struct http_early_answers *answers)
{
    free(answers->places);
    answers->places = NULL;
}

uint64_t http_early_begin(struct http_early_answers *answers, const struct packet *packet)
{
    if (answers->places == NULL)
        answers->places = calloc(EARLY_LIMIT, sizeof *answers->places);
    if (answers->places == NULL)
        return 0;
    struct http_early *early = &answers->places[++answers->last % EARLY_LIMIT];
    early->number = answers->last;
    early->length = 0;
    early->packet = *packet;
    early->packet.network = early->packet.payload = early->packet.tcp_options =
        early->packet.process = bytes_of(NULL, 0);
    return early->number;
}

struct http_early *http_early_find(const struct http_early_answers *answers, uint64_t number)
{
    if (number == 0 || answers->places == NULL)
        return NULL;
    struct http_early *early = &answers->places[number % EARLY_LIMIT];
    return early->number == number ? early : NULL;
}

void http_early_add(struct http_early *early, struct bytes *available)
{
    struct bytes piece;
    size_t room = EARLY_SIZE - early->length;
    if (!bytes_take(available, room < available->length ? room : available->length, &piece) ||
        piece.length == 0)
        return;
    /* What follows an answer that was kept may take its place. */
    memmove(early->bytes + early->length, piece.data, piece.length);
    early->length += piece.length;
}
