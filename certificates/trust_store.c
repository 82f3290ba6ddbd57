/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which roots are there to verify by?  PEM comes in (RFC 7468): Apple's, compiled in;
 * this system's bundle, wherever it lies; files that the user names.  Sets of roots
 * go out, one for each kind.
 */
#include "certificates/trust_store.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "certificates/trust_store_private.h"

#define ROOT_LIMIT 2000u /* of one kind; Mozilla's list has 150 */
#define NAME_SIZE 256

static const char *const apple_lines[] = {
#include "certificates/apple_roots.inc"
};

/* Where systems keep the bundle, when libcrypto was built to look elsewhere. */
static const char *const bundle_places[] = {
    "/etc/ssl/certs/ca-certificates.crt", /* Debian, Arch, Alpine */
    "/etc/pki/tls/certs/ca-bundle.crt", /* Fedora, RHEL */
    "/etc/ssl/ca-bundle.pem", /* SUSE */
    "/etc/ssl/cert.pem", /* macOS, OpenBSD, FreeBSD */
    "/usr/local/share/certs/ca-root-nss.crt", /* FreeBSD's ports */
    "/etc/openssl/certs/ca-certificates.crt", /* NetBSD */
    "/opt/homebrew/etc/ca-certificates/cert.pem",
    "/usr/local/etc/ca-certificates/cert.pem",
};

/* Certificates are public: without this, libcrypto would ask the terminal. */
static int no_password(char *buffer, int size, int writing, void *owner)
{
    (void)buffer;
    (void)size;
    (void)writing;
    (void)owner;
    return -1;
}

/* Adds all certificates that the input holds, and counts them in `added`. False where one
 * is broken, or memory is out. */
static bool roots_add(struct trust_store *store, enum trust_kind kind, BIO *input, size_t *added)
{
    X509 *root;
    bool ok = true;
    *added = 0;
    while (ok && store->counts[kind] < ROOT_LIMIT &&
           (root = PEM_read_bio_X509(input, NULL, no_password, NULL)) != NULL) {
        ok = X509_STORE_add_cert(store->roots[kind], root) == 1;
        X509_free(root);
        store->counts[kind] += ok;
        *added += ok;
    }
    unsigned long error = ERR_peek_last_error();
    bool at_end = error == 0 || (ERR_GET_LIB(error) == ERR_LIB_PEM &&
                                 ERR_GET_REASON(error) == PEM_R_NO_START_LINE);
    ERR_clear_error();
    return ok && at_end;
}

static bool apple_roots_add(struct trust_store *store)
{
    BIO *memory = BIO_new(BIO_s_mem());
    size_t added = 0;
    bool ok = memory != NULL;
    for (size_t i = 0; ok && i < sizeof apple_lines / sizeof apple_lines[0]; i++)
        ok = BIO_puts(memory, apple_lines[i]) > 0 && BIO_puts(memory, "\n") > 0;
    ok = ok && roots_add(store, TRUST_APPLE, memory, &added);
    BIO_free(memory);
    return ok;
}

/* Nothing, where the file cannot be read: what is broken behind the first roots is left. */
static size_t bundle_add(struct trust_store *store, const char *path)
{
    BIO *file = BIO_new_file(path, "r");
    size_t added = 0;
    if (file != NULL)
        (void)roots_add(store, TRUST_PUBLIC, file, &added);
    BIO_free(file);
    ERR_clear_error();
    return added;
}

/* A folder of single certificates, as `openssl rehash` links them: NAME.0 */
static size_t folder_add(struct trust_store *store, const char *path)
{
    size_t added = 0;
    DIR *folder = opendir(path);
    const struct dirent *entry;
    while (folder != NULL && added < ROOT_LIMIT && (entry = readdir(folder)) != NULL) {
        char name[1024];
        size_t length = strlen(entry->d_name);
        int printed = snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        if (length > 2 && strcmp(entry->d_name + length - 2, ".0") == 0 && printed > 0 &&
            (size_t)printed < sizeof name)
            added += bundle_add(store, name);
    }
    if (folder != NULL)
        closedir(folder);
    return added;
}

static const char *environment_or(const char *variable, const char *otherwise)
{
    const char *value = getenv(variable);
    return value != NULL && value[0] != '\0' ? value : otherwise;
}

size_t trust_store_public_places(const char *places[TRUST_PLACE_LIMIT])
{
    size_t count = sizeof bundle_places / sizeof bundle_places[0];
    memcpy(places, bundle_places, sizeof bundle_places);
    places[count++] =
        environment_or(X509_get_default_cert_file_env(), X509_get_default_cert_file());
    places[count++] = environment_or(X509_get_default_cert_dir_env(), X509_get_default_cert_dir());
    return count;
}

