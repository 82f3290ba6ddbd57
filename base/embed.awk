# SPDX-License-Identifier: Apache-2.0
# How does a text file become part of the program?  Lines come in; one C string
# literal per line goes out, with a comma behind it, to stand between the braces
# of an array.  Comments ('#' first) and empty lines are left out.  Characters
# are taken one by one: awks differ in what gsub makes of a backslash.

/^#/ || /^[ \t\r]*$/ { next }

{
    literal = ""
    for (i = 1; i <= length($0); i++) {
        character = substr($0, i, 1)
        if (character == "\t")
            literal = literal "\\t"
        else if (character == "\r")
            continue
        else if (character == "\\" || character == "\"" || character == "?")
            literal = literal "\\" character # "?": no trigraphs (C11 5.2.1.1)
        else
            literal = literal character
    }
    printf "\"%s\",\n", literal
}
