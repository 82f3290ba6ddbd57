# SPDX-License-Identifier: Apache-2.0
# Which differences have no reason?  reasons.txt comes in first, then differences (capture,
# side, kind, place, value); those that no reason covers go out, and the lines of the reasons
# that were needed go to the file `used`.

FNR == NR {
    if (/^#/ || NF == 0)
        next
    if (NF != 5) {
        print "reasons.txt:" FNR ": not five columns"
        next
    }
    count++
    line[count] = FNR
    for (i = 1; i <= 4; i++)
        pattern[count, i] = "^(" $i ")$"
    next
}

{
    explained = 0
    for (i = 1; i <= count; i++)
        if ($1 ~ pattern[i, 1] && $2 ~ pattern[i, 2] && $3 ~ pattern[i, 3] &&
            ($4 " " $5) ~ pattern[i, 4]) {
            explained = 1
            print line[i] >> used
        }
    if (!explained)
        print
}
