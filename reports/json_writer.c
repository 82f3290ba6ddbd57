/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How is a value written into a JSON document?  Values come in, jansson's come out
 * (RFC 8259).  What is not known is null.  Only ASCII is written, the rest is
 * escaped, so that nothing from the wire can steer a terminal.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "reports/json_writer.h"

#include "base/timestamp.h"
#include "diagnosis/finding.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "0.1.0"
#endif

#define LAYOUT (JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15))

/* Above this, a double no longer tells neighbouring whole numbers apart. */
#define WHOLE_NUMBER_LIMIT 9007199254740992.0

void json_writer_set(struct json_writer *writer, json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0)
        writer->failed = true;
}

void json_writer_append(struct json_writer *writer, json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) != 0)
        writer->failed = true;
}

/* Text or null. jansson refuses what is not UTF-8: such text is shown with \xNN
 * in place of its bytes, for a report must not be lost to a hostile name. */
json_t *json_writer_text(const char *foreign)
{
    struct text printable = {0};
    json_t *value;

    if (foreign == NULL)
        return json_null();
    value = json_string(foreign);
    if (value != NULL)
        return value;
    text_add_printable(&printable, foreign);
    if (!printable.failed)
        value = json_string(text_content(&printable));
    text_release(&printable);
    return value;
}

json_t *json_writer_count(uint64_t count)
{
    return json_integer((json_int_t)count);
}

json_t *json_writer_time(int64_t time)
{
    char printed[TIMESTAMP_TEXT_SIZE];

    return time == TIMESTAMP_NONE ? json_null() : json_string(timestamp_print(time, printed));
}

json_t *json_writer_address(const struct address *address)
{
    char printed[ADDRESS_TEXT_SIZE];

    return address_is_none(address) ? json_null() : json_string(address_print(address, printed));
}

/* NaN and infinity, which JSON has not, are null. */
json_t *json_writer_number(double number)
{
    if (number >= -WHOLE_NUMBER_LIMIT && number <= WHOLE_NUMBER_LIMIT &&
        (double)(int64_t)number == number)
        return json_integer((json_int_t)number);
    if (number - number != 0)
        return json_null();
    return json_real(number);
}

json_t *json_writer_port(int port)
{
    return port > 0 ? json_integer(port) : json_null();
}

/* In a list, :: is an address: a name may be answered with it. */
json_t *json_writer_addresses(struct json_writer *writer, const struct address *addresses,
                              size_t count)
{
    char printed[ADDRESS_TEXT_SIZE];
    json_t *array = json_array();

    for (size_t i = 0; i < count; i++)
        json_writer_append(writer, array, json_string(address_print(&addresses[i], printed)));
    return array;
}

json_t *json_writer_texts(struct json_writer *writer, const char *const *texts, size_t count)
{
    json_t *array = json_array();

    for (size_t i = 0; i < count; i++)
        json_writer_append(writer, array, json_writer_text(texts[i]));
    return array;
}

json_t *json_writer_tool(struct json_writer *writer)
{
    json_t *object = json_object();

    json_writer_set(writer, object, "name", json_string("applepath"));
    json_writer_set(writer, object, "version", json_string(PACKAGE_VERSION));
    return object;
}

static int append_output(const char *buffer, size_t size, void *owner)
{
    struct text *out = owner;

    text_add_bytes(out, buffer, size);
    return out->failed ? -1 : 0;
}

/* Writes the document and gives it back. */
void json_writer_finish(const struct json_writer *writer, json_t *document, struct text *out)
{
    if (writer->failed || json_dump_callback(document, append_output, out, LAYOUT) != 0)
        out->failed = true;
    json_decref(document);
    text_add(out, "\n");
}
