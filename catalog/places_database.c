/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does this database say of an address?  MaxMind's, DB-IP's and ipinfo's layouts
 * name the same things differently: the names are tried one after the other.  Format:
 * MaxMind DB File Format Specification 2.0.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "catalog/places_database.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_LIBMAXMINDDB

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <maxminddb.h>

#define PATH_LIMIT 4 /* steps to a value, and NULL */
#define NUMBER_DIGITS 10

struct place_database {
    MMDB_s file;
    const char *name; /* leads into file.filename */
};

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

static struct sockaddr_storage socket_address(const struct address *address)
{
    struct sockaddr_storage storage;
    memset(&storage, 0, sizeof storage);
    if (address_is_ipv4(address)) {
        struct sockaddr_in ipv4 = {.sin_family = AF_INET};
        memcpy(&ipv4.sin_addr, address->octets + 12, 4);
        memcpy(&storage, &ipv4, sizeof ipv4);
    } else {
        struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6};
        memcpy(&ipv6.sin6_addr, address->octets, sizeof address->octets);
        memcpy(&storage, &ipv6, sizeof ipv6);
    }
    return storage;
}

static MMDB_lookup_result_s look_up(const MMDB_s *file, const struct address *address, int *error)
{
    struct sockaddr_storage storage = socket_address(address);
    const void *generic = &storage;
    *error = MMDB_SUCCESS;
    return MMDB_lookup_sockaddr(file, generic, error);
}

/* A directory, or no permission, is told apart from a file of another kind. */
static bool open_file(MMDB_s *file, const char *path, struct problem *problem)
{
    struct stat status;
    int error = stat(path, &status) != 0 ? errno : S_ISDIR(status.st_mode) ? EISDIR : 0;
    if (error != 0)
        return problem_set(problem, "%s: cannot be read: %s; check the name given to --geoip", path,
                           strerror(error));
    int answer = MMDB_open(path, MMDB_MODE_MMAP, file);
    if (answer == MMDB_SUCCESS)
        return true;
    if (answer == MMDB_FILE_OPEN_ERROR || answer == MMDB_IO_ERROR)
        return problem_set(problem, "%s: cannot be read: %s; check the name given to --geoip", path,
                           strerror(errno));
    return problem_set(problem,
                       "%s: is no whole database in MaxMind's format: %s; download it again and "
                       "unpack it, --geoip wants the .mmdb file",
                       path, MMDB_strerror(answer));
}

/* One look into the tree: a file that was cut or garbled fails now, not in a report. */
static bool try_file(const MMDB_s *file, const char *path, struct problem *problem)
{
    static const uint8_t octets[4] = {17, 253, 144, 10};
    struct address address = address_from_ipv4(octets);
    MMDB_entry_data_list_s *list = NULL;
    int error;
    MMDB_lookup_result_s result = look_up(file, &address, &error);
    if (error == MMDB_SUCCESS && result.found_entry)
        error = MMDB_get_entry_data_list(&result.entry, &list);
    MMDB_free_entry_data_list(list);
    if (error == MMDB_SUCCESS)
        return true;
    return problem_set(problem, "%s: is broken: %s; download it again", path, MMDB_strerror(error));
}

struct place_database *place_database_open(const char *path, struct problem *problem)
{
    struct place_database *database = calloc(1, sizeof *database);
    if (database == NULL) {
        problem_set(problem, "memory is out; free some and start again");
        return NULL;
    }
    if (!open_file(&database->file, path, problem)) {
        free(database);
        return NULL;
    }
    if (!try_file(&database->file, path, problem)) {
        place_database_close(database);
        return NULL;
    }
    database->name = name_of(database->file.filename);
    return database;
}

void place_database_close(struct place_database *database)
{
    if (database == NULL)
        return;
    MMDB_close(&database->file);
    free(database);
}

const char *place_database_name(const struct place_database *database)
{
    return database->name;
}

/* Where a thing may stand; NULL ends a path, and an empty one a list of paths. */
struct value_path {
    const char *steps[PATH_LIMIT];
};

static bool value_at(MMDB_entry_s *entry, const struct value_path *path, MMDB_entry_data_s *value)
{
    return MMDB_aget_value(entry, value, path->steps) == MMDB_SUCCESS && value->has_data;
}

/* Copies text, whole characters only, unless something is there already. */
static void take_text(const MMDB_entry_data_s *value, char *text, size_t size)
{
    size_t length = value->data_size;
    if (text[0] != '\0' || value->type != MMDB_DATA_TYPE_UTF8_STRING ||
        memchr(value->utf8_string, 0, length) != NULL)
        return;
    if (length >= size) {
        length = size - 1;
        while (length > 0 && ((uint8_t)value->utf8_string[length] & 0xc0) == 0x80)
            length--;
    }
    memcpy(text, value->utf8_string, length);
    text[length] = '\0';
}

static void find_text(MMDB_entry_s *entry, const struct value_path *paths, char *text, size_t size)
{
    MMDB_entry_data_s value;
    for (; paths->steps[0] != NULL; paths++)
        if (value_at(entry, paths, &value))
            take_text(&value, text, size);
}

