#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Does the built program keep its promises to users: what it refuses and how, what its
# options do, what it writes?  The cases are in the files beside this one, one family a
# file; each case gives a PASS:, FAIL: or SKIP: line; exits 1 when one fails.
#   tests/program/run.sh [FAMILY...]     the names of those files, as: tests/program/run.sh evidence live
# CHECK_PART=yes, for builds that are many times slower: of cases that go through all captures
# each fifth capture.
# $srcdir, $builddir: the tops of the sources and of the build, as make check has them.
set -u

srcdir=${srcdir:-$(dirname "$0")/../..}
if [ -z "${builddir:-}" ]; then
    builddir=$srcdir
    [ -x ./applepath ] && builddir=.
fi
srcdir=$(cd "$srcdir" && pwd)
builddir=$(cd "$builddir" && pwd)
# shellcheck disable=SC2034 # the families use them
{
    squashed=$srcdir/tests/golden/courier-squashed.pcap
    healthy=$srcdir/tests/golden/courier-healthy.pcap
    captures=${APPLEPATH_CAPTURES:-$srcdir/../shared/captures}
}
applepath=$builddir/applepath
support=$builddir/tests/support
for needed in "$applepath" "$support/check_json" "$support/pcap_offset"; do
    if [ ! -x "$needed" ]; then
        echo "FAIL: program: $needed is missing; build it with 'make check'"
        exit 1
    fi
done
LC_ALL=C
export LC_ALL
unset NO_COLOR

# Files that a case needs stand in $scratch, its answers in $scratch/answers; it
# runs in $scratch/work, which is empty when it begins.
scratch=$(mktemp -d "${TMPDIR:-/tmp}/program.XXXXXX")
trap 'chmod -R u+w "$scratch" 2> /dev/null; rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$scratch/answers" "$scratch/work"
out=$scratch/answers/out
left_over=$scratch/answers/left
err=$scratch/answers/err
failures=$scratch/answers/failures
status=0
failed=no

# one_of_how_many N: N where a part is enough, else 1.
one_of_how_many() {
    if [ "${CHECK_PART:-no}" = yes ]; then echo "$1"; else echo 1; fi
}

# begin NAME ... end: one case.  What is wrong in it is told by wrong.
begin() {
    case_name=$1
    : > "$failures"
    rm -rf "$scratch/work"
    mkdir "$scratch/work"
    cd "$scratch/work" || exit 1
}

end() {
    if [ -s "$failures" ]; then
        echo "FAIL: program/$case_name"
        sed 's/^/  /' "$failures"
        failed=yes
    else
        echo "PASS: program/$case_name"
    fi
}

skip() {
    echo "SKIP: program/$1 ($2)"
}

wrong() {
    printf '%s\n' "$*" >> "$failures"
}

# run ARGUMENT...: the program's answers are in $out, $err and $status then.
run() {
    "$applepath" "$@" > "$out" 2> "$err" < /dev/null
    status=$?
}

ended_with() {
    [ "$status" -eq "$1" ] || wrong "exit status $status, not $1: $(head -n 3 "$err")"
}

# One line on standard error that begins with the program's name, has PATTERN, and
# says what to do after a semicolon.
said_once() {
    [ "$(grep -c '' "$err")" -eq 1 ] || wrong "not one line on standard error: $(cat "$err")"
    grep -q '^applepath[a-z ]*: .*; .' "$err" || wrong "does not say what to do: $(cat "$err")"
    grep -q -e "$1" "$err" || wrong "does not say '$1': $(cat "$err")"
}

# said_nothing [FILE]: nothing in standard error. What a build with sanitizers, or a system
# without one, has to say of the sandbox is right.
said_nothing() {
    if grep -v 'without a sandbox' "${1:-$err}" > "$left_over"; then
        wrong "standard error: $(cat "$left_over")"
    fi
}

printed() {
    grep -q -e "$1" "$out" || wrong "does not print '$1'"
}

printed_not() {
    ! grep -q -e "$1" "$out" || wrong "prints '$1'"
}

# The folder $scratch/work holds these files and no others.
left() {
    found=$(find . ! -name . -print | sed 's|^\./||' | sort | tr '\n' ' ')
    wanted=$(printf '%s\n' "$@" | sort | tr '\n' ' ')
    [ "$found" = "${wanted# }" ] || wrong "left behind: $found"
}

# refuses NAME PATTERN ARGUMENT...: a whole case; files in the folder stay as they are.
refuses() {
    refused_name=$1
    refused_pattern=$2
    shift 2
    begin "$refused_name"
    run "$@"
    ended_with 2
    [ ! -s "$out" ] || wrong "prints something"
    said_once "$refused_pattern"
    left ''
    end
}

is_report() {
    "$support/check_json" report "$1" 2>> "$failures" || wrong "$1 is no report of the contract"
}

families=
for family in "$srcdir"/tests/program/*.sh; do
    family=$(basename "$family" .sh)
    [ "$family" = run ] || families="$families $family"
done
[ $# -eq 0 ] || families=$*
for family in $families; do
    # shellcheck disable=SC1090 # one of the files named above
    . "$srcdir/tests/program/$family.sh"
done
[ "$failed" = no ]
