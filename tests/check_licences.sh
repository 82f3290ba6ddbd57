#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Does every file that git knows begin with its licence, or is it one of those that cannot
# (REUSE.toml)?  Is nothing in that list that does not exist any more, or has its line?  Is
# the licence's text the same in both places where it is looked for?
# $srcdir: the top of the sources.
set -u

cd "${srcdir:-$(dirname "$0")/..}" || exit 1
# Automake's word for a test that cannot be made here: a release has no list of its files.
if ! git rev-parse --is-inside-work-tree > /dev/null 2>&1 || [ ! -e .git ]; then
    echo "SKIP: licences: not in a git repository"
    exit 77
fi
status=0
scratch=$(mktemp -d "${TMPDIR:-/tmp}/licences.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM

git ls-files -z -- . ':!LICENSES' | xargs -0 awk '
    FNR == 1 { marked[FILENAME] = 0; left = 6 }
    left-- > 0 && /SPDX-License-Identifier: Apache-2.0/ { marked[FILENAME] = 1 }
    END { for (name in marked) if (!marked[name]) print name }' 2> /dev/null |
    LC_ALL=C sort > "$scratch/unmarked"
# `**` of REUSE.toml is any text, slashes included, as `*` of git is; alone it is of files that
# have their line.
grep -v '^path = \["\*\*"\]$' REUSE.toml | sed -n 's/^path = \[\(.*\)\]$/\1/p' | tr -d '" ' | tr ',' '\n' > "$scratch/patterns"
while IFS= read -r pattern; do
    git ls-files -- "$(printf '%s' "$pattern" | sed 's/\*\*/*/g')" > "$scratch/one"
    [ -s "$scratch/one" ] || echo "  REUSE.toml: $pattern is not there any more"
    cat "$scratch/one" >> "$scratch/listed"
done < "$scratch/patterns" > "$scratch/gone"
LC_ALL=C sort -u "$scratch/listed" > "$scratch/excused"
LC_ALL=C comm -23 "$scratch/unmarked" "$scratch/excused" | sed 's/^/  /' > "$scratch/bare"

# verdict NAME OFFENDERS-FILE
verdict() {
    if [ -s "$2" ]; then
        echo "FAIL: licences: $1"
        cat "$2"
        status=1
    else
        echo "PASS: licences: $1"
    fi
}
verdict "every file has its line, or is listed in REUSE.toml" "$scratch/bare"
verdict "REUSE.toml lists what is there" "$scratch/gone"
cmp LICENSE LICENSES/Apache-2.0.txt > "$scratch/texts" 2>&1
verdict "the licence's text is in LICENSES as well" "$scratch/texts"
exit "$status"
