# SPDX-License-Identifier: Apache-2.0
# Lines of encrypted_resolvers.tsv come in; one row of the table in encrypted_resolvers.c
# goes out for each: the name's last eight characters, with dots before a shorter one, and
# all of it without its star.

/^#/ || /^[ \t\r]*$/ { next }

{
    split($0, fields, "\t")
    host = fields[1]
    below = substr(host, 1, 1) == "*"
    if (below)
        host = substr(host, 2)
    tail = "........" host
    tail = substr(tail, length(tail) - 7)
    if ((fields[2] != "doh" && fields[2] != "relay") || (below && length(host) < 8)) {
        print "encrypted_resolvers.tsv: no such row: " $0 > "/dev/stderr"
        exit 1
    }
    printf "{\"%s\", %s, %s, %d, \"%s\"},\n", tail, (below ? "true" : "false"), \
        (fields[2] == "relay" ? "NAMES_RELAY" : "NAMES_DOH"), length(host), host
}
