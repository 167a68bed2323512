#!/bin/sh
# spoolctl over a spool without any extractd: init, submit, list, show, text, retry, cancel, control, audit, doctor, config.
# The samples in docs/ are held against it, too.
# BUILD: the folder with the binaries. Ends with "N passed, N failed".
set -u
BUILD=${BUILD:-build}
CTL=$(cd "$BUILD" && pwd)/spoolctl
DOCS=$(cd "$(dirname "$0")/../../docs" && pwd)
T=$(mktemp -d /tmp/test_ctl.XXXXXX) || exit 1
trap 'rm -rf "$T"' EXIT
passed=0 failed=0
S=$T/spool
unset PDFSPOOL
LC_ALL=C
export LC_ALL

pass() { passed=$((passed + 1)); }
fail() {
    failed=$((failed + 1))
    echo "FAILED: $*"
    sed 's/^/    out: /' "$T/out" | head -5
    sed 's/^/    err: /' "$T/err" | head -5
}
# run CODE ARGS...: spoolctl must end with CODE. Its output is in $T/out and $T/err.
run() {
    want=$1
    shift
    "$CTL" "$@" >"$T/out" 2>"$T/err" </dev/null
    got=$?
    if [ "$got" -eq "$want" ]; then pass; else fail "spoolctl $*: exit $got, not $want"; fi
}
out() { if grep -q -e "$1" "$T/out"; then pass; else fail "no '$1' in the output"; fi; }
err() { if grep -q -e "$1" "$T/err"; then pass; else fail "no '$1' in the messages"; fi; }
out_not() { if grep -q -e "$1" "$T/out"; then fail "'$1' in the output"; else pass; fi; }
have() { if [ -e "$1" ]; then pass; else fail "$1 is not there"; fi; }
have_not() { if [ -e "$1" ]; then fail "$1 is there"; else pass; fi; }
is() { if [ "$1" = "$2" ]; then pass; else fail "'$1' is not '$2'"; fi; }
count() { grep -c -e "$1" "$T/out"; }
hash_of() { sha256sum <"$1" | cut -d' ' -f1; }
# publish FOLDER PDFNAME STEM PATH ID: what a worker leaves
publish() {
    mkdir -p "$S/$1"
    printf '%%PDF %s' "$5" >"$S/$1/$2"
    case $1 in
    done*)
        printf 'text of %s\n' "$5" >"$S/$1/$3.txt"
        printf '{"path":"%s","document":"%s","claim":"c-1","attempt":1,"sha256":"%s","size":%d,"text_sha256":"%s","text_bytes":%d,"outcome":"ok","page_count":1}' \
            "$4" "$5" "$(hash_of "$S/$1/$2")" "$(wc -c <"$S/$1/$2")" "$(hash_of "$S/$1/$3.txt")" "$(wc -c <"$S/$1/$3.txt")" >"$S/$1/$3.json"
        ;;
    *)
        printf '{"path":"%s","document":"%s","claim":"c-1","attempt":1,"sha256":"%s","size":%d,"outcome":"failed","class":"%s"}' \
            "$4" "$5" "$(hash_of "$S/$1/$2")" "$(wc -c <"$S/$1/$2")" "$(echo "$1" | cut -d/ -f2)" >"$S/$1/$3.json"
        ;;
    esac
}

# ---- help, mistakes ----
run 0 --help
out '^Examples:'
out '  retry '
run 0 submit --help
out '^Examples:'
out '--to FOLDER'
run 0 help audit
out '--verify'
run 0 --version
run 64
run 64 sttus
err "Did you mean 'status'"
run 64 status
err 'PDFSPOOL'
run 64 --spool "$S" list --nonsense
err 'nonsense'
run 69 --spool "$T/nowhere" status
mkdir "$T/bare"
run 69 --spool "$T/bare" status
err 'spool.ini'

