/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How is a filter asked?  libpcap compiles the expression once for each link type
 * and runs the program over a frame's bytes.
 */
#include "capture/filter.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>

#define LINK_TYPE_LIMIT 64u
#define SNAPSHOT_LENGTH 262144

struct filter_program {
    int link_type;
    bool fits;
    struct bpf_program code;
    char reason[FILTER_REASON_SIZE];
};

struct filter {
    char *expression;
    struct filter_program *programs; /* LINK_TYPE_LIMIT of them */
    size_t count;
    size_t last; /* asked: the next frame is mostly of the same link type */
};

struct filter *filter_create(const char *expression)
{
    struct filter *filter = calloc(1, sizeof *filter);

    if (filter == NULL)
        return NULL;
    filter->expression = strdup(expression);
    filter->programs = calloc(LINK_TYPE_LIMIT, sizeof *filter->programs);
    if (filter->expression != NULL && filter->programs != NULL)
        return filter;
    filter_release(filter);
    return NULL;
}

void filter_release(struct filter *filter)
{
    if (filter == NULL)
        return;
    for (size_t i = 0; i < filter->count; i++)
        if (filter->programs[i].fits)
            pcap_freecode(&filter->programs[i].code);
    free(filter->programs);
    free(filter->expression);
    free(filter);
}

static void compile(struct filter *filter, struct filter_program *program)
{
    pcap_t *capture = pcap_open_dead(program->link_type, SNAPSHOT_LENGTH);

    if (capture == NULL) {
        snprintf(program->reason, sizeof program->reason, "memory is out");
        return;
    }
    program->fits =
        pcap_compile(capture, &program->code, filter->expression, 1, PCAP_NETMASK_UNKNOWN) == 0;
    if (!program->fits)
        snprintf(program->reason, sizeof program->reason, "%s", pcap_geterr(capture));
    pcap_close(capture);
}

static const struct filter_program *find_program(struct filter *filter, int link_type)
{
    if (filter->last < filter->count && filter->programs[filter->last].link_type == link_type)
        return &filter->programs[filter->last];
    for (size_t i = 0; i < filter->count; i++) {
        if (filter->programs[i].link_type != link_type)
            continue;
        filter->last = i;
        return &filter->programs[i];
    }
    if (filter->count >= LINK_TYPE_LIMIT)
        return NULL;
    filter->last = filter->count++;
    filter->programs[filter->last].link_type = link_type;
    compile(filter, &filter->programs[filter->last]);
    return &filter->programs[filter->last];
}

const char *filter_expression(const struct filter *filter)
{
    return filter->expression;
}

bool filter_fits(struct filter *filter, int link_type, char reason[FILTER_REASON_SIZE])
{
    const struct filter_program *program = find_program(filter, link_type);

    if (program != NULL && program->fits)
        return true;
    if (reason != NULL)
        snprintf(reason, FILTER_REASON_SIZE, "%s",
                 program != NULL ? program->reason : "there are too many link types");
    return false;
}

bool filter_passes(struct filter *filter, const struct frame *frame)
{
    const struct filter_program *program = find_program(filter, frame->link_type);
    struct pcap_pkthdr header = {.caplen = (bpf_u_int32)frame->data.length,
                                 .len = frame->wire_length};

    return program != NULL && program->fits &&
           pcap_offline_filter(&program->code, &header, frame->data.data) != 0;
}
