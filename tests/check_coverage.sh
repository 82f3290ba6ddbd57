#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Does tests/coverage.sh count what has run, wherever it was built, and does it say so when
# that is too little, or nothing?  On a program of three files that is compiled here with
# counters, in the way of a build beside its sources.
#   $CC, $GCOV: where they are not cc and gcov
set -u

coverage=$(cd "${srcdir:-$(dirname "$0")/..}" && pwd)/tests/coverage.sh
scratch=$(mktemp -d "${TMPDIR:-/tmp}/check_coverage.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
cd "$scratch" || exit 1
status=0

mkdir -p source/base source/dissectors source/diagnosis build/base build/dissectors \
    build/diagnosis words
cat > source/dissectors/wire.c << 'C'
int wire(int length);
int wire(int length)
{
    return length * 2;
}
C
cat > source/diagnosis/rule.c << 'C'
int rule(int length);
int rule(int length)
{
    if (length > 100)
        return 1;
    return 0;
}
C
cat > source/base/start.c << 'C'
int wire(int length);
int rule(int length);
int main(int count, char **values)
{
    (void)values;
    return wire(count) == 2 * count && rule(count > 1 ? 200 : 1) == (count > 1) ? 0 : 1;
}
C

compile() {
    for file in base/start dissectors/wire diagnosis/rule; do
        ${CC:-cc} --coverage -O0 -c "../source/$file.c" -o "$file.o" || return 1
    done
    ${CC:-cc} --coverage base/start.o dissectors/wire.o diagnosis/rule.o -o start
}

if ! (cd build && compile && ./start) > log 2>&1 ||
    ! (cd build && ${GCOV:-gcov} -t base/start.gcno 2> /dev/null | grep -q 'main(int'); then
    echo "SKIP: coverage (no compiler with counters that ${GCOV:-gcov} reads)"
    exit 0
fi

# verdict NAME STATUS PATTERN: what coverage.sh says now
verdict() {
    srcdir=source builddir=build sh "$coverage" > said 2>&1
    code=$?
    if [ $code -eq "$2" ] && grep -q -e "$3" said && ! grep -q -i -e nan said; then
        echo "PASS: coverage: $1"
    else
        echo "FAIL: coverage: $1: it ended with $code, and said:"
        cat said
        status=1
    fi
}

verdict "what ran in part is too little" 1 '^ *[1-9][0-9.]* % .* diagnosis/$'
(cd build && ./start whole)
for awk in awk mawk gawk busybox; do
    command -v $awk > /dev/null 2>&1 || continue
    # Under that name, busybox knows what it is for.
    ln -sf "$(command -v $awk)" words/awk
    PATH=$scratch/words:$PATH verdict "what ran is counted, by $awk" 0 '^100.0 % .* diagnosis/$'
done
rm -f build/diagnosis/rule.gcda
verdict "what did not run at all counts as such" 1 '^ *0.0 % .* diagnosis/$'
rm -f build/diagnosis/rule.gcno
verdict "a folder of which nothing was counted is no success" 2 'nothing was counted of diagnosis/'
find build -name '*.gc*' -exec rm -f {} +
verdict "nothing is no success" 2 'nothing was counted of dissectors/'
exit $status