# ---- init ----
run 0 init "$S"
have "$S/spool.ini"
have "$S/pending/.retry"
have "$S/pending/.unpack"
have "$S/control/archives"
printf '; mine\n' >>"$S/spool.ini"
run 0 init "$S"
if grep -q '; mine' "$S/spool.ini"; then pass; else fail 'init overwrote spool.ini'; fi
PDFSPOOL=$S
export PDFSPOOL
run 0 --json audit
is "$(cat "$T/out")" '{"ok":true,"pending":0,"waiting":0,"claimed":0,"sealed":0,"done":0,"failed":0,"problems":[],"partial":0,"empty":0,"leftovers":0,"verified":0,"ignored":{"names":0,"links":0,"special":0,"empty":0}}'

# ---- submit ----
F=$T/from
mkdir -p "$F/deep/er"
long=$(printf 'L%.0s' $(seq 1 251)).pdf
for n in 'a b.pdf' "$(printf 'new\nline.pdf')" "$(printf 'bad\377.pdf')" '-rf.pdf' '100%.pdf' "q'\".pdf" 'x.pdf' "$long"; do
    printf '%%PDF %s' "$n" >"$F/$n"
done
printf '%%PDF deep' >"$F/deep/er/y.pdf"
: >"$F/zero.pdf"
printf x >"$F/.hidden.pdf"
printf x >"$F/half.part"
ln -s x.pdf "$F/link.pdf"
mkfifo "$F/fifo.pdf"
run 0 submit "$F"
err '9 documents submitted'
err '5 left out'
for n in 'a b.pdf' "$(printf 'new\nline.pdf')" "$(printf 'bad\377.pdf')" '-rf.pdf' '100%.pdf' "q'\".pdf" x.pdf "$long"; do
    if cmp -s "$F/$n" "$S/pending/from/$n"; then pass; else fail "$n did not arrive"; fi
done
have "$S/pending/from/deep/er/y.pdf"
have_not "$S/pending/from/zero.pdf"
have_not "$S/pending/from/.hidden.pdf"
is "$(find "$S/pending" -name '.spoolctl*')" ''
is "$(find "$S/control/names" -type l)" ''
# the same name again: nothing is overwritten
printf 'another' >"$T/x.pdf"
run 0 --json submit "$T/x.pdf" --to from
out '"path":"from/x~2.pdf"'
is "$(cat "$S/pending/from/x~2.pdf")" another
cmp -s "$F/x.pdf" "$S/pending/from/x.pdf" && pass || fail 'x.pdf was overwritten'
# two at once
i=0
while [ $i -lt 8 ]; do
    i=$((i + 1))
    "$CTL" submit "$T/x.pdf" --to race 2>/dev/null &
done
wait
is "$(ls "$S/pending/race" | wc -l | tr -d ' ')" 8
# unreadable ones are told, the others go on
run 74 submit "$T/missing.pdf" "$T/x.pdf" --to more
err 'missing.pdf: No such file'
have "$S/pending/more/x.pdf"
run 64 submit "$T/x.pdf" --to /abs
run 64 submit "$T/x.pdf" --to .hid/x
run 64 submit
cp "$T/x.pdf" "$T/moved.pdf"
run 0 submit --move "$T/moved.pdf" --to more
have_not "$T/moved.pdf"
have "$S/pending/more/moved.pdf"

# ---- list, status, show ----
run 0 list
is "$(count '^pending')" 20
run 0 list pending from/deep
is "$(cat "$T/out")" "$(printf 'pending\tfrom/deep/er/y.pdf')"
run 0 list --limit 3
is "$(wc -l <"$T/out" | tr -d ' ')" 3
run 0 --json list
if python3 -c 'import json,sys; [json.loads(l) for l in open(sys.argv[1])]' "$T/out"; then pass; else fail 'list --json is no NDJSON'; fi
out 'new%0Aline.pdf'
out 'bad%FF.pdf'
run 0 status
out 'pending *20'
out_not '\['
run 0 --json status
if python3 -c 'import json,sys; s=json.load(open(sys.argv[1])); assert s["pending"]==20 and s["hosts"]==[]' "$T/out"; then pass; else fail 'status --json'; fi
run 0 watch --count 2 --interval 100ms
is "$(count 'pending=20')" 2
run 64 watch --interval 5
run 0 show 'from/bad%FF.pdf'
out 'pending'
run 0 show "$(printf 'pending/from/bad\377.pdf')"
run 1 show from/none.pdf
run 1 text from/x.pdf
err 'not in done'

