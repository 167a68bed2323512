#!/bin/sh
# The Debian packages, into BUILD/deb/, out of what is committed: deb.sh BUILD. The packaging lies in packaging/debian/, as the top folder is for people.
set -eu
build=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."
version=$(dpkg-parsechangelog -l packaging/debian/changelog -S Version)
tree=$build/deb/pdfspool-$version
rm -rf "$build/deb"
mkdir -p "$tree"
git archive HEAD | tar -x -C "$tree"
cp -r "$tree/packaging/debian" "$tree/debian"
cd "$tree"
dpkg-buildpackage -b -us -uc -d >"$build/deb/build.log" 2>&1 || {
    tail -n 30 "$build/deb/build.log" >&2
    exit 1
}
ls -1 "$build/deb"/*.deb
