/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a SPAN port or capture is fit to judge by, for programs: schema
 * "applepath-doctor/1" (doc/applepath-doctor-1.schema.json).
 */
#include "diagnosis/fitness.h"
#include "reports/json_writer.h"
#include "reports/renderers.h"

static json_t *check_value(struct json_writer *writer, const struct fitness_check *check)
{
    json_t *object = json_object();
    json_t *figures = json_object();

    for (size_t i = 0; i < check->figure_count; i++)
        json_writer_set(writer, figures, check->figures[i].name,
                        json_writer_number(check->figures[i].number));
    json_writer_set(writer, object, "name", json_writer_text(check->name));
    json_writer_set(writer, object, "title", json_writer_text(check->title));
    json_writer_set(writer, object, "subject", json_writer_text(check->subject));
    json_writer_set(writer, object, "verdict", json_string(fitness_grade_word(check->grade)));
    json_writer_set(writer, object, "seen", json_writer_text(check->seen));
    json_writer_set(writer, object, "advice", json_writer_text(check->advice));
    json_writer_set(writer, object, "figures", figures);
    return object;
}

void json_doctor(struct text *out, const struct fitness *fitness, const struct report_style *style)
{
    struct json_writer writer = {false};
    const struct diagnosis *diagnosis = fitness->diagnosis;
    json_t *document = json_object();
    json_t *sources = json_array();
    json_t *checks = json_array();

    for (size_t i = 0; i < diagnosis->source_count; i++)
        json_writer_append(&writer, sources, json_report_source(&writer, &diagnosis->sources[i]));
    for (size_t i = 0; i < fitness->check_count; i++)
        json_writer_append(&writer, checks, check_value(&writer, &fitness->checks[i]));
    json_writer_set(&writer, document, "schema", json_string("applepath-doctor/1"));
    json_writer_set(&writer, document, "tool", json_writer_tool(&writer));
    json_writer_set(&writer, document, "generated", json_writer_time(style->generated));
    json_writer_set(&writer, document, "verdict",
                    json_string(fitness_verdict_word(fitness->verdict)));
    json_writer_set(&writer, document, "sentence", json_writer_text(fitness->sentence));
    json_writer_set(&writer, document, "live", json_boolean(fitness->live));
    json_writer_set(&writer, document, "watched_seconds",
                    fitness->live ? json_writer_number((double)fitness->watched /
                                                       (double)NANOSECONDS_PER_SECOND)
                                  : json_null());
    json_writer_set(&writer, document, "sources", sources);
    json_writer_set(&writer, document, "checks", checks);
    json_writer_finish(&writer, document, out);
}
