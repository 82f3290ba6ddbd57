# SPDX-License-Identifier: Apache-2.0
# The samples of a soak (tests/soak/run.sh) as a table of twelve lines, and a verdict: is
# resident memory flat over the last half, and everything else within its cap or constant?
#   awk -v size=MIB -v ring=MIB -v memory=MIB -f verdict.awk samples
function check(good, text) {
    printf "%s: soak %s\n", good ? "PASS" : "FAIL", text
    bad = bad || !good
}

{
    count++
    time[count] = $1
    resident[count] = $2 / 1024
    peak = $3 / 1024
    descriptors[count] = $4
    threads[count] = $5
    database[count] = $6 / 1048576
    log_size[count] = $7 / 1048576
    kept[count] = $8 / 1048576
    files[count] = $9
    dropped = $10
    packets[count] = $11
    if (database[count] > most_database)
        most_database = database[count]
    if (log_size[count] > most_log)
        most_log = log_size[count]
    long_logs += log_size[count] > size
    if (kept[count] > most_kept)
        most_kept = kept[count]
}

END {
    if (count < 12) {
        print "FAIL: soak: only " count + 0 " samples"
        exit 1
    }
    print "   seconds  resident  descriptors  threads  database     log    ring  files    packets"
    print "                 MiB                            MiB     MiB     MiB"
    for (i = 1; i <= 12; i++) {
        n = 1 + int((count - 1) * i / 12)
        printf "%10d %9.1f %12d %8d %9.1f %7.1f %7.1f %6d %10d\n", time[n], resident[n],
            descriptors[n], threads[n], database[n], log_size[n], kept[n], files[n], packets[n]
    }
    half = int(count / 2) + 1
    low_descriptors = low_threads = 1e9
    for (i = half; i <= count; i++) {
        n_half++
        sum_t += time[i]
        sum_r += resident[i]
        sum_tt += time[i] * time[i]
        sum_tr += time[i] * resident[i]
        if (descriptors[i] > high_descriptors)
            high_descriptors = descriptors[i]
        if (descriptors[i] < low_descriptors)
            low_descriptors = descriptors[i]
        if (threads[i] > high_threads)
            high_threads = threads[i]
        if (threads[i] < low_threads)
            low_threads = threads[i]
    }
    for (i = 3; i < half; i++)
        if (descriptors[i] > early_descriptors)
            early_descriptors = descriptors[i]
    slope = (n_half * sum_tr - sum_t * sum_r) / (n_half * sum_tt - sum_t * sum_t)
    growth = slope * (time[count] - time[half])
    mean = sum_r / n_half
    bound = mean * 0.03 > 3 ? mean * 0.03 : 3
    text = sprintf("resident memory %.1f MiB on average over the last half, %+.2f MiB from its" \
        " beginning to its end by the line of best fit (bound %.1f), peak %.1f", mean, growth, bound, peak)
    # Until the tables have been filled once, it grows as it should.
    if (time[count] < 900)
        printf "SKIP: soak %s: too short to say\n", text
    else
        check(growth <= bound, text)
    check(peak <= memory, sprintf("peak of %.1f MiB, cap %d", peak, memory))
    check(most_database <= size * 1.02,
        sprintf("database %.1f MiB at most, cap %d", most_database, size))
    # Who makes a report keeps what is written meanwhile in the log.
    check(long_logs <= count / 50 && most_log <= 2 * size,
        sprintf("log %.1f MiB at most; longer than %d MiB in %d of %d samples, while a report was made",
            most_log, size, long_logs, count))
    check(most_kept <= ring * 1.02, sprintf("kept packets %.1f MiB at most, cap %d", most_kept, ring))
    check(high_descriptors <= early_descriptors && high_descriptors - low_descriptors <= 2,
        sprintf("descriptors %d to %d in the last half, %d before", low_descriptors,
            high_descriptors, early_descriptors))
    check(low_threads == high_threads, sprintf("threads %d to %d", low_threads, high_threads))
    printf "soak: %d packets, %d dropped\n", packets[count], dropped
    exit bad
}
