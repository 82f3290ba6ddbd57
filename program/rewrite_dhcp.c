/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DHCP messages (RFC 2131 section 2, options of RFC 2132): addresses and names by their
 * pseudonyms, whatever else could tell of the site or the device zeroed; what a device
 * asks for and what it was made by stay.
 */
#include "program/rewrite_parts.h"

#define FIXED_SIZE 236u /* RFC 2131 section 2: up to the magic cookie */

enum treatment { OPTION_ZERO, OPTION_KEEP, OPTION_ADDRESSES, OPTION_NAME, OPTION_IDENTIFIER };

static enum treatment treatment_of(uint8_t option)
{
    switch (option) {
    case 1: /* subnet mask */
    case 2: /* time offset */
    case 26: /* MTU */
    case 51: /* lease, renewal and rebinding times */
    case 58:
    case 59:
    case 52: /* overload */
    case 53: /* message type */
    case 55: /* what is asked for */
    case 57: /* maximum size */
    case 60: /* vendor class */
    case 116: /* auto-configuration */
        return OPTION_KEEP;
    case 3: /* routers */
    case 4: /* time servers */
    case 6: /* resolvers */
    case 28: /* broadcast */
    case 42: /* NTP servers */
    case 44: /* NetBIOS name servers */
    case 50: /* requested address */
    case 54: /* server */
        return OPTION_ADDRESSES;
    case 12: /* host name */
    case 15: /* domain */
        return OPTION_NAME;
    case 61: /* client identifier */
        return OPTION_IDENTIFIER;
    default:
        return OPTION_ZERO;
    }
}

/* A hardware type and a MAC (RFC 2132 section 9.14), or what the client made up. */
static void rewrite_identifier(struct pseudonyms *pseudonyms, struct span value)
{
    uint8_t type;
    if (value.length == 7 && bytes_peek_u8(span_bytes(value), 0, &type) && type == 1)
        rewrite_address(pseudonyms, span_part(value, 1, 6));
    else
        span_fill(value, 0);
}

static void rewrite_option(struct pseudonyms *pseudonyms, uint8_t option, struct span value)
{
    switch (treatment_of(option)) {
    case OPTION_KEEP:
        break;
    case OPTION_ADDRESSES:
        for (size_t at = 0; at < value.length; at += 4)
            rewrite_address(pseudonyms, span_part(value, at, 4));
        break;
    case OPTION_NAME:
        rewrite_name(pseudonyms, value);
        break;
    case OPTION_IDENTIFIER:
        rewrite_identifier(pseudonyms, value);
        break;
    case OPTION_ZERO:
        span_fill(value, 0);
        break;
    }
}

size_t rewrite_dhcp(struct pseudonyms *pseudonyms, struct bytes message, struct span changed)
{
    size_t at = FIXED_SIZE + 4; /* and the cookie */
    uint8_t type, length, hardware, hardware_length;
    if (message.length < at || !bytes_peek_u8(message, 1, &hardware) ||
        !bytes_peek_u8(message, 2, &hardware_length))
        return 0;
    for (size_t address = 12; address < 28; address += 4) /* ciaddr, yiaddr, siaddr, giaddr */
        rewrite_address(pseudonyms, span_part(changed, address, 4));
    if (hardware == 1 && hardware_length == 6) { /* Ethernet; chaddr is of 16 bytes */
        rewrite_address(pseudonyms, span_part(changed, 28, 6));
        span_fill(span_part(changed, 34, 10), 0);
    } else {
        span_fill(span_part(changed, 28, 16), 0);
    }
    span_fill(span_part(changed, 44, 192), 0); /* sname, file */
    while (bytes_peek_u8(message, at, &type)) {
        if (type == 0 || type == 255) { /* padding, end */
            at++;
            if (type == 255)
                break;
            continue;
        }
        if (!bytes_peek_u8(message, at + 1, &length) || message.length - at - 2 < length)
            break;
        rewrite_option(pseudonyms, type, span_part(changed, at + 2, length));
        at += 2u + length;
    }
    return at;
}
