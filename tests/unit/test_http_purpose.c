/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is a request known by its host and path, and Apple's page in every form that it has
 * had?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dissectors/http_purpose.h"

#define PAGE "<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>"

static struct http_request asked(const char *method, const char *host, const char *path)
{
    struct http_request request = {.content_length = -1};
    snprintf(request.method, sizeof request.method, "%s", method);
    snprintf(request.host, sizeof request.host, "%s", host);
    snprintf(request.path, sizeof request.path, "%s", path);
    return request;
}

static void purposes(void **state)
{
    (void)state;
    static const struct {
        const char *host;
        const char *path;
        enum http_purpose purpose;
    } cases[] = {
        {"captive.apple.com", "/hotspot-detect.html", HTTP_CAPTIVE_PROBE},
        {"captive.apple.com", "/", HTTP_CAPTIVE_PROBE},
        {"captive.apple.com", "/favicon.ico", HTTP_OTHER},
        {"www.apple.com", "/library/test/success.html", HTTP_CAPTIVE_PROBE},
        {"www.apple.com", "/", HTTP_OTHER},
        {"www.airport.us", "/library/test/success.html", HTTP_CAPTIVE_PROBE},
        {"example.org", "/hotspot-detect.html", HTTP_OTHER},
        {"connectivitycheck.gstatic.com", "/generate_204", HTTP_OTHER},
        {"www.msftconnecttest.com", "/connecttest.txt", HTTP_OTHER},
        {"wpad", "/", HTTP_AUTOCONFIG},
        {"wpad.example", "/wpad.dat", HTTP_AUTOCONFIG},
        {"10.0.0.1", "/WPAD.DAT", HTTP_AUTOCONFIG},
        {"x.example", "/proxy.PAC", HTTP_AUTOCONFIG},
        {"wpadx.example", "/", HTTP_OTHER},
        {"x.example", "/space", HTTP_OTHER},
        {"ocsp.digicert.com", "/", HTTP_OCSP},
        {"crl3.digicert.com", "/a.crl", HTTP_CRL},
        {"certs.apple.com", "/a.crl", HTTP_CRL},
        {"init.push.apple.com", "/bag", HTTP_PUSH_BAG},
        {"init-p01st.push.apple.com", "/bag", HTTP_PUSH_BAG},
        {"init.push.apple.com.example", "/bag", HTTP_OTHER},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct http_request request = asked("GET", cases[i].host, cases[i].path);
        assert_int_equal(http_purpose_of(&request), cases[i].purpose);
        request.target = HTTP_TARGET_ABSOLUTE;
        assert_int_equal(http_purpose_of(&request),
                         cases[i].purpose == HTTP_OTHER ? HTTP_FORWARD : cases[i].purpose);
    }
    struct http_request head = asked("HEAD", "captive.apple.com", "/");
    assert_int_equal(http_purpose_of(&head), HTTP_OTHER);
}

static void what_may_be_a_pac_file(void **state)
{
    (void)state;
    struct http_request request = asked("GET", "x", "/Proxy/config");
    assert_true(http_may_be_autoconfig(&request));
    request = asked("GET", "x", "/index.html");
    assert_false(http_may_be_autoconfig(&request));
    request = asked("POST", "x", "/proxy");
    assert_false(http_may_be_autoconfig(&request));
    assert_true(http_is_autoconfig("Application/X-NS-Proxy-Autoconfig; charset=utf-8"));
    assert_false(http_is_autoconfig("text/plain"));
    assert_false(http_is_autoconfig(""));
}

static void ocsp_paths(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        const char *cut;
    } cases[] = {
        {"/ocsp03/ME4wTKADAgEAMEUwQzBBMAkGBSsOAwIaBQAEFADrDMz0", "/ocsp03/"},
        {"/MFQwUjBQME4wTDAJBgUrDgMCGgUABBSAUQYBMq2awn1Rh6Doh/sBYg", "/"},
        {"/a/Mshort", "/a/Mshort"},
        {"/", "/"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char path[HTTP_TEXT_SIZE];
        snprintf(path, sizeof path, "%s", cases[i].path);
        http_ocsp_path_cut(path);
        assert_string_equal(path, cases[i].cut);
    }
}

static void pages(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum http_page_verdict whole;
        enum http_page_verdict cut;
    } cases[] = {
        {PAGE, HTTP_PAGE_SUCCESS, HTTP_PAGE_SUCCESS},
        {PAGE "\n", HTTP_PAGE_SUCCESS, HTTP_PAGE_SUCCESS},
        {"<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML "
         "3.2//EN\">\n<html>\n<head>\n\t<title>Success</title>"
         "\n</head>\r\n<body>\nSuccess\n</body>\n</html>",
         HTTP_PAGE_SUCCESS, HTTP_PAGE_SUCCESS},
        {PAGE "<script>", HTTP_PAGE_OTHER, HTTP_PAGE_OTHER},
        {"<HTML><HEAD>", HTTP_PAGE_OTHER, HTTP_PAGE_UNDECIDED},
        {"<!DOC", HTTP_PAGE_OTHER, HTTP_PAGE_UNDECIDED},
        {"<", HTTP_PAGE_OTHER, HTTP_PAGE_UNDECIDED},
        {"", HTTP_PAGE_OTHER, HTTP_PAGE_UNDECIDED},
        {"<html><body>", HTTP_PAGE_OTHER, HTTP_PAGE_OTHER},
        {"Success", HTTP_PAGE_OTHER, HTTP_PAGE_OTHER},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bytes page = bytes_of(cases[i].text, strlen(cases[i].text));
        assert_int_equal(http_page_judge(page, true), cases[i].whole);
        assert_int_equal(http_page_judge(page, false), cases[i].cut);
    }
    /* Every beginning of the page may become the page. */
    for (size_t length = 0; length < sizeof PAGE - 1; length++) {
        uint8_t *copy = malloc(length > 0 ? length : 1);
        assert_non_null(copy);
        memcpy(copy, PAGE, length);
        assert_int_equal(http_page_judge(bytes_of(copy, length), false), HTTP_PAGE_UNDECIDED);
        assert_int_equal(http_page_judge(bytes_of(copy, length), true), HTTP_PAGE_OTHER);
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(purposes),
        cmocka_unit_test(what_may_be_a_pac_file),
        cmocka_unit_test(ocsp_paths),
        cmocka_unit_test(pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
