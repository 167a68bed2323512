#!/bin/sh
# What `make install` lays down beside programs: manual pages into BUILD/man/, completion, samples and units into BUILD/share/:
# share.sh BUILD PREFIX. Without scdoc there are no manual pages, and that is said.
set -eu
build=$(cd "$1" && pwd)
prefix=$2
cd "$(dirname "$0")/.."
to=$build/share
rm -rf "$to"
mkdir -p "$to/sysusers" "$to/tmpfiles" "$build/man"
if command -v scdoc >"$build/man/scdoc.txt"; then
    sh docs/man/generate.sh "$build"
else
    echo "no manual pages: they need scdoc (Debian's package of that name)" >&2
fi
rm -f "$build/man/scdoc.txt"
sh packaging/completion.sh "$build" >"$to/spoolctl"
sh packaging/sample.sh "$build" >"$to/pdfspool.ini"
"$build/spoolctl" config sample spool >"$to/spool.ini"
for unit in packaging/systemd/*.service packaging/systemd/*.socket; do
    sed "s|@prefix@|$prefix|g" "$unit" >"$to/${unit##*/}"
done
cp packaging/systemd/pdfspool.sysusers "$to/sysusers/pdfspool.conf"
cp packaging/systemd/pdfspool.tmpfiles "$to/tmpfiles/pdfspool.conf"