/* As every program that uses libcrypto: the environment first, then what it was built for. */
static void public_roots_find(struct trust_store *store)
{
    const char *file =
        environment_or(X509_get_default_cert_file_env(), X509_get_default_cert_file());
    const char *folder =
        environment_or(X509_get_default_cert_dir_env(), X509_get_default_cert_dir());
    if (store->public_bundle != NULL) {
        (void)bundle_add(store, store->public_bundle);
        return;
    }
    if (bundle_add(store, file) > 0)
        return;
    for (size_t i = 0; i < sizeof bundle_places / sizeof bundle_places[0]; i++)
        if (bundle_add(store, bundle_places[i]) > 0)
            return;
    (void)folder_add(store, folder);
}

X509_STORE *trust_store_roots(struct trust_store *store, enum trust_kind kind)
{
    if (kind == TRUST_PUBLIC && !store->public_loaded) {
        store->public_loaded = true;
        public_roots_find(store);
    }
    return store->roots[kind];
}

static bool declared_add(struct trust_store *store, enum trust_kind kind, const char *option,
                         const char *name, struct problem *problem)
{
    size_t added = 0;
    errno = 0;
    BIO *file = BIO_new_file(name, "r");
    if (file == NULL) {
        ERR_clear_error();
        return problem_set(problem, "%s: cannot be read: %s; check the name given to %s", name,
                           strerror(errno != 0 ? errno : ENOENT), option);
    }
    bool whole = roots_add(store, kind, file, &added);
    BIO_free(file);
    if (added == 0)
        return problem_set(problem,
                           "%s: holds no certificate in PEM form; %s wants lines that "
                           "begin with -----BEGIN CERTIFICATE-----",
                           name, option);
    if (!whole)
        return problem_set(problem, "%s: certificate %zu is broken; export the file again", name,
                           added + 1);
    return true;
}

struct trust_store *trust_store_load(const struct trust_files *files, struct problem *problem)
{
    struct trust_store *store = calloc(1, sizeof *store);
    bool ok = store != NULL;
    for (size_t kind = TRUST_APPLE; ok && kind < TRUST_KINDS; kind++)
        ok = (store->roots[kind] = X509_STORE_new()) != NULL;
    ok = ok && apple_roots_add(store);
    if (ok && files->public_bundle != NULL)
        ok = (store->public_bundle = strdup(files->public_bundle)) != NULL;
    if (!ok)
        problem_set(problem, "memory is out; close other programs");
    for (size_t i = 0; ok && i < files->declared_count; i++)
        ok = declared_add(store, TRUST_DECLARED, "--trust", files->declared[i], problem);
    for (size_t i = 0; ok && i < files->inspection_count; i++)
        ok =
            declared_add(store, TRUST_INSPECTION, "--inspection-ca", files->inspection[i], problem);
    if (ok)
        return store;
    trust_store_release(store);
    return NULL;
}

void trust_store_release(struct trust_store *store)
{
    if (store == NULL)
        return;
    for (size_t kind = 0; kind < TRUST_KINDS; kind++)
        X509_STORE_free(store->roots[kind]);
    free(store->public_bundle);
    free(store);
}

size_t trust_store_count(struct trust_store *store, enum trust_kind kind)
{
    (void)trust_store_roots(store, kind);
    return store->counts[kind];
}

static bool name_has(const X509_NAME *name, int attribute, const char *wanted)
{
    char text[NAME_SIZE];
    int position = X509_NAME_get_index_by_NID(name, attribute, -1);
    const ASN1_STRING *data =
        position < 0 ? NULL : X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, position));
    if (data == NULL || ASN1_STRING_length(data) <= 0 ||
        (size_t)ASN1_STRING_length(data) >= sizeof text)
        return false;
    memcpy(text, ASN1_STRING_get0_data(data), (size_t)ASN1_STRING_length(data));
    text[ASN1_STRING_length(data)] = '\0';
    return strcasecmp(text, wanted) == 0;
}

bool trust_store_names_public(struct trust_store *store, const char *wanted)
{
    X509_STORE *roots = trust_store_roots(store, TRUST_PUBLIC);
    STACK_OF(X509_OBJECT) *objects = X509_STORE_get0_objects(roots);
    for (int i = 0; i < sk_X509_OBJECT_num(objects); i++) {
        const X509 *root = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, i));
        const X509_NAME *name = root == NULL ? NULL : X509_get_subject_name(root);
        if (name != NULL && (name_has(name, NID_organizationName, wanted) ||
                             name_has(name, NID_commonName, wanted)))
            return true;
    }
    return false;
}
