#!/bin/sh
# `make run`: a spool with one worker on all cores, and sample PDFs when there is nothing to do. run.sh BUILD SPOOL
set -eu
build=$(cd "$1" && pwd)
mkdir -p "$2"
spool=$(cd "$2" && pwd)
ctl="$build/spoolctl"
[ -f "$spool/spool.ini" ] || {
    "$ctl" --spool "$spool" init >/dev/null 2>&1
    # Local folder, one person: a drop that has rested for two seconds is complete.
    sed -i 's/^[#;]* *settle_time *=.*/settle_time = 2s/' "$spool/spool.ini"
}
if [ -f "$spool/.worker.pid" ] && pid=$(cat "$spool/.worker.pid") && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = extractd ]; then
    state="was running already (process $pid)"
else
    "$build/extractd" --spool "$spool" >>"$spool/.worker.log" 2>&1 </dev/null &
    pid=$!
    echo "$pid" >"$spool/.worker.pid"
    state="is running (process $pid, log in $spool/.worker.log)"
fi
if [ -z "$(find "$spool/pending" "$spool/done" "$spool/failed" -type f 2>/dev/null | head -n 1)" ]; then
    "$build/mkpdf" --samples "$spool/pending/samples" >/dev/null
    samples="13 sample PDFs were dropped in; in a few seconds their text is in $spool/done/samples/"
else
    samples=
fi
sleep 1
kill -0 "$pid" 2>/dev/null || {
    echo "the worker ended at once; the end of its log:" >&2
    tail -n 5 "$spool/.worker.log" >&2
    exit 1
}
cat <<EOT

  The worker $state.
  ${samples:-Nothing was dropped in: there are documents already.}

  drop PDFs into   $spool/pending/      (cp, mv, rsync, any folders)
  text comes to    $spool/done/         (x.pdf, x.txt, x.json)
  failures go to   $spool/failed/       (by class; x.json says why)
  look             $ctl --spool $spool status      (or watch, list, show, text)
  stop             kill $pid

EOT
