#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# How many test cases passed?  Adds up what `make check` left in these folders: the
# cases of each cmocka program, the PASS:, FAIL: and SKIP: lines of each script, one
# for a program that names no cases.  Prints "N passed, N failed, N skipped"; exits 1
# when one failed or there were none.
#   tests/count_tests.sh DIR...              the sum
#   tests/count_tests.sh --failures DIR...   the names of those that failed
#   tests/count_tests.sh --sum               adds up such lines from standard input
set -eu

if [ "${1:-}" = --sum ]; then
    exec awk '$2 == "passed," && $4 == "failed," && $6 == "skipped" { p += $1; f += $3; s += $5 }
        END { printf "%d passed, %d failed, %d skipped\n", p, f, s; exit f > 0 || p + f + s == 0 }'
fi
failures=0
if [ "${1:-}" = --failures ]; then
    failures=1
    shift
fi

# The .trs file tells automake's verdict; the .log beside it holds the cases.
find "$@" -name '*.trs' -print | sort | while read -r trs; do
    printf 'program %s\n' "${trs%.trs}"
    sed -n 's/^:test-result: *\([A-Z]*\).*/verdict \1/p' "$trs"
    sed "s/^/log /" "${trs%.trs}.log" 2> /dev/null || true
done | awk -v failures="$failures" '
    function failed(name) {
        f++; here_f++
        if (failures) print "FAIL: " program ": " name
    }
    # A case that began and never ended took the program down with it.
    function end_case() {
        if (running != "") failed(running " (the program ended in it)")
        running = ""
    }
    function end_program() {
        if (program == "") return
        end_case()
        if (verdict ~ /^(FAIL|ERROR|XPASS)$/ && here_f == 0) failed("the program says " verdict)
        else if (verdict == "SKIP" && here == 0) s++
        else if (verdict ~ /^(PASS|XFAIL)$/ && here == 0) p++
    }
    $1 == "program" {
        end_program()
        program = $2; verdict = ""; here = here_f = in_group = 0
        next
    }
    $1 == "verdict" { verdict = $2; next }
    { sub(/^log ?/, "") }
    # cmocka: cases stand between "Running" and "run."; the lists after that repeat them.
    /^\[==========\].* Running [0-9]+ test/ { in_group = 1; next }
    /^\[==========\].* run\.$/ { end_case(); in_group = 0; next }
    in_group && /^\[ RUN      \] / {
        end_case()
        running = substr($0, 14)
        next
    }
    in_group && /^\[       OK \] / { p++; here++; running = ""; next }
    in_group && /^\[  FAILED  \] / { here++; failed(running != "" ? running : $4); running = ""; next }
    in_group && /^\[  SKIPPED \] / { s++; here++; running = ""; next }
    /^PASS: / { p++; here++; next }
    /^FAIL: / { here++; failed(substr($0, 7)); next }
    /^SKIP: / { s++; here++; next }
    END {
        end_program()
        if (!failures) printf "%d passed, %d failed, %d skipped\n", p, f, s
        exit !failures && (f > 0 || p + f + s == 0)
    }'
