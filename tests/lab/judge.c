/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is this diagnosis right?  Each `must` line is given the finding that fits it best;
 * what it says is compared group by group; what is left must be allowed by some line.
 * Where a variant hides the fault, less may be said than the label has, but
 * nothing else.
 */
#include "judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FINDING_LIMIT 256

enum agreement { AGREES, VAGUE, CONTRADICTS };

static const char *const group_words[JUDGE_GROUPS] = {"culprit", "devices", "detail", "names",
                                                      "severity"};

static enum judge_group group_of(enum label_key_kind kind)
{
    switch (kind) {
    case LABEL_CULPRIT:
    case LABEL_ROLE:
        return JUDGE_CULPRIT;
    case LABEL_DEVICE:
        return JUDGE_DEVICES;
    case LABEL_DETAIL:
        return JUDGE_DETAIL;
    case LABEL_NAME:
    case LABEL_ADDRESS:
        return JUDGE_NAMES;
    case LABEL_SEVERITY:
    case LABEL_CONFIDENCE:
        return JUDGE_SEVERITY;
    case LABEL_HOST:
    case LABEL_PORT:
    case LABEL_TRANSPORT:
        break;
    }
    return JUDGE_GROUPS;
}

/* `value` may have alternatives; NULL is "none". */
static bool word_agrees(const char *value, const char *actual)
{
    if (actual == NULL)
        actual = "none";
    size_t length = strlen(actual);
    for (;;) {
        size_t option = strcspn(value, "|");
        if (option == length && strncasecmp(value, actual, length) == 0)
            return true;
        if (value[option] == '\0')
            return false;
        value += option + 1;
    }
}

/* A number may be given as LOWEST..HIGHEST. (strtod would take the first point for its own.) */
static bool number_agrees(const char *value, double actual)
{
    char low[32], *end;
    const char *points = strstr(value, "..");
    const char *high = points == NULL ? value : points + 2;
    size_t length = points == NULL ? strlen(value) : (size_t)(points - value);
    if (length == 0 || length >= sizeof low || *high == '\0')
        return false;
    memcpy(low, value, length);
    low[length] = '\0';
    if (actual < strtod(low, &end) || *end != '\0')
        return false;
    return actual <= strtod(high, &end) && *end == '\0';
}

static bool lists_address(const struct address *list, size_t count, const struct address *address)
{
    for (size_t i = 0; i < count; i++)
        if (address_equal(&list[i], address))
            return true;
    return false;
}

static enum agreement compare_culprit(const struct label_key *key, const struct finding *finding)
{
    const struct culprit *culprit = finding->culprit;
    bool named = culprit != NULL && culprit->has_address;
    if (key->kind == LABEL_CULPRIT) {
        if (address_is_none(&key->address))
            return named ? CONTRADICTS : AGREES;
        if (!named)
            return VAGUE;
        return address_equal(&key->address, &culprit->address) ? AGREES : CONTRADICTS;
    }
    if (word_agrees(key->value, culprit == NULL ? NULL : culprit_role_word(culprit->role)))
        return AGREES;
    if (culprit == NULL || culprit->role == CULPRIT_UNKNOWN)
        return VAGUE;
    /* Somewhere on the path is no accusation of anybody. */
    return culprit->role == CULPRIT_NETWORK && !named ? VAGUE : CONTRADICTS;
}

static enum agreement compare_detail(const struct label_key *key, const struct finding *finding)
{
    for (size_t i = 0; i < finding->detail_count; i++) {
        const struct detail *detail = &finding->details[i];
        if (strcmp(detail->name, key->name) != 0)
            continue;
        if (detail->text == NULL)
            return number_agrees(key->value, detail->number) ? AGREES : CONTRADICTS;
        if (word_agrees(key->value, detail->text))
            return AGREES;
        return strcmp(detail->text, "unknown") == 0 ? VAGUE : CONTRADICTS;
    }
    return word_agrees(key->value, NULL) ? AGREES : VAGUE;
}

static enum agreement compare_name(const struct label_key *key, const struct finding *finding)
{
    if (key->kind == LABEL_ADDRESS)
        return lists_address(finding->addresses, finding->address_count, &key->address) ? AGREES
                                                                                        : VAGUE;
    for (size_t i = 0; i < finding->name_count; i++)
        if (word_agrees(key->value, finding->names[i]))
            return AGREES;
    return VAGUE;
}

