#!/bin/sh
# All tests that run natively, with programs built with AddressSanitizer and UBSan: tests/asan/run.sh BUILD NORMAL-BUILD
# The cage kills what a sanitizer's runtime does, so the caged parser is the normal one; its own code runs under the
# sanitizers uncaged, over the generator's documents and the corpus. Whatever process reports anything, wherever its
# stderr goes, leaves a file in BUILD/reports/: none may be there in the end.
set -u
BUILD=$(cd "$1" && pwd) && NORMAL=$(cd "$2" && pwd) || exit 2
cd "$(dirname "$0")/../.." || exit 2
REPORTS=$BUILD/reports
rm -rf "$REPORTS"
mkdir -p "$REPORTS" "$BUILD/bare"
for p in pdfspool-parser pdfspool-parser-whole; do
    [ ! -e "$BUILD/$p" ] || mv "$BUILD/$p" "$BUILD/bare/"
    cp "$NORMAL/$p" "$BUILD/" || exit 2
done
cp "$NORMAL/test/pdfspool-parser-evil" "$BUILD/test/" || exit 2
# A small quarantine of freed memory: with the usual 256 MB each process seems to grow, and a scenario forbids that.
export ASAN_OPTIONS="detect_leaks=1:quarantine_size_mb=2:log_path=$REPORTS/asan" UBSAN_OPTIONS="print_stacktrace=1:log_path=$REPORTS/ubsan"
bad=0
# Leaks cannot be looked for under ptrace; scale is about memory, latency about time; fuzzers and planted faults are builds of
# their own; guard counts instructions of the usual build.
CLUSTER=skip SKIP="strace manager scale latency bite fuzz guard" sh tests/run.sh "$BUILD" || bad=1
ASAN_OPTIONS="$ASAN_OPTIONS:detect_leaks=0" ONLY="strace manager" sh tests/run.sh "$BUILD" || bad=1
export BUILD MKPDF="$BUILD/mkpdf"
PARSER=$BUILD/bare/pdfspool-parser python3 tests/scenario/corpus.py || bad=1
n=$(find "$REPORTS" -type f | wc -l)
if [ "$n" -ne 0 ]; then
    for report in "$REPORTS"/*; do
        echo "--- $report:"
        head -n 25 "$report"
    done | head -n 200
    bad=1
fi
echo "$n reports of sanitizers in $REPORTS"
exit "$bad"
