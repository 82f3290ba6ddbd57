/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An interface's name comes in; what Linux keeps of it under /sys/class/net and tells by
 * ethtool's requests (linux/ethtool.h) goes out.  Other systems tell nothing here.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "program/interface_facts.h"

#include <string.h>

#ifdef HAVE_LINUX_ETHTOOL_H
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define SPEED_MOST 1600000u /* megabits per second; the kernel says -1 where it has none */

/* One value of the kernel's, a word or a number; false where it tells none. */
static bool read_value(const char *name, const char *which, char *value, size_t size)
{
    char path[256];
    snprintf(path, sizeof path, "/sys/class/net/%s/%s", name, which);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    bool ok = fgets(value, (int)size, file) != NULL;
    fclose(file);
    if (ok)
        value[strcspn(value, "\n")] = '\0';
    return ok;
}

static bool read_number(const char *name, const char *which, unsigned long *number)
{
    char value[32], *end;
    if (!read_value(name, which, value, sizeof value) || value[0] == '-')
        return false;
    *number = strtoul(value, &end, 0);
    return end != value && *end == '\0';
}

static void read_state(struct fitness_interface *interface)
{
    char value[32];
    unsigned long number = 0;
    interface->has_state = read_number(interface->name, "flags", &number);
    interface->promiscuous = (number & IFF_PROMISC) != 0;
    /* A loopback has no carrier of its own but always one to itself. */
    interface->running =
        read_number(interface->name, "carrier", &number) ? number == 1 : interface->has_state;
    if (read_number(interface->name, "mtu", &number) && number <= UINT32_MAX)
        interface->mtu = (uint32_t)number;
    if (read_number(interface->name, "speed", &number) && number <= SPEED_MOST)
        interface->speed = (uint32_t)number;
    interface->half_duplex =
        read_value(interface->name, "duplex", value, sizeof value) && strcmp(value, "half") == 0;
}

static bool ask(int descriptor, const char *name, void *request)
{
    struct ifreq asked;
    memset(&asked, 0, sizeof asked);
    snprintf(asked.ifr_name, sizeof asked.ifr_name, "%s", name);
    asked.ifr_data = request;
    return ioctl(descriptor, SIOCETHTOOL, &asked) == 0;
}

static void read_offloads(struct fitness_interface *interface, int descriptor)
{
    struct ethtool_value receive = {.cmd = ETHTOOL_GGRO};
    struct ethtool_value flags = {.cmd = ETHTOOL_GFLAGS};
    struct ethtool_ringparam ring = {.cmd = ETHTOOL_GRINGPARAM};
    interface->has_offloads = ask(descriptor, interface->name, &receive);
    interface->joins_segments = interface->has_offloads && receive.data != 0;
    interface->card_joins_segments =
        ask(descriptor, interface->name, &flags) && (flags.data & ETH_FLAG_LRO) != 0;
    if (ask(descriptor, interface->name, &ring)) {
        interface->ring = ring.rx_pending;
        interface->ring_most = ring.rx_max_pending;
    }
}
#endif

void interface_facts_read(struct fitness_interface *interface, const char *name)
{
    memset(interface, 0, sizeof *interface);
    interface->name = name;
#ifdef HAVE_LINUX_ETHTOOL_H
    int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    read_state(interface);
    if (descriptor < 0)
        return;
    read_offloads(interface, descriptor);
    close(descriptor);
#endif
}
