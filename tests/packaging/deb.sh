#!/bin/sh
# The packages, in a Debian 12 of their own: lintian, installation, a document's way from pending/ to its text, the page, removal.
# the user's number, an upgrade while the units run, and what a purge leaves alone.
#     tests/packaging/deb.sh BUILD       (make deb has been called; needs root, debootstrap, lintian and a Debian mirror)
set -u
build=$(cd "$1" && pwd) || exit 2
cd "$(dirname "$0")/../.." || exit 2
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
inside() { chroot "$root" /usr/bin/env -i PATH=/fake:/usr/bin:/bin:/usr/sbin:/sbin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }
worker() { inside setpriv --reuid pdfspool --regid pdfspool --init-groups "$@"; }

[ "$(id -u)" = 0 ] || { echo "skipped: installing packages needs root"; exit 0; }
lintian --tag-display-limit 0 "$build"/deb/*.changes >"$build/deb/lintian.log" 2>&1
check "lintian finds nothing: $(grep '^[EW]:' "$build/deb/lintian.log" | head -n 3)" $?
! grep -q '^[EW]:' "$build/deb/lintian.log"
check "nor warns" $?

# shellcheck disable=SC2016 # apt's own names
mirror=$(apt-get indextargets --format '$(SITE) $(CODENAME)' 'Created-By: Packages' | awk '$2 == "bookworm" {print $1; exit}')
[ -n "$mirror" ] || { echo "FAIL no mirror of Debian 12 in apt's sources"; failed=1; finish; }
python3 -c 'import sys, urllib.request as u; u.urlopen(sys.argv[1] + "/dists/bookworm/Release", timeout=20)' "$mirror" 2>"$build/deb/mirror.log" || {
    echo "skipped: installing them, as $mirror does not answer: $(tail -n 1 "$build/deb/mirror.log")"
    finish
}
rm -rf "$root"
debootstrap --variant=minbase bookworm "$root" "$mirror" >"$build/deb/debootstrap.log" 2>&1
check "a fresh Debian 12: $(tail -n 1 "$build/deb/debootstrap.log")" $?
mount -t proc proc "$root/proc" || { check "proc in it" 1; finish; }
cp -r /etc/apt/sources.list* "$root/etc/apt/" && cp -r /usr/share/keyrings/. "$root/usr/share/keyrings/"
mkdir -p "$root/packages" && cp "$build"/deb/pdfspool-tools_*.deb "$build"/deb/pdfspool-web_*.deb "$build"/deb/pdfspool-worker_*.deb "$root/packages/"
# Whose number is asked for before the packages come, has it.
mkdir -p "$root/etc/sysusers.d"
echo 'u pdfspool 1234 "pdfspool" / /usr/sbin/nologin' >"$root/etc/sysusers.d/pdfspool.conf"
inside apt-get update -qq >"$build/deb/apt.log" 2>&1
printf 'APT::Get::Assume-Yes "true";\nAPT::Install-Recommends "false";\nquiet "2";\n' >"$root/etc/apt/apt.conf.d/90test"
inside apt-get install systemd curl >>"$build/deb/apt.log" 2>&1
check "systemd is: $(tail -n 1 "$build/deb/apt.log")" $?
# shellcheck disable=SC2016 # these are markdown's
# The lines of OPERATING.md, on one machine that is file server and host; but for the export, the mount, and --now.
sed -n '/^## Install on three hosts/,/^## Logs/p' docs/OPERATING.md | sed -n '/^```/,/^```/p' |
    grep -E '^(apt-get install \./|install |runuser |systemctl enable )' |
    sed 's|\./pdfspool|/packages/pdfspool|g; s| --now | |; s| nfs-common||; s| *#.*||' >"$build/deb/walk.txt"
[ "$(grep -c . "$build/deb/walk.txt")" = 7 ]
check "the way of OPERATING.md: $(cat "$build/deb/walk.txt")" $?
while read -r line; do
    inside sh -c "$line" </dev/null >"$build/deb/walk.log" 2>&1
    check "$line: $(tail -n 2 "$build/deb/walk.log")" $?
    cat "$build/deb/walk.log" >>"$build/deb/apt.log"
done <"$build/deb/walk.txt"
inside id pdfspool >"$build/deb/id.txt" 2>&1
check "there is a user for them: $(cat "$build/deb/id.txt")" $?
[ "$(inside id -u pdfspool)" = 1234 ] && [ "$(inside id -g pdfspool)" = 1234 ]
check "with the number that was asked for: $(cat "$build/deb/id.txt")" $?
! grep -q 'has the number' "$build/deb/apt.log"
check "and nothing is told of it" $?
[ "$(inside stat -c '%U:%G %a' /var/lib/pdfspool /var/log/pdfspool | tr '\n' ' ')" = "pdfspool:pdfspool 750 pdfspool:adm 750 " ]
check "its folders" $?
inside spoolctl config check --config /etc/pdfspool/pdfspool.ini >"$build/deb/ini.log" 2>&1
check "the configuration that comes with them is right: $(tail -n 1 "$build/deb/ini.log")" $?
for unit in extractd spoold; do
    instance=$(inside systemd-escape -p "--template=pdfspool-$unit@.service" /srv/spool)
    [ "$instance" = "pdfspool-$unit@srv-spool.service" ]
    check "the instance of /srv/spool: $instance" $?
    [ -h "$root/etc/systemd/system/multi-user.target.wants/$instance" ]
    check "$instance is enabled" $?
    said=$(inside systemd-analyze verify --man=no "$instance" 2>&1 | grep pdfspool)
    [ -z "$said" ]
    check "$instance is understood: $said" $?
done

cp "$build/mkpdf" "$root/mkpdf"
worker /mkpdf --samples /srv/spool/pending/samples >"$build/deb/samples.log" 2>&1
check "samples" $?
worker sh -c 'cd /; sed -i "s/^[#;]* *settle_time *=.*/settle_time = 0/" /srv/spool/spool.ini; exec timeout 120 extractd --spool /srv/spool --config /etc/pdfspool/pdfspool.ini --once' >"$build/deb/worker.log" 2>&1
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

