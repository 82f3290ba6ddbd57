/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who are the devices?  A list of devices comes in; a table goes out, of as many as a
 * page can hold, and their names wherever findings speak of them.
 */
#include <stdlib.h>
#include <string.h>

#include "reports/html.h"

#define DEVICES_SHOWN 250u
#define DEVICES_OPEN 12u /* more than these are folded */
#define ADDRESSES_SHOWN 3u

static const struct device *device_of(const struct diagnosis *diagnosis,
                                      const struct address *address)
{
    for (size_t i = 0; i < diagnosis->device_count; i++) {
        const struct device *device = &diagnosis->devices[i];

        if (address_equal(&device->address, address))
            return device;
        for (size_t j = 0; j < device->address_count; j++)
            if (address_equal(&device->addresses[j], address))
                return device;
    }
    return NULL;
}

void html_add_addresses(struct text *out, const struct diagnosis *diagnosis,
                        const struct address *addresses, size_t count, size_t begin, size_t limit)
{
    for (size_t i = begin; i < count && i < begin + limit; i++) {
        const struct device *device = device_of(diagnosis, &addresses[i]);

        text_add(out, i > begin ? ", " : "");
        html_add_address(out, &addresses[i]);
        if (device != NULL && device->name != NULL) {
            text_add(out, " (");
            html_add(out, device->name);
            text_add(out, ")");
        }
    }
}

void html_add_device(struct text *out, const struct device *device)
{
    if (device->name != NULL) {
        html_add(out, device->name);
        text_add(out, " (");
    }
    html_add_address(out, &device->address);
    if (device->name != NULL)
        text_add(out, ")");
}

static void add_addresses(struct text *out, const struct device *device)
{
    if (device->address_count == 0)
        html_add_address(out, &device->address);
    for (size_t i = 0; i < device->address_count && i < ADDRESSES_SHOWN; i++) {
        text_add(out, i > 0 ? "<br>" : "");
        html_add_address(out, &device->addresses[i]);
    }
    html_add_rest(out, device->address_count, ADDRESSES_SHOWN);
}

static void add_mac(struct text *out, const struct device *device)
{
    char printed[MAC_TEXT_SIZE];

    if (!device->has_mac) {
        text_add(out, "not seen");
        return;
    }
    html_add_code(out, mac_print(&device->mac, printed));
    if (device->private_mac)
        text_add(out, "<br>private");
    else if (device->vendor != NULL) {
        text_add(out, "<br>");
        html_add(out, device->vendor);
    }
}

static void add_push(struct text *out, const struct push_story *push)
{
    if (push == NULL) {
        text_add(out, "not seen");
        return;
    }
    if (push->connected_by == PUSH_WAY_COUNT) {
        text_add(out, "tried, not reached");
        return;
    }
    text_add_format(out, "by %s", push_way_word(push->connected_by));
    if (push->fell_back)
        text_add(out, ", after another way failed");
}

static void add_device_row(struct text *out, const struct device *device)
{
    text_add(out, "<tr><th scope=\"row\">");
    if (device->name != NULL)
        html_add(out, device->name);
    else
        text_add(out, "no name seen");
    text_add(out, "</th><td>");
    add_addresses(out, device);
    text_add(out, "</td><td>");
    add_mac(out, device);
    text_add(out, "</td><td>");
    html_add(out, device->system != NULL ? device->system : device->role);
    text_add(out, "</td><td>");
    add_push(out, device->push);
    text_add(out, "</td><td class=\"count\">");
    html_add_number(out, device->apple_flows);
    text_add(out, "</td></tr>\n");
}

void html_devices(struct text *out, const struct diagnosis *diagnosis)
{
    size_t count = diagnosis->device_count;
    size_t shown = count < DEVICES_SHOWN ? count : DEVICES_SHOWN;
    bool folded = count > DEVICES_OPEN;

    text_add(out, "<section aria-labelledby=\"devices\">\n<h2 id=\"devices\">Devices</h2>\n<p>");
    html_add_count(out, count, "device");
    text_add(out, count == 1 ? " deals with Apple in this capture."
                             : " deal with Apple in this capture.");
    text_add(out, "</p>\n");
    if (count == 0) {
        text_add(out, "</section>\n");
        return;
    }
    if (folded) {
        text_add(out, "<details><summary>");
        html_add_count(out, shown, "device");
        if (count > shown) {
            text_add(out, " of ");
            html_add_number(out, count);
        }
        text_add(out, "</summary>\n");
    }
    text_add(out, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Devices\">\n"
                  "<table class=\"devices\"><thead><tr><th scope=\"col\">Name</th>"
                  "<th scope=\"col\">Addresses</th><th scope=\"col\">MAC</th>"
                  "<th scope=\"col\">System or role</th><th scope=\"col\">Push</th>"
                  "<th scope=\"col\" class=\"count\">Connections</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < shown; i++)
        add_device_row(out, &diagnosis->devices[i]);
    text_add(out, "</tbody></table></div>\n");
    if (count > shown) {
        text_add(out, "<p>");
        html_add_number(out, count - shown);
        text_add(out, " more; the JSON report has them all.</p>\n");
    }
    text_add(out, folded ? "</details>\n</section>\n" : "</section>\n");
}
