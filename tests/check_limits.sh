#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Does doc/limits.md say what the code has: each constant that it names, with its value, where
# it says; and does it name every constant of these folders that is called a limit of a table?
# $srcdir: the top of the sources.
set -eu

cd "${srcdir:-$(dirname "$0")/..}"
status=0

verdict() {
    if [ -z "$2" ]; then
        printf 'PASS: %s\n' "$1"
    else
        printf 'FAIL: %s\n%s\n' "$1" "$2"
        status=1
    fi
}

# The rows with a constant, as NAME|VALUE|FILE, without blanks.
rows=$(awk -F'|' '$3 ~ /`[A-Z0-9_]+`/ { gsub(/[` ]/, "", $3); gsub(/ /, "", $4);
    gsub(/ /, "", $5); print $3 "|" $4 "|" $5 }' doc/limits.md)

wrong=$(echo "$rows" | while IFS='|' read -r name value file; do
    found=$(sed -n "s/^#define $name \(.*\)/\1/p" "$file" 2> /dev/null |
        sed 's|/\*.*||; s/ //g')
    case $found in
    "$value" | "($value)") ;;
    *) echo "  $name in $file: the page has $value, the code $found" ;;
    esac
done)
verdict "limits have the values that doc/limits.md gives" "$wrong"

# What a table or a message is bounded by is called NAME_LIMIT; other numbers are not.
unnamed=$(grep -E '^#define [A-Z_]+_LIMIT\b' capture/*.[ch] flows/*.[ch] dissectors/*.[ch] |
    sed 's/:#define / /' | while read -r file name _; do
    case $name in
    # Clocks, words of a fixed form, and lengths of texts, which bound no table.
    SECONDS_LIMIT | REACH_LIMIT | SCHEME_LIMIT | SIZE_DIGITS_LIMIT | LINE_LIMIT | TRAILER_LIMIT | \
        TXT_TEXT_LIMIT | LABEL_LIMIT | SESSION_ID_LIMIT | UNIT_LIMIT | TEXT_LIMIT | \
        NAME_LIMIT | COMMENT_LIMIT | PCAPNG_PACKET_LIMIT | QUIC_CONNECTION_ID_LIMIT | \
        RECORD_LIMIT | CLEAR_RECORD_LIMIT | TLS_WAITING_LIMIT | SERVER_NAME_LIMIT | \
        DISPATCH_KEPT_LIMIT | DNS_TRANSACTION_LIMIT | DNS_NAME_LIMIT | DNS_LABEL_LIMIT | \
        DIGITS_LIMIT) ;;
    *) echo "$rows" | grep -q "^$name|" || echo "  $name in $file" ;;
    esac
done)
verdict "doc/limits.md names every limit" "$unnamed"
exit $status
