/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where does packet N of a pcap file begin?  Prints the offset of its record
 * header, from 0 (draft-ietf-opsawg-pcap); for tests that cut captures.  Reads
 * files of this machine's byte order or of the other.
 *   pcap_offset FILE N
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define FILE_HEADER 24
#define RECORD_HEADER 16

static uint32_t read_u32(const uint8_t *from, int little)
{
    return little ? (uint32_t)from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 |
                        (uint32_t)from[3] << 24
                  : (uint32_t)from[3] | (uint32_t)from[2] << 8 | (uint32_t)from[1] << 16 |
                        (uint32_t)from[0] << 24;
}

static int complain(const char *what)
{
    fprintf(stderr, "pcap_offset: %s\n", what);
    return 2;
}

int main(int argc, char **argv)
{
    uint8_t header[FILE_HEADER];
    if (argc != 3)
        return complain("usage: pcap_offset FILE N");
    FILE *file = fopen(argv[1], "rb");
    if (file == NULL || fread(header, 1, FILE_HEADER, file) != FILE_HEADER)
        return complain("cannot read the file's header");
    int little = header[0] == 0xd4 || header[0] == 0x4d;
    long offset = FILE_HEADER;
    for (long left = strtol(argv[2], NULL, 10); left > 1; left--) {
        if (fseek(file, offset, SEEK_SET) != 0 ||
            fread(header, 1, RECORD_HEADER, file) != RECORD_HEADER)
            return complain("the file has not so many packets");
        offset += RECORD_HEADER + (long)read_u32(header + 8, little);
    }
    fclose(file);
    printf("%ld\n", offset);
    return 0;
}