/* "AS714" or "714"; 0 where it is anything else. */
static uint32_t number_of_text(const MMDB_entry_data_s *value)
{
    const char *text = value->utf8_string;
    size_t length = value->data_size;
    uint64_t number = 0;
    if (length > 2 && (text[0] == 'A' || text[0] == 'a') && (text[1] == 'S' || text[1] == 's')) {
        text += 2;
        length -= 2;
    }
    if (length == 0 || length > NUMBER_DIGITS)
        return 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return 0;
        number = number * 10 + (uint64_t)(text[i] - '0');
    }
    return number <= UINT32_MAX ? (uint32_t)number : 0;
}

static uint32_t number_of(const MMDB_entry_data_s *value)
{
    switch (value->type) {
    case MMDB_DATA_TYPE_UINT16:
        return value->uint16;
    case MMDB_DATA_TYPE_UINT32:
        return value->uint32;
    case MMDB_DATA_TYPE_INT32:
        return value->int32 > 0 ? (uint32_t)value->int32 : 0;
    case MMDB_DATA_TYPE_UINT64:
        return value->uint64 <= UINT32_MAX ? (uint32_t)value->uint64 : 0;
    case MMDB_DATA_TYPE_UTF8_STRING:
        return number_of_text(value);
    default:
        return 0;
    }
}

static uint32_t find_number(MMDB_entry_s *entry)
{
    static const struct value_path paths[] = {{{"autonomous_system_number"}},
                                              {{"traits", "autonomous_system_number"}},
                                              {{"asn"}},
                                              {{"asn", "asn"}},
                                              {{NULL}}};
    MMDB_entry_data_s value;
    uint32_t number = 0;
    for (size_t i = 0; number == 0 && paths[i].steps[0] != NULL; i++)
        if (value_at(entry, &paths[i], &value))
            number = number_of(&value);
    return number;
}

/* A country's name in place of its code ("United States") is not taken. */
static void find_country(MMDB_entry_s *entry, char country[3])
{
    static const struct value_path paths[] = {{{"country", "iso_code"}},
                                              {{"country_code"}},
                                              {{"country"}},
                                              {{"registered_country", "iso_code"}},
                                              {{NULL}}};
    MMDB_entry_data_s value;
    for (size_t i = 0; country[0] == '\0' && paths[i].steps[0] != NULL; i++) {
        if (!value_at(entry, &paths[i], &value) || value.type != MMDB_DATA_TYPE_UTF8_STRING ||
            value.data_size != 2)
            continue;
        const char *text = value.utf8_string;
        if (text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'A' && text[1] <= 'Z')
            take_text(&value, country, 3);
    }
}

/* Whose name goes with whose number: never one database's with another's. */
static void find_organisation(MMDB_entry_s *entry, struct place *place)
{
    static const struct value_path names[] = {{{"autonomous_system_organization"}},
                                              {{"traits", "autonomous_system_organization"}},
                                              {{"as_name"}},
                                              {{"asn", "name"}},
                                              {{"organization"}},
                                              {{NULL}}};
    static const struct value_path plain_name[] = {{{"name"}}, {{NULL}}};
    uint32_t number = find_number(entry);
    if (place->asn != 0 || (number == 0 && place->organisation[0] != '\0'))
        return;
    place->asn = number;
    place->organisation[0] = '\0';
    find_text(entry, names, place->organisation, sizeof place->organisation);
    if (number != 0)
        find_text(entry, plain_name, place->organisation, sizeof place->organisation);
}

static void find_all(MMDB_entry_s *entry, struct place *place)
{
    static const struct value_path cities[] = {{{"city", "names", "en"}}, {{"city"}}, {{NULL}}};
    find_organisation(entry, place);
    find_country(entry, place->country);
    find_text(entry, cities, place->city, sizeof place->city);
}

bool place_database_find(const struct place_database *database, const struct address *address,
                         struct place *place, uint8_t *bits)
{
    int error;
    MMDB_lookup_result_s result = look_up(&database->file, address, &error);
    if (error != MMDB_SUCCESS || !result.found_entry)
        return false;
    find_all(&result.entry, place);
    /* A database of IPv4 alone counts its prefixes in 32 bits. */
    unsigned netmask = result.netmask;
    if (database->file.metadata.ip_version == 4)
        netmask += 96;
    *bits = (uint8_t)(netmask <= 128 ? netmask : 128);
    return true;
}

#else

struct place_database *place_database_open(const char *path, struct problem *problem)
{
    problem_set(problem,
                "%s: cannot be read: this applepath was built without libmaxminddb; install that "
                "(Debian: libmaxminddb-dev) and build again, or leave --geoip out",
                path);
    return NULL;
}

void place_database_close(struct place_database *database)
{
    (void)database;
}

const char *place_database_name(const struct place_database *database)
{
    (void)database;
    return "";
}

bool place_database_find(const struct place_database *database, const struct address *address,
                         struct place *place, uint8_t *bits)
{
    (void)database;
    (void)address;
    (void)place;
    (void)bits;
    return false;
}

#endif
