# SPDX-License-Identifier: Apache-2.0
# Colour and progress are for a terminal, which script(1) makes.  Sourced by run.sh.

escape=$(printf '\033')

# on_terminal COMMAND: what a terminal shows is in $out.
on_terminal() {
    TERM=xterm script -qec "$1" /dev/null > "$out" 2> "$err" < /dev/null
    status=$?
}

# Some 24000 packets, so that progress is told: the same again and again.
body=$scratch/body
tail -c +25 "$squashed" > "$body"
for doubling in 1 2 3 4 5 6 7 8; do
    cat "$body" "$body" > "$body.twice"
    mv "$body.twice" "$body"
done
cat > "$scratch/slow.sh" <<SLOW
{ head -c 24 '$squashed'; cat '$body'; sleep 1; cat '$body'; } |
    '$applepath' read -o '$scratch/slow.txt' -
SLOW

begin "terminal no escape codes and no progress in a pipe"
sh "$scratch/slow.sh" > "$out" 2> "$err"
status=$?
ended_with 0
said_nothing
run read "$squashed"
! grep -q "$escape" "$out" || wrong "colours"
end

TERM=xterm script -qec 'exit 7' /dev/null > /dev/null 2>&1 < /dev/null
if [ $? -ne 7 ]; then
    for name in "colours" "NO_COLOR" "TERM=dumb" "progress" "width"; do
        skip "terminal $name" "no script(1) that runs a command"
    done
else
    begin "terminal colours"
    on_terminal "'$applepath' read '$squashed'"
    ended_with 0
    printed "${escape}\\["
    end

    begin "terminal NO_COLOR"
    NO_COLOR=1
    export NO_COLOR
    on_terminal "'$applepath' read '$squashed'"
    unset NO_COLOR
    printed BLOCKED
    printed_not "$escape"
    end

    begin "terminal TERM=dumb"
    on_terminal "TERM=dumb '$applepath' read '$squashed'"
    printed BLOCKED
    printed_not "$escape"
    end

    begin "terminal a report in a file has no colours"
    on_terminal "'$applepath' read -o report.txt '$squashed'"
    ! grep -q "$escape" report.txt || wrong "colours"
    end

    begin "terminal progress, and no trace of it afterwards"
    on_terminal "sh '$scratch/slow.sh'"
    ended_with 0
    printed 'packets/s'
    # Its last word is: back to the line's beginning, and clear the line.
    tr -d '\n' < "$out" | grep -q "${escape}\\[K\$" || wrong "the line was not wiped"
    end

    begin "terminal of 60 columns"
    on_terminal "stty cols 60; '$applepath' read '$squashed'"
    # Rules to paste stay as they are: a line broken in two is another rule.
    sed "s/${escape}\\[[0-9;]*m//g; s/$(printf '\r')//" "$out" |
        awk 'length($0) > 60 && !/^ *[^ ]*$/ && !/^ +(;|allow )/ { print "too long: " $0 }' >> "$failures"
    end
fi
