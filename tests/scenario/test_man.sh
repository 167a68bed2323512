#!/bin/sh
# The manual pages say what the programs say, and nothing else: BUILD=build tests/scenario/test_man.sh
set -u
BUILD=$(cd "${BUILD:-build}" && pwd) || exit 2
cd "$(dirname "$0")/../.." || exit 2
# A folder of its own: `make install` may be making the same at this time.
MAN=$(mktemp -d) || exit 2
trap 'rm -rf "$MAN"' EXIT
passed=0 failed=0
check() { # what, status
    if [ "$2" -eq 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAIL $1"; fi
}
shown() { mandoc -T ascii -O width=200 "$1" 2>&1 | sed 's/.\x08//g'; }
# The options that a text names where lines begin with one.
options() { sed -n 's/^ *\(-.*\)/\1/p' | grep -o -- '--[a-z][a-z-]*' | sort -u; }

sh docs/man/generate.sh "$BUILD" "$MAN"
check "the pages are made" $?
for page in extractd.8 spoold.8 spoolctl.1 pdfspool.ini.5 pdfspool-spool.7; do
    file=$MAN/$page
    said=$(mandoc -T lint -W error "$file" 2>&1)
    check "$page: mandoc: $said" $?
    ! shown "$file" | grep -E '@[A-Z]+@|\\f|\\&' >"$MAN/markup.txt"
    check "$page: no markup is left: $(head -n 1 "$MAN/markup.txt")" $?
    for other in $(shown "$file" | sed -n '/^SEE ALSO/,$p' | grep -o '[a-z][a-z.-]*([0-9])'); do
        name=${other%(*} section=${other#*\(}
        [ -s "$MAN/$name.${section%)}" ]
        check "$page: $other is there" $?
    done
done

for program in extractd spoold; do
    "$BUILD/$program" --help | grep '^  --' | grep -o -- '--[a-z][a-z-]*' | sort -u >"$MAN/told.txt"
    shown "$MAN/$program.8" | sed -n '/^OPTIONS/,/^[A-Z][A-Z]/p' | options >"$MAN/written.txt"
    difference=$(diff "$MAN/told.txt" "$MAN/written.txt")
    check "$program: --help (<) and the page (>) know the same options: $difference" $?
    codes=$("$BUILD/$program" --help | tr '\n' ' ' | sed 's/.*[Ee]xit codes: //' | grep -o '\b[0-9][0-9]*\b' | sort -nu | tr '\n' ' ')
    page=$(shown "$MAN/$program.8" | sed -n '/^EXIT STATUS/,/^EXAMPLES/p' | grep -oE '\b[0-9]+\b' | sort -nu | tr '\n' ' ')
    [ "$codes" = "$page" ]
    check "$program: exit codes: $codes, page: $page" $?
done

shown "$MAN/spoolctl.1" >"$MAN/ctl.txt"
for command in $("$BUILD/spoolctl" --help | awk '/^Commands:/ {on = 1; next} on && NF == 0 {exit} on {print $1}'); do
    grep -qE "^   $command( |\$)" "$MAN/ctl.txt"
    check "spoolctl $command is explained" $?
    sed -n "/^   $command\\( \\|\$\\)/,/^   [a-z]/p" "$MAN/ctl.txt" >"$MAN/one.txt"
    for option in $("$BUILD/spoolctl" help "$command" | grep -o '^  --[a-z][a-z-]*'); do
        grep -q -- "^       $option" "$MAN/one.txt"
        check "spoolctl $command $option is explained" $?
    done
    grep -q '^                *spoolctl' "$MAN/one.txt"
    check "spoolctl $command has an example" $?
done

shown "$MAN/pdfspool.ini.5" >"$MAN/ini.txt"
for file in spool host; do
    for key in $("$BUILD/spoolctl" config sample $file | sed -n 's/^#\{0,1\}\([a-z_][a-z_]*\) = .*/\1/p; s/^#\{0,1\}\([a-z_][a-z_]*\) =$/\1/p'); do
        grep -q "^       $key = " "$MAN/ini.txt" || grep -q "^       $key =\$" "$MAN/ini.txt"
        check "the setting $key is explained" $?
    done
done
keys=$({ "$BUILD/spoolctl" config sample spool; "$BUILD/spoolctl" config sample host; } | grep -cE '^#? ?[a-z_]+ =( |$)')
written=$(grep -cE '^       [a-z_]+ =( |$)' "$MAN/ini.txt")
[ "$keys" -gt 100 ] && [ "$keys" = "$written" ]
check "all $keys settings of both files are in the page, those of named sections, too: $written" $?
for section in lane tier webhook; do
    grep -q "^   \[$section:NAME\]" "$MAN/ini.txt"
    check "[$section:NAME] is explained" $?
done
sh packaging/completion.sh "$BUILD" >"$MAN/spoolctl.bash"
check "the completion is made" $?
complete_() { # words, the last one unfinished
    bash -c '. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _spoolctl; echo ${COMPREPLY[@]}' "$MAN/spoolctl.bash" "$@"
}
[ "$(complete_ spoolctl re)" = "retry resume report" ]
check "commands are completed: $(complete_ spoolctl re)" $?
[ "$(complete_ spoolctl --spool /nowhere retry --d)" = "--dry-run" ]
check "a command's options are completed: $(complete_ spoolctl --spool /nowhere retry --d)" $?
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
