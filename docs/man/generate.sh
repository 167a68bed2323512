#!/bin/sh
# The manual pages, and the completion of spoolctl, out of docs/man/*.scd and what the programs say of themselves, so that neither can say what
# the programs do not: generate.sh BUILD [FOLDER]; into BUILD/man/ where no other is named. A line "@COMMANDS@" stands for all commands of spoolctl, "@SETTINGS@" for all settings. Needs scdoc.
set -eu
build=$(cd "$1" && pwd)
mkdir -p "${2:-$build/man}"
to=$(cd "${2:-$build/man}" && pwd)
cd "$(dirname "$0")"
ctl=$build/spoolctl

# What scdoc would take for markup.
plain() { sed 's/[\\*_]/\\&/g'; }

"$ctl" --help >"$to/help.txt"
command_names() { awk '/^Commands:/ {on = 1; next} on && NF == 0 {exit} on {print $1}' "$to/help.txt"; }

# One command out of its --help: examples, usage, what it does, options.
command_section() { # name
    "$ctl" help "$1" >"$to/help.txt" # (what fails within a pipe, nobody sees)
    plain <"$to/help.txt" | awk -v name="$1" '
        /^Examples:/ {part = "examples"; next}
        /^Usage: / {sub(/^Usage: spoolctl [a-z]+ ?/, ""); usage = $0; part = "what"; next}
        part == "examples" && NF {sub(/^  /, ""); examples = examples "\t" $0 "\n"; next}
        part == "what" && NF && !what {sub(/^  /, ""); what = $0; next}
        # An option or argument, two blanks or more, and what it means; what is indented further goes on with that.
        part == "what" && what && NF {
            sub(/^  /, "")
            if (/^(-|[A-Z])[^ ]*( [A-Z]+)?  +/) {
                match($0, /  +/)
                text = text "\n\n*" substr($0, 1, RSTART - 1) "*\n\t" substr($0, RSTART + RLENGTH)
                inside = 1
            } else if (/^ / && inside) {
                sub(/^ +/, ""); text = text " " $0
            } else {
                text = text (inside || !text ? "\n\n" : "\n") $0; inside = 0
            }
        }
        END {
            printf "## %s%s\n\n%s%s.\n\n", name, usage ? " " usage : "", toupper(substr(what, 1, 1)), substr(what, 2)
            if (text) printf "%s\n\n", text
            printf "```\n%s```\n\n", examples
        }'
}

commands() { for name in $(command_names); do command_section "$name" || exit 1; done; }

# "# what it is" lines, "# (what it may be)", "#key = default", below "[section]".
settings_of() { # spool|host
    "$ctl" config sample "$1" >"$to/sample.txt"
    plain <"$to/sample.txt" | awk '
        function item(key, value) {
            if (text !~ /^[a-z]+:/) # not a value that is explained
                text = toupper(substr(text, 1, 1)) substr(text, 2)
            printf "*%s* = %s\n\t%s.%s\n\n", key, value, text, range ? " Possible: " range "." : ""
            text = range = ""
        }
        function after_equals() {value = $0; sub(/^[^=]*= ?/, "", value); return value}
        !NF {text = range = ""; named = 0; next}
        /^\[/ {section = $0; printf "## %s\n\n", section; text = range = ""; next}
        !section {next}
        # Sections with names of the user: all of it is a comment, as there is none without being written.
        /^# \[[a-z]+:/ {sub(/^# /, ""); sub(/:.*/, ":NAME]"); printf "## %s\n\n%s\n\n", $0, text; text = ""; named = 1; next}
        named && /^# [a-z\\_]+ =( |$)/ {key = $2; item(key, after_equals()); next}
        named && /^# events: / {sub(/^# e/, "E"); printf "%s\n\n", $0; next}
        /^# \(/ {sub(/^# \(/, ""); sub(/\)$/, ""); range = $0; next}
        /^# / {sub(/^# /, ""); text = text (text ? " " : "") $0; next}
        /^#?[a-z\\_]+ =( |$)/ {
            sub(/^#/, ""); key = $1
            item(key, after_equals())
        }'
}

settings() {
    printf '# THE SPOOL: SPOOL/spool.ini\n\nThese hold for all hosts alike.\n\n'
    settings_of spool
    printf '# A HOST: --config FILE\n\n'
    settings_of host
}

commands >"$to/commands.txt"
settings >"$to/settings.txt"
for page in *.scd; do
    sed -e "/^@COMMANDS@\$/{r $to/commands.txt
d}" -e "/^@SETTINGS@\$/{r $to/settings.txt
d}" "$page" | scdoc >"$to/${page%.scd}"
done
rm -f "$to/commands.txt" "$to/settings.txt" "$to/help.txt" "$to/sample.txt"
