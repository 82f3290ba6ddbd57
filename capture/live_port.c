/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How is an interface opened so that no packet is lost?  Through libpcap, which uses
 * the kernel's ring of blocks (TPACKET_V3 on Linux) where it is not asked for every
 * packet at once; several ports of one interface share its packets by PACKET_FANOUT.
 * Drops are asked of the socket itself there, and of files that are kept open: pcap_stats
 * opens files of the kernel's at each call, which a process in a sandbox may not.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "capture/live_port.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#ifdef HAVE_LINUX_IF_PACKET_H
#include <linux/if_packet.h>
#endif

#include "capture/decapsulate.h"

#define INTERFACES_NAMED 12

/* "eth0, eth1, lo": what could be meant. */
static void list_interfaces(char *list, size_t size)
{
    char reason[PCAP_ERRBUF_SIZE];
    pcap_if_t *interfaces = NULL;
    size_t length = 0, count = 0;

    list[0] = '\0';
    if (pcap_findalldevs(&interfaces, reason) != 0)
        return;
    for (pcap_if_t *at = interfaces; at != NULL && count < INTERFACES_NAMED; at = at->next) {
        /* What no network is on. */
        if (strncmp(at->name, "usbmon", 6) == 0 || strncmp(at->name, "bluetooth", 9) == 0 ||
            strncmp(at->name, "nf", 2) == 0 || strncmp(at->name, "dbus-", 5) == 0)
            continue;
        int written =
            snprintf(list + length, size - length, "%s%s", count == 0 ? "" : ", ", at->name);
        if (written < 0 || (size_t)written >= size - length)
            break;
        length += (size_t)written;
        count++;
    }
    pcap_freealldevs(interfaces);
}

static enum live_port_failure explain(const char *interface, int code, const char *reason,
                                      struct problem *problem)
{
    char list[256];

    switch (code) {
    case PCAP_ERROR_NO_SUCH_DEVICE:
        list_interfaces(list, sizeof list);
        if (list[0] != '\0')
            problem_set(problem, "%s: there is no such interface; there are: %s", interface, list);
        else
            problem_set(problem, "%s: there is no such interface; 'ip link' lists them", interface);
        return LIVE_PORT_ABSENT;
    case PCAP_ERROR_IFACE_NOT_UP:
        problem_set(problem, "%s: the interface is down; bring it up: 'ip link set %s up'",
                    interface, interface);
        return LIVE_PORT_ABSENT;
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED:
        problem_set(problem,
                    "%s: packets may not be captured by this user; run it with sudo, or allow it "
                    "once: 'setcap cap_net_raw+ep APPLEPATH' (as root, on the program's file)",
                    interface);
        return LIVE_PORT_FORBIDDEN;
    default:
        problem_set(problem, "%s: cannot be captured from (%s); check the interface", interface,
                    reason[0] != '\0' ? reason : pcap_statustostr(code));
        return LIVE_PORT_FAILED;
    }
}

static int configure(struct live_port *port, const struct live_port_settings *settings)
{
    pcap_t *capture = port->capture;
    int code = pcap_set_snaplen(capture, LIVE_SNAPSHOT_LENGTH);

    if (code == 0)
        code = pcap_set_promisc(capture, 1);
    if (code == 0)
        code = pcap_set_timeout(capture, LIVE_BLOCK_MILLISECONDS);
    if (code == 0)
        code = pcap_set_buffer_size(capture, (int)(settings->buffer_mebibytes << 20));
    /* Microseconds do where nanoseconds cannot be had. */
    if (code == 0)
        port->nanoseconds = pcap_set_tstamp_precision(capture, PCAP_TSTAMP_PRECISION_NANO) == 0;
    return code == 0 ? pcap_activate(capture) : code;
}

static bool apply_filter(struct live_port *port, const struct live_port_settings *settings,
                         struct problem *problem)
{
    struct bpf_program program;
    bool applied;

    if (settings->filter == NULL)
        return true;
    if (pcap_compile(port->capture, &program, settings->filter, 1, PCAP_NETMASK_UNKNOWN) != 0)
        return problem_set(problem, "%s: the filter '%s' is not valid: %s; see pcap-filter(7)",
                           settings->interface, settings->filter, pcap_geterr(port->capture));
    applied = pcap_setfilter(port->capture, &program) == 0;
    pcap_freecode(&program);
    return applied ||
           problem_set(problem, "%s: the filter cannot be put in force: %s; try a shorter one",
                       settings->interface, pcap_geterr(port->capture));
}

