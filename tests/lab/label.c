/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does a label say?  Lines of words come in; a word may be quoted in part, as
 * in issuer="O=Lab, CN=proxy".  A line that is not understood is refused: a
 * label that says less than its author thinks would let a fault pass.
 */
#include "label.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORD_LIMIT (LABEL_KEY_LIMIT + 2)

struct line {
    struct label *label;
    const char *words[WORD_LIMIT];
    size_t count;
    struct problem *problem;
};

static bool is_space(char character)
{
    return character == ' ' || character == '\t' || character == '\r';
}

/* Cuts `text` into words in place. */
static bool split(struct line *line, char *text)
{
    char *read = text;
    for (;;) {
        while (is_space(*read))
            read++;
        if (*read == '\0')
            return true;
        if (line->count == WORD_LIMIT)
            return problem_set(line->problem, "more than %d words", WORD_LIMIT);
        char *write = read;
        line->words[line->count++] = write;
        bool quoted = false;
        for (; *read != '\0' && (quoted || !is_space(*read)); read++) {
            if (*read == '"')
                quoted = !quoted;
            else
                *write++ = *read;
        }
        if (quoted)
            return problem_set(line->problem, "a quotation mark is not closed");
        bool end = *read == '\0';
        *write = '\0';
        if (!end)
            read++;
    }
}

/* Makes room for one more; NULL when memory is out. The list moves. */
static void *grow(struct label *label, const void *list, size_t count, size_t size)
{
    char *larger = arena_allocate(&label->arena, (count + 1) * size);
    if (larger != NULL && count > 0)
        memcpy(larger, list, count * size);
    return larger;
}

static bool memory_is_out(struct line *line)
{
    return problem_set(line->problem, "memory is out");
}

static bool parse_verdict(struct line *line)
{
    if (line->count < 2)
        return problem_set(line->problem, "verdict wants a word");
    for (size_t i = 1; i < line->count; i++) {
        size_t verdict = 0;
        while (verdict < LABEL_VERDICTS &&
               strcmp(line->words[i], verdict_word((enum verdict)verdict)) != 0)
            verdict++;
        if (verdict == LABEL_VERDICTS)
            return problem_set(line->problem, "there is no verdict '%s'", line->words[i]);
        line->label->verdicts[verdict] = true;
    }
    line->label->has_verdict = true;
    return true;
}

static bool parse_port(const char *word, int *port)
{
    char *end;
    long value = strtol(word, &end, 10);
    if (*word == '\0' || *end != '\0' || value < 0 || value > 65535)
        return false;
    *port = (int)value;
    return true;
}

static bool parse_coverage(struct line *line)
{
    struct label *label = line->label;
    struct label_coverage row = {0};
    int status = COVERAGE_UNSEEN;
    if (line->count != 5 || !parse_port(line->words[2], &row.port))
        return problem_set(line->problem, "coverage wants HOST PORT TRANSPORT STATUS");
    while (status <= COVERAGE_FAILING &&
           strcmp(line->words[4], coverage_status_word((enum coverage_status)status)) != 0)
        status++;
    if (status > COVERAGE_FAILING)
        return problem_set(line->problem, "there is no status '%s'", line->words[4]);
    struct label_coverage *list =
        grow(label, label->coverages, label->coverage_count, sizeof *list);
    if (list == NULL)
        return memory_is_out(line);
    row.host = arena_copy(&label->arena, line->words[1]);
    row.transport = arena_copy(&label->arena, line->words[3]);
    row.status = (enum coverage_status)status;
    list[label->coverage_count++] = row;
    label->coverages = list;
    return true;
}

static const struct {
    const char *word;
    enum label_key_kind kind;
} key_words[] = {
    {"host", LABEL_HOST},           {"port", LABEL_PORT},
    {"transport", LABEL_TRANSPORT}, {"culprit", LABEL_CULPRIT},
    {"role", LABEL_ROLE},           {"device", LABEL_DEVICE},
    {"name", LABEL_NAME},           {"address", LABEL_ADDRESS},
    {"severity", LABEL_SEVERITY},   {"confidence", LABEL_CONFIDENCE},
};

/* What is no field of a finding is a member of its `detail`, with that prefix or without. */
static void name_key(struct label_key *key, const char *word)
{
    for (size_t i = 0; i < sizeof key_words / sizeof key_words[0]; i++)
        if (strcmp(word, key_words[i].word) == 0) {
            key->kind = key_words[i].kind;
            return;
        }
    key->kind = LABEL_DETAIL;
    key->name = strncmp(word, "detail.", 7) == 0 ? word + 7 : word;
}

