#!/bin/sh
# Goal: the generator's files are what its table says: good ones are clean and say their words, bad ones are bad,
# and the same command line always gives the same bytes. Without mutool only the last of these is checked.
# Environment: MKPDF, the binary (default build/mkpdf). Exit 1 when anything failed.
set -u

MKPDF=${MKPDF:-build/mkpdf}
WORDS='zanzibar quillfeather'
passed=0 failed=0 skipped=0

dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
tab=$(printf '\t')

# check NAME COMMAND...: the command must succeed
check() {
    name=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $name"
    fi
}

fails_with() { # CODE COMMAND...
    want=$1
    shift
    "$@" >/dev/null 2>&1
    [ $? -eq "$want" ]
}

differ() { ! cmp -s "$1" "$2"; }

size_near() { # FILE BYTES: within 5 per cent
    have=$(wc -c <"$1")
    [ "$have" -ge $(($2 * 95 / 100)) ] && [ "$have" -le $(($2 * 105 / 100)) ]
}

# --- the table ---

list_is_sound() {
    awk -F '\t' '
        BEGIN {
            n = split("ok partial empty encrypted corrupt not_pdf limit timeout stalled crashed memory", names, " ")
            for (i = 1; i <= n; i++) known[names[i]] = 1
        }
        NF != 3 || $3 == "" || seen[$1]++ { bad = 1; print "  bad line: " $0 }
        { n = split($2, set, "|"); for (i = 1; i <= n; i++) if (!known[set[i]]) { bad = 1; print "  unknown: " $2 } }
        END { exit bad || NR < 40 }
    ' "$dir/list"
}

"$MKPDF" --list >"$dir/list" || { echo "FAILED: $MKPDF --list"; exit 1; }
check "the list has three columns, known outcomes and each kind once" list_is_sound

# --- every kind, twice ---

mkdir "$dir/k" "$dir/again"
while IFS=$tab read -r kind _ _; do
    check "$kind is written" "$MKPDF" "$kind" --words "$WORDS" "$dir/k/$kind.pdf"
    "$MKPDF" "$kind" --words "$WORDS" "$dir/again/$kind.pdf"
    check "$kind is the same again" cmp -s "$dir/k/$kind.pdf" "$dir/again/$kind.pdf"
done <"$dir/list"
rm -rf "$dir/again"

# --- seed, size, command line ---

"$MKPDF" text --seed 1 --size 50000 "$dir/s1"
"$MKPDF" text --seed 1 --size 50000 "$dir/s1b"
"$MKPDF" text --seed 2 --size 50000 "$dir/s2"
check "same seed, same padding" cmp -s "$dir/s1" "$dir/s1b"
check "other seed, other padding" differ "$dir/s1" "$dir/s2"
check "--size is kept" size_near "$dir/s1" 50000
check "an unknown kind is a usage error" fails_with 64 "$MKPDF" nosuchkind "$dir/x"
check "a missing file name is a usage error" fails_with 64 "$MKPDF" text
check "a bad number is a usage error" fails_with 64 "$MKPDF" pages --pages 3x "$dir/x"
check "a file that cannot be written is an error" fails_with 1 "$MKPDF" text "$dir/no/such/folder.pdf"

# --- bulk and samples ---

"$MKPDF" --bulk 25 --seed 7 "$dir/b1"
"$MKPDF" --bulk 25 --seed 7 "$dir/b2"
"$MKPDF" --bulk 25 --seed 8 --pages 3 --size 20000 "$dir/b3"
check "bulk is the same again" diff -r "$dir/b1" "$dir/b2"
check "bulk with another seed is not" differ "$dir/b1/doc-000001.pdf" "$dir/b3/doc-000001.pdf"
check "bulk numbers its files" test -s "$dir/b1/doc-000025.pdf"
check "bulk writes no more than it should" test "$(find "$dir/b1" -type f | wc -l)" -eq 25
check "no two documents of bulk are equal" test "$(cksum "$dir"/b1/* | sort -u -k 1,1 | wc -l)" -eq 25
check "bulk keeps --size" size_near "$dir/b3/doc-000009.pdf" 20000
check "samples are written" "$MKPDF" --samples "$dir/samples"
check "there are at least twelve samples" test "$(find "$dir/samples" -type f | wc -l)" -ge 12

