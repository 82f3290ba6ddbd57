/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How is one of many captures read?  Its first frame tells when its turn comes;
 * until then it needs no memory and, if need be, no open file.  Frames go out with
 * their numbers; what is known of the file is collected on the way.
 */
#include "capture/source_file.h"

#include <stdio.h>
#include <stdlib.h>

#include "capture/content.h"
#include "capture/decapsulate.h"
#include "capture/link_types.h"

bool source_file_ended(const struct source_file *file)
{
    return file->input == NULL;
}

static bool supports_any(const struct reader_notes *notes)
{
    for (size_t i = 0; i < notes->link_type_count; i++)
        if (decapsulate_knows_link_type(notes->link_types[i]))
            return true;
    return false;
}

static bool refuse_link_type(const struct source_file *file, struct problem *problem)
{
    int link_type = file->notes.link_types[0];
    const char *name = link_type_name(link_type);
    char number[16];

    snprintf(number, sizeof number, "%d", link_type);
    return problem_set(problem,
                       "%s: has link type %s, which is not supported; capture where the "
                       "packets are Ethernet frames, e.g. at the switch's mirror port or "
                       "the router",
                       file->name, strcmp(name, "unknown") != 0 ? name : number);
}

/* A filter that fits none of the interfaces that are announced is not valid. */
static bool check_filter(const struct source_file *file, struct filter *filter,
                         struct problem *problem)
{
    char reason[FILTER_REASON_SIZE] = "";
    bool any = filter == NULL || file->notes.link_type_count == 0;

    for (size_t i = file->notes.link_type_count; !any && i-- > 0;)
        any = filter_fits(filter, file->notes.link_types[i], reason);
    return any || problem_set(problem, "%s: the filter '%s' is not valid: %s; see pcap-filter(7)",
                              file->name, filter_expression(filter), reason);
}

/* What the file held until its end, as a value by which it is known again. */
static void set_content(struct source_file *file)
{
    char digest[INPUT_CONTENT_SIZE];

    input_content(file->input, digest);
    content_put(file->content, digest, file->number);
}

static void finish(struct source_file *file, const char *reason)
{
    if (file->notes.interfaces.failed || file->notes.comment.failed)
        reason = INPUT_MEMORY_OUT;
    if (reason != NULL) {
        file->fact.cut_short = true;
        snprintf(file->break_reason, sizeof file->break_reason, "%s", reason);
    }
    file->bytes_read = input_position(file->input);
    set_content(file);
    reader_close(file->reader);
    input_close(file->input);
    file->reader = NULL;
    file->input = NULL;
}

void source_file_suspend(struct source_file *file)
{
    if (!input_is_regular(file->input))
        return;
    reader_close(file->reader);
    file->reader = NULL;
    file->looked = false;
    input_suspend(file->input);
}

static bool resume(struct source_file *file)
{
    struct problem problem = {""};

    if (!input_resume(file->input)) {
        finish(file, input_reason(file->input));
        return false;
    }
    file->reader = reader_open(file->input, file->name, &file->notes, &problem);
    if (file->reader == NULL)
        finish(file, problem.text);
    return file->reader != NULL;
}

/* Reads the first frame, or on to where an interface is announced that is supported;
 * a pipe cannot be read twice, so there the first frame decides. */
static bool look(struct source_file *file, struct problem *problem)
{
    enum reader_answer answer = reader_next(file->reader, &file->head);
    int64_t first_time = file->head.time;
    size_t frames = answer == READER_FRAME ? 1 : 0;

    while (answer == READER_FRAME && !supports_any(&file->notes) && input_is_regular(file->input)) {
        answer = reader_next(file->reader, &file->head);
        frames++;
    }
    file->head.time = first_time;
    if (file->notes.link_type_count > 0 && !supports_any(&file->notes))
        return refuse_link_type(file, problem);
    if (frames > 1)
        source_file_suspend(file);
    else if (answer == READER_FRAME)
        file->looked = true;
    else
        finish(file, answer == READER_BROKEN ? reader_reason(file->reader) : NULL);
    return true;
}

bool source_file_open(struct source_file *file, const char *operand, struct input_settings settings,
                      struct filter *filter, struct problem *problem)
{
    bool standard_input = strcmp(operand, "-") == 0;