static bool parse_key(struct line *line, const char *word, struct label_key *key)
{
    const char *equals = strchr(word, '=');
    if (equals == NULL || equals == word || equals[1] == '\0')
        return problem_set(line->problem, "'%s' is not KEY=VALUE", word);
    struct arena *arena = &line->label->arena;
    name_key(key, arena_format(arena, "%.*s", (int)(equals - word), word));
    key->value = arena_copy(arena, equals + 1);
    int port;
    bool ok = true, none = strcmp(key->value, "none") == 0;
    if (key->kind == LABEL_DEVICE || key->kind == LABEL_ADDRESS)
        ok = address_parse(key->value, &key->address);
    else if (key->kind == LABEL_CULPRIT)
        ok = none || address_parse(key->value, &key->address);
    else if (key->kind == LABEL_PORT)
        ok = none || parse_port(key->value, &port);
    return ok || problem_set(line->problem, "'%s' cannot be: it is no address or port", word);
}

/* What failures call the claim: its kind, what tells it from others, a number where it is
 * not the first of that name. */
static const char *claim_text(struct label *label, const struct label_claim *claim)
{
    const char *text = claim->kind;
    for (size_t i = 0; i < claim->key_count; i++)
        if (claim->keys[i].kind <= LABEL_TRANSPORT)
            text = arena_format(&label->arena, "%s %s", text, claim->keys[i].value);
    size_t number = 1, length = strlen(text);
    for (size_t i = 0; i < label->claim_count; i++)
        number +=
            label->claims[i].must && strncmp(label->claims[i].text, text, length) == 0 &&
            (label->claims[i].text[length] == '\0' || label->claims[i].text[length + 1] == '#');
    return number == 1 ? text : arena_format(&label->arena, "%s #%zu", text, number);
}

static bool parse_claim(struct line *line, bool must)
{
    struct label *label = line->label;
    struct label_claim claim = {.must = must};
    if (line->count < 2)
        return problem_set(line->problem, "%s wants a kind of finding", line->words[0]);
    if (label->claim_count == LABEL_CLAIM_LIMIT)
        return problem_set(line->problem, "more than %d lines of must and may", LABEL_CLAIM_LIMIT);
    claim.kind = arena_copy(&label->arena, line->words[1]);
    for (size_t i = 2; i < line->count; i++)
        if (!parse_key(line, line->words[i], &claim.keys[claim.key_count++]))
            return false;
    struct label_claim *list = grow(label, label->claims, label->claim_count, sizeof *list);
    if (list == NULL)
        return memory_is_out(line);
    claim.text = claim_text(label, &claim);
    list[label->claim_count++] = claim;
    label->claims = list;
    return true;
}

static bool parse_option(struct line *line)
{
    struct label *label = line->label;
    if (line->count < 2)
        return problem_set(line->problem, "option wants a text");
    const char *text = line->words[1];
    for (size_t i = 2; i < line->count; i++)
        text = arena_format(&label->arena, "%s %s", text, line->words[i]);
    const char **list = grow(label, label->options, label->option_count, sizeof *list);
    if (list == NULL)
        return memory_is_out(line);
    list[label->option_count++] = arena_copy(&label->arena, text);
    label->options = list;
    return true;
}

static bool parse_line(struct line *line)
{
    if (line->count == 0)
        return true;
    const char *word = line->words[0];
    if (strcmp(word, "verdict") == 0)
        return parse_verdict(line);
    if (strcmp(word, "must") == 0 || strcmp(word, "may") == 0)
        return parse_claim(line, word[1] == 'u');
    if (strcmp(word, "coverage") == 0)
        return parse_coverage(line);
    if (strcmp(word, "option") == 0)
        return parse_option(line);
    if (strcmp(word, "trust") == 0) {
        line->label->trust = true;
        return true;
    }
    return problem_set(line->problem, "'%s' is no statement of a label", word);
}

bool label_parse(struct label *label, const char *name, const char *content,
                 struct problem *problem)
{
    memset(label, 0, sizeof *label);
    for (size_t number = 1; *content != '\0'; number++) {
        size_t length = strcspn(content, "\n");
        char *text = arena_allocate(&label->arena, length + 1);
        if (text == NULL)
            return problem_set(problem, "%s: memory is out", name);
        memcpy(text, content, length);
        content += length + (content[length] == '\n');
        if (text[strspn(text, " \t")] == '#')
            continue;
        struct problem reason = {""};
        struct line line = {.label = label, .problem = &reason};
        if (!split(&line, text) || !parse_line(&line))
            return problem_set(problem, "%s:%zu: %s", name, number, reason.text);
    }
    return !label->arena.failed || problem_set(problem, "%s: memory is out", name);
}

void label_release(struct label *label)
{
    arena_release(&label->arena);
}

bool label_has_option(const struct label *label, const char *option)
{
    for (size_t i = 0; i < label->option_count; i++)
        if (strcmp(label->options[i], option) == 0)
            return true;
    return false;
}
