/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The protocol of sd_notify(3): datagrams of "NAME=value" to the socket that
 * NOTIFY_SOCKET names, where '@' stands for the abstract namespace's zero byte.
 */
#include "program/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/timestamp.h"

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

static int64_t watchdog_interval(void)
{
    const char *text = getenv("WATCHDOG_USEC"), *process = getenv("WATCHDOG_PID");
    char *end;
    if (text == NULL || (process != NULL && strtoll(process, NULL, 10) != (long long)getpid()))
        return 0;
    errno = 0;
    long long microseconds = strtoll(text, &end, 10);
    if (errno != 0 || *end != '\0' || microseconds <= 0 || microseconds > INT64_MAX / 1000)
        return 0;
    return microseconds * 1000;
}

void notify_open(struct notify *notify)
{
    struct sockaddr_un address;
    const char *name = getenv("NOTIFY_SOCKET");
    notify->descriptor = -1;
    notify->watchdog = 0;
    if (name == NULL || (name[0] != '/' && name[0] != '@') ||
        strlen(name) >= sizeof address.sun_path)
        return;
    memset(&address, 0, sizeof address);
    address.sun_family = AF_UNIX;
    memcpy(address.sun_path, name, strlen(name));
    if (name[0] == '@')
        address.sun_path[0] = '\0';
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
    notify->descriptor = socket(AF_UNIX, SOCK_DGRAM, 0);
    if (notify->descriptor >= 0 &&
        connect(notify->descriptor, (const struct sockaddr *)&address, size) != 0)
        notify_close(notify);
    if (notify->descriptor >= 0)
        notify->watchdog = watchdog_interval();
}

void notify_close(struct notify *notify)
{
    if (notify->descriptor >= 0)
        close(notify->descriptor);
    notify->descriptor = -1;
}

void notify_tell(const struct notify *notify, const char *state)
{
    if (notify->descriptor >= 0)
        (void)!send(notify->descriptor, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT);
}
