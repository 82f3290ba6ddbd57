/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names of groups that clients and servers really use, from IANA's registry
 * "TLS Supported Groups": a number comes in, its name goes out (RFC 8422, RFC 7919,
 * RFC 8446 section 4.2.7; the hybrids with ML-KEM by their code points).
 */
#include "dissectors/tls_groups.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define UNNAMED_SIZE 7 /* 0xNNNN and a terminator */

static const struct group_name {
    uint16_t group;
    const char *name;
} names[] = {
    /* in order */
    {0x0001, "sect163k1"},
    {0x0002, "sect163r1"},
    {0x0003, "sect163r2"},
    {0x0004, "sect193r1"},
    {0x0005, "sect193r2"},
    {0x0006, "sect233k1"},
    {0x0007, "sect233r1"},
    {0x0008, "sect239k1"},
    {0x0009, "sect283k1"},
    {0x000a, "sect283r1"},
    {0x000b, "sect409k1"},
    {0x000c, "sect409r1"},
    {0x000d, "sect571k1"},
    {0x000e, "sect571r1"},
    {0x000f, "secp160k1"},
    {0x0010, "secp160r1"},
    {0x0011, "secp160r2"},
    {0x0012, "secp192k1"},
    {0x0013, "secp192r1"},
    {0x0014, "secp224k1"},
    {0x0015, "secp224r1"},
    {0x0016, "secp256k1"},
    {0x0017, "secp256r1"},
    {0x0018, "secp384r1"},
    {0x0019, "secp521r1"},
    {0x001a, "brainpoolP256r1"},
    {0x001b, "brainpoolP384r1"},
    {0x001c, "brainpoolP512r1"},
    {0x001d, "x25519"},
    {0x001e, "x448"},
    {0x001f, "brainpoolP256r1tls13"},
    {0x0020, "brainpoolP384r1tls13"},
    {0x0021, "brainpoolP512r1tls13"},
    {0x0029, "curveSM2"},
    {0x0100, "ffdhe2048"},
    {0x0101, "ffdhe3072"},
    {0x0102, "ffdhe4096"},
    {0x0103, "ffdhe6144"},
    {0x0104, "ffdhe8192"},
    {0x0200, "MLKEM512"},
    {0x0201, "MLKEM768"},
    {0x0202, "MLKEM1024"},
    {0x11eb, "SecP256r1MLKEM768"},
    {0x11ec, "X25519MLKEM768"},
    {0x11ed, "SecP384r1MLKEM1024"},
    {0x6399, "X25519Kyber768Draft00"},
    {0x639a, "SecP256r1Kyber768Draft00"},
    {0xff01, "arbitrary_explicit_prime_curves"},
    {0xff02, "arbitrary_explicit_char2_curves"},
};

static int compare_group(const void *wanted, const void *named)
{
    return *(const uint16_t *)wanted - (int)((const struct group_name *)named)->group;
}

const char *tls_group_name(uint16_t group)
{
    const struct group_name *found =
        bsearch(&group, names, sizeof names / sizeof names[0], sizeof names[0], compare_group);
    return found != NULL ? found->name : NULL;
}

void tls_group_list(char *text, size_t size, uint16_t group)
{
    char unnamed[UNNAMED_SIZE] = "0x";
    const char *known = tls_group_name(group);
    const char *name = known != NULL ? known : unnamed;
    size_t length = strlen(text);
    if (known == NULL)
        text_put_hexadecimal(unnamed + 2, (const uint8_t[]){(uint8_t)(group >> 8), (uint8_t)group},
                             2);
    size_t added = strlen(name);
    if (length + (length > 0) + added >= size)
        return;
    if (length > 0)
        text[length++] = ',';
    memcpy(text + length, name, added + 1);
}
