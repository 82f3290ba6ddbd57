#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Does the program survive what happens to it?  It is killed at every write (killed.c) and
# at any moment (kill.sh), its disk is full (full.sh), its interface goes and its clock is
# set (watch.sh), writes fail and memory runs out at the nth call (failing.c), in the
# observing half at every call (observing.c).
#   tests/faults/run.sh                          a short form, for make check
#   APPLEPATH_FAULTS=all tests/faults/run.sh     make faults: 200 kills, smaller steps
# CHECK_PART=yes, for builds that are many times slower: fewer kills, larger steps.
set -u

srcdir=$(cd "${srcdir:-$(dirname "$0")/../..}" && pwd)
builddir=$(cd "${builddir:-.}" && pwd)
export srcdir builddir
golden=$srcdir/tests/golden
kills=${APPLEPATH_KILLS:-12}
disk=4
memory=1
stride=40
copies=10
if [ "${CHECK_PART:-no}" = yes ]; then
    kills=${APPLEPATH_KILLS:-3}
    stride=400
fi
observed="$golden/courier-squashed.pcap $srcdir/tests/program/mixed.pcapng"
if [ "${APPLEPATH_FAULTS:-}" = all ]; then
    kills=${APPLEPATH_KILLS:-210}
    disk=1000
    memory=places
    stride=1
    copies=700
    observed="$golden/*.pcap $golden/lab/*.pcap $srcdir/tests/program/mixed.pcapng"
fi
scratch=$(mktemp -d "${TMPDIR:-/tmp}/faults.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
failed=no

(cd "$scratch" && "$builddir/tests/faults/failing" disk $disk "$golden/courier-squashed.pcap" \
    "$golden/courier-healthy.pcap") || failed=yes
(cd "$scratch" && "$builddir/tests/faults/failing" memory $memory \
    "$golden/courier-squashed.pcap" "$golden/courier-healthy.pcap") || failed=yes
# Where the linker can lead calls elsewhere.
if [ -x "$builddir/tests/faults/observing" ]; then
    # shellcheck disable=SC2086 # names without spaces
    "$builddir/tests/faults/observing" $observed || failed=yes
fi
"$builddir/tests/faults/repeat" "$golden/courier-squashed.pcap" $copies > "$scratch/long.pcap" ||
    failed=yes
(cd "$scratch" && "$builddir/tests/faults/killed" $stride "$golden/courier-squashed.pcap" \
    "$golden/courier-healthy.pcap" long.pcap) || failed=yes
"$srcdir/tests/faults/watch.sh" || failed=yes
"$srcdir/tests/faults/full.sh" || failed=yes
(cd "$scratch" && APPLEPATH_KILLS=$kills "$srcdir/tests/faults/kill.sh") || failed=yes
[ $failed = no ]
