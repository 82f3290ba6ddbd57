/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The interface first: is there a link, is it fast enough for what it is sent, does it
 * show traffic of others at all?  What the system says comes in, with what came in the
 * time that was watched.
 */
#include "diagnosis/fitness_private.h"

#define BUSY_SHARE 0.8 /* of the link's speed, on average: peaks go beyond it */
#define BITS_PER_MEGABIT 1e6

/* Of the interface's speed, 0 to 1 and more; 0: not known. */
static double use_of_link(const struct fitness_work *work, size_t index)
{
    const struct fitness_settings *settings = work->settings;
    double seconds = (double)settings->watched / (double)NANOSECONDS_PER_SECOND;
    if (settings->interfaces[index].speed == 0 || seconds <= 0 ||
        index >= settings->diagnosis->source_count)
        return 0;
    double bits = 8 * (double)settings->diagnosis->sources[index].bytes / seconds;
    return bits / (settings->interfaces[index].speed * BITS_PER_MEGABIT);
}

static const char *describe(struct fitness_work *work, const struct fitness_interface *interface,
                            double use)
{
    struct arena *arena = work->arena;
    const char *text = interface->running ? "There is a link" : "There is no link";
    if (interface->speed > 0)
        text = arena_format(arena, "%s of %u Mbit/s%s", text, interface->speed,
                            interface->half_duplex ? ", half duplex" : "");
    if (use > 0)
        text = arena_format(arena, "%s, %.1f %% in use", text, 100 * use);
    if (interface->mtu > 0)
        text = arena_format(arena, "%s, MTU %u", text, interface->mtu);
    return arena_format(arena, "%s, %s mode.", text,
                        interface->promiscuous ? "in promiscuous" : "not in promiscuous");
}

static void check_interface(struct fitness_work *work, size_t index)
{
    const struct fitness_interface *interface = &work->settings->interfaces[index];
    struct fitness_check *check = fitness_add(work, "interface", "The interface");
    double use = use_of_link(work, index);
    check->subject = interface->name;
    if (!interface->has_state) {
        fitness_say(check, FITNESS_NOT_JUDGED, "The system does not tell its state.", NULL);
        return;
    }
    const char *seen = describe(work, interface, use);
    fitness_figure(check, "mtu", interface->mtu);
    fitness_figure(check, "megabits_per_second", interface->speed);
    fitness_figure(check, "use", use);
    if (!interface->running)
        fitness_say(check, FITNESS_BAD, seen,
                    "Plug the cable in, or enable the mirror's destination port on the switch.");
    else if (!interface->promiscuous)
        fitness_say(check, FITNESS_LOOK, seen,
                    "It could not be switched to promiscuous mode, so that frames for others may "
                    "not come through; where it is a virtual one, allow that mode at the "
                    "hypervisor's switch.");
    else if (interface->half_duplex)
        fitness_say(check, FITNESS_LOOK, seen,
                    "Set both ends of the cable to full duplex: 'ethtool' says what was "
                    "negotiated.");
    else if (use > BUSY_SHARE)
        fitness_say(check, FITNESS_LOOK, seen,
                    "A mirror of both directions can send twice what its port carries. Give it a "
                    "faster port, mirror fewer ports, or one direction to each of two ports.");
    else
        fitness_say(check, FITNESS_GOOD, seen, NULL);
}

void fitness_interfaces(struct fitness_work *work)
{
    for (size_t i = 0; i < work->settings->interface_count; i++)
        check_interface(work, i);
}

void fitness_mirror(struct fitness_work *work)
{
    const struct fitness_census *census = work->settings->census;
    struct arena *arena = work->arena;
    struct fitness_check *check = fitness_add(
        work, "packets", fitness_is_live(work) ? "Traffic of other machines" : "Packets");
    double seconds = (double)work->settings->watched / (double)NANOSECONDS_PER_SECOND;
    fitness_figure(check, "packets", (double)work->totals->packets);
    fitness_figure(check, "ip_packets", (double)census->packets);
    if (!fitness_is_live(work)) {
        bool any = work->totals->packets > 0;
        fitness_say(check, any ? FITNESS_GOOD : FITNESS_BAD,
                    any ? arena_format(arena, "%s.",
                                       fitness_count_phrase(work, work->totals->packets, "packet"))
                        : "There is no packet in it.",
                    any ? NULL
                        : "Check the interface that was captured at, and the capture filter; "
                          "'applepath doctor -i' looks at the interface itself.");
        return;
    }
    fitness_figure(check, "packets_of_others", (double)census->strangers);
    const char *seen =
        arena_format(arena, "%s in %.0f s; %s of IP between two other machines.",
                     fitness_count_phrase(work, work->totals->packets, "packet"), seconds,
                     fitness_count_phrase(work, census->strangers, "packet"));
    if (work->totals->packets == 0)
        fitness_say(check, FITNESS_BAD, seen,
                    "Nothing arrives. Check that the mirror session is active and that this is its "
                    "destination port, and leave a capture filter (-f) out.");
    else if (census->strangers == 0)
        fitness_say(check, FITNESS_BAD, seen,
                    "What arrives is this machine's own traffic, broadcasts and multicast, as at "
                    "any port: nothing is mirrored to it. On the switch, make this port the "
                    "destination of a mirror session (SPAN) whose source is the devices' or the "
                    "uplink port, both directions.");
    else
        fitness_say(check, FITNESS_GOOD, seen, NULL);
}
