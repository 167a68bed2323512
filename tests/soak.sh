#!/bin/sh
# The long tests: soak.sh BUILD [MINUTES [soak]]. They share the time; the fault sweeps are done whole, however long they take.
# With "soak" the three hosts on real NFS alone, for all of the time.
# A line per suite as in run.sh; their counts go to BUILD/report-soak/, for docs/RELIABILITY.md.
set -u
cd "$(dirname "$0")/.." || exit 2
BUILD=$(cd "${1:-build}" && pwd) || exit 2
MINUTES=${2:-60}
SHARE=$((MINUTES * 60 / 4))
export BUILD MKPDF="$BUILD/mkpdf" REPORT="$BUILD/report-soak"
LOGS=$BUILD/soak-logs
mkdir -p "$LOGS" "$REPORT"
all=0 bad=0

long() { # name command...
    name=$1
    shift
    all=$((all + 1))
    git describe --always --dirty >"$REPORT/$name.commit" 2>"$LOGS/git.log" || echo "no git" >"$REPORT/$name.commit"
    printf '  %-16s began %s, log in %s\n' "$name" "$(date +%H:%M:%S)" "$LOGS/$name.log"
    "$@" >"$LOGS/$name.log" 2>&1 </dev/null || bad=$((bad + 1))
    printf '  %-16s %s\n' "" "$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$LOGS/$name.log" | tail -n 1)"
}

if [ "${3:-}" = soak ]; then
    echo "soak of $MINUTES minutes, in $BUILD"
    long soak python3 tests/cluster/run.py --build "$BUILD" --soak "$MINUTES"
    [ "$bad" -eq 0 ]
    exit
fi
echo "soak of $MINUTES minutes and the whole fault sweeps, in $BUILD"
long faults "$BUILD/test/fault-sweep" --full
long power-cut "$BUILD/test/power-cut" --full
long fault-programs python3 tests/faultprog/sweep.py --full
long strace python3 tests/faultprog/blackbox.py --full
long simulation "$BUILD/test/sim" --seconds "$SHARE" --seed "$(date +%s)"
STORM_SECONDS=$SHARE STORM_DOCUMENTS=$((SHARE * 10)) long storm python3 tests/scenario/storm.py
long soak python3 tests/cluster/run.py --build "$BUILD" --soak $((MINUTES / 4 > 0 ? MINUTES / 4 : 1))
FUZZ_SECONDS=$((SHARE / 8)) long fuzz sh tests/fuzz/fuzz.sh "$BUILD"
echo "$bad of $all failed"
[ "$bad" -eq 0 ]