static enum agreement compare_key(const struct label_key *key, const struct finding *finding)
{
    bool agrees = true;
    switch (key->kind) {
    case LABEL_CULPRIT:
    case LABEL_ROLE:
        return compare_culprit(key, finding);
    case LABEL_DETAIL:
        return compare_detail(key, finding);
    case LABEL_NAME:
    case LABEL_ADDRESS:
        return compare_name(key, finding);
    case LABEL_DEVICE:
        return lists_address(finding->devices, finding->device_count, &key->address) ? AGREES
                                                                                     : VAGUE;
    case LABEL_HOST:
        agrees = word_agrees(key->value, finding->host);
        break;
    case LABEL_PORT:
        agrees = finding->port < 0 ? word_agrees(key->value, NULL)
                                   : number_agrees(key->value, finding->port);
        break;
    case LABEL_TRANSPORT:
        agrees = word_agrees(key->value, transport_word(finding->transport));
        break;
    case LABEL_SEVERITY:
        agrees = word_agrees(key->value, severity_word(finding->severity));
        break;
    case LABEL_CONFIDENCE:
        agrees = word_agrees(key->value, confidence_word(finding->confidence));
        break;
    }
    return agrees ? AGREES : CONTRADICTS;
}

/* Where the label names devices, it names them all: one more is accused of suffering. */
static bool names_other_devices(const struct label_claim *claim, const struct finding *finding)
{
    for (size_t i = 0; i < finding->device_count; i++) {
        bool named = false;
        for (size_t k = 0; k < claim->key_count && !named; k++)
            named = claim->keys[k].kind == LABEL_DEVICE &&
                    address_equal(&claim->keys[k].address, &finding->devices[i]);
        if (!named)
            return true;
    }
    return false;
}

static bool claim_speaks_of(const struct label_claim *claim, enum judge_group group)
{
    for (size_t i = 0; i < claim->key_count; i++)
        if (group_of(claim->keys[i].kind) == group)
            return true;
    return false;
}

static enum agreement compare_group(const struct label_claim *claim, const struct finding *finding,
                                    enum judge_group group)
{
    enum agreement worst = AGREES;
    for (size_t i = 0; i < claim->key_count; i++) {
        if (group_of(claim->keys[i].kind) != group)
            continue;
        enum agreement agreement = compare_key(&claim->keys[i], finding);
        if (agreement > worst)
            worst = agreement;
    }
    if (group == JUDGE_DEVICES && claim_speaks_of(claim, group) &&
        names_other_devices(claim, finding))
        worst = CONTRADICTS;
    return worst;
}

/* Is it this claim's finding at all, whatever it says of it?  Where the capture has lost the
 * name, the row of the address's network is no other finding. */
static bool is_meant(const struct label_claim *claim, const struct finding *finding, bool hidden)
{
    if (strcmp(claim->kind, finding->kind) != 0)
        return false;
    bool network = finding->host != NULL && strchr(finding->host, '/') != NULL;
    for (size_t i = 0; i < claim->key_count; i++) {
        if (group_of(claim->keys[i].kind) != JUDGE_GROUPS ||
            compare_key(&claim->keys[i], finding) == AGREES)
            continue;
        if (!hidden || !network || claim->keys[i].kind != LABEL_HOST ||
            strcmp(claim->keys[i].value, "none") == 0)
            return false;
    }
    return true;
}

/* Does any listed name or address occur?  True where none is listed. */
static bool names_overlap(const struct label_claim *claim, const struct finding *finding)
{
    bool listed = false;
    for (size_t i = 0; i < claim->key_count; i++) {
        if (group_of(claim->keys[i].kind) != JUDGE_NAMES)
            continue;
        if (compare_name(&claim->keys[i], finding) == AGREES)
            return true;
        listed = true;
    }
    return !listed;
}

/* Does this line allow the finding?  Fewer devices and names than it lists are fine. */
static bool allows(const struct label_claim *claim, const struct finding *finding, bool hidden)
{
    enum agreement limit = hidden ? VAGUE : AGREES;
    return is_meant(claim, finding, hidden) &&
           compare_group(claim, finding, JUDGE_CULPRIT) <= limit &&
           compare_group(claim, finding, JUDGE_DETAIL) <= limit &&
           compare_group(claim, finding, JUDGE_DEVICES) != CONTRADICTS &&
           (hidden || (names_overlap(claim, finding) &&
                       compare_group(claim, finding, JUDGE_SEVERITY) == AGREES));
}