    file->name = strdup(standard_input ? "standard input" : operand);
    if (file->name == NULL)
        return problem_set(problem, "%s: memory is out; read fewer files at once", operand);
    file->path = standard_input ? NULL : realpath(operand, NULL);
    file->fact.first_time = TIMESTAMP_NONE;
    file->fact.last_time = TIMESTAMP_NONE;
    file->input = input_open(operand, file->name, settings, problem);
    if (file->input == NULL)
        return false;
    file->size = input_size(file->input);
    file->reader = reader_open(file->input, file->name, &file->notes, problem);
    return file->reader != NULL && look(file, problem) && check_filter(file, filter, problem);
}

void source_file_close(struct source_file *file)
{
    reader_close(file->reader);
    input_close(file->input);
    reader_notes_clear(&file->notes);
    free(file->name);
    free(file->path);
}

bool source_file_advance(struct source_file *file, struct filter *filter)
{
    enum reader_answer answer = READER_FRAME;

    if (file->reader == NULL && !resume(file))
        return false;
    for (;;) {
        if (file->looked)
            file->looked = false;
        else
            answer = reader_next(file->reader, &file->head);
        if (answer != READER_FRAME)
            break;
        file->number++;
        if (filter != NULL && !filter_passes(filter, &file->head))
            continue;
        file->head.packet = packet_identity(file->fact.id, file->number);
        file->begun = true;
        return true;
    }
    finish(file, answer == READER_BROKEN ? reader_reason(file->reader) : NULL);
    return false;
}

static void count_link_type(struct source_file *file, int link_type)
{
    for (size_t i = 0; i < file->counted; i++) {
        if (file->counts[i].link_type != link_type)
            continue;
        file->counts[i].packets++;
        return;
    }
    if (file->counted == READER_LINK_TYPE_LIMIT)
        return;
    file->counts[file->counted++] = (struct link_type_count){
        .link_type = link_type, .supported = decapsulate_knows_link_type(link_type), .packets = 1};
}

void source_file_count(struct source_file *file)
{
    const struct frame *frame = &file->head;
    struct fact_source *fact = &file->fact;

    fact->bytes += frame->wire_length;
    fact->truncated_packets += frame->data.length < frame->wire_length;
    fact->packets++;
    if (fact->first_time == TIMESTAMP_NONE || frame->time < fact->first_time)
        fact->first_time = frame->time;
    if (frame->time > fact->last_time) /* or there is none */
        fact->last_time = frame->time;
    if (file->counted > 0 && file->counts[0].link_type == frame->link_type)
        file->counts[0].packets++;
    else
        count_link_type(file, frame->link_type);
}

uint64_t source_file_position(const struct source_file *file)
{
    return file->input != NULL ? input_position(file->input) : file->bytes_read;
}

static void add_link_type(struct source_file *file, size_t *length, int link_type)
{
    snprintf(file->link_types + *length, sizeof file->link_types - *length, "%s%s",
             *length > 0 ? ", " : "", link_type_name(link_type));
    *length += strlen(file->link_types + *length);
}

/* Those of its packets; where it has none, of its interfaces. */
static void set_link_types(struct source_file *file)
{
    size_t length = 0;

    for (size_t i = 0; i < file->counted; i++)
        add_link_type(file, &length, file->counts[i].link_type);
    for (size_t i = 0; file->counted == 0 && i < file->notes.link_type_count; i++)
        add_link_type(file, &length, file->notes.link_types[i]);
    if (length == 0)
        snprintf(file->link_types, sizeof file->link_types, "unknown");
}

static const char *known(const char *text)
{
    return text[0] != '\0' ? text : NULL;
}

void source_file_describe(struct source_file *file, struct fact_source *fact)
{
    set_link_types(file);
    *fact = file->fact;
    fact->name = file->name;
    fact->path = file->path;
    fact->link_type = file->link_types;
    for (size_t i = 0; i < file->counted; i++)
        fact->undecoded_packets += file->counts[i].supported ? 0 : file->counts[i].packets;
    fact->dropped_packets = file->notes.dropped_packets;
    fact->interfaces = known(text_content(&file->notes.interfaces));
    fact->comment = known(text_content(&file->notes.comment));
    fact->content = known(file->content);
}