# --- what a reader makes of them ---

# The text of pages PAGES of FILE into $dir/text, complaints into $dir/complaints; mutool's exit code.
read_text() { # FILE [PAGES]
    (
        # shellcheck disable=SC3045 # dash, bash and busybox have it
        ulimit -v 1500000
        # shellcheck disable=SC2086 # PAGES may be empty
        timeout 30 mutool draw -F txt "$1" ${2:-} >"$dir/text" 2>"$dir/err"
    )
    rc=$?
    grep -v 'ICC support is not available' "$dir/err" >"$dir/complaints"
    return $rc
}

says() { # FILE TEXT [PAGES]: readable, perhaps after repair
    read_text "$1" "${3:-}" && grep -qF -- "$2" "$dir/text"
}

says_cleanly() { # FILE TEXT: readable without a word of complaint
    if says "$1" "$2" && [ ! -s "$dir/complaints" ]; then
        return 0
    fi
    sed 's/^/  /' "$dir/complaints"
    return 1
}

says_times() { # COUNT FILE TEXT
    read_text "$2" && [ "$(grep -cF -- "$3" "$dir/text")" -eq "$1" ]
}

says_nothing() { # FILE: clean, and without text
    read_text "$1" && [ ! -s "$dir/complaints" ] && ! grep -q '[[:alnum:]]' "$dir/text"
}

unreadable() { # FILE
    ! read_text "$1" && ! grep -q '[[:alnum:]]' "$dir/text"
}

if command -v mutool >/dev/null && command -v timeout >/dev/null; then
    for kind in text pages letter report twocol form latin hyphen meta blankpage mixed rtl emptypw emptypw40 \
        imagebomb bigbox hugebox js outlinecycle; do
        check "$kind is clean and says its words" says_cleanly "$dir/k/$kind.pdf" "$WORDS"
    done
    for kind in garbagexref noeof noxref headerjunk lyinglength xrefloop badpageobj; do
        check "$kind can be repaired" says "$dir/k/$kind.pdf" "$WORDS"
        check "$kind needs it" test -s "$dir/complaints"
    done
    for kind in password empty trunc notpdf plaintext zeropages countlie; do
        check "$kind cannot be read" unreadable "$dir/k/$kind.pdf"
    done
    for kind in blank scan; do
        check "$kind has no text layer" says_nothing "$dir/k/$kind.pdf"
    done
    check "accents are there" says "$dir/k/latin.pdf" 'Zwölf Boxkämpfer'
    check "ligature and euro are there" says "$dir/k/latin.pdf" 'bœuf'
    check "words are hyphenated" says "$dir/k/hyphen.pdf" 'infor-'
    check "badpage's first page is good" says "$dir/k/badpage.pdf" "$WORDS" 1
    check "badpage's last page is good" says "$dir/k/badpage.pdf" "$WORDS" 3
    check "badpage's middle page is bad" fails_with 1 mutool draw -F txt "$dir/k/badpage.pdf" 2
    "$MKPDF" pages --pages 12 --words "$WORDS" "$dir/pages.pdf"
    check "--pages is kept" says_times 12 "$dir/pages.pdf" "$WORDS"
    check "bulk says its number" says_cleanly "$dir/b3/doc-000017.pdf" 'document 000017 page 3 token '
else
    skipped=1
    echo "skipped: mutool or timeout is missing, so nothing was read back"
fi

[ $skipped -eq 0 ] && echo "$passed passed, $failed failed" || echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
