#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Do the analyzers find anything in the sources?  One PASS:, FAIL: or SKIP: line a tool, what
# it found before it; exits 1 when one found something.
#   tests/analyze.sh [cppcheck] [tidy] [gcc]        all without arguments
# $srcdir, $builddir: the tops of sources and build; $analyze_flags: what they are compiled with.
# $GCC, $CLANG_TIDY, $JOBS choose the tools and how many run at once.
# CHECK_PART=yes: clang-tidy without clang-analyzer, which takes thirty times as long as the rest.
#
# Of gcc -fanalyzer one check is off: malloc-leak, which in gcc 12 loses what is handed on in
# a struct: 15 places, all of them freed by who has the struct. LeakSanitizer watches every
# test instead, valgrind the golden captures, and clang-tidy has a check that follows those.
set -u

srcdir=$(cd "${srcdir:-$(dirname "$0")/..}" && pwd)
builddir=$(cd "${builddir:-$srcdir}" && pwd)
jobs=${JOBS:-$(getconf _NPROCESSORS_ONLN 2> /dev/null || echo 2)}
gcc=${GCC:-gcc}
tidy=${CLANG_TIDY:-clang-tidy}
folders="base catalog certificates capture flows dissectors storage diagnosis reports program"
scratch=$(mktemp -d "${TMPDIR:-/tmp}/analyze.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
failed=0
cd "$srcdir" || exit 1
# shellcheck disable=SC2086 # a list of words
sources=$(for folder in $folders; do printf '%s\n' "$folder"/*.c; done)
# shellcheck disable=SC2086
flags="-std=c11 -I. -I$builddir ${analyze_flags:-}"

# verdict NAME STATUS LOG
verdict() {
    if [ "$2" -eq 0 ]; then
        echo "PASS: analyze: $1"
    else
        cat "$3"
        echo "FAIL: analyze: $1"
        failed=1
    fi
}

run_cppcheck() {
    # shellcheck disable=SC2086
    cppcheck --quiet --std=c11 -j "$jobs" --error-exitcode=1 --inline-suppr \
        --enable=warning,performance,portability -I. $folders > "$scratch/cppcheck" 2>&1
    verdict cppcheck $? "$scratch/cppcheck"
}

run_tidy() {
    checks=
    [ "${CHECK_PART:-no}" = no ] || checks="--checks=-clang-analyzer-*"
    # shellcheck disable=SC2086
    printf '%s\n' "$sources" | xargs -P "$jobs" -I '{}' \
        "$tidy" --quiet $checks '{}' -- $flags > "$scratch/tidy" 2> "$scratch/tidy.counts"
    verdict clang-tidy $? "$scratch/tidy"
}

run_gcc() {
    # shellcheck disable=SC2086
    printf '%s\n' "$sources" | xargs -P "$jobs" -I '{}' \
        "$gcc" -S -o /dev/null -O1 -Werror -fanalyzer -Wno-analyzer-malloc-leak \
        -Wno-analyzer-too-complex $flags '{}' > "$scratch/gcc" 2>&1
    verdict "gcc -fanalyzer" $? "$scratch/gcc"
}

[ $# -gt 0 ] || set -- cppcheck tidy gcc
for tool; do
    case $tool in
    cppcheck) command=cppcheck ;;
    tidy) command=$tidy ;;
    gcc) command=$gcc ;;
    *)
        echo "analyze.sh: there is no tool '$tool'; name cppcheck, tidy or gcc" >&2
        exit 2
        ;;
    esac
    if ! command -v "$command" > /dev/null; then
        echo "SKIP: analyze: there is no $command"
    elif [ "$tool" = gcc ] && ! "$gcc" --version | grep -q 'Free Software'; then
        echo "SKIP: analyze: $gcc is no gcc"
    else
        "run_$tool"
    fi
done
exit "$failed"
