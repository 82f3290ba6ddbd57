/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How is an administrator told that names are withheld?
 */
#include "diagnosis/name_words.h"

#include <string.h>

#include "diagnosis/answers.h"

static const char *answer_sentence(const char *answer)
{
    static const struct {
        const char *answer;
        const char *sentence;
    } sentences[] = {
        {"nxdomain", "that the name does not exist (NXDOMAIN)"},
        {"servfail", "with a failure (SERVFAIL)"},
        {"refused", "that it refuses (REFUSED)"},
        {"error", "with an error code"},
        {"empty", "with nothing in it"},
        {"address-missing", "with the CNAME but without the address that it leads to"},
        {"no-answer", "nothing, while it answers other questions"},
    };
    for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++)
        if (strcmp(sentences[i].answer, answer) == 0)
            return sentences[i].sentence;
    return answer;
}

/* What the missing answer shows, in words for either sort of courier name. */
static const char *squashed_reason(const char *answer)
{
    if (strcmp(answer, "address-missing") == 0)
        return "Here the CNAME came, but the addresses that a numbered courier name leads to did "
               "not.";
    if (strcmp(answer, "no-answer") == 0)
        return "Here no answer came at all, though the resolver answered other questions.";
    return "Here the answer has no CNAME.";
}

/* Who is known to be at fault, where both sides of a forwarder were seen. */
static const char *proof_sentence(const struct finding *finding)
{
    const char *proof = answer_detail(finding, "proof");
    if (proof == NULL)
        return "";
    if (strcmp(proof, NAME_PROOF_UPSTREAM_HAD_IT) == 0)
        return " The capture shows what this resolver itself was told: the right answer. It is "
               "lost here and nowhere else.";
    return " The capture shows this resolver telling it to the one that the devices ask, which "
           "only passed it on.";
}

/* Where the devices get the name all the same. */
static const char *served_sentence(struct builder *builder, const struct draft *draft)
{
    const char *resolver = answer_detail(&draft->finding, "served_by");
    if (!draft->works_otherwise)
        return "";
    if (resolver != NULL)
        return arena_format(&builder->diagnosis->arena,
                            " They get the name from another resolver, %s.", resolver);
    if (draft->finding.period_count > 0)
        return " It works at other times.";
    if (answer_detail(&draft->finding, "family") != NULL)
        return " They get its IPv6 address, so that it works where IPv6 does.";
    return " The service still works another way.";
}

static void describe_squashed(struct builder *builder, struct draft *draft, const char *resolver,
                              const char *devices)
{
    struct arena *arena = &builder->diagnosis->arena;
    struct finding *finding = &draft->finding;
    const char *answer = finding->details[0].text;
    finding->summary = arena_format(
        arena,
        "The resolver %s%s withholds %s of %s, which Apple push (APNs) and activation "
        "need, from %s: it answers %s.%s",
        resolver, answer_in_its_name(finding),
        strcmp(answer, "address-missing") == 0 ? "the addresses" : "the CNAME", finding->names[0],
        devices, answer_sentence(answer), served_sentence(builder, draft));
    finding->explanation = arena_format(
        arena,
        "Apple answers courier names with a CNAME always. For courier.push.apple.com that "
        "CNAME leads to a name without an address, by design: devices only take its target. A "
        "resolver or DNS filter that checks the target, or has the name on a list, drops the "
        "answer. %s%s%s%s",
        squashed_reason(answer), proof_sentence(finding), answer_policy_sentence(builder, finding),
        answer_nearness_sentence(builder, finding));
    const char *proof = answer_detail(finding, "proof");
    bool itself = proof != NULL && strcmp(proof, NAME_PROOF_UPSTREAM_HAD_IT) == 0;
    finding->remedy = arena_format(
        arena,
        "On the resolver %s%s exempt "
        "push.apple.com and push-apple.com.akadns.net from blocking, rewriting and answer "
        "checks, so that answers pass unchanged. To check: 'dig @%s courier.push.apple.com' must "
        "show CNAME courier-push-apple.com.akadns.net, and no address; "
        "'dig @%s 1-courier.push.apple.com' must show addresses.",
        resolver, itself ? "" : " (or the DNS filter or proxy it forwards to)", resolver, resolver);
}

static const char *blocked_reason(const struct finding *finding, const char *answer)
{
    if (strcmp(answer, "no-answer") == 0)
        return "The questions for it were repeated without an answer, while the resolver answered "
               "the same devices other questions.";
    if (answer_detail(finding, "family") != NULL)
        return "The name has an IPv6 address, as the same resolver says, so that it exists; for "
               "its IPv4 address every attempt ended in an error.";
    if (finding->period_count > 0)
        return "The same resolver gives the right answer to the same question at other times, so "
               "that the name exists.";
    if (strcmp(answer, "nxdomain") != 0 && strcmp(answer, "empty") != 0)
        return "An error code is no answer: every attempt in the capture ended so.";
    if (finding->category != NULL && strcmp(finding->category, "site") == 0)
        return "The answer does not carry the SOA record of the name's own zone, which a true "
               "negative answer has (RFC 2308).";
    return "A true negative answer carries the SOA record of Apple's zone (RFC 2308); this one "
           "does not.";
}