# ---- done and failed ----
rm -rf "$S/pending/from" "$S/pending/race" "$S/pending/more"
publish done/a one.pdf one a/one.pdf id-1
publish done 'sp ace~2.pdf' 'sp ace~2' 'sp ace.pdf' id-2
publish failed/timeout/a slow.pdf slow a/slow.pdf id-3
publish failed/timeout fast.pdf fast fast.pdf id-4
publish failed/encrypted 'lock~2.pdf' 'lock~2' lock.pdf id-5
run 0 text a/one.pdf
is "$(cat "$T/out")" 'text of id-1'
run 0 show a/one.pdf
out 'id-1'
run 0 --json show done/a/one.pdf
if python3 -c 'import json,sys; s=json.load(open(sys.argv[1])); assert s["result"]["document"]=="id-1"' "$T/out"; then pass; else fail 'show --json'; fi
run 0 list --class timeout
is "$(count timeout)" 2
run 64 list --class nonsense
run 0 audit --verify
out 'no problems'
run 0 --json status
out '"failed_by_class":{"encrypted":1,"timeout":2}'

# ---- retry ----
run 0 retry --class timeout --dry-run
out 'failed/timeout/a/slow.pdf'
have "$S/failed/timeout/a/slow.pdf"
run 64 retry --class timeout
err 'give --yes'
run 64 retry
run 64 retry --all a/slow.pdf
run 64 retry --class ok
run 1 retry a/none.pdf
run 0 retry --all --older 1d --yes
err '0 documents'
run 0 retry a/slow.pdf
have_not "$S/failed/timeout/a/slow.pdf"
have_not "$S/failed/timeout/a/slow.json"
is "$(find "$S/failed" -name '.*.json')" ''
is "$(ls "$S/pending/.retry" | sed 's/r-[0-9a-z]*-[0-9a-f]*\.r-[0-9a-z]*-[0-9a-f]*~/ID~/')" '0.text.1.ID~a%2Fslow.pdf'
run 0 list waiting
is "$(cat "$T/out")" "$(printf 'waiting\ta/slow.pdf')"
run 0 audit
run 0 retry --all --yes
err '2 documents will be done again'
is "$(ls "$S/pending/.retry" | wc -l | tr -d ' ')" 3
if ls "$S/pending/.retry" | grep -q '~lock.pdf$'; then pass; else fail 'lock~2.pdf does not go back as lock.pdf'; fi
run 0 audit --json
out '"ok":true,"pending":0,"waiting":3,"claimed":0,"sealed":0,"done":2,"failed":0,'
# a long path goes apart
deep=$(printf 'd%.0s' $(seq 1 120))
publish "failed/corrupt/$deep/$deep" z.pdf z "$deep/$deep/z.pdf" id-6
run 0 retry "$deep/$deep/z.pdf"
is "$(cat "$S"/control/paths/*)" "$deep/$deep/z.pdf"
run 0 list waiting "$deep"
is "$(count 'z.pdf$')" 1
run 0 audit
# killed between its steps: (1) x.json has its private name, the PDF is still there
publish failed/corrupt k.pdf k k.pdf id-7
mv "$S/failed/corrupt/k.json" "$S/failed/corrupt/.newid-1.newid-2.json"
run 1 audit
out 'incomplete'
out 'retry'
run 0 retry k.pdf
run 0 audit
out '1 young leftovers'
# (2) the PDF has moved, the private result is left: a leftover for the sweeper, no problem
have "$S/failed/corrupt/.newid-1.newid-2.json"
rm "$S/failed/corrupt/.newid-1.newid-2.json"
rm -f "$S"/pending/.retry/* "$S"/control/paths/*
# the same by killing it just before each step that changes anything; the last but one kill leaves x.json's private name
if strace -o /dev/null true 2>/dev/null; then
    for step in renameat:1 renameat:2 unlinkat:1; do
        publish failed/corrupt k.pdf k k.pdf id-7
        (strace -f -o "$T/trace" -e "trace=${step%:*}" -e "inject=${step%:*}:signal=SIGKILL:when=${step#*:}" \
            "$CTL" retry k.pdf) >"$T/out" 2>"$T/err"
        if grep -q 'killed by SIGKILL' "$T/trace"; then pass; else fail "retry was not killed at $step"; fi
        "$CTL" retry k.pdf >"$T/out" 2>"$T/err"
        is "$(ls "$S/pending/.retry" | wc -l | tr -d ' ')" 1
        have_not "$S/failed/corrupt/k.pdf"
        run 0 audit
        rm -f "$S"/pending/.retry/* "$S"/failed/corrupt/.*.json
    done
else
    echo 'skipped: killing retry at each step (no strace, or it may not trace here)'
fi
# two at once: each document goes back once
i=0
while [ $i -lt 30 ]; do
    i=$((i + 1))
    publish failed/crashed "r$i.pdf" "r$i" "r$i.pdf" "rid-$i"
done
for i in 1 2 3 4; do "$CTL" retry --all --yes >/dev/null 2>&1 & done
wait
is "$(ls "$S/pending/.retry" | wc -l | tr -d ' ')" 30
is "$(find "$S/failed" -type f | wc -l | tr -d ' ')" 0
run 0 audit
rm -f "$S"/pending/.retry/*

# ---- cancel, pause, drain ----
printf x >"$S/pending/c.pdf"
run 0 cancel c.pdf
is "$(ls "$S/control" | grep -c '^cancel\.i[0-9a-f]*-[0-9a-f]*$')" 1
L=$S/claimed/alpha/abcdefghjkmn.1.2.3.4
mkdir -p "$L/work"
: >"$L/beat"
printf x >"$L/work/1.did-1.cid-1~inwork.pdf"
printf x >"$L/work/done.1!1.did-2.cid-2~sealed.pdf"
run 0 cancel inwork.pdf
have "$S/control/cancel.did-1"
run 1 cancel sealed.pdf
err 'too late'
run 1 cancel none.pdf
run 0 list claimed
is "$(cat "$T/out")" "$(printf 'claimed\tinwork.pdf')"
run 0 pause
have "$S/control/pause"
run 0 --json status
out '"paused":true'
run 0 resume
have_not "$S/control/pause"
run 0 resume
run 0 drain alpha
have "$S/control/drain.alpha"
run 0 drain alpha --undo
have_not "$S/control/drain.alpha"
run 64 drain '../x'
run 0 host reset alpha
err 'alpha is to claim again'
have "$S/control/reset.alpha"
run 0 audit
rm "$S/control/reset.alpha"
run 1 host reset nobody
err 'no host called nobody'
have_not "$S/control/reset.nobody"
run 64 host reset '../x'
run 64 host reset
run 64 host mend alpha
run 0 hosts
out 'alpha'
run 0 --json hosts
if python3 -c 'import json,sys; h=json.load(open(sys.argv[1])); assert h[0]["host"]=="alpha" and h[0]["in_work"]==2 and not h[0]["silent"]' "$T/out"; then pass; else fail 'hosts --json'; fi
printf '{"host":"alpha","lease":"x","slots_why":"4 of 12 slots: other programs use 98 %% of the \\u001bprocessors"}' >"$L/status.json"
run 0 hosts
out ' 4 of 12 slots: other programs use 98 % of the %1Bprocessors$'
rm "$L/status.json"
touch -d '1 hour ago' "$L/beat"
run 0 hosts
out 'silent'
run 0 audit
rm -rf "$S/claimed/alpha" "$S/pending/c.pdf" "$S"/control/cancel.*
run 0 hosts
out 'no extractd'

# ---- audit finds what is planted ----
plant() { # KIND PATH: the audit must tell exactly this
    run 1 --json audit $3
    if python3 -c 'import json,sys
p=json.load(open(sys.argv[1]))["problems"]
assert len(p)==1 and p[0]["kind"]==sys.argv[2] and p[0]["path"]==sys.argv[3], p' "$T/out" "$1" "$2" 2>"$T/err"; then pass; else fail "planted $1 at $2"; fi
}
run 0 audit
mv "$S/done/a/one.txt" "$T/keep"
plant incomplete done/a/one.pdf ''
mv "$T/keep" "$S/done/a/one.txt"
mv "$S/done/a/one.json" "$T/keep"
plant incomplete done/a/one.pdf ''
mv "$T/keep" "$S/done/a/one.json"
printf 'stray' >"$S/done/stray.txt"
plant orphan done/stray.txt ''
rm "$S/done/stray.txt"
printf '%%PDF longer than it was' >"$S/done/a/one.pdf"
plant size done/a/one.pdf ''
printf '%%PDF ID-1' >"$S/done/a/one.pdf"
run 0 audit
plant hash done/a/one.pdf --verify
printf '%%PDF id-1' >"$S/done/a/one.pdf"
run 0 audit --verify
printf 'x' >"$S/claimed/thing"
plant foreign claimed/thing ''
rm "$S/claimed/thing"
printf 'x' >"$S/pending/.retry/no-token"
plant token pending/.retry/no-token ''
rm "$S/pending/.retry/no-token"
printf 'x' >"$S/pending/.retry/0.text.9cccc.di-9.ci-9~nine.pdf"
plant attempts 'pending/.retry/0.text.9cccc.di-9.ci-9~nine.pdf' ''
rm "$S"/pending/.retry/*
mkfifo "$S/done/pipe.pdf"
plant special done/pipe.pdf ''
rm "$S/done/pipe.pdf"
printf 'x' >"$S/pending/.retry/0.text.2c.id-1.ci-1~a%2Fone.pdf"
run 1 audit
out 'twice'
rm "$S"/pending/.retry/*
run 0 audit

# ---- doctor, config ----
run 0 doctor
out '^ok    claims'
out '^ok    one-mount'
is "$(find "$S" -name '.doctor*')" ''
run 0 --json doctor
if python3 -c 'import json,sys; d=json.load(open(sys.argv[1])); assert d["ok"] and d["fail"]==0 and len(d["checks"])>=15' "$T/out"; then pass; else fail 'doctor --json'; fi
run 1 doctor --parser "$T/no-such-parser"
out '^fail  sandbox'
printf '#!/bin/sh\necho "{\\"tier\\":\\"none\\"}"\n' >"$T/uncaged"
chmod +x "$T/uncaged"
run 1 doctor --parser "$T/uncaged"
out 'not full'
run 0 config check
run 0 config show
out 'lease_timeout'
run 0 --json config show
if python3 -c 'import json,sys; assert len(json.load(open(sys.argv[1])))>20' "$T/out"; then pass; else fail 'config show --json'; fi
run 0 config sample host
out 'scratch_dir'
run 0 config sample spool
out 'lease_timeout'
printf '[worker]\nsloots = 3\npoll_min = 1x\n' >"$T/host.ini"
run 78 config check --config "$T/host.ini"
err 'host.ini:2'
err 'host.ini:3'
run 64 config
run 0 config check --json --spool "$S"
out '{"ok":true}'
run 0 status --spool "$S"
run 78 --config "$T/host.ini" status

# ---- what OPERATING.md shows is taken as it stands ----
awk -v to="$T/sample" '/^```/ { n++; next } n % 2 { print > to n }' "$DOCS/OPERATING.md"
samples=0
for sample in "$T"/sample*; do
    case $(head -n 1 "$sample") in
    '[page]' | '[webhook:'*) cat "$sample" ;;
    'on_folder_done = '*) echo '[alerts]' && cat "$sample" ;;
    *) continue ;;
    esac >"$T/page.ini"
    run 0 config check --config "$T/page.ini"
    samples=$((samples + 1))
done
is "$samples" 3

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
