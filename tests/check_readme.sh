#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Does README show the report as the program really prints it?  Compares the text
# between <!-- report --> and <!-- /report --> with the bundled example's report.
# `tests/check_readme.sh --write` puts the present report in.
set -u
srcdir=${srcdir:-$(cd "$(dirname "$0")/.." && pwd)}
builddir=${builddir:-$srcdir}
readme=$srcdir/README.md
folder=$(mktemp -d "${TMPDIR:-/tmp}/applepath-readme.XXXXXX") || exit 2
trap 'rm -rf "$folder"' EXIT

{
    echo '```'
    "$builddir/applepath" read "$srcdir/tests/golden/courier-squashed.pcap" || exit 2
    echo '```'
} > "$folder/now"

if [ "${1:-}" = --write ]; then
    awk -v now="$folder/now" '
        /^<!-- report -->$/ { print; while ((getline line < now) > 0) print line; skip = 1; next }
        /^<!-- \/report -->$/ { skip = 0 }
        !skip { print }' "$readme" > "$folder/readme" && cat "$folder/readme" > "$readme"
    exit
fi
awk '/^<!-- \/report -->$/ { show = 0 } show { print } /^<!-- report -->$/ { show = 1 }' \
    "$readme" > "$folder/shown"
if diff -u "$folder/shown" "$folder/now"; then
    echo "PASS: README shows the report as it is printed"
else
    echo "FAIL: README shows another report; tests/check_readme.sh --write mends it"
    exit 1
fi
