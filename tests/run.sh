#!/bin/sh
# Runs all tests: run.sh BUILD. A line per suite; what a failing suite said is shown; the last line is the sum.
# ONLY="name ..." runs just the suites named, SKIP="name ..." all others. CLUSTER=skip leaves the NFS cluster out (and says so).
set -u
cd "$(dirname "$0")/.." || exit 2
BUILD=$(cd "${1:-build}" && pwd) || exit 2
export BUILD MKPDF="$BUILD/mkpdf"
LOGS=$BUILD/test-logs
mkdir -p "$LOGS"
# What the suites count, for docs/RELIABILITY.md: one JSON file each. Those of suites that are not run stay.
export REPORT="${REPORT:-$BUILD/report}"
mkdir -p "$REPORT"
rm -f "$LOGS"/*.sum "$LOGS"/*.failed
run_began=$(date +%s) # each suite's line says when it ended: what ended last is what the whole takes
# Which sources each count is of.
tested=$(git describe --always --dirty 2>"$LOGS/git.log") || tested="no git"

# Count from what a suite printed: its own "N passed, N failed", or cmocka's closing lines.
count() {
    awk '/^([a-z_]+: )?[0-9]+ passed, [0-9]+ failed/ {sub(/^[a-z_]+: /, ""); p = $1; f = $3; own = 1}
         /^\[  PASSED  \] [0-9]+ test/ {cp = $4} /^\[  FAILED  \] [0-9]+ test/ {cf = $4}
         END {if (own) print p + 0, f + 0; else print cp + 0, cf + 0}' "$1"
}

wanted() {
    case " ${SKIP:-} " in *" $1 "*) return 1 ;; esac
    case " ${ONLY:-$1} " in *" $1 "*) return 0 ;; *) return 1 ;; esac
}

# How the suites say which check has failed: python's and shell's; the sweeps' and the power cuts'; the simulation's; cmocka's,
# and where; a program's that broke. (Each check prints a line of its own, and passes or fails with it.)
BAD_LINE='^ *(FAIL|FAILED|BAD|NOT HIT|VIOLATION|LOST|TWICE|not ok|Traceback|[A-Za-z.]*(Error|Failure): )'
BAD_LINE="$BAD_LINE"'|^\[ *(FAILED|ERROR|LINE) *\]|fails without any fault|THE (SWEEP|TEST) IS BLIND|a shard of .* broke'

# What a suite came to; its own words when it failed.
tell() { # name log exit-code seconds
    # shellcheck disable=SC2046
    set -- "$1" "$2" "$3" "$4" $(count "$2")
    p=$5 f=$6
    # A suite that failed without a count, or counted nothing, has failed all the same.
    if [ "$3" -ne 0 ] && [ "$f" -eq 0 ]; then f=1; fi
    if [ $((p + f)) -eq 0 ]; then
        if grep -qi '^skipped: ' "$2"; then
            printf '  %-22s %s\n' "$1" "$(grep -i '^skipped: ' "$2" | head -n 1)"
            echo "0 0" >"$LOGS/$1.sum"
            return
        fi
        f=1
    fi
    echo "$p $f" >"$LOGS/$1.sum"
    if [ "$f" -ne 0 ]; then # said once more at the very end: whoever sees no more than that knows what failed
        grep -E "$BAD_LINE" "$2" | cut -c 1-400 | head -n 10 | sed "s/^ */  $1: /" >"$LOGS/$1.failed"
        [ -s "$LOGS/$1.failed" ] || tail -n 5 "$2" | cut -c 1-400 | sed "s/^/  $1: /" >"$LOGS/$1.failed"
    fi
    printf '  %-22s %5d passed %3d failed  %3d s, at %4d s\n' "$1" "$p" "$f" "$4" $(($(date +%s) - run_began))
    if [ "$f" -ne 0 ]; then
        grep -nE 'FAIL|fail|NOT HIT|BLIND|ERROR|error|BAD|VIOLATION' "$2" | cut -c 1-400 | head -n 25
        echo "  --- the end of $2:"
        tail -n 40 "$2" | cut -c 1-400
    fi
}

suite() { # name command...
    name=$1
    shift
    wanted "$name" || return 0
    echo "0 1" >"$LOGS/$name.sum" # should this script itself come to grief
    echo "$tested" >"$REPORT/$name.commit"
    began=$(date +%s)
    "$@" >"$LOGS/$name.log" 2>&1 </dev/null
    code=$?
    tell "$name" "$LOGS/$name.log" "$code" $(($(date +%s) - began)) >"$LOGS/$name.told"
    cat "$LOGS/$name.told" # at once, as several lanes speak here
}

