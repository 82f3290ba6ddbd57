/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts the frames of a capture onto an interface: with the pauses that they had (or a
 * part of those), or again and again as fast as the kernel takes them.  For the live
 * tests and the benchmark; Linux, needs CAP_NET_RAW.
 *   send_frames INTERFACE FILE [SPEED]          SPEED times as fast as captured (1)
 *   send_frames INTERFACE FILE flood SECONDS [RATE]
 *       prints how many were sent; RATE packets a second at most
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_LINUX_IF_PACKET_H
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { BURST = 64, FRAME_LIMIT = 2000000, LONGEST = 1514 };

struct stored {
    double time; /* seconds after the first */
    unsigned length;
    unsigned char *bytes;
};

static struct stored *frames;
static size_t frame_count;

static int fail(const char *what)
{
    perror(what);
    return 2;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int load(const char *name)
{
    char reason[PCAP_ERRBUF_SIZE];
    struct pcap_pkthdr *header;
    const unsigned char *data;
    double first = 0;
    pcap_t *capture = pcap_open_offline(name, reason);
    if (capture == NULL) {
        fprintf(stderr, "send_frames: %s\n", reason);
        return 2;
    }
    frames = calloc(FRAME_LIMIT, sizeof *frames);
    while (frames != NULL && frame_count < FRAME_LIMIT &&
           pcap_next_ex(capture, &header, &data) == 1) {
        struct stored *frame = &frames[frame_count];
        double time = (double)header->ts.tv_sec + (double)header->ts.tv_usec / 1e6;
        if (header->caplen > LONGEST)
            continue;
        if (frame_count == 0)
            first = time;
        frame->time = time - first;
        frame->length = header->caplen;
        frame->bytes = malloc(header->caplen);
        if (frame->bytes == NULL)
            break;
        memcpy(frame->bytes, data, header->caplen);
        frame_count++;
    }
    pcap_close(capture);
    return frame_count > 0 ? 0 : 2;
}

static int open_interface(const char *name)
{
    struct sockaddr_ll address;
    int socket_number = socket(AF_PACKET, SOCK_RAW, 0), bypass = 1;
    memset(&address, 0, sizeof address);
    address.sll_family = AF_PACKET;
    address.sll_protocol = htons(0x0003); /* ETH_P_ALL */
    address.sll_ifindex = (int)if_nametoindex(name);
    if (socket_number < 0 ||
        bind(socket_number, (const struct sockaddr *)&address, sizeof address) != 0)
        return -1;
    (void)setsockopt(socket_number, SOL_PACKET, PACKET_QDISC_BYPASS, &bypass, sizeof bypass);
    return socket_number;
}

static int replay(int out, double speed)
{
    double began = now();
    for (size_t i = 0; i < frame_count; i++) {
        double wait = began + frames[i].time / speed - now();
        if (wait > 0) {
            struct timespec pause = {(time_t)wait, (long)((wait - (double)(time_t)wait) * 1e9)};
            nanosleep(&pause, NULL);
        }
        if (send(out, frames[i].bytes, frames[i].length, 0) < 0)
            return fail("send");
    }
    return 0;
}

/* Sleeps while more has been sent than is due. */
static void keep_rate(double began, unsigned long long sent, double rate)
{
    double ahead = rate > 0 ? (double)sent / rate - (now() - began) : 0;
    if (ahead > 0.0005) {
        struct timespec pause = {(time_t)ahead, (long)((ahead - (double)(time_t)ahead) * 1e9)};
        nanosleep(&pause, NULL);
    }
}

static int flood(int out, double seconds, double rate)
{
    struct mmsghdr messages[BURST];
    struct iovec parts[BURST];
    unsigned long long sent = 0, bytes = 0;
    size_t next = 0;
    double began = now(), end = began + seconds;
    memset(messages, 0, sizeof messages);
    while (now() < end) {
        for (int i = 0; i < BURST; i++, next = (next + 1) % frame_count) {
            parts[i].iov_base = frames[next].bytes;
            parts[i].iov_len = frames[next].length;
            bytes += frames[next].length;
            messages[i].msg_hdr.msg_iov = &parts[i];
            messages[i].msg_hdr.msg_iovlen = 1;
        }
        for (int done = 0; done < BURST;) {
            int count = sendmmsg(out, messages + done, (unsigned)(BURST - done), 0);
            if (count > 0)
                done += count;
        }
        sent += BURST;
        keep_rate(began, sent, rate);
    }
    double took = now() - began;
    printf("sent %llu packets in %.2f s: %.0f packets/s, %.2f Gbit/s\n", sent, took,
           (double)sent / took, 8 * (double)bytes / took / 1e9);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: send_frames INTERFACE FILE [SPEED | flood SECONDS [RATE]]\n");
        return 2;
    }
    if (load(argv[2]) != 0)
        return 2;
    int out = open_interface(argv[1]);
    if (out < 0)
        return fail(argv[1]);
    if (argc >= 5 && strcmp(argv[3], "flood") == 0)
        return flood(out, atof(argv[4]), argc > 5 ? atof(argv[5]) : 0);
    return replay(out, argc > 3 ? atof(argv[3]) : 1);
}
#else
int main(void)
{
    fprintf(stderr, "send_frames: needs Linux\n");
    return 77;
}
#endif
