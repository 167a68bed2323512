#!/bin/sh
# Fetches axe-core, which the tests of the page go over it with, into BUILD/node: axe.sh BUILD. The lock file says which bytes it
# has to be. Where it cannot be had, that is said, and the tests leave that part out, saying so.
set -u
here=$(dirname "$0")
to=$1/node
[ -s "$to/node_modules/axe-core/axe.min.js" ] && cmp -s "$here/package-lock.json" "$to/package-lock.json" && exit 0
mkdir -p "$to" && cp "$here/package.json" "$here/package-lock.json" "$to/" &&
    timeout 120 npm ci --prefix "$to" --ignore-scripts --no-audit --no-fund --no-update-notifier >"$to/npm.log" 2>&1 || {
    rm -f "$to/package-lock.json"
    echo "axe-core could not be fetched ($to/npm.log says why): tests of the page leave it out"
}
exit 0
