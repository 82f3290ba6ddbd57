#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Would `applepath watch` have announced anything on the lab's captures that is no finding
# once they are whole?  Takes each as if it came live, with a diagnosis every 10 seconds, and
# six times as slow, with one every 5.  PASS: or FAIL: lines; exits 1 on a false alarm.
#   tests/lab/announce.sh [CAPTURE...]
# $srcdir, $builddir: the tops of the sources and of the build, as make check has them.
# CHECK_PART=yes, for builds that are many times slower: the first of the two.
set -eu

srcdir=${srcdir:-$(dirname "$0")/../..}
if [ -z "${builddir:-}" ]; then
    builddir=$srcdir
    [ -x tests/lab/announce ] && builddir=.
fi
announce=$builddir/tests/lab/announce
if [ ! -x "$announce" ]; then
    echo "FAIL: announce: $announce is missing; build it: make tests/lab/announce"
    exit 1
fi
[ $# -gt 0 ] || set -- "$srcdir"/tests/golden/*.pcap "$srcdir"/tests/golden/lab/*.pcap
status=0
"$announce" 10 1 "$@" || status=1
[ "${CHECK_PART:-no}" = no ] || exit "$status"
# Slowed down, one resolver fails for half a minute: that is announced, and its end as well.
for capture; do
    shift
    case $capture in
    */servfail-then-success-healthy.pcap) ;;
    *) set -- "$@" "$capture" ;;
    esac
done
"$announce" 5 6 "$@" || status=1
exit "$status"
