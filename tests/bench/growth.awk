# SPDX-License-Identifier: Apache-2.0
# Lines "packets|flows COUNT SECONDS KILOBYTES" in, an SVG with two plots out: processor
# seconds against packets, and bytes for each open flow against flows.
{ kind[NR] = $1; count[NR] = $2; seconds[NR] = $3; kilobytes[NR] = $4 }

function text(x, y, anchor, words) {
    printf "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">%s</text>\n", x, y, anchor, words
}

function thousands(number) {
    return number >= 1e6 ? number / 1e6 " M" : number / 1e3 " k"
}

# One plot at `left`: values of `kind`, linear upwards; along, linear or by powers of ten.
function plot(left, what, title, unit, powers,    i, x, y, most, widest, first, points) {
    for (i = 1; i <= NR; i++)
        if (kind[i] == what) {
            if (value[i] > most) most = value[i]
            if (count[i] > widest) widest = count[i]
            if (!first) first = count[i]
        }
    text(left + 150, 30, "middle", title)
    printf "<path d=\"M%d 50V250H%d\" class=\"axis\"/>\n", left, left + 320
    for (i = 1; i <= NR; i++) {
        if (kind[i] != what) continue
        x = powers ? left + 20 + 270 * log(count[i] / first) / log(widest / first) \
                   : left + 290 * count[i] / widest
        y = 250 - 180 * value[i] / most
        points = points (points == "" ? "M" : "L") int(x) " " int(y)
        printf "<circle cx=\"%d\" cy=\"%d\" r=\"3\"/>\n", x, y
        text(x, y - 9, "middle", sprintf(unit, value[i]))
        text(x, 268, "middle", thousands(count[i]))
    }
    printf "<path d=\"%s\" class=\"line\"/>\n", points
}

END {
    print "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 800 290\" role=\"img\" " \
        "aria-label=\"How cost grows with packets and with open flows\">"
    print "<style>text{font:12px sans-serif;fill:#555}.axis{fill:none;stroke:#999}" \
        ".line{fill:none;stroke:#06c;stroke-width:2}circle{fill:#06c}</style>"
    for (i = 1; i <= NR; i++) value[i] = seconds[i]
    plot(50, "packets", "processor seconds for so many packets (mix)", "%.2f s", 0)
    for (i = 1; i <= NR; i++) value[i] = kilobytes[i] / 1024
    plot(450, "flows", "peak memory with so many flows open", "%.0f MB", 1)
    print "</svg>"
}
