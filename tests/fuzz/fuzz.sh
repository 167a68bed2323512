#!/bin/sh
# Fuzzing of what reads foreign bytes: fuzz.sh BUILD. Builds the harnesses (clang, libFuzzer), replays the kept corpus,
# shows by a planted fault that they bite, then fuzzes, four targets at a time. Ends with `N passed, N failed`.
#   FUZZ_SECONDS=60   for each of frame, token, json and ini; the others have a twelfth of it
#   FUZZ_OTHERS=S     seconds for each of the others
#   FUZZ_ONLY="a b"   only these targets
# New inputs go to BUILD/fuzz/found/<target>/, what breaks to BUILD/fuzz/broken/<target>/. To keep what was found:
#   BUILD/fuzz/<target> -merge=1 NEW tests/fuzz/corpus/<target> BUILD/fuzz/found/<target>
set -u
cd "$(dirname "$0")/../.." || exit 2
mkdir -p "${1:-build}" && BUILD=$(cd "${1:-build}" && pwd) || exit 2
main_seconds=${FUZZ_SECONDS:-60}
other_seconds=${FUZZ_OTHERS:-$((main_seconds / 12 > 2 ? main_seconds / 12 : 2))}
first="frame token json ini"
others="names place dirlist jsonw link zygote archive filekind request fact journal mcp"
F=$BUILD/fuzz
began=$(date +%s)
passed=0 failed=0

good() { passed=$((passed + 1)); echo "ok    $*"; }
bad() { failed=$((failed + 1)); echo "FAIL  $*"; }
finish() {
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
    exit
}

if ! command -v clang >/dev/null 2>&1; then
    bad "there is no clang: nothing was fuzzed; install clang and libclang-rt-14-dev (make test-deps)"
    finish
fi
mkdir -p "$F"
if ! make -s -j2 O="$BUILD" fuzzers >"$F/make.log" 2>&1; then
    tail -n 15 "$F/make.log"
    bad "the harnesses do not build (is libclang-rt-14-dev installed?): $F/make.log"
    finish
fi

options() { # target: options that replaying and fuzzing share
    printf '%s' "-timeout=60 -rss_limit_mb=3000 -artifact_prefix=$F/broken/$1/"
}

replay_corpus() { # target
    mkdir -p "$F/found/$1" "$F/broken/$1"
    files=$(find "tests/fuzz/corpus/$1" -type f 2>/dev/null | sort)
    n=$(printf '%s\n' "$files" | grep -c .)
    if [ "$n" -eq 0 ]; then
        bad "$1: there is no corpus"
        return
    fi
    # shellcheck disable=SC2046,SC2086
    if "$F/$1" $(options "$1") $files >"$F/$1.replay.log" 2>&1; then
        good "$1: $n kept inputs"
    else
        file=$(sed -n 's/^Running: //p' "$F/$1.replay.log" | tail -n 1)
        grep -E 'the law is broken|ERROR|runtime error|SUMMARY' "$F/$1.replay.log" | head -n 5
        bad "$1: a kept input breaks it; again: $F/$1 $file"
    fi
}

# One target for so many seconds; run by xargs below, so everything goes through files.
fuzz_one() { # target seconds
    dict=
    [ -f "tests/fuzz/$1.dict" ] && dict=-dict=tests/fuzz/$1.dict
    # shellcheck disable=SC2046,SC2086
    timeout $(($2 + 240)) "$F/$1" $(options "$1") $dict -max_len=4096 -print_final_stats=1 \
        -max_total_time="$2" "$F/found/$1" "tests/fuzz/corpus/$1" >"$F/$1.log" 2>&1
    echo $? >"$F/$1.code"
}

if [ "${2:-}" = --one ]; then
    fuzz_one "$3" "$4"
    exit 0
fi

executions() { # target
    n=$(sed -n 's/^stat::number_of_executed_units: *//p' "$F/$1.log" | tail -n 1)
    echo "${n:-0}"
}

judge() { # target seconds
    code=$(cat "$F/$1.code" 2>/dev/null || echo none) runs=$(executions "$1")
    if [ "$code" = 0 ] && [ "$runs" -gt 0 ]; then
        good "$1: $runs executions in $2 s, nothing found"
        return
    fi
    grep -E 'the law is broken|ERROR|runtime error|SUMMARY' "$F/$1.log" | head -n 5
    file=$(sed -n 's/.*Test unit written to //p' "$F/$1.log" | tail -n 1)
    findings=$((findings + 1))
    bad "$1: after $runs executions (status $code); again: $F/$1 ${file:-(no file: see $F/$1.log)}"
}

control() {
    mkdir -p "$F/broken/planted" "$F/found/planted"
    rm -rf "$F/found/planted"/*
    timeout 240 "$F/frame-planted" -timeout=60 -artifact_prefix="$F/broken/planted/" -max_len=4096 \
        -max_total_time=30 "$F/found/planted" tests/fuzz/corpus/frame >"$F/planted.log" 2>&1
    if grep -q 'AddressSanitizer: heap-buffer-overflow' "$F/planted.log"; then
        good "control: a decoder that reads a byte too far was found out"
    else
        bad "control: a decoder that reads a byte too far was not found out in 30 s: the fuzzing is blind ($F/planted.log)"
    fi
}

seconds_of() { # target
    case " $first " in *" $1 "*) echo "$main_seconds" ;; *) echo "$other_seconds" ;; esac
}

targets=${FUZZ_ONLY:-$first $others}
for t in $targets; do replay_corpus "$t"; done
control
for t in $targets; do echo "$t $(seconds_of "$t")"; rm -f "$F/$t.code" "$F/$t.log"; done |
    xargs -P 4 -n 2 sh tests/fuzz/fuzz.sh "$BUILD" --one
findings=0
for t in $targets; do judge "$t" "$(seconds_of "$t")"; done

if [ -n "${REPORT:-}" ]; then
    mkdir -p "$REPORT"
    {
        printf '{"suite": "fuzz", "seconds": %d, "counts": {"executions by target": {' $(($(date +%s) - began))
        comma=
        for t in $targets; do
            printf '%s"%s": %d' "$comma" "$t" "$(executions "$t")"
            comma=', '
        done
        printf '}, "kept inputs": %d, "open findings": %d}}\n' "$(find tests/fuzz/corpus -type f | wc -l)" "$findings"
    } >"$REPORT/fuzz.json"
fi
finish
