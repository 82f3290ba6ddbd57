#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What happens on a disk that is full?  Each command writes to a small tmpfs, in a mount
# namespace of its own, of every size from nearly nothing up to one that is enough: exit 2
# and one line, or all that was asked for; and what is there can be read.
#   APPLEPATH_FAULTS=all tests/faults/full.sh     (make faults: smaller steps)
set -u

srcdir=$(cd "${srcdir:-$(dirname "$0")/../..}" && pwd)
builddir=$(cd "${builddir:-.}" && pwd)
export srcdir builddir
applepath=$builddir/applepath
capture=$srcdir/tests/golden/courier-squashed.pcap
LC_ALL=C
export LC_ALL

if [ "${1:-}" != inside ]; then
    if [ "$(id -u)" -ne 0 ] || ! unshare -m true 2> /dev/null; then
        echo "SKIP: faults/full (needs root and mount namespaces)"
        exit 0
    fi
    exec unshare -m "$0" inside
fi

scratch=$(mktemp -d "${TMPDIR:-/tmp}/full.XXXXXX")
trap 'umount "$scratch/disk" 2> /dev/null; rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$scratch/disk"
cd "$scratch" || exit 1
"$applepath" read -d whole.db "$capture" > whole.txt || exit 1
"$applepath" read -d other.db "$srcdir/tests/golden/courier-healthy.pcap" > whole.txt || exit 1
failed=no
refused=0
done_all=0

wrong() {
    echo "FAIL: faults/full: $size KiB, $what: $*"
    failed=yes
}

# try NAME FILE ARGUMENT...: into an empty disk of $size KiB.
try() {
    what=$1
    file=$2
    shift 2
    mount -t tmpfs -o "size=${size}k" none disk || { wrong "no tmpfs"; return; }
    "$applepath" "$@" > out 2> err < /dev/null
    status=$?
    case $status in
    0)
        done_all=$((done_all + 1))
        [ -s "disk/$file" ] || wrong "says that all is well, and wrote nothing"
        ;;
    2)
        refused=$((refused + 1))
        grep -q '^applepath.*; ' err && [ "$(grep -c '' err)" -eq 1 ] || wrong "$(cat err)"
        grep -q 'full\|No space' err || wrong "does not say that the disk is full: $(cat err)"
        ;;
    *) wrong "exit status $status: $(cat err)" ;;
    esac
    if [ "$file" = new.db ]; then
        if [ -s disk/new.db ]; then
            cp disk/new.db* . && "$applepath" report -d new.db > report.txt 2> err ||
                wrong "cannot be read: $(cat err)"
            "$applepath" read -d new.db "$capture" > report.txt 2> err ||
                wrong "cannot be completed elsewhere: $(cat err)"
            rm -f ./new.db*
        fi
    elif [ "$status" -eq 2 ] && [ -n "$(find disk -type f)" ]; then
        wrong "left behind: $(find disk -type f)"
    fi
    umount disk || exit 1
}

step=24
[ "${APPLEPATH_FAULTS:-}" != all ] || step=4
size=4
while [ $size -le 520 ] && [ $failed = no ]; do
    try "read -d" new.db read -d disk/new.db "$capture"
    if [ $size -le 128 ]; then
        try "read -o" report.html read --format html -o disk/report.html "$capture"
        try "export -o" all.ndjson export -d whole.db -o disk/all.ndjson
        try "export zeek" logs/conn.log export -d whole.db --format zeek -o disk/logs
        try "evidence -w" part.pcapng evidence -d whole.db F1 -w disk/part.pcapng --flows
        try "diff -o" diff.html diff whole.db other.db --format html -o disk/diff.html
        for format in text json md csv; do
            try "report -o $format" report.$format report -d whole.db --format $format \
                -o disk/report.$format
        done
    fi
    size=$((size + step))
done
[ $refused -gt 0 ] && [ $done_all -gt 0 ] || wrong "$refused refused, $done_all done"
[ $failed = yes ] || echo "PASS: faults/full: $refused on full disks, $done_all with room"
[ $failed = no ]
