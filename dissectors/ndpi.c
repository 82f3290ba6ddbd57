/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only file that includes nDPI.  What differs between its versions 4.2 and
 * 5.x stands in the first part, one macro or function per difference; the rest
 * is written once.
 */
#include "dissectors/ndpi.h"

#include <stdlib.h>
#include <string.h>

#include <ndpi_api.h>

#include "base/timestamp.h"

#define FIRST_BUFFER 2048u /* what nDPI allocates for the first bytes of TLS */
#define NDPI_AT_LEAST(major, minor)                                                                \
    (NDPI_MAJOR > (major) || (NDPI_MAJOR == (major) && NDPI_MINOR >= (minor)))

/* The development head after 4.10 calls itself 4.11 and has the later shape. */
#if NDPI_AT_LEAST(4, 11)
#define RESULT_MASTER(result) ((result).proto.master_protocol)
#define RESULT_APPLICATION(result) ((result).proto.app_protocol)
#else
#define RESULT_MASTER(result) ((result).master_protocol)
#define RESULT_APPLICATION(result) ((result).app_protocol)
#endif

_Static_assert(sizeof((struct ndpi_flow_struct *)0)->host_server_name <
                   sizeof((struct ndpi_opinion *)0)->server_name,
               "nDPI's server name fits");

struct ndpi_guide {
    struct ndpi_detection_module_struct *module;
};

struct ndpi_reading {
    struct ndpi_flow_struct *flow;
    size_t fed; /* bytes: nDPI keeps no more of them than these */
};

static struct ndpi_detection_module_struct *module_create(void)
{
#if NDPI_AT_LEAST(4, 10)
    struct ndpi_detection_module_struct *module = ndpi_init_detection_module(NULL);
#else
    struct ndpi_detection_module_struct *module = ndpi_init_detection_module(ndpi_no_prefs);
#endif
    if (module == NULL)
        return NULL;
#if !NDPI_AT_LEAST(5, 0)
    NDPI_PROTOCOL_BITMASK all;
    NDPI_BITMASK_SET_ALL(all);
    ndpi_set_protocol_detection_bitmask2(module, &all);
#endif
    ndpi_finalize_initialization(module);
    return module;
}

static ndpi_protocol module_read(struct ndpi_detection_module_struct *module,
                                 struct ndpi_flow_struct *flow, struct bytes network,
                                 uint64_t milliseconds)
{
    unsigned short length = (unsigned short)network.length;
#if NDPI_AT_LEAST(4, 6)
    return ndpi_detection_process_packet(module, flow, network.data, length, milliseconds, NULL);
#else
    return ndpi_detection_process_packet(module, flow, network.data, length, milliseconds);
#endif
}

static bool module_is_done(struct ndpi_detection_module_struct *module,
                           struct ndpi_flow_struct *flow, ndpi_protocol result)
{
#if NDPI_AT_LEAST(5, 0)
    (void)module;
    (void)flow;
    return result.state == NDPI_STATE_CLASSIFIED;
#else
    return RESULT_APPLICATION(result) != NDPI_PROTOCOL_UNKNOWN &&
           !ndpi_extra_dissection_possible(module, flow);
#endif
}

struct ndpi_guide *ndpi_guide_create(void)
{
    /* Headers of one version and a library of another corrupt the heap. */
    if (ndpi_detection_get_sizeof_ndpi_flow_struct() != sizeof(struct ndpi_flow_struct))
        return NULL;
    struct ndpi_guide *guide = calloc(1, sizeof *guide);
    if (guide == NULL)
        return NULL;
    guide->module = module_create();
    if (guide->module == NULL) {
        free(guide);
        return NULL;
    }
    return guide;
}

void ndpi_guide_release(struct ndpi_guide *guide)
{
    if (guide == NULL)
        return;
    ndpi_exit_detection_module(guide->module);
    free(guide);
}

struct ndpi_reading *ndpi_reading_create(const struct ndpi_guide *guide)
{
    (void)guide;
    struct ndpi_reading *reading = calloc(1, sizeof *reading);
    if (reading == NULL)
        return NULL;
    /* From nDPI's own allocator: ndpi_free_flow gives it back there. */
    reading->flow = ndpi_flow_malloc(sizeof *reading->flow);
    if (reading->flow == NULL) {
        free(reading);
        return NULL;
    }
    memset(reading->flow, 0, sizeof *reading->flow);
    return reading;
}

size_t ndpi_reading_size(const struct ndpi_reading *reading)
{
    return sizeof *reading + sizeof *reading->flow + FIRST_BUFFER + reading->fed;
}

void ndpi_reading_release(struct ndpi_reading *reading)
{
    if (reading == NULL)
        return;
    ndpi_free_flow(reading->flow);
    free(reading);
}

void ndpi_read_packet(struct ndpi_guide *guide, struct ndpi_reading *reading, struct bytes network,
                      int64_t time, struct ndpi_opinion *opinion)
{
    memset(opinion, 0, sizeof *opinion);
    if (network.length > UINT16_MAX)
        return;
    reading->fed += network.length;
    uint64_t milliseconds = time > 0 ? (uint64_t)(time / NANOSECONDS_PER_MILLISECOND) : 0;
    ndpi_protocol result = module_read(guide->module, reading->flow, network, milliseconds);
    uint16_t master = RESULT_MASTER(result);
    uint16_t application = RESULT_APPLICATION(result);
    /* The master is the protocol on the wire; the application may be a guess
     * from an address. */
    uint16_t wire = master != NDPI_PROTOCOL_UNKNOWN ? master : application;
    if (wire != NDPI_PROTOCOL_UNKNOWN) {
        const char *name = ndpi_get_proto_name(guide->module, wire);
        if (name != NULL)
            strncpy(opinion->protocol, name, sizeof opinion->protocol - 1);
    }
    if (wire == NDPI_PROTOCOL_QUIC)
        memcpy(
            opinion->server_name, reading->flow->host_server_name,
            strnlen(reading->flow->host_server_name, sizeof reading->flow->host_server_name - 1));
    opinion->final = module_is_done(guide->module, reading->flow, result);
}
