/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The limit that no reader through libpcap can beat: a loop that reads every packet of
 * the capture file named and does nothing with it.
 */
#include <pcap/pcap.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    char reason[PCAP_ERRBUF_SIZE] = "";
    struct pcap_pkthdr *header;
    const u_char *data;
    unsigned long long packets = 0, bytes = 0;
    int status;

    if (argc != 2) {
        fprintf(stderr, "usage: null_loop FILE\n");
        return 2;
    }
    pcap_t *capture = pcap_open_offline(argv[1], reason);
    if (capture == NULL) {
        fprintf(stderr, "null_loop: %s\n", reason);
        return 2;
    }
    while ((status = pcap_next_ex(capture, &header, &data)) == 1) {
        packets++;
        bytes += header->caplen;
    }
    pcap_close(capture);
    printf("%llu packets, %llu bytes\n", packets, bytes);
    return status == PCAP_ERROR_BREAK ? 0 : 1;
}
