# SPDX-License-Identifier: Apache-2.0
# Do the manual, the completions and --help tell of what there is?  Sourced by run.sh.

commands=$("$applepath" --help | awk '/^  applepath [a-z]/ { print $2 }')

begin "manual the pages and completions are those of the program's tables"
srcdir=$srcdir builddir=$builddir "$srcdir/doc/make_manual" --check > stale 2>&1 || wrong "$(cat stale)"
end

begin "manual every option is in its page, and no other"
for command in $commands; do
    page=$srcdir/doc/applepath-$command.1
    sed 's/\\-/-/g; s/\\fB//g; s/\\fR//g' "$page" | awk '/^\.SH/ { options = $2 == "OPTIONS" }
        options && last == ".TP" { print } { last = $0 }' |
        grep -o -e '--[a-z][-a-z]*' | grep -v -x -e --help | sort -u > told
    "$applepath" "$command" --help=all | awk '/^options:/ { options = 1; next } options { print }' |
        grep -o -e '^ .*--[a-z][-a-z]*' | grep -o -e '--[a-z][-a-z]*' | sort -u > wanted
    [ -s wanted ] || wrong "$command has no options"
    cmp -s wanted told || wrong "$command: $(diff wanted told)"
    for shell in bash/applepath zsh/_applepath fish/applepath.fish; do
        grep -q "$command" "$srcdir/completions/$shell" || wrong "$shell lacks $command"
    done
done
end

begin "manual every page and completion is installed"
for command in $commands; do
    grep -q "doc/applepath-$command\.1" "$srcdir/Makefile.am" || wrong "doc/applepath-$command.1 is not"
done
for page in "$srcdir"/doc/applepath-*.1; do
    page=${page##*/applepath-}
    printf '%s\n' "$commands" | grep -q -x "${page%.1}" || wrong "there is no command ${page%.1}"
done
end

begin "manual examples come first, and their commands exist"
for command in $commands; do
    awk '/^\.SH/ { print $2 }' "$srcdir/doc/applepath-$command.1" | sed -n 3p | grep -q -x EXAMPLES ||
        wrong "$command: no examples after the synopsis"
    "$applepath" "$command" --help | awk '/^examples:/ { on = 1; next } /^options:/ { on = 0 } on' |
        grep -q "applepath $command" || wrong "$command: no example of its own"
done
end

begin "manual --help fits a screen"
for command in '' $commands; do
    # shellcheck disable=SC2086 # none, or one word
    run $command --help
    ended_with 0
    [ "$(grep -c '' "$out")" -le 24 ] || wrong "'$command --help' has $(grep -c '' "$out") lines"
    awk -v command="$command" 'length($0) > 80 { print command ": longer than 80: " $0 }' "$out" >> "$failures"
done
end

if command -v man > /dev/null 2>&1 && man --version > /dev/null 2>&1; then
    begin "manual the pages have no errors"
    for page in "$srcdir"/doc/applepath*.1; do
        LC_ALL=C man --warnings -l "$page" > /dev/null 2> warnings < /dev/null
        [ ! -s warnings ] || wrong "$page: $(head -n 3 warnings)"
    done
    end
else
    skip "manual the pages have no errors" "man is not installed"
fi

if command -v bash > /dev/null 2>&1; then
    begin "manual bash completes commands, options and values"
    cat > complete.sh <<'END'
. "$1"
complete_words() {
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    COMPREPLY=()
    _applepath
    printf '%s ' "${COMPREPLY[@]}"
    printf '\n'
}
complete_words applepath re
complete_words applepath report --cat
complete_words applepath diff --format m
complete_words applepath report --category ap
END
    bash complete.sh "$srcdir/completions/bash/applepath" > completed 2>&1
    printf 'read report \n--category --catalog \nmd \napns app-store app-notarization apps-and-content apple-account apple-intelligence-siri-search \n' > expected
    sed -i 's/--catalog --category/--category --catalog/' completed
    cmp -s completed expected || wrong "$(diff expected completed)"
    end
fi
