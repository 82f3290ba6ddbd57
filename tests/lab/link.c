/* SPDX-License-Identifier: Apache-2.0 */
/* What does a long way to a server, or a box on that way, do to packets?  Cables between two
 * interfaces of one network namespace: latency, rate, hops (TTL and hop limit go down), and rules
 * that lose packets, silence flows or forge RSTs.  Reads a configuration, again at each SIGHUP;
 * tests/lab/README.md has its lines.  Linux only (packet sockets). */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "link_rules.h"

enum { MAX_LINKS = 8, QUEUE = 2048, FRAME = 2048 };

struct frame {
    double due; /* seconds of the monotonic clock */
    size_t length;
    uint8_t bytes[FRAME];
};

/* One direction of a cable: what came in at `in` leaves at `out` when it is due. */
struct direction {
    int in, out;
    double delay, seconds_per_byte, free_at;
    struct frame *frames;
    size_t first, count;
};

struct link {
    char name[32];
    unsigned hops;
    struct direction from[2]; /* by enum side: what that side sends */
    struct rules rules;
};

struct links {
    struct link link[MAX_LINKS];
    size_t count;
};

static volatile sig_atomic_t read_again;

static void on_hangup(int number)
{
    (void)number;
    read_again = 1;
}

static void fail(const char *what, const char *which)
{
    fprintf(stderr, "link: %s %s: %s\n", what, which, errno ? strerror(errno) : "not understood");
    exit(1);
}

static int open_end(const char *interface)
{
    int one = 1;
    int size = 4 << 20;
    struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
    struct packet_mreq promiscuous = {.mr_type = PACKET_MR_PROMISC};
    int end = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, htons(ETH_P_ALL));

    address.sll_ifindex = (int)if_nametoindex(interface);
    promiscuous.mr_ifindex = address.sll_ifindex;
    if (end < 0 || address.sll_ifindex == 0 ||
        setsockopt(end, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one) != 0 ||
        setsockopt(end, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &promiscuous, sizeof promiscuous) != 0 ||
        bind(end, (struct sockaddr *)&address, sizeof address) != 0)
        fail("cannot open", interface);
    setsockopt(end, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
    return end;
}

static struct link *find_link(struct links *links, const char *name)
{
    for (size_t i = 0; i < links->count; i++)
        if (strcmp(links->link[i].name, name) == 0)
            return &links->link[i];
    return NULL;
}

static void add_link(struct links *links, const char *name, const char *left, const char *right)
{
    struct link *link;
    int ends[2];

    if (find_link(links, name) != NULL)
        return;
    if (links->count == MAX_LINKS)
        fail("too many links at", name);
    link = &links->link[links->count++];
    snprintf(link->name, sizeof link->name, "%s", name);
    ends[LEFT] = open_end(left);
    ends[RIGHT] = open_end(right);
    for (int side = LEFT; side <= RIGHT; side++) {
        link->from[side].in = ends[side];
        link->from[side].out = ends[1 - side];
        link->from[side].frames = calloc(QUEUE, sizeof *link->from[side].frames);
        if (link->from[side].frames == NULL)
            fail("no memory for", name);
    }
}

/* delay=MS (each way), left-delay=MS, right-delay=MS (what that side sends), rate=KBIT, hops=N */
static void set_link(struct link *link, const char *word)
{
    double value = strchr(word, '=') != NULL ? strtod(strchr(word, '=') + 1, NULL) : 0;

    if (strncmp(word, "hops=", 5) == 0) {
        link->hops = (unsigned)value;
    } else if (strncmp(word, "rate=", 5) == 0) {
        link->from[LEFT].seconds_per_byte = value > 0 ? 8 / (value * 1000) : 0;
        link->from[RIGHT].seconds_per_byte = link->from[LEFT].seconds_per_byte;
    } else if (strncmp(word, "delay=", 6) == 0) {
        link->from[LEFT].delay = link->from[RIGHT].delay = value / 1000;
    } else if (strncmp(word, "left-delay=", 11) == 0) {
        link->from[LEFT].delay = value / 1000;
    } else if (strncmp(word, "right-delay=", 12) == 0) {
        link->from[RIGHT].delay = value / 1000;
    } else {
        fail("the setting", word);
    }
}

static void read_line(struct links *links, char *line)
{
    char *words[4] = {NULL, NULL, NULL, NULL};
    char *rest = line;
    struct link *link;
    char *word;

    for (size_t i = 0; i < 2; i++)
        words[i] = strtok_r(rest, " \t\n", &rest);
    if (words[0] == NULL || words[0][0] == '#' || words[1] == NULL)
        return;
    if (strcmp(words[0], "link") == 0) {
        words[2] = strtok_r(rest, " \t\n", &rest);
        words[3] = strtok_r(rest, " \t\n", &rest);
        if (words[3] == NULL)
            fail("the line of link", words[1]);
        add_link(links, words[1], words[2], words[3]);
        return;
    }
    link = find_link(links, words[1]);
    if (link == NULL)
        fail("no link", words[1]);
    if (strcmp(words[0], "rule") == 0) {
        if (!rules_add(&link->rules, rest))
            fail("the rule", rest);
        return;
    }
    while ((word = strtok_r(rest, " \t\n", &rest)) != NULL)
        set_link(link, word);
}

