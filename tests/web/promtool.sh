#!/bin/sh
# Says where a promtool is: promtool.sh BUILD. Debian has it in the package `prometheus`, whose installation would start a server on
# port 9090 that nobody has asked for; so only that file is taken out of the package, into BUILD/tools, and nothing is installed.
set -eu
if command -v promtool; then exit 0; fi
tools=$1/tools
if [ ! -x "$tools/promtool" ]; then
    fresh=$(mktemp -d)
    trap 'rm -rf "$fresh"' EXIT
    cd "$fresh"
    # As root apt says that it cannot become _apt here; a list of packages that is missing or old is fetched, and then tried once more.
    apt-get download prometheus >"$fresh/log" 2>&1 || {
        if [ "$(id -u)" = 0 ]; then apt-get update -qq >>"$fresh/log" 2>&1; else sudo -n apt-get update -qq >>"$fresh/log" 2>&1; fi
        apt-get download prometheus >>"$fresh/log" 2>&1 || {
            cat "$fresh/log" >&2
            exit 1
        }
    }
    dpkg-deb --fsys-tarfile prometheus_*.deb | tar -xf - ./usr/bin/promtool
    mkdir -p "$tools"
    mv usr/bin/promtool "$tools/promtool.$$"
    mv "$tools/promtool.$$" "$tools/promtool" # whole, or not there
fi
echo "$tools/promtool"
