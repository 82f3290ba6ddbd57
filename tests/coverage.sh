#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# How many of the lines that can run did the tests run?  By folder, and with the names of
# files by file: what was counted in a build with --enable-coverage.
#   tests/coverage.sh [FILE...]           of a file: the lines that did not run
# $srcdir, $builddir: the tops of sources and build; $GCOV.  Exits 1 when dissectors/ or
# diagnosis/ stay under 90 %, 2 when nothing was counted of one of them.
set -u

srcdir=$(cd "${srcdir:-$(dirname "$0")/..}" && pwd)
builddir=$(cd "${builddir:-$srcdir}" && pwd)
lines=$(mktemp "${TMPDIR:-/tmp}/coverage.XXXXXX")
trap 'rm -f "$lines"' EXIT
trap 'exit 1' HUP INT TERM
folders="base catalog certificates capture flows dissectors storage diagnosis reports program"

# From where the compiler was started: sources are named as it was told.  What no test has
# run at all has notes (.gcno) and no counts, and counts as not run.
cd "$builddir" || exit 2
for folder in $folders; do
    for notes in "$folder"/*.gcno; do
        [ ! -e "$notes" ] || ${GCOV:-gcov} -t "$notes" 2> /dev/null
    done
done > "$lines"

# Each line once: it has run when any count of it is above nothing.
awk -F: -v wanted="$*" -v folders="$folders" '
    BEGIN { count = split(folders, order, " "); split(wanted, names, " ") }
    /^ *-: *0:Source:/ {
        parts = split($4, part, "/")
        name = parts > 1 ? part[parts - 1] "/" part[parts] : ""
        next
    }
    name ~ /\.c$/ && $1 !~ /-$/ && $2 + 0 > 0 {
        line = $2 + 0
        if (!((name, line) in seen)) { seen[name, line] = 1; of[name]++ }
        if ($1 !~ /[#=]/ && !((name, line) in ran)) { ran[name, line] = 1; done[name]++ }
        text[name, line] = $0
        if (line > last[name]) last[name] = line
    }
    END {
        for (i in names) {
            printf "%s: %d of %d lines\n", names[i], done[names[i]], of[names[i]]
            for (line = 1; line <= last[names[i]]; line++)
                if (((names[i], line) in seen) && !((names[i], line) in ran)) print text[names[i], line]
        }
        if (wanted != "") exit 0
        for (name in of) {
            split(name, part, "/")
            all[part[1]] += of[name]; good[part[1]] += done[name]
            printf "%5.1f %% %4d of %4d  %s\n", 100 * done[name] / of[name], done[name], of[name], name | "sort -n | head -n 25"
        }
        close("sort -n | head -n 25")
        print ""
        for (i = 1; i <= count; i++) {
            folder = order[i]
            held = folder == "dissectors" || folder == "diagnosis"
            if (all[folder] == 0) {
                if (held) {
                    print "coverage.sh: nothing was counted of " folder "/; configure with --enable-coverage and run the tests" > "/dev/stderr"
                    none = 1
                }
                continue
            }
            share = 100 * good[folder] / all[folder]
            printf "%5.1f %% %5d of %5d lines  %s/\n", share, good[folder], all[folder], folder
            lines += all[folder]; run += good[folder]
            if (held && share < 90) low = 1
        }
        if (lines > 0) printf "%5.1f %% %5d of %5d lines\n", 100 * run / lines, run, lines
        exit none ? 2 : low
    }' "$lines"
