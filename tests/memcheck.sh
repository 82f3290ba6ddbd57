#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Does valgrind find anything while the program reads captures and reports on them?  Each
# capture is read into a database, which is then reported in every format.
#   tests/memcheck.sh [CAPTURE...]        all golden captures without arguments
# $srcdir, $builddir: the tops of sources and build.
set -u

srcdir=$(cd "${srcdir:-$(dirname "$0")/..}" && pwd)
builddir=$(cd "${builddir:-$srcdir}" && pwd)
scratch=$(mktemp -d "${TMPDIR:-/tmp}/memcheck.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
failed=0
if ! command -v valgrind > /dev/null; then
    echo "SKIP: memcheck: there is no valgrind"
    exit 77
fi

# under NAME ARGUMENT...
under() {
    what=$1
    shift
    valgrind --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite \
        --show-leak-kinds=definite --track-fds=no --suppressions="$srcdir/tests/memcheck.supp" \
        "$builddir/applepath" "$@" > "$scratch/out" 2> "$scratch/log"
    status=$?
    if [ "$status" -ne 0 ]; then
        head -n 60 "$scratch/log"
        echo "FAIL: memcheck: $what"
        failed=1
        return 1
    fi
}

[ $# -gt 0 ] || set -- "$srcdir"/tests/golden/*.pcap "$srcdir"/tests/program/*.pcapng \
    "$srcdir"/tests/golden/lab/*.pcap
for capture; do
    name=$(basename "$capture")
    rm -f "$scratch"/site.db*
    under "$name read" read -d "$scratch/site.db" -o "$scratch/report" "$capture" || continue
    well=yes
    for format in text html md json csv; do
        under "$name as $format" report --format "$format" -d "$scratch/site.db" || well=no
    done
    [ "$well" = no ] || echo "PASS: memcheck: $name"
done
exit "$failed"
