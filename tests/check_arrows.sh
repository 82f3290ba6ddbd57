#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Does each folder include only what its arrows reach (README, the house), and do
# the headers of SQLite, nDPI and libpcap stay where they belong?  One PASS: or FAIL:
# line per rule; exits 1 when one fails.  $srcdir: the top of the sources.
set -eu

cd "${srcdir:-$(dirname "$0")/..}"
status=0

# verdict NAME OFFENDERS: prints the rule's line, and who breaks it.
verdict() {
    if [ -z "$2" ]; then
        printf 'PASS: %s\n' "$1"
    else
        printf 'FAIL: %s\n%s\n' "$1" "$2"
        status=1
    fi
}

sources() {
    find "$@" \( -name '*.c' -o -name '*.h' \) -print 2> /dev/null | LC_ALL=C sort
}

# arrows FOLDER REACHED...: the includes of FOLDER name no other folder than these.
arrows() {
    folder=$1
    shift
    # shellcheck disable=SC2046 # the names of sources have no spaces
    verdict "$folder includes only: $*" "$(awk -v reached=" $* " '
        /^[ \t]*#[ \t]*include[ \t]*"[^"]*\// {
            split($0, quoted, "\"")
            split(quoted[2], parts, "/")
            if (index(reached, " " parts[1] " ") == 0)
                printf "  %s:%d: %s\n", FILENAME, FNR, quoted[2]
        }' /dev/null $(sources "$folder"))"
}

# only_in NAME PATTERN PLACE: system headers like PATTERN are included in PLACE alone.
only_in() {
    # shellcheck disable=SC2046
    verdict "$1 is included only in $3" "$(awk -v header="$2" -v place="$3" '
        /^[ \t]*#[ \t]*include[ \t]*</ {
            split($0, parts, /[<>]/)
            if (parts[2] ~ header && index(FILENAME, place) != 1)
                printf "  %s:%d: %s\n", FILENAME, FNR, parts[2]
        }' /dev/null $(sources base catalog certificates capture flows dissectors storage diagnosis reports program))"
}

arrows base base
arrows catalog catalog base
arrows certificates certificates base
arrows capture capture base
arrows flows flows capture catalog base
arrows dissectors dissectors flows capture certificates catalog base
arrows storage storage base
arrows diagnosis diagnosis storage certificates catalog base
arrows reports reports diagnosis catalog base
only_in sqlite3.h '^sqlite3' storage/
only_in ndpi.h '^(libndpi[/]|ndpi[/]|ndpi_)' dissectors/ndpi.c
only_in openssl/x509.h '^openssl[/]x509' certificates/
only_in maxminddb.h '^maxminddb' catalog/
only_in pcap.h '^pcap' capture/
exit "$status"
