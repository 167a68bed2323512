#!/bin/sh
# `make run`: a spool with one worker on all cores and the page, and sample PDFs when there is nothing to do. run.sh BUILD SPOOL
# What runs already is left alone. PAGE in the environment: where the page is served (default: 127.0.0.1:8090, or, where that is
# taken, any free port; PAGE=none: no page).
set -eu
build=$(cd "$1" && pwd)
www=$(cd "$(dirname "$0")/../www" && pwd)
mkdir -p "$2"
spool=$(cd "$2" && pwd)
ctl="$build/spoolctl"
[ -f "$spool/spool.ini" ] || {
    "$ctl" --spool "$spool" init >/dev/null 2>&1 || {
        echo "no spool can be made in $spool:" >&2
        "$ctl" --spool "$spool" init >&2 || exit 1
    }
    # Local folder, one person: a drop that has rested for two seconds is complete.
    sed -i 's/^[#;]* *settle_time *=.*/settle_time = 2s/' "$spool/spool.ini"
}

# Is the process of this file a NAME that has this spool? Its number may be somebody else's by now.
alive() { # name pid-file
    [ -f "$2" ] && pid=$(cat "$2") && [ -n "$pid" ] && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = "$1" ] &&
        tr '\0' '\n' <"/proc/$pid/cmdline" | grep -qxF -e "$spool"
}

ended() { # what log
    echo "$1 ended at once; the end of its log ($2):" >&2
    tail -n 5 "$2" >&2
    exit 1
}

# ---- the worker ----

started=no
if alive extractd "$spool/.worker.pid"; then
    worker="was running already (process $pid)"
else
    "$build/extractd" --spool "$spool" >>"$spool/.worker.log" 2>&1 </dev/null &
    pid=$!
    echo "$pid" >"$spool/.worker.pid"
    started=yes
    worker="is running (process $pid, log in $spool/.worker.log)"
fi
stop=$pid
if [ -z "$(find "$spool/pending" "$spool/done" "$spool/failed" -type f 2>/dev/null | head -n 1)" ]; then
    "$build/mkpdf" --samples "$spool/pending/samples" >/dev/null
    samples="13 sample PDFs were dropped in; in a few seconds their text is in $spool/done/samples/"
else
    samples="Nothing was dropped in: there are documents already."
fi
[ "$started" = no ] || sleep 1
kill -0 "$pid" 2>/dev/null || ended "the worker" "$spool/.worker.log"

# ---- the page: its own files lie in .page/, which only its owner can enter ----

own=$spool/.page

# Start spoold there, and wait (10 s) until it says where it serves. 0: $pid, $url; else its log has the reason.
serve() { # where
    : >"$own/log"
    "$build/spoold" --spool "$spool" --config "$own/page.ini" --www "$www" --listen "$1" >>"$own/log" 2>&1 </dev/null &
    pid=$!
    tries=100
    while [ "$tries" -gt 0 ]; do
        url=$(sed -n 's/.*msg="serving on \([^"]*\)".*/\1/p' "$own/log")
        [ -z "$url" ] || return 0
        kill -0 "$pid" 2>/dev/null || return 1
        sleep 0.1
        tries=$((tries - 1))
    done
    kill "$pid"
    echo "spoold has not begun to serve within 10 s" >>"$own/log"
    return 1
}

start_page() {
    (
        umask 077
        mkdir -p "$own"
        [ -f "$own/page.ini" ] || cat >"$own/page.ini" <<INI
[page]
token_file = "$own/token"
keep_file = "$own/keep"
[log]
log_format = logfmt
log_level = info
log_file = ""
INI
    )
    note=
    serve "${PAGE:-127.0.0.1:8090}" || {
        # Somebody who asks for an address gets that one, or none.
        [ -z "${PAGE:-}" ] && grep -q 'another program listens there' "$own/log" || ended "the page" "$own/log"
        note="Port 8090 is taken by another program, so a free one was chosen."
        serve 127.0.0.1:0 || ended "the page" "$own/log"
    }
    case $url in unix:*) ;; *) url=http://$url/ ;; esac
    echo "$url" >"$own/url"
    echo "$pid" >"$own/pid"
    page="is at $url (process $pid, log in $own/log). $note"
}

if [ "${PAGE:-}" = none ]; then
    page="was not asked for."
elif alive spoold "$own/pid"; then
    page="was running already, at $(cat "$own/url") (process $pid)"
    stop="$stop $pid"
else
    start_page
    stop="$stop $pid"
fi

cat <<EOT

  The worker $worker.
  The page   $page
  $samples

  drop PDFs into   $spool/pending/      (cp, mv, rsync, any folders)
  text comes to    $spool/done/         (x.pdf, x.txt, x.json)
  failures go to   $spool/failed/       (by class; x.json says why)
  look             $ctl --spool $spool status      (or watch, list, show, text)
  on the page      everybody on this machine may look; who wants to change something logs in with the token in
                   $own/token
  stop             kill $stop

EOT
