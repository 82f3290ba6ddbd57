# SPDX-License-Identifier: Apache-2.0
# What does the program write, where, and for whom?  Nothing but what was named, for its
# owner alone, and never through a symbolic link.  Where it can be, without the sandbox,
# which would hide an attempt: it stands beside these promises.  Sourced by run.sh.

# Every command that writes, into the folder `there`; what fails is said on standard output.
cat > "$scratch/writers" << 'END'
try() {
    "$applepath" "$@" > /dev/null 2> there/err < /dev/null
    [ $? -ne 2 ] || echo "$*: $(cat there/err)"
    rm -f there/err
}
try read --no-sandbox -d there/site.db -o /dev/null squashed.pcap
try report --no-sandbox -d there/site.db --format html -o there/report.html
try export -d there/site.db -o there/site.ndjson
try export -d there/site.db --format zeek -o there/zeek
try evidence -d there/site.db F1 -w there/evidence.pcapng
try evidence -d there/site.db F1 --anonymize -w there/hidden.pcapng
try diff there/site.db there/site.db
try doctor squashed.pcap
try hosts
END
# Everything else is mounted to be read only, which somebody without rights may do as well
# in a name space of his own.
cat > "$scratch/in_space" << 'END'
mount --make-rprivate / && mount --bind there there && cd "$PWD" || exit 1
awk '{ print $2 }' /proc/self/mounts | while read -r place; do
    [ "$place" = "$PWD/there" ] || mount -o remount,bind,ro "$place" 2> /dev/null
done
for place in . /tmp /dev/shm /var/tmp; do
    (: > "$place/applepath-probe") 2> /dev/null && rm -f "$place/applepath-probe" && exit 1
done
[ "$#" -eq 0 ] || exec "$@"
END
written='evidence.pcapng hidden.pcapng report.html site.db site.db.key site.ndjson zeek'

# In the empty folder of a case: what the commands need, and places where libraries write.
prepare_writing() {
    umask 000 # what is made for its owner alone is not so by luck
    mkdir home temporary there
    cp "$squashed" squashed.pcap
    HOME=$PWD/home TMPDIR=$PWD/temporary SQLITE_TMPDIR=$PWD/temporary
    XDG_CONFIG_HOME=$HOME/config XDG_CACHE_HOME=$HOME/cache RANDFILE=$HOME/rnd
    export applepath HOME TMPDIR SQLITE_TMPDIR XDG_CONFIG_HOME XDG_CACHE_HOME RANDFILE
}

all_but_there() {
    find . ! -path './there*' ! -name . -exec ls -ldi {} + | LC_ALL=C sort
}

begin "writes nothing but what was named, for its owner alone"
(
    prepare_writing
    all_but_there > "$scratch/before"
    sh "$scratch/writers" >> "$failures"
    all_but_there > "$scratch/after"
    cmp -s "$scratch/before" "$scratch/after" ||
        wrong "changed elsewhere: $(diff "$scratch/before" "$scratch/after")"
    [ "$(cd there && echo *)" = "$written" ] || wrong "made: $(cd there && echo *)"
    others=$(find there -mindepth 1 \( -type f ! -perm 600 -o -type d ! -perm 700 \))
    [ -z "$others" ] || wrong "others may read or write: $others"
)
end

begin "writes need nothing else that can be written"
(
    prepare_writing
    if unshare -rm sh "$scratch/in_space" 2> /dev/null; then
        unshare -rm sh "$scratch/in_space" sh "$scratch/writers" >> "$failures"
        [ "$(cd there && echo *)" = "$written" ] || wrong "made: $(cd there && echo *)"
        : > "$scratch/was_read_only"
    fi
)
if [ -e "$scratch/was_read_only" ]; then
    end
else
    skip "$case_name" "no mounts of our own can be made here"
fi

# refuses_or_replaces ARGUMENT...: `out` is a link; what it leads to stays as it was.
leaves_the_target() {
    echo "somebody's" > victim
    ln -sf victim out
    run "$@"
    [ "$(cat victim)" = "somebody's" ] || wrong "$*: what the link leads to was written"
    [ "$status" -eq 2 ] || { [ ! -L out ] && [ -n "$(find out -prune \( -perm 600 -o -perm 700 \))" ]; } ||
        wrong "$*: neither refused nor replaced by a file of its owner's alone"
    rm -rf victim out
}

begin "writes follow no link"
run read -d site.db -o /dev/null "$squashed"
leaves_the_target read -o out "$squashed"
leaves_the_target read -d out "$squashed"
leaves_the_target report -d site.db --format json -o out
leaves_the_target export -d site.db -o out
leaves_the_target export -d site.db --format zeek -o out
leaves_the_target evidence -d site.db F1 -w out
leaves_the_target diff -o out site.db site.db
leaves_the_target doctor -o out "$squashed"
leaves_the_target hosts -o out
end

# Beside a database SQLite keeps files of its own; their names are known beforehand.
begin "writes follow no link beside the database"
for ending in -wal -shm -journal .key; do
    rm -f site.db*
    echo "somebody's" > victim
    ln -s victim "site.db$ending"
    run read -d site.db -o /dev/null "$squashed"
    run report -d site.db --anonymize -o /dev/null
    [ "$(cat victim)" = "somebody's" ] || wrong "site.db$ending: what it leads to was written"
done
end