static bool join_fanout(struct live_port *port, const struct live_port_settings *settings,
                        struct problem *problem)
{
    if (settings->fanout_group == 0)
        return true;
#ifdef HAVE_LINUX_IF_PACKET_H
    /* By a hash of the flow that is the same for both directions. */
    unsigned option = (settings->fanout_group & 0xffffu) | (unsigned)PACKET_FANOUT_HASH << 16;
    if (setsockopt(pcap_fileno(port->capture), SOL_PACKET, PACKET_FANOUT, &option, sizeof option) ==
        0)
        return true;
#else
    (void)port;
#endif
    return problem_set(problem,
                       "%s: this system does not share an interface between threads; leave "
                       "--threads away",
                       settings->interface);
}

static bool check_link_type(struct live_port *port, const char *interface, struct problem *problem)
{
    port->link_type = pcap_datalink(port->capture);
    return decapsulate_knows_link_type(port->link_type) ||
           problem_set(problem,
                       "%s: has link type %s, which is not supported; capture at an Ethernet "
                       "interface",
                       interface, live_port_link_type(port));
}

void live_port_prepare(struct live_port *port)
{
    memset(port, 0, sizeof *port);
    port->descriptor = -1;
    for (size_t i = 0; i < LIVE_CARD_COUNTERS; i++)
        port->card[i] = -1;
}

#ifdef HAVE_LINUX_IF_PACKET_H
/* What the file says has been lost since it was read last. */
static uint64_t card_drops(struct live_port *port, size_t which)
{
    char text[32];
    ssize_t length =
        port->card[which] >= 0 ? pread(port->card[which], text, sizeof text - 1, 0) : -1;
    if (length <= 0)
        return 0;
    text[length] = '\0';
    uint64_t total = strtoull(text, NULL, 10), before = port->card_last[which];
    port->card_last[which] = total;
    return total > before ? total - before : 0;
}

/* The two counters that mean lost for good; there are none for "any". */
static void open_card(struct live_port *port, const struct live_port_settings *settings)
{
    static const char *const files[LIVE_CARD_COUNTERS] = {"rx_missed_errors", "rx_fifo_errors"};
    char path[256];
    for (size_t i = 0; settings->counts_card && i < LIVE_CARD_COUNTERS; i++) {
        snprintf(path, sizeof path, "/sys/class/net/%s/statistics/%s", settings->interface,
                 files[i]);
        port->card[i] = open(path, O_RDONLY | O_CLOEXEC);
        (void)card_drops(port, i);
    }
}
#endif

enum live_port_failure live_port_open(struct live_port *port,
                                      const struct live_port_settings *settings,
                                      struct problem *problem)
{
    char reason[PCAP_ERRBUF_SIZE] = "";
    enum live_port_failure failure;
    int code;

    port->capture = pcap_create(settings->interface, reason);
    if (port->capture == NULL)
        return explain(settings->interface, PCAP_ERROR, reason, problem);
    code = configure(port, settings);
    if (code < 0) {
        failure = explain(settings->interface, code, pcap_geterr(port->capture), problem);
        live_port_close(port);
        return failure;
    }
    if (!check_link_type(port, settings->interface, problem) ||
        !apply_filter(port, settings, problem) || !join_fanout(port, settings, problem)) {
        live_port_close(port);
        return LIVE_PORT_FAILED;
    }
    if (pcap_setnonblock(port->capture, 1, reason) != 0) {
        live_port_close(port);
        return explain(settings->interface, PCAP_ERROR, reason, problem);
    }
    port->descriptor = pcap_get_selectable_fd(port->capture);
    port->last_total = 0;
#ifdef HAVE_LINUX_IF_PACKET_H
    open_card(port, settings);
#endif
    return LIVE_PORT_OPENED;
}

void live_port_close(struct live_port *port)
{
    if (port->capture != NULL)
        pcap_close(port->capture);
    port->capture = NULL;
    port->descriptor = -1;
    for (size_t i = 0; i < LIVE_CARD_COUNTERS; i++) {
        if (port->card[i] >= 0)
            close(port->card[i]);
        port->card[i] = -1;
    }
}

void live_port_count_drops(struct live_port *port)
{
    if (port->capture == NULL)
        return;
#ifdef HAVE_LINUX_IF_PACKET_H
    /* Begins anew at each question. */
    struct tpacket_stats_v3 counts;
    socklen_t size = sizeof counts;
    memset(&counts, 0, sizeof counts);
    if (getsockopt(pcap_fileno(port->capture), SOL_PACKET, PACKET_STATISTICS, &counts, &size) == 0)
        port->dropped += counts.tp_drops;
    for (size_t i = 0; i < LIVE_CARD_COUNTERS; i++)
        port->dropped += card_drops(port, i);
#else
    struct pcap_stat counts;
    if (pcap_stats(port->capture, &counts) != 0)
        return;
    uint64_t total = (uint64_t)counts.ps_drop + counts.ps_ifdrop;
    if (total > port->last_total)
        port->dropped += total - port->last_total;
    port->last_total = total;
#endif
}

const char *live_port_link_type(const struct live_port *port)
{
    const char *name = pcap_datalink_val_to_name(port->link_type);

    return name != NULL ? name : "unknown";
}
