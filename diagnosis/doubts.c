/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What could make a finding wrong?  A finding that is likely or possible comes in; the
 * one sentence that says what else could look the same goes out.  doc/findings.md, "Can
 * fool it", tells the same at length.
 */
#include "diagnosis/doubts.h"

#include <string.h>

/* The first line that fits is taken; NULL matches anything. */
static const struct doubt {
    const char *kind;
    const char *detail;
    const char *value;
    const char *sentence;
} doubts[] = {
    {"port-blocked", NULL, NULL,
     "Connections to others failed as well, but when they did is kept by quarters of an hour at "
     "best, so that this is put down to the network as a whole without seeing both at the same "
     "moment."},
    {"dns-unanswered", NULL, NULL,
     "Silence alone shows it; an answer that the capture missed would look the same."},
    {"cname-squashed", "status", NULL,
     "The proxy says that it failed, not why. Its own lookup of the name is not in this capture."},
    {"cname-squashed", "proof", "two-answers",
     "The two answers differ, but their TTLs are so close that one sender could have sent both."},
    {"cname-squashed", "answer", "no-answer",
     "Silence alone shows it. Other questions are answered; that just these answers were lost, "
     "again and again, is unlikely but would look the same."},
    {"cname-squashed", NULL, NULL,
     "It was seen once, and a resolver out of breath fails now and then."},
    {"dns-blocked", "proof", "two-answers",
     "The two answers differ, but their TTLs are so close that one sender could have sent both."},
    {"dns-blocked", "answer", "no-answer",
     "Silence alone shows it. Other questions are answered; that just these answers were lost, "
     "again and again, is unlikely but would look the same."},
    {"dns-blocked", NULL, NULL,
     "It was seen once, and a resolver out of breath fails now and then."},
    {"dns-hijacked", "answer", "block-page",
     "It rests on a list of addresses that filters answer with; the address may have changed "
     "hands."},
    {"dns-hijacked", "answer", "foreign",
     "It rests on what is known of the networks that Apple and its CDNs use; an address that "
     "Apple has only begun to use would look the same."},
    {"dns-hijacked", NULL, NULL,
     "The two answers differ, but their TTLs are so close that one sender could have sent both."},
    {"connection-reset", "origin", "device",
     "That a device hangs up is its own choice, and the packets do not say why it did."},
    {"connection-reset", "origin", "injected",
     "Fewer than three independent marks (TTL, sequence number, timing, MAC address, packets "
     "after it) tell the RST from the server's own packets."},
    {"connection-reset", NULL, NULL,
     "The RST looks like the server's own packets, as it would from Apple's server as well as "
     "from a device that stands in for it; a capture nearer to the exit would tell them apart."},
    {"handshake-stalled", "suspect", "sni-filter",
     "Other names get through to the same servers, which points at a filter by name; a server "
     "that leaves just this name unanswered would look the same."},
    {"handshake-stalled", "path_mtu", NULL,
     "A router says that the packets are too big for its next link, which explains it; that "
     "nothing else holds these handshakes up as well is not shown."},
    {"handshake-stalled", "suspect", "mtu-black-hole",
     "Only large packets fail, which points at their size; the place where they are lost is not "
     "in this capture."},
    {"handshake-stalled", NULL, NULL,
     "Nothing tells whether the ClientHello is lost, dropped or left unanswered; one more capture "
     "at the exit of the site would."},
    {"idle-timeout", NULL, NULL,
     "The timer is estimated from the quiet times of a few connections; another cause that "
     "strikes by chance after such quiet would look the same."},
    {"certificate-intercepted", NULL, NULL,
     "The issuer is not one that Apple uses, but the server did not send its root; an authority so "
     "young that this program does not know it would look the same."},
    {"tls-interception-suspected", NULL, NULL,
     "TLS 1.3 hides the certificate. The device leaves as it leaves a forged one; a device whose "
     "clock or trust settings are wrong leaves the same way."},
    {"tls-rejected", NULL, NULL,
     "The alert says that the device does not know the certificate's authority, and not whether "
     "the certificate was the genuine one."},
    {"ntp-bad-time", NULL, NULL,
     "The offset is measured against the clock of the machine that captured, and nothing else in "
     "this capture confirms that one."},
    {"proxy-refused", NULL, NULL,
     "The proxy did not say no: it kept silent, or the same host worked before. Its own way out, "
     "or a moment of trouble, would look the same."},
    {"proxy-authentication", NULL, NULL, "The same host worked through this proxy before."},
    {"captive-portal", NULL, NULL,
     "The answer is not Apple's page, but it does not have to be a portal's: an error of a proxy "
     "or server would look the same."},
    {"proxy-autoconfig", NULL, NULL,
     "The name has an address; that devices fetch a file from it is not in this capture."},
    {"dns-encrypted", NULL, NULL,
     "The server is known for encrypted DNS, and some of them have web pages of the same name."},
    {"capture-loss", NULL, NULL,
     "A few segments may have taken another way past the capture point."},
};

static bool doubt_fits(const struct doubt *doubt, const struct finding *finding)
{
    if (strcmp(doubt->kind, finding->kind) != 0)
        return false;
    if (doubt->detail == NULL)
        return true;
    for (size_t i = 0; i < finding->detail_count; i++)
        if (strcmp(finding->details[i].name, doubt->detail) == 0)
            return doubt->value == NULL || (finding->details[i].text != NULL &&
                                            strcmp(finding->details[i].text, doubt->value) == 0);
    return false;
}

static const char *doubt_of(const struct finding *finding)
{
    for (size_t i = 0; i < finding->detail_count; i++)
        if (strcmp(finding->details[i].name, "capture_loss_percent") == 0)
            return "It rests on answers that are not there, and the capture lost packets; a "
                   "capture without losses would tell.";
    for (size_t i = 0; i < sizeof doubts / sizeof doubts[0]; i++)
        if (doubt_fits(&doubts[i], finding))
            return doubts[i].sentence;
    return "The packets point at it, and do not exclude another cause.";
}

void doubts_fill(struct diagnosis *diagnosis)
{
    for (size_t i = 0; i < diagnosis->finding_count; i++) {
        struct finding *finding = &diagnosis->findings[i];
        finding->doubt = finding->confidence == CONFIDENCE_CERTAIN ? NULL : doubt_of(finding);
    }
}
