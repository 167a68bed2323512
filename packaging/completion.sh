#!/bin/sh
# The completion of spoolctl for bash, out of what it says of itself: completion.sh BUILD >FILE
set -eu
ctl=$(cd "$1" && pwd)/spoolctl
commands=$("$ctl" --help | awk '/^Commands:/ {on = 1; next} on && NF == 0 {exit} on {print $1}' | tr '\n' ' ')
common='--spool --config --json --help'
cat <<'END'
# bash completion for spoolctl; made by packaging/completion.sh
_spoolctl()
{
    local cur=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command='' words='' i
    case $before in
    --spool) COMPREPLY=($(compgen -d -- "$cur")); return ;;
    --config|--parser) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    esac
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        --spool|--config) ((i++)) ;;
        -*) ;;
        *) command=${COMP_WORDS[i]}; break ;;
        esac
    done
    case $command in
END
printf "    '') words='%s%s --version' ;;\n" "$commands" "$common"
for c in $commands; do
    options=$("$ctl" help "$c" | grep -o '^  --[a-z][a-z-]*' | tr -d '\n' | sed 's/^  //; s/  / /g')
    case $c in
    list) more='pending waiting claimed sealed done failed' ;;
    config) more='check show sample' ;;
    help) more=$commands ;;
    *) more= ;;
    esac
    echo "    $c) words='$options $more $common' ;;"
done
cat <<'END'
    esac
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
    case $command in
    submit|export|init) COMPREPLY+=($(compgen -f -- "$cur")) ;;
    esac
}
complete -o filenames -o bashdefault -F _spoolctl spoolctl
END