# What only computes, in two lanes. They run beside what has clocks to watch, and give way to it; so nothing in them may start a
# session: the kernel shares the processors among sessions first (sched_autogroup), and asks how nice one is within each alone.
calm() {
    suite faults "$BUILD/test/fault-sweep"
    suite simulation "$BUILD/test/sim"
    suite bite python3 tests/bite/bite.py --build "$BUILD"
}

calm_too() {
    suite guard python3 tests/bench/guard.py "$BUILD"
    suite fault-programs python3 tests/faultprog/sweep.py
    suite strace python3 tests/faultprog/blackbox.py
    suite power-cut "$BUILD/test/power-cut"
    suite quality-gate python3 tests/bench/quality_gate.py "$BUILD" --generated
    suite fuzz sh tests/fuzz/fuzz.sh "$BUILD"
}

timed() {
    suite scenarios python3 tests/scenario/run.py
    suite corpus python3 tests/scenario/corpus.py
    suite scale python3 tests/scale/scale.py
    suite browser python3 tests/web/browser.py
}

# What looks how soon something comes: when the others have ended, but for those that give way.
last() {
    suite http python3 tests/http/attack.py
    suite latency python3 tests/web/latency.py
    suite crowd python3 tests/web/crowd.py
}

# What waits most of the time.
beside() {
    suite service python3 tests/scenario/service.py & # it waits, too: for breakers and watchdogs
    service=$!
    suite setup python3 tests/scenario/setup.py
    suite helping python3 tests/scenario/helping.py
    suite ability python3 tests/scenario/ability.py
    suite lanes python3 tests/scenario/lanes.py
    suite tiers python3 tests/scenario/tiers.py
    suite upgrade python3 tests/scenario/upgrade.py
    suite mcp python3 tests/scenario/mcp.py
    suite metrics python3 tests/web/metrics.py
    suite hooks python3 tests/web/hooks.py
    suite install python3 tests/scenario/install.py
    suite manager python3 tests/web/manager.py
    suite short python3 tests/web/short.py
    suite actions python3 tests/web/acting.py
    suite doctor python3 tests/scenario/doctor.py
    suite underload python3 tests/scenario/underload.py
    suite bench python3 tests/bench/smoke.py
    suite whole env OUT="$LOGS" MIX=text=94,repaired=4,broken=2 python3 tests/scale/whole.py 400 0.8 none
    suite generator sh tests/scenario/test_gen.sh
    suite manual sh tests/scenario/test_man.sh
    suite sandbox "$BUILD/test/run-sandbox" "$BUILD/test/pdfspool-parser-evil" "$BUILD/pdfspool-parser"
    suite spoolctl sh tests/scenario/test_ctl.sh
    suite exits python3 tests/scenario/exits.py
    suite export python3 tests/scenario/export.py
    suite report python3 tests/scenario/report.py
    suite page python3 tests/web/real.py
    suite page-facts python3 tests/web/facts.py
    suite page-restart python3 tests/web/restart.py
    wait "$service"
}

# Machines of its own, which wait for each other most of the time.
apart() {
    suite cluster python3 tests/cluster/run.py --build "$BUILD"
}

echo "tests in $BUILD (logs in $LOGS)"
suite layers-selftest sh tests/style/test_layers.sh
suite layers sh -c 'sh tests/style/layers.sh && echo "1 passed, 0 failed"'
suite messages-selftest python3 tests/style/messages.py --test
suite messages python3 tests/style/messages.py
suite openapi python3 tests/web/openapi.py
suite edit-distance python3 tests/bench/editdistance.py --test
suite page-words sh -c 'command -v node || { echo "skipped: there is no node"; exit 0; }; node tests/web/words.mjs'
# They give way to all others, so they may begin at once.
give_way() { # lane
    renice -n 19 -p "$(sh -c 'echo $PPID')" >>"$LOGS/renice.log" 2>&1
    "$1"
}
rm -f "$LOGS/renice.log"
give_way calm &
calm=$!
give_way calm_too &
calm_too=$!
apart & # the longest
apart=$!
beside &
beside=$!
for t in "$BUILD"/test/test_*; do
    case $t in *.d | *.o) continue ;; esac
    suite "unit-$(basename "$t" | sed 's/^test_//')" "$t"
done
timed
wait "$apart" "$beside"
last
wait "$calm" "$calm_too"

for told in "$LOGS"/*.failed; do
    [ -e "$told" ] || continue
    [ -n "${headed:-}" ] || echo "what failed:"
    headed=yes
    cat "$told"
done
cat "$LOGS"/*.sum | awk '{p += $1; f += $2} END {print p + 0 " passed, " f + 0 " failed"; exit f > 0 || p == 0}'