/* Rules keep what they have counted: a file that only grows only adds rules. */
static void read_configuration(struct links *links, const char *path)
{
    char line[512];
    FILE *file = fopen(path, "r");

    if (file == NULL)
        fail("cannot read", path);
    for (size_t i = 0; i < links->count; i++)
        rules_rewind(&links->link[i].rules);
    while (fgets(line, sizeof line, file) != NULL) {
        errno = 0;
        read_line(links, line);
    }
    fclose(file);
    printf("ready\n");
    fflush(stdout);
}

static void enqueue(struct direction *direction, const uint8_t *bytes, size_t length, double now)
{
    struct frame *frame;
    double start = direction->free_at > now ? direction->free_at : now;

    if (direction->count == QUEUE || length > FRAME)
        return;
    frame = &direction->frames[(direction->first + direction->count++) % QUEUE];
    direction->free_at = start + (double)length * direction->seconds_per_byte;
    frame->due = direction->free_at + direction->delay;
    frame->length = length;
    memcpy(frame->bytes, bytes, length);
}

static void emit(struct direction *direction, const uint8_t *bytes, size_t length)
{
    if (send(direction->out, bytes, length, 0) < 0 && errno != ENETDOWN && errno != ENOBUFS)
        fprintf(stderr, "link: send: %s\n", strerror(errno));
}

/* Forged packets start at the left end, where the box is thought to stand: towards the left they
 * leave at once, towards the right they take the way of all others. */
static void send_forged(struct link *link, struct verdict *verdict, double now)
{
    for (size_t i = 0; i < verdict->forged_count; i++) {
        struct forged *forged = &verdict->forged[i];

        if (forged->to == LEFT)
            emit(&link->from[RIGHT], forged->bytes, forged->length);
        else
            enqueue(&link->from[LEFT], forged->bytes, forged->length, now);
    }
}

static void receive(struct link *link, enum side side, double now)
{
    struct direction *direction = &link->from[side];
    struct verdict verdict;
    uint8_t bytes[FRAME];
    ssize_t length;

    while ((length = recv(direction->in, bytes, sizeof bytes, MSG_TRUNC)) > 0) {
        if ((size_t)length > sizeof bytes)
            continue;
        if (side == LEFT) {
            rules_judge(&link->rules, LEFT, bytes, (size_t)length, now, &verdict);
            if (verdict.pass)
                enqueue(direction, bytes, (size_t)length, now);
            send_forged(link, &verdict, now);
        } else {
            enqueue(direction, bytes, (size_t)length, now);
        }
    }
}

/* Returns the seconds until this direction has something to do again. */
static double deliver(struct link *link, enum side side, double now)
{
    struct direction *direction = &link->from[side];
    struct verdict verdict = {.pass = true, .forged_count = 0};

    while (direction->count > 0) {
        struct frame *frame = &direction->frames[direction->first];

        if (frame->due > now)
            return frame->due - now;
        if (side == RIGHT)
            rules_judge(&link->rules, RIGHT, frame->bytes, frame->length, now, &verdict);
        if (verdict.pass && packet_lower_hops(frame->bytes, frame->length, link->hops))
            emit(direction, frame->bytes, frame->length);
        direction->first = (direction->first + 1) % QUEUE;
        direction->count--;
        send_forged(link, &verdict, now);
        verdict.forged_count = 0;
        verdict.pass = true;
    }
    return 3600;
}

static double monotonic(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void run(struct links *links, const char *configuration, const sigset_t *open_mask)
{
    struct pollfd polls[2 * MAX_LINKS];

    for (;;) {
        double wait = 3600;
        struct timespec timeout;

        if (read_again) {
            read_again = 0;
            read_configuration(links, configuration);
        }
        for (size_t i = 0; i < 2 * links->count; i++) {
            struct link *link = &links->link[i / 2];
            double next;

            receive(link, (enum side)(i % 2), monotonic());
            next = deliver(link, (enum side)(i % 2), monotonic());
            wait = next < wait ? next : wait;
            polls[i] = (struct pollfd){.fd = link->from[i % 2].in, .events = POLLIN};
        }
        timeout.tv_sec = (time_t)wait;
        timeout.tv_nsec = (long)((wait - (double)timeout.tv_sec) * 1e9);
        if (ppoll(polls, (nfds_t)(2 * links->count), &timeout, open_mask) < 0 && errno != EINTR)
            fail("cannot", "poll");
    }
}

int main(int count, char **arguments)
{
    static struct links links;
    struct sigaction action = {.sa_handler = on_hangup};
    sigset_t blocked, open_mask;

    if (count != 2) {
        fprintf(stderr, "usage: link CONFIGURATION\n");
        return 2;
    }
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGHUP);
    sigprocmask(SIG_BLOCK, &blocked, &open_mask);
    sigaction(SIGHUP, &action, NULL);
    read_configuration(&links, arguments[1]);
    run(&links, arguments[1], &open_mask);
    return 0;
}
