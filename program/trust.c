/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PEM files of root certificates (RFC 7468), read by libcrypto.
 */
#include "program/trust.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

/* Certificates are public: without this, libcrypto would ask the terminal. */
static int no_password(char *buffer, int size, int writing, void *owner)
{
    (void)buffer;
    (void)size;
    (void)writing;
    (void)owner;
    return -1;
}

static bool trust_check_file(const char *name, size_t *count, struct problem *problem)
{
    FILE *file = fopen(name, "r");
    if (file == NULL)
        return problem_set(problem, "%s: cannot be read: %s; check the name given to --trust", name,
                           strerror(errno));
    size_t found = 0;
    X509 *certificate;
    while ((certificate = PEM_read_X509(file, NULL, no_password, NULL)) != NULL) {
        X509_free(certificate);
        found++;
    }
    unsigned long error = ERR_peek_last_error();
    bool at_end = ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    fclose(file);
    if (found == 0)
        return problem_set(problem,
                           "%s: holds no certificate in PEM form; --trust wants lines that "
                           "begin with -----BEGIN CERTIFICATE-----",
                           name);
    if (!at_end)
        return problem_set(problem, "%s: certificate %zu is broken; export the file again", name,
                           found + 1);
    *count += found;
    return true;
}

bool trust_check(const char *const *files, size_t file_count, size_t *count,
                 struct problem *problem)
{
    *count = 0;
    for (size_t i = 0; i < file_count; i++)
        if (!trust_check_file(files[i], count, problem))
            return false;
    return true;
}
