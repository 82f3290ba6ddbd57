/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A long capture out of a short one: repeat CAPTURE.pcap COPIES writes to standard output
 * the packets so many times, each time ten minutes later, so that connections are others.
 * Classic pcap of this machine's byte order.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPAN 600u /* seconds from one copy to the next */
#define HEADER 24
#define LONGEST (1 << 22)

static int write_copies(uint8_t *bytes, size_t length, unsigned copies)
{
    if (fwrite(bytes, 1, HEADER, stdout) != HEADER)
        return 2;
    for (unsigned copy = 0; copy < copies; copy++) {
        size_t at = HEADER;

        while (length - at >= 16) {
            uint32_t record[4];

            memcpy(record, bytes + at, sizeof record);
            if (record[2] > length - at - sizeof record)
                return 2;
            record[0] += copy * SPAN;
            if (fwrite(record, sizeof record, 1, stdout) != 1 ||
                fwrite(bytes + at + sizeof record, 1, record[2], stdout) != record[2])
                return 2;
            at += sizeof record + record[2];
        }
    }
    return fflush(stdout) == 0 ? 0 : 2;
}

int main(int argc, char **argv)
{
    uint8_t *bytes = malloc(LONGEST);
    FILE *file = argc == 3 ? fopen(argv[1], "rb") : NULL;
    size_t length = file != NULL && bytes != NULL ? fread(bytes, 1, LONGEST, file) : 0;
    int status = 2;

    if (length >= HEADER && length < LONGEST)
        status = write_copies(bytes, length, (unsigned)strtoul(argv[2], NULL, 10));
    if (file != NULL)
        fclose(file);
    free(bytes);
    return status;
}