static void describe_blocked(struct builder *builder, struct draft *draft, const char *resolver,
                             const char *devices)
{
    struct arena *arena = &builder->diagnosis->arena;
    struct finding *finding = &draft->finding;
    const char *answer = finding->details[0].text;
    finding->summary = arena_format(
        arena, "The resolver %s%s does not resolve %s, needed for %s, for %s: it answers %s.%s",
        resolver, answer_in_its_name(finding), finding->names[0],
        category_phrase(finding->category), devices, answer_sentence(answer),
        served_sentence(builder, draft));
    finding->explanation = arena_format(
        arena, "%s%s%s%s", blocked_reason(finding, answer), proof_sentence(finding),
        answer_policy_sentence(builder, finding), answer_nearness_sentence(builder, finding));
    finding->remedy = arena_format(
        arena,
        "On the resolver %s (or the DNS filter it uses) remove %s from block lists and allow it; "
        "then check 'dig @%s %s'.",
        resolver, finding->host, resolver, finding->names[0]);
}

/* The resolver fails whatever it is asked. */
static void describe_broken(struct builder *builder, struct draft *draft, const char *resolver,
                            const char *devices)
{
    struct arena *arena = &builder->diagnosis->arena;
    struct finding *finding = &draft->finding;
    const char *answer = finding->details[0].text;
    bool refuses = strcmp(answer, "refused") == 0;
    finding->summary = arena_format(
        arena, "The resolver %s%s resolves nothing for %s: it answers every question %s.%s",
        resolver, answer_in_its_name(finding), devices, answer_sentence(answer),
        draft->works_otherwise ? " Another resolver works." : "");
    finding->explanation = arena_format(
        arena,
        "%zu names of Apple's were asked for, and nothing that these devices asked it, Apple's or "
        "not, got an answer without an error.%s%s%s",
        finding->name_count, proof_sentence(finding), answer_policy_sentence(builder, finding),
        answer_nearness_sentence(builder, finding));
    finding->remedy = arena_format(
        arena,
        refuses ? "On the resolver %s allow questions from the devices' network (access list, "
                  "view, recursion), or give the devices another resolver by DHCP; then check "
                  "'dig @%s %s'."
                : "See why the resolver %s cannot resolve (the servers it forwards to, its own way "
                  "out on UDP and TCP port 53, DNSSEC and its clock), or give the devices another "
                  "one by DHCP; then check 'dig @%s %s'.",
        resolver, resolver, finding->names[0]);
}

static const char *closed_sentence(const char *how)
{
    if (how != NULL && strcmp(how, "tcp-53-refused") == 0)
        return "is refused (RST)";
    return how != NULL && strcmp(how, "tcp-53-rejected") == 0 ? "is rejected by ICMP"
                                                              : "gets no answer";
}

/* The resolver answers, and the rest of the answer cannot be fetched. */
static void describe_truncated(struct builder *builder, struct draft *draft, const char *devices)
{
    struct arena *arena = &builder->diagnosis->arena;
    struct finding *finding = &draft->finding;
    const char *resolver = answer_detail(finding, "resolver");
    finding->summary = arena_format(
        arena,
        "TCP port 53 to the resolver %s is closed, so that %s does not resolve for %s: the answer "
        "does not fit a datagram, and TCP %s.%s",
        resolver, finding->names[0], devices, closed_sentence(answer_detail(finding, "how")),
        draft->works_otherwise ? " Another resolver gives the name." : "");
    finding->explanation =
        "The resolver's answer over UDP is truncated (TC bit): the device then has to ask again "
        "over TCP (RFC 7766 section 5). Those connections did not open, though the resolver "
        "answers over UDP, so that no answer was ever complete.";
    finding->remedy = arena_format(
        arena,
        "Allow TCP port 53 from the devices to %s, on the firewall and on the resolver, beside "
        "UDP; then check 'dig +tcp @%s %s'.",
        resolver, resolver, finding->names[0]);
}

static void describe_dead(struct builder *builder, struct draft *draft, const char *resolver,
                          const char *devices)
{
    struct arena *arena = &builder->diagnosis->arena;
    struct finding *finding = &draft->finding;
    bool passed_on = answer_detail(finding, "proof") != NULL;
    finding->summary = arena_format(
        arena, "The resolver %s answers nothing%s to %s.%s", resolver,
        passed_on ? ", so that the one that forwards to it has no answers, either," : "", devices,
        draft->works_otherwise ? " Another resolver does." : "");
    finding->explanation = arena_format(
        arena,
        "%llu queries and retries went to it and no answer of any kind came back, while the "
        "capture shows other packets arriving. Names that it was asked for fail for this "
        "reason alone.",
        (unsigned long long)finding->count);
    finding->remedy = arena_format(
        arena,
        "Make DNS at %s answer (service, firewall UDP and TCP port 53, access list), or give the "
        "%s by DHCP.",
        resolver,
        passed_on ? "resolver that forwards to it another one, or the devices another resolver"
                  : "devices another resolver");
}

void name_describe(struct builder *builder, struct draft *draft)
{
    struct finding *finding = &draft->finding;
    if (finding->culprit == NULL || finding->name_count == 0)
        return; /* memory was out */
    const char *resolver = answer_resolver(builder, finding);
    const char *devices = count_phrase(builder, finding_devices(finding), "device", "devices");
    if (draft->works_otherwise)
        finding->severity = SEVERITY_WARNING;
    if (strcmp(finding->kind, "dns-unanswered") == 0)
        describe_dead(builder, draft, resolver, devices);
    else if (answer_detail(finding, "answer") == NULL)
        return; /* memory was out */
    else if (strcmp(finding->kind, "cname-squashed") == 0)
        describe_squashed(builder, draft, resolver, devices);
    else if (strcmp(answer_detail(finding, "answer"), "truncated") == 0)
        describe_truncated(builder, draft, devices);
    else if (answer_detail(finding, "scope") != NULL)
        describe_broken(builder, draft, resolver, devices);
    else
        describe_blocked(builder, draft, resolver, devices);
}
