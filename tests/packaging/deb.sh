#!/bin/sh
# The packages, in a Debian 12 of their own: lintian, installation, a document's way from pending/ to its text, the page, removal.
#     tests/packaging/deb.sh BUILD       (make deb has been called; needs root, debootstrap, lintian and a Debian mirror)
set -u
build=$(cd "$1" && pwd) || exit 2
root=$build/deb/root
passed=0 failed=0
check() { # what, status
    if [ "$2" -eq 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAIL $1"; fi
}
finish() {
    umount "$root/proc" 2>"$build/deb/umount.log"
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
    exit
}
inside() { chroot "$root" /usr/bin/env -i PATH=/usr/bin:/bin:/usr/sbin:/sbin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }
worker() { inside setpriv --reuid pdfspool --regid pdfspool --init-groups "$@"; }

[ "$(id -u)" = 0 ] || { echo "skipped: installing packages needs root"; exit 0; }
lintian --tag-display-limit 0 "$build"/deb/*.changes >"$build/deb/lintian.log" 2>&1
check "lintian finds nothing: $(grep '^[EW]:' "$build/deb/lintian.log" | head -n 3)" $?
! grep -q '^[EW]:' "$build/deb/lintian.log"
check "nor warns" $?

# shellcheck disable=SC2016 # apt's own names
mirror=$(apt-get indextargets --format '$(SITE) $(CODENAME)' 'Created-By: Packages' | awk '$2 == "bookworm" {print $1; exit}')
[ -n "$mirror" ] || { echo "FAIL no mirror of Debian 12 in apt's sources"; failed=1; finish; }
rm -rf "$root"
debootstrap --variant=minbase bookworm "$root" "$mirror" >"$build/deb/debootstrap.log" 2>&1
check "a fresh Debian 12: $(tail -n 1 "$build/deb/debootstrap.log")" $?
mount -t proc proc "$root/proc" || { check "proc in it" 1; finish; }
cp -r /etc/apt/sources.list* "$root/etc/apt/" && cp -r /usr/share/keyrings/. "$root/usr/share/keyrings/"
mkdir -p "$root/packages" && cp "$build"/deb/pdfspool-tools_*.deb "$build"/deb/pdfspool-web_*.deb "$build"/deb/pdfspool-worker_*.deb "$root/packages/"
inside apt-get update -qq >"$build/deb/apt.log" 2>&1
inside sh -c 'apt-get install -y -qq --no-install-recommends /packages/*.deb tesseract-ocr-eng curl' >>"$build/deb/apt.log" 2>&1
check "the packages are installed: $(tail -n 1 "$build/deb/apt.log")" $?
inside id pdfspool >"$build/deb/id.txt" 2>&1
check "there is a user for them: $(cat "$build/deb/id.txt")" $?

cp "$build/mkpdf" "$root/mkpdf"
inside install -d -o pdfspool -g pdfspool /srv/spool
worker spoolctl init /srv/spool >"$build/deb/init.log" 2>&1
check "a spool: $(tail -n 1 "$build/deb/init.log")" $?
worker /mkpdf --samples /srv/spool/pending/samples >"$build/deb/samples.log" 2>&1
check "samples" $?
worker sh -c 'cd /; sed -i "s/^[#;]* *settle_time *=.*/settle_time = 0/" /srv/spool/spool.ini; exec timeout 120 extractd --spool /srv/spool --config /etc/pdfspool/host.ini --once' >"$build/deb/worker.log" 2>&1
code=$?
[ $code = 0 ] || [ $code = 1 ] # some of the samples are broken on purpose
check "the worker: code $code: $(tail -n 1 "$build/deb/worker.log")" $?
[ -s "$root/srv/spool/done/samples/scan.txt" ]
check "a scanned page has its text" $?
grep -q '"sandbox": *"full"' "$root/srv/spool/done/samples/scan.json"
check "in the full sandbox: $(grep -o '"sandbox": *"[a-z]*"' "$root/srv/spool/done/samples/scan.json")" $?
worker spoolctl --spool /srv/spool audit --verify >"$build/deb/audit.log" 2>&1
check "audit: $(tail -n 1 "$build/deb/audit.log")" $?

# shellcheck disable=SC2016 # for the shell inside
worker sh -c 'spoold --spool /srv/spool --listen unix:/tmp/page.sock & echo $! >/tmp/page.pid
    for i in $(seq 100); do curl -s -f --unix-socket /tmp/page.sock http://localhost/readyz && break; sleep 0.1; done
    curl -s --unix-socket /tmp/page.sock http://localhost/ | grep -i "<title>"
    curl -s --unix-socket /tmp/page.sock http://localhost/status.txt; kill $(cat /tmp/page.pid); wait' >"$build/deb/page.log" 2>&1
grep -q '^ready' "$build/deb/page.log" && grep -q '<title>' "$build/deb/page.log"
check "the page: $(tail -n 1 "$build/deb/page.log")" $?

before=$(find "$root/srv/spool" -type f | wc -l)
inside apt-get purge -y -qq pdfspool-worker pdfspool-web pdfspool-tools >>"$build/deb/apt.log" 2>&1
check "they are removed: $(tail -n 1 "$build/deb/apt.log")" $?
[ ! -e "$root/usr/bin/extractd" ] && [ ! -e "$root/etc/pdfspool" ] && [ "$(find "$root/srv/spool" -type f | wc -l)" = "$before" ]
check "nothing of them is left, and the spool is untouched" $?
finish
