/* SPDX-License-Identifier: Apache-2.0 */
/*
 * User-Agents of Apple's systems come in a few forms: "... iPad4,1/11.2 (15C114)" of
 * daemons, "(iPhone; iOS 17.4; Scale/3.00)" of apps, "CPU iPhone OS 17_4 like Mac OS
 * X" and "Mac OS X 10_15_7" of browsers, "CFNetwork/897 Darwin/17.5.0" of the rest.
 */
#include "diagnosis/device_systems.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diagnosis/devices.h"

#define RELEASE_SIZE 16

struct wording {
    const char *before; /* what stands before the release */
    const char *system;
    int worth;
};

static bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

/* Copies a release, "17_4" as "17.4"; false where there is none, or one too long. */
static bool release_read(const char *text, char release[RELEASE_SIZE])
{
    size_t length = 0;
    while (is_digit(text[length]) || ((text[length] == '.' || text[length] == '_') && length > 0 &&
                                      is_digit(text[length + 1]))) {
        if (length + 1 == RELEASE_SIZE)
            return false;
        release[length] = text[length] == '_' ? '.' : text[length];
        length++;
    }
    release[length] = '\0';
    return length > 0;
}

static const char *model_system(const char *model)
{
    static const char *const models[][2] = {
        {"iPhone", "iOS"},       {"iPad", "iOS"},         {"iPod", "iOS"},
        {"AppleTV", "tvOS"},     {"Watch", "watchOS"},    {"RealityDevice", "visionOS"},
        {"MacBookPro", "macOS"}, {"MacBookAir", "macOS"}, {"MacBook", "macOS"},
        {"Macmini", "macOS"},    {"MacPro", "macOS"},     {"iMacPro", "macOS"},
        {"iMac", "macOS"},       {"Mac", "macOS"},        {"AudioAccessory", "audioOS"}};
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++)
        if (strncmp(model, models[i][0], strlen(models[i][0])) == 0 &&
            is_digit(model[strlen(models[i][0])]))
            return models[i][1];
    return NULL;
}

/* "iPad4,1/11.2" at the beginning of a word. */
static bool model_read(const char *word, char text[SYSTEM_TEXT_SIZE])
{
    char release[RELEASE_SIZE];
    const char *system = model_system(word);
    size_t length = strcspn(word, "/ ;()");
    if (system == NULL || length > 24 || word[length] != '/' || memchr(word, ',', length) == NULL ||
        !release_read(word + length + 1, release))
        return false;
    /* iPads have a system of their own name since 13. */
    if (strncmp(word, "iPad", 4) == 0 && strtol(release, NULL, 10) >= 13)
        system = "iPadOS";
    snprintf(text, SYSTEM_TEXT_SIZE, "%s %s (%.*s)", system, release, (int)length, word);
    return true;
}

int device_system_read(const char *user_agent, char text[SYSTEM_TEXT_SIZE])
{
    static const struct wording wordings[] = {{"iPhone OS ", "iOS", 2},  {"CPU OS ", "iPadOS", 2},
                                              {"iPadOS ", "iPadOS", 2},  {"iOS ", "iOS", 2},
                                              {"iOS/", "iOS", 2},        {"tvOS ", "tvOS", 2},
                                              {"macOS/", "macOS", 2},    {"Mac OS X ", "macOS", 2},
                                              {"Mac OS X/", "macOS", 2}, {"Darwin/", "Darwin", 1}};
    char release[RELEASE_SIZE];
    if (user_agent == NULL)
        return 0;
    for (const char *word = user_agent; word != NULL; word = strchr(word, ' ')) {
        word += strspn(word, " (");
        if (model_read(word, text))
            return 3;
    }
    for (size_t i = 0; i < sizeof wordings / sizeof wordings[0]; i++) {
        const char *found = strstr(user_agent, wordings[i].before);
        if (found == NULL || !release_read(found + strlen(wordings[i].before), release))
            continue;
        /* Browsers, those of iPads too, say 10.15.7 whatever they run on. */
        if (strcmp(wordings[i].before, "Mac OS X ") == 0 && strcmp(release, "10.15.7") == 0)
            continue;
        bool before_ipados =
            strcmp(wordings[i].system, "iPadOS") == 0 && strtol(release, NULL, 10) < 13;
        snprintf(text, SYSTEM_TEXT_SIZE, "%s %s", before_ipados ? "iOS" : wordings[i].system,
                 release);
        return wordings[i].worth;
    }
    return 0;
}

struct system_walk {
    struct builder *builder;
    int *worth; /* per device: of what it has so far */
};

static int compare_address_to_device(const void *left, const void *right)
{
    const struct device *device = right;
    return address_compare(left, &device->address);
}

static struct device *device_at(const struct diagnosis *diagnosis, const struct address *address)
{
    if (diagnosis->device_count == 0)
        return NULL;
    return bsearch(address, diagnosis->devices, diagnosis->device_count, sizeof(struct device),
                   compare_address_to_device);
}

static struct device *device_of(const struct builder *builder, const struct address *address)
{
    size_t count;
    const struct mac_owner *same = devices_same(builder->ledger, address, &count);
    struct device *device = device_at(builder->diagnosis, address);
    for (size_t i = 0; i < count && device == NULL; i++)
        device = device_at(builder->diagnosis, &same[i].address);
    return device;
}

static bool take_request(void *owner, const struct fact *fact)
{
    const struct system_walk *walk = owner;
    const struct fact_http *http = &fact->as.http;
    struct diagnosis *diagnosis = walk->builder->diagnosis;
    char text[SYSTEM_TEXT_SIZE];
    if (http->user_agent == NULL)
        return true;
    struct device *device = device_of(walk->builder, &http->client.address);
    int worth = device_system_read(http->user_agent, text);
    if (device == NULL || worth == 0 || worth < walk->worth[device - diagnosis->devices])
        return true;
    walk->worth[device - diagnosis->devices] = worth;
    if (device->system == NULL || strcmp(device->system, text) != 0)
        device->system = arena_copy(&diagnosis->arena, text);
    return true;
}

bool device_systems_fill(struct builder *builder)
{
    struct system_walk walk = {builder,
                               calloc(builder->diagnosis->device_count + 1, sizeof *walk.worth)};
    if (walk.worth == NULL)
        return problem_set(builder->problem, "memory is out; limit the report with --device");
    bool ok = facts_read_share(builder->ledger->store, SHARE_HTTP_IN_SHORT,
                               builder->ledger->selection, take_request, &walk, builder->problem);
    free(walk.worth);
    return ok;
}
