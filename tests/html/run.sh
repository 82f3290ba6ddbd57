#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Is the HTML report what it should be?
#   tests/html/run.sh            holds reports against tests/html/NAME.html, and has a real
#                                browser render them: nothing logged, nothing loaded, nothing
#                                wider than the page at 400, 800 and 1400 pixels, light and dark,
#                                contrast, names, headings, tables; and it prints
#   tests/html/run.sh --accept   shows what changed, and makes it the expectation
#   tests/html/run.sh --shoot FOLDER [FILE...]   pictures of them, to look at
# The browser's part is skipped where chromium or python3 is missing.
# $srcdir, $builddir: the tops of the sources and of the build, as make check has them.
set -eu

srcdir=${srcdir:-$(dirname "$0")/../..}
if [ -z "${builddir:-}" ]; then
    builddir=$srcdir
    [ -x ./applepath ] && builddir=.
fi
applepath=$builddir/applepath
expected=$srcdir/tests/html
# A capture, and the options that its report is made with.
cases='courier-squashed courier-healthy lab/two-faults-at-once lab/squashed-by-alias-check'
scratch=$(mktemp -d "${TMPDIR:-/tmp}/html.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
failed=no

SOURCE_DATE_EPOCH=1790000000
export SOURCE_DATE_EPOCH

# without_style FILE: the page as expected; its looks are for the browser to judge.
without_style() {
    sed '/^<style>$/,/^<\/style>/d' "$1"
}

for case in $cases; do
    name=${case##*/}
    "$applepath" read --format html -o "$scratch/$name.html" "$srcdir/tests/golden/$case.pcap"
    without_style "$scratch/$name.html" > "$scratch/$name.seen"
done
"$applepath" read --format html -o "$scratch/several.html" "$srcdir/tests/golden/courier-squashed.pcap" \
    "$srcdir/tests/golden/lab/dns-forged-nxdomain.pcap" "$srcdir/tests/golden/lab/wpad-by-dhcp.pcap" \
    "$srcdir/tests/golden/lab/reset-injected-in-handshake.pcap" \
    "$srcdir/tests/golden/lab/courier-ipv6-dropped.pcap" \
    "$srcdir/tests/golden/lab/activation-healthy.pcap"
"$applepath" read --format html -o "$scratch/inconclusive.html" -f "host 192.0.2.1" \
    "$srcdir/tests/golden/courier-healthy.pcap"
"$applepath" hosts --format html -o "$scratch/hosts.html"

if [ "${1:-}" = --shoot ]; then
    folder=$2
    shift 2
    [ $# -gt 0 ] || set -- "$scratch"/*.html
    mkdir -p "$folder"
    exec python3 "$expected/browser.py" --shoot "$folder" "$(command -v chromium)" "$@"
fi

for case in $cases; do
    name=${case##*/}
    if diff -u "$expected/$name.html" "$scratch/$name.seen" > "$scratch/diff" 2>&1; then
        echo "PASS: html/$name as expected"
    elif [ "${1:-}" = --accept ]; then
        cat "$scratch/diff"
        cp "$scratch/$name.seen" "$expected/$name.html"
        echo "ACCEPTED: html/$name"
    else
        echo "FAIL: html/$name as expected"
        cat "$scratch/diff"
        failed=yes
    fi
done
[ "${1:-}" != --accept ] || exit 0

browser=$(command -v chromium || command -v chromium-browser || true)
if [ -z "$browser" ] || ! command -v python3 > /dev/null; then
    echo "SKIP: html/rendered by a browser (chromium or python3 is missing)"
else
    rm -f "$scratch"/*.seen
    for page in "$scratch"/*.html; do
        name=$(basename "$page" .html)
        if python3 "$expected/browser.py" "$browser" "$page" > "$scratch/faults" 2>&1; then
            echo "PASS: html/$name rendered by a browser"
        else
            echo "FAIL: html/$name rendered by a browser"
            head -n 40 "$scratch/faults"
            failed=yes
        fi
    done
    # What checks must be able to find: a page with faults of every sort.
    {
        echo '<!DOCTYPE html><html><head><title>x</title><style>.p { color: #999; }</style></head>'
        echo '<body><h1>a</h1><h3>b</h3><p class="p">pale</p><div style="width:2000px">wide</div>'
        echo '<table><tr><th>no scope</th></tr></table><svg></svg><a href="#gone">link</a>'
        echo '<script>console.log("hello")</script><img src="http://127.0.0.1:9/x.png"></body></html>'
    } > "$scratch/bad.html"
    python3 "$expected/browser.py" "$browser" "$scratch/bad.html" > "$scratch/faults" 2>&1 || true
    missed=
    for fault in 'wide in' 'heading level' 'contrast' 'header without scope' 'drawing without' \
        'link to nowhere' 'something active' 'console: ' 'request: ' 'no language'; do
        grep -q "$fault" "$scratch/faults" || missed="$missed '$fault'"
    done
    if [ -z "$missed" ]; then
        echo "PASS: html/the checks find faults"
    else
        echo "FAIL: html/the checks find faults"
        echo "not found:$missed"
        failed=yes
    fi
fi
[ "$failed" = no ]
