#!/bin/sh
# Runs all tests: run.sh BUILD. A line per suite; what a failing suite said is shown; the last line is the sum.
# ONLY="name ..." runs just the suites named. CLUSTER=skip leaves the NFS cluster out (and says so).
set -u
cd "$(dirname "$0")/.." || exit 2
BUILD=$(cd "${1:-build}" && pwd) || exit 2
export BUILD MKPDF="$BUILD/mkpdf"
LOGS=$BUILD/test-logs
mkdir -p "$LOGS"
# What the suites count, for docs/RELIABILITY.md: one JSON file each. Those of suites that are not run stay.
export REPORT="${REPORT:-$BUILD/report}"
mkdir -p "$REPORT"
rm -f "$LOGS"/*.sum

# Count from what a suite printed: its own "N passed, N failed", or cmocka's closing lines.
count() {
    awk '/^([a-z_]+: )?[0-9]+ passed, [0-9]+ failed/ {sub(/^[a-z_]+: /, ""); p = $1; f = $3; own = 1}
         /^\[  PASSED  \] [0-9]+ test/ {cp = $4} /^\[  FAILED  \] [0-9]+ test/ {cf = $4}
         END {if (own) print p + 0, f + 0; else print cp + 0, cf + 0}' "$1"
}

suite() { # name command...
    name=$1
    shift
    case " ${ONLY:-$name} " in *" $name "*) ;; *) return ;; esac
    log=$LOGS/$name.log
    began=$(date +%s)
    "$@" >"$log" 2>&1 </dev/null
    code=$?
    # shellcheck disable=SC2046
    set -- $(count "$log")
    p=$1 f=$2
    # A suite that failed without a count, or counted nothing, has failed all the same.
    if [ "$code" -ne 0 ] && [ "$f" -eq 0 ]; then f=1; fi
    if [ $((p + f)) -eq 0 ]; then
        if grep -qi '^skipped: ' "$log"; then
            printf '  %-22s %s\n' "$name" "$(grep -i '^skipped: ' "$log" | head -n 1)"
            return
        fi
        f=1
    fi
    echo "$p $f" >"$LOGS/$name.sum"
    printf '  %-22s %5d passed %3d failed  %3d s\n' "$name" "$p" "$f" $(($(date +%s) - began))
    if [ "$f" -ne 0 ]; then
        grep -nE 'FAIL|fail|ERROR|error' "$log" | head -n 25
        echo "  --- the end of $log:"
        tail -n 40 "$log"
    fi
}

echo "tests in $BUILD (logs in $LOGS)"
suite layers-selftest sh tests/style/test_layers.sh
suite layers sh -c 'sh tests/style/layers.sh && echo "1 passed, 0 failed"'
for t in "$BUILD"/test/test_*; do
    case $t in *.d | *.o) continue ;; esac
    suite "unit-$(basename "$t" | sed 's/^test_//')" "$t"
done
suite generator sh tests/scenario/test_gen.sh
suite sandbox "$BUILD/test/run-sandbox" "$BUILD/test/pdfspool-parser-evil" "$BUILD/pdfspool-parser"
suite faults "$BUILD/test/fault-sweep"
suite fault-programs python3 tests/faultprog/sweep.py
suite strace python3 tests/faultprog/blackbox.py
suite spoolctl sh tests/scenario/test_ctl.sh
suite scenarios python3 tests/scenario/run.py
suite scale python3 tests/scale/scale.py
suite corpus python3 tests/scenario/corpus.py
# The cluster waits more than it works: leases have to run out. What only computes runs beside it, and gives way to it.
beside() { # name command...
    name=$1
    shift
    suite "$name" nice -n 19 "$@"
}
suite cluster python3 tests/cluster/run.py --build "$BUILD" >"$LOGS/cluster.lines" 2>&1 &
cluster=$!
beside simulation "$BUILD/test/sim"
beside power-cut "$BUILD/test/power-cut"
beside fuzz sh tests/fuzz/fuzz.sh "$BUILD"
beside bite python3 tests/bite/bite.py --build "$BUILD"
wait "$cluster"
cat "$LOGS/cluster.lines"
if [ "${ONLY:-cluster}" = cluster ] && [ ! -s "$LOGS/cluster.lines" ]; then
    echo "  cluster                 has said nothing: failed"
    echo "0 1" >"$LOGS/cluster.sum"
fi

cat "$LOGS"/*.sum | awk '{p += $1; f += $2} END {print p + 0 " passed, " f + 0 " failed"; exit f > 0 || p == 0}'
