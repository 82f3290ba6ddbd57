/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of one NTP message as fields: the header (RFC 5905 section 7.3), and
 * of the extension fields behind it (RFC 7822) only whether they are those of
 * Network Time Security (RFC 8915 section 5).
 */
#include "dissectors/ntp_fields.h"

#define VERSION_WITH_FIELDS 4
#define FIELD_LENGTH_MINIMUM 16u /* RFC 7822 section 7.5 */
#define MAC_LENGTH_MAXIMUM 24u /* a key identifier and 20 bytes */
#define UNIQUE_LENGTH_MINIMUM 36u /* RFC 8915 section 5.3: 32 bytes and the header */

/* RFC 8915 section 7.8. */
enum nts_field {
    NTS_UNIQUE_IDENTIFIER = 0x0104,
    NTS_COOKIE = 0x0204,
    NTS_COOKIE_PLACEHOLDER = 0x0304,
    NTS_AUTHENTICATOR = 0x0404
};

/* A unique identifier may be used without NTS: a cookie or an authenticator must
 * come with it.  What is no longer than a MAC may be one, and is not read. */
static bool nts_used(struct bytes from)
{
    bool unique = false, secured = false;
    while (from.length > MAC_LENGTH_MAXIMUM) {
        uint16_t type, length;
        if (!bytes_read_u16(&from, &type) || !bytes_read_u16(&from, &length) ||
            length < FIELD_LENGTH_MINIMUM || length % 4 != 0 || !bytes_skip(&from, length - 4u))
            return false;
        unique = unique || (type == NTS_UNIQUE_IDENTIFIER && length >= UNIQUE_LENGTH_MINIMUM);
        secured = secured || type == NTS_COOKIE || type == NTS_COOKIE_PLACEHOLDER ||
                  type == NTS_AUTHENTICATOR;
    }
    return unique && secured;
}

bool ntp_fields_read(struct bytes from, struct ntp_fields *fields)
{
    uint8_t first;
    struct bytes reference;
    /* The poll interval and the precision are of no use here. */
    if (!bytes_read_u8(&from, &first) || !bytes_read_u8(&from, &fields->stratum) ||
        !bytes_skip(&from, 2) || !bytes_read_u32(&from, &fields->root_delay) ||
        !bytes_read_u32(&from, &fields->root_dispersion) ||
        !bytes_take(&from, sizeof fields->reference, &reference) ||
        !bytes_read_u64(&from, &fields->reference_time) ||
        !bytes_read_u64(&from, &fields->origin) || !bytes_read_u64(&from, &fields->receive) ||
        !bytes_read_u64(&from, &fields->transmit))
        return false;
    fields->leap = first >> 6;
    fields->version = first >> 3 & 7;
    fields->mode = first & 7;
    memcpy(fields->reference, reference.data, sizeof fields->reference);
    fields->nts = fields->version == VERSION_WITH_FIELDS && nts_used(from);
    return fields->version >= 1 && fields->version <= 4 && fields->mode >= NTP_SYMMETRIC_ACTIVE &&
           fields->mode <= NTP_SERVER;
}
