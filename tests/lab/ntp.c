/* SPDX-License-Identifier: Apache-2.0 */
/* What does a time server say that has no time to give?  Answers NTP requests (RFC 5905) at one
 * address as told: good, offset by seconds, unsynchronised, or with a kiss code (section 7.4).
 * usage: ntp ADDRESS good|offset|unsynchronised|INIT|RATE|DENY|RSTR|... [SECONDS] */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { LENGTH = 48 };

static void write32(uint8_t *bytes, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* Seconds since 1900 and their binary fraction. */
static void write_time(uint8_t *bytes, long offset)
{
    struct timeval now;

    gettimeofday(&now, NULL);
    write32(bytes, (uint32_t)(now.tv_sec + offset + 2208988800L));
    write32(bytes + 4, (uint32_t)((double)now.tv_usec * 4294.967296));
}

static void answer(const uint8_t *request, uint8_t *reply, const char *mode, long offset)
{
    memset(reply, 0, LENGTH);
    reply[0] = (uint8_t)((request[0] & 0x38) | 4);
    reply[1] = 1;
    reply[2] = request[2];
    reply[3] = 0xec;
    memcpy(reply + 12, "GPS", 3);
    memcpy(reply + 24, request + 40, 8); /* origin: what the client called transmit */
    write_time(reply + 16, offset - 16);
    write_time(reply + 32, offset);
    write_time(reply + 40, offset);
    if (strcmp(mode, "unsynchronised") == 0) {
        reply[0] |= 0xc0;
        reply[1] = 16;
        memset(reply + 12, 0, 12);
    } else if (strcmp(mode, "good") != 0 && strcmp(mode, "offset") != 0) {
        reply[0] |= 0xc0;
        reply[1] = 0;
        memset(reply + 12, 0, 12);
        memcpy(reply + 12, mode, strlen(mode) < 4 ? strlen(mode) : 4);
    }
}

static int open_socket(const char *address)
{
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICHOST | AI_PASSIVE};
    struct addrinfo *found;
    int server;

    if (getaddrinfo(address, "123", &hints, &found) != 0)
        return -1;
    server = socket(found->ai_family, SOCK_DGRAM, 0);
    if (server >= 0 && bind(server, found->ai_addr, found->ai_addrlen) != 0) {
        close(server);
        server = -1;
    }
    freeaddrinfo(found);
    return server;
}

int main(int count, char **arguments)
{
    uint8_t request[512];
    uint8_t reply[LENGTH];
    int server;

    if (count < 3) {
        fprintf(stderr, "usage: ntp ADDRESS MODE [SECONDS]\n");
        return 2;
    }
    server = open_socket(arguments[1]);
    if (server < 0) {
        perror(arguments[1]);
        return 1;
    }
    for (;;) {
        struct sockaddr_storage from;
        socklen_t size = sizeof from;
        ssize_t length =
            recvfrom(server, request, sizeof request, 0, (struct sockaddr *)&from, &size);

        if (length < LENGTH)
            continue;
        answer(request, reply, arguments[2], count > 3 ? strtol(arguments[3], NULL, 10) : 0);
        if (sendto(server, reply, LENGTH, 0, (struct sockaddr *)&from, size) < 0)
            perror("sendto");
    }
}