# The same under a real systemd, with the units as they are: booted.sh in a container.
booted() {
    umount "$root/proc"
    cp tests/packaging/booted.sh "$root/booted.sh"
    cat >"$root/etc/systemd/system/booted.service" <<'END'
[Unit]
SuccessAction=poweroff-force
FailureAction=poweroff-force
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'sh /booted.sh >/booted.log 2>&1'
END
    rm -rf "$root/srv/spool"
    inside install -d -o pdfspool -g pdfspool -m 2775 /srv/spool
    worker spoolctl init /srv/spool >"$build/deb/init.log" 2>&1
    sed -i 's/^[#;]* *settle_time *=.*/settle_time = 0/' "$root/srv/spool/spool.ini"
    timeout 300 systemd-nspawn --register=no --keep-unit -D "$root" --system-call-filter='landlock_create_ruleset landlock_add_rule landlock_restrict_self' \
        -b systemd.unit=booted.service >"$build/deb/nspawn.log" 2>&1 </dev/null
    mount -t proc proc "$root/proc"
}
booted
if [ -s "$root/booted.log" ]; then
    grep '^FAIL' "$root/booted.log"
    counts=$(tail -n 1 "$root/booted.log")
    case $counts in *" passed, "*" failed") ;; *) counts="0 passed, 1 failed" && echo "FAIL booted: it has not come to its end" ;; esac
    passed=$((passed + ${counts%% *}))
    counts=${counts#* passed, }
    failed=$((failed + ${counts%% *}))
else
    echo "skipped: the units under systemd, as no container can be booted here: $(tail -n 1 "$build/deb/nspawn.log")"
fi

# An upgrade with a manager that only notes what it is told, and knows of no worker that runs: none is stopped before.
mkdir -p "$root/fake" "$root/run/systemd/system"
printf '#!/bin/sh\necho "$*" >>/fake/told\n' >"$root/fake/systemctl"
chmod 755 "$root/fake/systemctl"
upgrade() {
    rm -f "$root/fake/told"
    inside sh -c 'dpkg -i /packages/*.deb' >"$build/deb/again.log" 2>&1 # (apt would not have the PATH of ours)
}
upgrade
check "an upgrade: $(tail -n 1 "$build/deb/again.log")" $?
[ "$(grep pdfspool-spoold "$root/fake/told")" = "try-restart pdfspool-spoold@*.service" ]
check "a page that runs is started anew, once: $(grep pdfspool-spoold "$root/fake/told")" $?
[ "$(grep pdfspool-extractd "$root/fake/told" | cut -d ' ' -f 1)" = list-units ]
check "a worker is only when it is the old one: $(grep pdfspool-extractd "$root/fake/told")" $?
! grep -q 'has the number' "$build/deb/again.log"
check "the number is still right" $?
echo 'u pdfspool 4321 "pdfspool" / /usr/sbin/nologin' >"$root/etc/sysusers.d/pdfspool.conf"
upgrade
grep -q 'pdfspool has the number 1234 here, and /etc/sysusers.d/pdfspool.conf asks for 4321' "$build/deb/again.log"
check "a number that cannot be given is told" $?

# What is not ours lies in the way of a purge: a spool, and a spool in the very folder of the page's state.
worker sh -c 'echo x >/var/lib/pdfspool/token; echo x >/var/log/pdfspool/a.log; spoolctl init /var/lib/pdfspool/spool' >"$build/deb/foreign.log" 2>&1
check "a spool in a bad place: $(tail -n 1 "$build/deb/foreign.log")" $?
everything() { find "$root/srv/spool" "$root/var/lib/pdfspool/spool" -printf '%P %i %T@ %s\n' | sort | sha256sum; }
before=$(everything)
rm -f "$root/fake/told"
inside dpkg --purge pdfspool-worker pdfspool-web pdfspool-tools >>"$build/deb/apt.log" 2>&1
check "they are removed: $(tail -n 1 "$build/deb/apt.log")" $?
for unit in extractd spoold; do
    grep -q "^stop pdfspool-$unit@\*" "$root/fake/told"
    check "what of $unit runs is stopped: $(cat "$root/fake/told")" $?
done
[ ! -e "$root/usr/bin/extractd" ] && [ ! -e "$root/etc/pdfspool" ] && [ ! -e "$root/var/lib/pdfspool/token" ] && [ ! -e "$root/var/log/pdfspool" ]
check "nothing of them is left" $?
[ "$(everything)" = "$before" ]
check "and the spools are untouched" $?
inside id pdfspool >"$build/deb/id.txt" 2>&1
check "the user stays, as its files do: $(cat "$build/deb/id.txt")" $?
finish
