#!/bin/sh
# Does layers.sh find what it is there to find? A small tree with one planted fault at a time, and a clean one.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
passed=0
failed=0

# A clean tree that uses every rule: layers, part, allow, apart, foreign, folder/*, all ways to spell an include.
plant() {
    rm -rf "$work/tree"
    mkdir -p "$work/tree/docs" "$work/tree/shared/base" "$work/tree/shared/spool" "$work/tree/extractd" \
        "$work/tree/spoold" "$work/tree/tests" "$work/tree/build"
    cd "$work/tree"
    cat > docs/layers.txt <<'EOF'
# a comment
10 shared/base/buf
  10   shared/base/num    # another
14 shared/base/json
30 shared/spool/token
part shared/spool/token_parse shared/spool/token
30 shared/spool/lease
60 extractd/*
60 spoold/*
allow shared/spool/lease shared/spool/token
allow extractd/* extractd/*
apart extractd/* spoold/*
foreign jansson shared/base/json.c
EOF
    echo '#include <stdio.h>' > shared/base/buf.h
    echo '#include "base/buf.h"' > shared/base/buf.c
    echo 'int num;' > shared/base/num.c
    printf '%s\n' '#include "base/buf.h"' '#include <jansson.h>' > shared/base/json.c
    printf '%s\n' '#include "base/buf.h"' 'struct token;' > shared/spool/token.h
    printf '%s\n' '#include "spool/token.h"' '#include "token_parse.h"' > shared/spool/token.c
    echo '#include "spool/token.h"' > shared/spool/token_parse.h
    echo '#include "spool/token.h"' > shared/spool/lease.c
    printf '%s\n' '  #  include "spool/token.h"' '#include "../shared/base/buf.h"' '#include "slot.h"' > extractd/main.c
    echo 'int slot;' > extractd/slot.h
    echo '#include "base/buf.h"' > spoold/main.c
    # neither tests nor what was built is looked at
    printf '%s\n' '#include <jansson.h>' '#include "spoold/none.h"' > tests/test_x.c
    echo '#include <jansson.h>' > build/made.c
}

# report NAME RESULT
report() {
    if [ "$2" = ok ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "not ok: $1"
        sed 's/^/    /' "$work/out"
    fi
}

passes() {
    if sh "$here/layers.sh" "$work/tree" > "$work/out" 2>&1; then report "$1" ok; else report "$1" bad; fi
}

# finds NAME TEXT: exactly one breach, exit 1, and TEXT (fixed) is in it.
finds() {
    status=0
    sh "$here/layers.sh" "$work/tree" > "$work/out" 2>&1 || status=$?
    if [ "$status" -eq 1 ] && [ "$(grep -c . "$work/out")" -eq 1 ] && grep -qF -- "$2" "$work/out"; then
        report "$1" ok
    else
        report "$1 (exit $status)" bad
    fi
}

plant
passes "a clean tree"

plant
echo '#include "base/json.h"' >> shared/base/num.c
echo 'int json;' > shared/base/json.h
finds "an upward include" 'shared/base/num.c:2: upward: layer 10 includes shared/base/json.h of layer 14'

plant
echo '#include "../spool/token.h"' >> shared/base/json.c
finds "an upward include by a relative path" 'shared/base/json.c:3: upward'

plant
echo '#include <spool/token.h>' >> shared/base/json.c
finds "an upward include in angle brackets" 'shared/base/json.c:3: upward'

plant
echo '#include "base/buf.h"' >> shared/base/num.c
finds "a sideways include" 'shared/base/num.c:2: sideways: includes shared/base/buf.h'

plant
sed -i.bak '/^allow shared/d' docs/layers.txt
finds "a sideways include that is no longer allowed" 'shared/spool/lease.c:1: sideways'

plant
echo 'int lease;' > shared/spool/lease.h
echo '#include "spool/lease.h"' >> shared/spool/token_parse.h
finds_circle() {
    status=0
    sh "$here/layers.sh" "$work/tree" > "$work/out" 2>&1 || status=$?
    if [ "$status" -eq 1 ] && grep -q 'circle: .*shared/spool/lease -> shared/spool/token' "$work/out" &&
        grep -q 'circle: .*shared/spool/token -> shared/spool/lease' "$work/out"; then
        report "$1" ok
    else
        report "$1 (exit $status)" bad
    fi
}
finds_circle "a circle, one half of it sideways"
echo 'allow shared/spool/token shared/spool/lease' >> docs/layers.txt
finds "a circle of which each step is allowed" 'circle: '

plant
echo '#include "slot2.h"' >> extractd/slot.h
echo '#include "slot3.h"' > extractd/slot2.h
echo '#include "slot.h"' > extractd/slot3.h
finds "a circle of three" 'extractd/slot -> extractd/slot2'

plant
echo '#include <jansson.h>' >> shared/base/buf.c
finds "a foreign header in a wrong file" 'shared/base/buf.c:2: includes the foreign <jansson.h>, which only shared/base/json.c may'

plant
echo '# include "jansson_config.h"' >> extractd/slot.h
echo 'int config;' > extractd/jansson_config.h
finds "a foreign header in quotes" 'extractd/slot.h:2: includes the foreign <jansson_config.h>'

plant
echo 'foreign jansson shared/base/num.c' >> docs/layers.txt
echo '#include <jansson.h>' >> shared/base/num.c
passes "a foreign header with two keepers"
echo '#include <jansson.h>' >> shared/base/buf.c
finds "a foreign header beside its two keepers" 'which only shared/base/json.c or shared/base/num.c may'

plant
mkdir -p shared/base/deep
echo 'int x;' > shared/base/deep/unlisted.c
finds "an unlisted file" 'shared/base/deep/unlisted.c: is not listed in docs/layers.txt'

plant
echo '#include "extractd/slot.h"' >> spoold/main.c
echo 'allow spoold/* extractd/*' >> docs/layers.txt
finds "spoold includes extractd" 'spoold/main.c:2: includes extractd/slot.h, but extractd/* and spoold/* are kept apart'

plant
echo '#include "spoold/page.h"' >> extractd/main.c
echo 'int page;' > spoold/page.h
echo 'allow extractd/* spoold/*' >> docs/layers.txt
finds "extractd includes spoold" 'extractd/main.c:4: includes spoold/page.h, but'

plant
echo '#include "base/nowhere.h"' >> shared/base/num.c
finds "an include of nothing" 'shared/base/num.c:2: includes "base/nowhere.h", which is not there'

plant
echo '12 shared/base/gone' >> docs/layers.txt
finds "a listed file that is gone" 'docs/layers.txt:14: shared/base/gone is listed, but not there'

plant
echo 'foreign archive shared/base/gone.c' >> docs/layers.txt
finds "a keeper that is gone" 'shared/base/gone.c is to keep archive, but is not there'

plant
echo '14 shared/base/buf' >> docs/layers.txt
status=0
sh "$here/layers.sh" "$work/tree" > "$work/out" 2>&1 || status=$?
if [ "$status" -eq 1 ] && grep -q 'shared/base/buf is listed twice' "$work/out"; then
    report "a room with two numbers" ok
else
    report "a room with two numbers" bad
fi

plant
echo 'alow shared/base/num shared/base/buf' >> docs/layers.txt
finds "a line that is not understood" 'docs/layers.txt:14: not understood: alow'

plant
rm docs/layers.txt
status=0
sh "$here/layers.sh" "$work/tree" > "$work/out" 2>&1 || status=$?
if [ "$status" -eq 2 ]; then report "no layers.txt" ok; else report "no layers.txt" bad; fi

echo "test_layers: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
