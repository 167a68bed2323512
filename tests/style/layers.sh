#!/bin/sh
# Are the layers of docs/layers.txt kept? Says each breach in a line of its own, and exits 1 when there is any.
# usage: layers.sh [TOP]   (default: the folder two above this script)
set -eu

top=${1:-$(dirname "$0")/../..}
cd "$top"
if [ ! -r docs/layers.txt ]; then
    echo "layers: docs/layers.txt is missing in $(pwd)" >&2
    exit 2
fi

find . \( -name .git -o -path ./build -o -path ./tests -o -path ./run \) -prune -o \
    -type f \( -name '*.c' -o -name '*.h' \) -print | sed 's|^\./||' | LC_ALL=C sort |
LC_ALL=C awk '
function breach(text) {
    print "layers: " text
    breaches++
}

# "shared/base/*" as the key under which the files of that folder may be listed.
function folder_of(path) {
    if (!sub(/\/[^\/]*$/, "", path))
        return "*"
    return path "/*"
}

function room_of(file) {
    sub(/\.[ch]$/, "", file)
    return (file in part) ? part[file] : file
}

function number_of(room) {
    if (room in number)
        return number[room]
    if (folder_of(room) in number)
        return number[folder_of(room)]
    return ""
}

# Is there a line "WORD A B" for these two, as rooms or as folders?
function noted(table, a, b) {
    return (a SUBSEP b) in table || (a SUBSEP folder_of(b)) in table ||
        (folder_of(a) SUBSEP b) in table || (folder_of(a) SUBSEP folder_of(b)) in table
}

# Nested folders, too: "extractd/*" holds extractd/tiers/ocr.c.
function below(room, pattern) {
    sub(/\*$/, "", pattern)
    return index(room, pattern) == 1
}

function read_rules(   line, at, words, w, i) {
    while ((getline line < "docs/layers.txt") > 0) {
        at++
        sub(/#.*/, "", line)
        words = split(line, w, /[ \t\r]+/)
        if (words > 0 && w[words] == "") words--
        if (words > 0 && w[1] == "") { for (i = 1; i < words; i++) w[i] = w[i + 1]; words-- }
        if (words == 0)
            continue
        if (words == 2 && w[1] ~ /^[0-9]+$/) {
            if (w[2] in number)
                breach("docs/layers.txt:" at ": " w[2] " is listed twice")
            number[w[2]] = w[1]
            listed[w[2]] = at
        } else if (words == 3 && w[1] == "part") {
            part[w[2]] = w[3]
            listed[w[2]] = at
        } else if (words == 3 && w[1] == "allow") {
            allow[w[2], w[3]] = 1
        } else if (words == 3 && w[1] == "apart") {
            aparts++
            apart_a[aparts] = w[2]
            apart_b[aparts] = w[3]
        } else if (words == 3 && w[1] == "foreign") {
            fences++
            fence[fences] = w[2]
            keeper[fences] = w[3]
            fence_line[fences] = at
        } else {
            breach("docs/layers.txt:" at ": not understood: " line)
        }
    }
    close("docs/layers.txt")
}

# The file of ours that an include means, or "".
function resolve(from, name,   folder, tries, t, i) {
    folder = from
    if (!sub(/[^\/]*$/, "", folder))
        folder = ""
    tries[1] = folder name
    tries[2] = "shared/" name
    tries[3] = name
    for (i = 1; i <= 3; i++) {
        t = tries[i]
        while (sub(/[^\/]+\/\.\.\//, "", t))
            ;
        gsub(/\/\.\//, "/", t)
        sub(/^\.\//, "", t)
        if (t in is_file)
            return t
    }
    return ""
}

function check_foreign(from, at, name,   i, keepers) {
    for (i = 1; i <= fences; i++)
        if (index(name, fence[i]) == 1) {
            if (from == keeper[i])
                return
            keepers = keepers (keepers == "" ? "" : " or ") keeper[i]
        }
    if (keepers != "")
        breach(from ":" at ": includes the foreign <" name ">, which only " keepers " may")
}

function check_rooms(from, at, to,   a, b, na, nb, i) {
    a = room_of(from)
    b = room_of(to)
    if (a == b)
        return
    edges++
    edge_from[edges] = a
    edge_to[edges] = b
    for (i = 1; i <= aparts; i++)
        if ((below(a, apart_a[i]) && below(b, apart_b[i])) || (below(a, apart_b[i]) && below(b, apart_a[i])))
            breach(from ":" at ": includes " to ", but " apart_a[i] " and " apart_b[i] " are kept apart")
    na = number_of(a)
    nb = number_of(b)
    if (na == "" || nb == "")
        return # reported as not listed
    if (nb + 0 > na + 0)
        breach(from ":" at ": upward: layer " na " includes " to " of layer " nb)
    else if (nb + 0 == na + 0 && !noted(allow, a, b))
        breach(from ":" at ": sideways: includes " to ", both of layer " na " (may be allowed in docs/layers.txt)")
}

function check_file(file,   line, at, name, quoted, to) {
    while ((getline line < file) > 0) {
        at++
        if (line !~ /^[ \t]*#[ \t]*include[ \t]*["<]/)
            continue
        name = line
        sub(/^[ \t]*#[ \t]*include[ \t]*/, "", name)
        quoted = substr(name, 1, 1) == "\""
        name = substr(name, 2)
        sub(/[">].*/, "", name)
        check_foreign(file, at, name)
        to = resolve(file, name)
        if (to != "")
            check_rooms(file, at, to)
        else if (quoted)
            breach(file ":" at ": includes \"" name "\", which is not there")
    }
    close(file)
}

# Rooms from which nothing unseen can be reached fall away; what is left stands in a circle, or before one.
function check_circles(   i, changed, left, n) {
    for (i = 1; i <= edges; i++)
        alive[i] = 1
    do {
        changed = 0
        split("", leads_on)
        split("", led_to)
        for (i = 1; i <= edges; i++)
            if (alive[i]) {
                leads_on[edge_from[i]] = 1
                led_to[edge_to[i]] = 1
            }
        for (i = 1; i <= edges; i++)
            if (alive[i] && !((edge_to[i] in leads_on) && (edge_from[i] in led_to))) {
                alive[i] = 0
                changed = 1
            }
    } while (changed)
    for (i = 1; i <= edges; i++)
        if (alive[i] && !((edge_from[i], edge_to[i]) in told)) {
            told[edge_from[i], edge_to[i]] = 1
            left = left (n++ ? ", " : "") edge_from[i] " -> " edge_to[i]
        }
    if (n)
        breach("circle: " left)
}

function check_listing(   f, i, room, base) {
    for (i = 1; i <= files; i++) {
        base = file[i]
        sub(/\.[ch]$/, "", base)
        seen[base] = 1
        seen[folder_of(base)] = 1
        if (number_of(room_of(file[i])) == "")
            breach(file[i] ": is not listed in docs/layers.txt")
    }
    for (f in listed)
        if (!(f in seen))
            breach("docs/layers.txt:" listed[f] ": " f " is listed, but not there")
    for (i = 1; i <= fences; i++)
        if (!(keeper[i] in is_file))
            breach("docs/layers.txt:" fence_line[i] ": " keeper[i] " is to keep " fence[i] ", but is not there")
}

{
    file[++files] = $0
    is_file[$0] = 1
}

END {
    read_rules()
    check_listing()
    for (n = 1; n <= files; n++)
        check_file(file[n])
    check_circles()
    if (breaches)
        exit 1
    printf "layers: %d files, %d includes between rooms, all downwards\n", files, edges
}
'
