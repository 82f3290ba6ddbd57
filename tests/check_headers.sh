#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Does every header compile by itself, with the guard its path gives it; does every
# source begin with its licence; do files and functions keep their size?  One PASS: or
# FAIL: line per rule; exits 1 when one fails.
# $srcdir: the top of the sources; $CC and $CPPFLAGS as make has them.
set -eu

cd "${srcdir:-$(dirname "$0")/..}"
folders="base catalog certificates capture flows dissectors storage diagnosis reports program"
status=0

verdict() {
    if [ -z "$2" ]; then
        printf 'PASS: %s\n' "$1"
    else
        printf 'FAIL: %s\n%s\n' "$1" "$2"
        status=1
    fi
}

# found SUFFIX FOLDER...: paths without spaces, in a fixed order.
found() {
    suffix=$1
    shift
    find "$@" -name "*.$suffix" -print 2> /dev/null | LC_ALL=C sort
}

# shellcheck disable=SC2086
headers=$(found h $folders)
# shellcheck disable=SC2086
code="$(found c $folders) $headers"
everything="$code $(found c tests) $(found h tests)"

compile_alone() {
    for header in $headers; do
        # shellcheck disable=SC2086 # CC and CPPFLAGS are lists of words
        ${CC:-cc} -std=c11 -D_DEFAULT_SOURCE -D_XOPEN_SOURCE=700 -D_DARWIN_C_SOURCE \
            -D__BSD_VISIBLE=1 -I. ${CPPFLAGS:-} -Wall -Werror -fsyntax-only -x c "$header" 2>&1 ||
            printf '  %s\n' "$header"
    done
}

guards() {
    for header in $headers; do
        guard=APPLEPATH_$(printf '%s' "$header" | tr '[:lower:]/.-' '[:upper:]___')
        if ! grep -qx "#ifndef $guard" "$header" || ! grep -qx "#define $guard" "$header"; then
            printf '  %s: wants %s\n' "$header" "$guard"
        fi
    done
}

licences() {
    for file in $everything; do
        [ "$(head -n 1 "$file")" = '/* SPDX-License-Identifier: Apache-2.0 */' ] ||
            printf '  %s\n' "$file"
    done
}

long_files() {
    # shellcheck disable=SC2086
    awk 'FNR == 601 { printf "  %s\n", FILENAME }' /dev/null $code
}

# A body lies between a brace in column 0 and the next closing one there.
long_functions() {
    # shellcheck disable=SC2086
    awk 'FNR == 1 { start = 0 }
        /^[A-Za-z]/ { head = $0 }
        /^\{/ { start = FNR }
        /^\}/ {
            if (start > 0 && FNR - start - 1 > 60)
                printf "  %s:%d: %d lines: %s\n", FILENAME, start, FNR - start - 1, head
            start = 0
        }' /dev/null $code
}

verdict "every header compiles by itself" "$(compile_alone)"
verdict "every header has the guard of its path" "$(guards)"
verdict "every source begins with its licence" "$(licences)"
verdict "no file is longer than 600 lines" "$(long_files)"
verdict "no function is longer than 60 lines" "$(long_functions)"
exit "$status"
