/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of the checks, and the one sentence that they come to.  What counts as a
 * defect is decided where diagnoses decide it (diagnosis/quality.h), so that the doctor
 * and a report never disagree.
 */
#include "diagnosis/fitness.h"

#include <stdlib.h>

#include "diagnosis/fitness_private.h"
#include "storage/facts.h"

const char *fitness_grade_word(enum fitness_grade grade)
{
    static const char *const words[] = {[FITNESS_NOT_JUDGED] = "not-judged",
                                        [FITNESS_GOOD] = "good",
                                        [FITNESS_LOOK] = "look",
                                        [FITNESS_BAD] = "bad"};
    return words[grade];
}

const char *fitness_verdict_word(enum fitness_grade verdict)
{
    static const char *const words[] = {[FITNESS_NOT_JUDGED] = "unknown",
                                        [FITNESS_GOOD] = "fit",
                                        [FITNESS_LOOK] = "limited",
                                        [FITNESS_BAD] = "unfit"};
    return words[verdict];
}

struct fitness_check *fitness_add(struct fitness_work *work, const char *name, const char *title)
{
    struct fitness *fitness = work->fitness;
    /* More cannot be, as FITNESS_CHECK_LIMIT counts them. */
    size_t last = FITNESS_CHECK_LIMIT - 1;
    size_t at = fitness->check_count < last ? fitness->check_count++ : last;
    struct fitness_check *check = &fitness->checks[at];
    *check = (struct fitness_check){.name = name, .title = title, .seen = ""};
    return check;
}

void fitness_figure(struct fitness_check *check, const char *name, double number)
{
    if (check->figure_count < FITNESS_FIGURE_LIMIT)
        check->figures[check->figure_count++] = (struct fitness_figure){name, number};
}

void fitness_say(struct fitness_check *check, enum fitness_grade grade, const char *seen,
                 const char *advice)
{
    check->grade = grade;
    check->seen = seen;
    check->advice = advice;
}

const char *fitness_count_phrase(struct fitness_work *work, uint64_t count, const char *noun)
{
    return arena_format(work->arena, "%llu %s%s", (unsigned long long)count, noun,
                        count == 1 ? "" : "s");
}

double fitness_share(uint64_t part, uint64_t whole)
{
    return whole == 0 ? 0 : (double)part / (double)whole;
}

bool fitness_is_live(const struct fitness_work *work)
{
    return work->settings->interface_count > 0;
}

size_t fitness_count(const struct fitness *fitness, enum fitness_grade grade)
{
    size_t count = 0;
    for (size_t i = 0; i < fitness->check_count; i++)
        count += fitness->checks[i].grade == grade;
    return count;
}

static bool take_resolver(void *owner, const struct fact *fact)
{
    struct fitness_work *work = owner;
    work->queries += fact->as.resolver.queries;
    work->answered_queries += fact->as.resolver.answered;
    return true;
}

static bool take_lease(void *owner, const struct fact *fact)
{
    struct fitness_work *work = owner;
    if (fact->as.lease.source == LEASE_ROUTER)
        return true;
    work->leases++;
    work->answered_leases += fact->as.lease.answered;
    return true;
}

/* What is stored of flows is about Apple. */
static bool take_flow(void *owner, const struct fact *fact)
{
    struct fitness_work *work = owner;
    const struct fact_flow *flow = &fact->as.flow;
    if (flow->transport != TRANSPORT_TCP)
        return true;
    work->apple_tcp++;
    work->apple_tcp_midstream += flow->midstream;
    work->tunnelled += flow->tunnel_port != 0;
    return true;
}

/* "Both directions, Lost packets": the titles of a grade. */
static const char *titles_of(struct fitness_work *work, enum fitness_grade grade)
{
    const struct fitness *fitness = work->fitness;
    const char *list = NULL;
    for (size_t i = 0; i < fitness->check_count; i++) {
        const struct fitness_check *check = &fitness->checks[i];
        if (check->grade != grade)
            continue;
        list =
            list == NULL ? check->title : arena_format(work->arena, "%s; %s", list, check->title);
    }
    return list == NULL ? "" : list;
}

static void conclude(struct fitness_work *work)
{
    struct fitness *fitness = work->fitness;
    const char *what = fitness->live ? "interface" : "capture";
    for (size_t i = 0; i < fitness->check_count; i++)
        if (fitness->checks[i].grade > fitness->verdict)
            fitness->verdict = fitness->checks[i].grade;
    switch (fitness->verdict) {
    case FITNESS_BAD:
        fitness->sentence =
            arena_format(work->arena, "This %s is not fit to judge by. To mend: %s.", what,
                         titles_of(work, FITNESS_BAD));
        break;
    case FITNESS_LOOK:
        fitness->sentence =
            arena_format(work->arena, "This %s can be judged by, within limits. To look at: %s.",
                         what, titles_of(work, FITNESS_LOOK));
        break;
    case FITNESS_GOOD:
        fitness->sentence = arena_format(work->arena, "This %s is fit to judge by.", what);
        break;
    case FITNESS_NOT_JUDGED:
        fitness->sentence = "There is too little to say.";
        break;
    }
}

struct fitness *fitness_judge(const struct fitness_settings *settings, struct problem *problem)
{
    struct fitness *fitness = calloc(1, sizeof *fitness);
    if (fitness == NULL) {
        problem_set(problem, "memory is out; read fewer captures at once");
        return NULL;
    }
    struct fitness_work work = {.fitness = fitness,
                                .settings = settings,
                                .totals = &settings->diagnosis->totals,
                                .arena = &fitness->arena};
    fitness->diagnosis = settings->diagnosis;
    fitness->live = fitness_is_live(&work);
    fitness->watched = settings->watched;
    if (!facts_read(settings->store, FACT_RESOLVER, NULL, take_resolver, &work, problem) ||
        !facts_read(settings->store, FACT_LEASE, NULL, take_lease, &work, problem) ||
        !facts_read(settings->store, FACT_FLOW, NULL, take_flow, &work, problem)) {
        fitness_release(fitness);
        return NULL;
    }
    fitness_interfaces(&work);
    fitness_mirror(&work);
    fitness_directions(&work);
    fitness_copies(&work);
    fitness_distortions(&work);
    fitness_layers(&work);
    fitness_traffic(&work);
    fitness_completeness(&work);
    conclude(&work);
    if (!fitness->arena.failed)
        return fitness;
    problem_set(problem, "memory is out; read fewer captures at once");
    fitness_release(fitness);
    return NULL;
}

void fitness_release(struct fitness *fitness)
{
    if (fitness == NULL)
        return;
    arena_release(&fitness->arena);
    free(fitness);
}