struct trial {
    const struct label *label;
    const struct diagnosis *diagnosis;
    const struct vary_variant *variant;
    bool hidden;
    bool taken[FINDING_LIMIT]; /* findings given to a `must` line */
    bool missed; /* some `must` line has none */
    const char *subject;
    struct tally *tally;
    struct failures *failures;
};

static size_t count_findings(const struct trial *trial)
{
    size_t count = trial->diagnosis->finding_count;
    return count < FINDING_LIMIT ? count : FINDING_LIMIT;
}

/* By a line other than the `must` lines, or by any. */
static bool is_allowed(const struct trial *trial, const struct finding *finding, bool by_must)
{
    for (size_t i = 0; i < trial->label->claim_count; i++)
        if ((by_must || !trial->label->claims[i].must) &&
            allows(&trial->label->claims[i], finding, trial->hidden))
            return true;
    return false;
}

static bool contradicts(const struct label_claim *claim, const struct finding *finding)
{
    for (int group = 0; group <= JUDGE_DETAIL; group++)
        if (compare_group(claim, finding, (enum judge_group)group) == CONTRADICTS)
            return true;
    return false;
}

/* The finding for this claim that agrees in most; the count of findings if none is. With
 * `wholly`, only one that agrees in everything. What contradicts this claim and is allowed by
 * a `may` line is that line's. */
static size_t best_finding(const struct trial *trial, const struct label_claim *claim, bool wholly)
{
    size_t count = count_findings(trial), best = count;
    int best_points = -1;
    for (size_t i = 0; i < count; i++) {
        const struct finding *finding = &trial->diagnosis->findings[i];
        if (trial->taken[i] || !is_meant(claim, finding, trial->hidden) ||
            (contradicts(claim, finding) && is_allowed(trial, finding, false)))
            continue;
        int points = 0;
        for (int group = 0; group < JUDGE_GROUPS; group++)
            points += 2 - (int)compare_group(claim, finding, (enum judge_group)group);
        if (points > best_points && (!wholly || points == 2 * JUDGE_GROUPS)) {
            best_points = points;
            best = i;
        }
    }
    return best;
}

static void judge_group(struct trial *trial, const struct label_claim *claim,
                        const struct finding *finding, enum judge_group group)
{
    if (!claim_speaks_of(claim, group))
        return;
    struct tally_row *row = tally_row(trial->tally, claim->kind);
    enum agreement agreement = compare_group(claim, finding, group);
    bool accuses = agreement == CONTRADICTS && group <= JUDGE_DETAIL;
    row->asked[group]++;
    if (agreement == AGREES || (trial->hidden && !accuses)) {
        row->right[group]++;
        return;
    }
    failures_add(trial->failures, trial->subject, accuses, "must %s %s %s", claim->text,
                 group_words[group], agreement == VAGUE ? "missing" : "wrong");
}

static void judge_must(struct trial *trial, const struct label_claim *claim, size_t finding)
{
    struct tally_row *row = tally_row(trial->tally, claim->kind);
    row->labelled++;
    if (finding == count_findings(trial)) {
        trial->missed = true;
        if (!trial->hidden)
            failures_add(trial->failures, trial->subject, false, "must %s missed", claim->text);
        return;
    }
    row->found++;
    for (int group = 0; group < JUDGE_GROUPS; group++)
        judge_group(trial, claim, &trial->diagnosis->findings[finding], (enum judge_group)group);
}

/* Those that agree wholly are given away first, so that no line takes another's. */
static void judge_musts(struct trial *trial)
{
    const struct label *label = trial->label;
    size_t none = count_findings(trial);
    size_t given[LABEL_CLAIM_LIMIT];
    for (size_t i = 0; i < label->claim_count; i++)
        given[i] = none;
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < label->claim_count; i++) {
            if (!label->claims[i].must || given[i] != none)
                continue;
            given[i] = best_finding(trial, &label->claims[i], round == 0);
            if (given[i] != none)
                trial->taken[given[i]] = true;
        }
    for (size_t i = 0; i < label->claim_count; i++)
        if (label->claims[i].must)
            judge_must(trial, &label->claims[i], given[i]);
}

/* Notes on the capture's own condition are no accusation of anybody. */
static void judge_rest(struct trial *trial)
{
    for (size_t i = 0; i < count_findings(trial); i++) {
        const struct finding *finding = &trial->diagnosis->findings[i];
        if (trial->taken[i] || strncmp(finding->kind, "capture-", 8) == 0 ||
            is_allowed(trial, finding, true))
            continue;
        tally_row(trial->tally, finding->kind)->accused++;
        char port[16] = "";
        if (finding->port > 0)
            snprintf(port, sizeof port, " %d", finding->port);
        failures_add(trial->failures, trial->subject, true, "false %s %s%s", finding->kind,
                     finding->host != NULL ? finding->host : "none", port);
    }
    if (trial->diagnosis->finding_count > FINDING_LIMIT)
        failures_add(trial->failures, trial->subject, true, "false: too many findings");
}

static bool is_raised(const struct diagnosis *diagnosis, enum severity severity, const char *kind)
{
    for (size_t i = 0; i < diagnosis->finding_count; i++)
        if (diagnosis->findings[i].severity >= severity &&
            (kind == NULL || strcmp(diagnosis->findings[i].kind, kind) == 0))
            return true;
    return false;
}

/* A hidden fault may leave any verdict that what is raised justifies; but where the fault
 * was missed, and not because all that shows it is gone, "healthy" is a wrong promise. */
static bool verdict_is_right(const struct trial *trial)
{
    enum verdict verdict = trial->diagnosis->verdict;
    if (!trial->hidden)
        return trial->label->verdicts[verdict];
    if (verdict == VERDICT_BLOCKED || verdict == VERDICT_IMPAIRED)
        return is_raised(trial->diagnosis,
                         verdict == VERDICT_BLOCKED ? SEVERITY_CRITICAL : SEVERITY_WARNING, NULL);
    return verdict == VERDICT_INCONCLUSIVE || trial->label->verdicts[verdict] ||
           trial->variant->effect == VARY_ERASES;
}

static void judge_verdict(struct trial *trial)
{
    if (!trial->label->has_verdict)
        return;
    bool right = verdict_is_right(trial);
    trial->tally->verdicts++;
    trial->tally->verdicts_right += right;
    if (!right)
        failures_add(trial->failures, trial->subject, false, "verdict %s",
                     verdict_word(trial->diagnosis->verdict));
}

static bool coverage_is_right(const struct trial *trial, enum coverage_status wanted,
                              enum coverage_status actual)
{
    if (wanted == actual || !trial->hidden)
        return wanted == actual;
    switch (wanted) {
    case COVERAGE_UNSEEN:
    case COVERAGE_OK:
        return actual == COVERAGE_UNSEEN;
    case COVERAGE_FAILING:
        return actual != COVERAGE_OK;
    case COVERAGE_PARTIAL:
        break;
    }
    return true;
}

static const struct coverage *find_coverage(const struct trial *trial,
                                            const struct label_coverage *row)
{
    for (size_t i = 0; i < trial->diagnosis->coverage_count; i++) {
        const struct coverage *coverage = &trial->diagnosis->coverage[i];
        if (coverage->port == row->port && strcasecmp(coverage->host, row->host) == 0 &&
            word_agrees(row->transport, transport_word(coverage->transport)))
            return coverage;
    }
    return NULL;
}

static void judge_coverage(struct trial *trial)
{
    for (size_t i = 0; i < trial->label->coverage_count; i++) {
        const struct label_coverage *row = &trial->label->coverages[i];
        const struct coverage *coverage = find_coverage(trial, row);
        if (coverage != NULL && coverage_is_right(trial, row->status, coverage->status))
            continue;
        failures_add(trial->failures, trial->subject, false, "coverage %s %d %s %s", row->host,
                     row->port, row->transport,
                     coverage == NULL ? "no such row" : coverage_status_word(coverage->status));
    }
}

/* A variant that spoils the capture visibly has to be named; where it only may hide the
 * fault, then when it did. */
static void judge_defect(struct trial *trial)
{
    if (trial->variant == NULL || trial->variant->defect == NULL ||
        (trial->hidden && !trial->missed) ||
        is_raised(trial->diagnosis, SEVERITY_NOTE, trial->variant->defect))
        return;
    failures_add(trial->failures, trial->subject, false, "unnamed %s", trial->variant->defect);
}

void judge(const struct label *label, const struct diagnosis *diagnosis,
           const struct vary_variant *variant, const char *subject, struct tally *tally,
           struct failures *failures)
{
    struct trial trial = {
        .label = label,
        .diagnosis = diagnosis,
        .variant = variant,
        .hidden =
            variant != NULL && (variant->effect == VARY_HIDES || variant->effect == VARY_ERASES),
        .subject = subject,
        .tally = tally,
        .failures = failures,
    };
    judge_musts(&trial);
    judge_rest(&trial);
    judge_verdict(&trial);
    judge_coverage(&trial);
    judge_defect(&trial);
}
