#!/bin/sh
# Inside of a Debian that systemd has booted, with the packages installed and an empty spool in /srv/spool: the units do their work, survive a kill
# and an upgrade, and end. Called by deb.sh, as a service; what it finds is in /booted.log.
set -u
passed=0 failed=0
check() { # what, status
    if [ "$2" -eq 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAIL booted: $1"; fi
}
worker=pdfspool-extractd@srv-spool page=pdfspool-spoold@srv-spool
property() { systemctl show -P "$2" "$1"; }
ctl() { runuser -u pdfspool -- spoolctl --spool /srv/spool "$@"; }
ended() { find /srv/spool/done /srv/spool/failed -name '*.pdf' | wc -l; }
until_ended() { # how many, seconds
    for _ in $(seq "$2"); do
        [ "$(ended)" -ge "$1" ] && return
        sleep 1
    done
    return 1
}
samples() { # folder; born whole: by a rename, and by the right user
    runuser -u pdfspool -- /mkpdf --samples "/srv/spool/.$1" && mv "/srv/spool/.$1" "/srv/spool/pending/$1"
}

samples one
systemctl start "$worker" "$page"
check "both start" $?
until_ended 13 60
check "all samples come to an end: $(ended)" $?
grep -q '"sandbox": *"full"' /srv/spool/done/one/scan.json
check "in the full sandbox, inside of the unit: $(grep -o '"sandbox": *"[a-z]*"' /srv/spool/done/one/scan.json)" $?
for _ in $(seq 30); do
    curl -s -f http://127.0.0.1:8090/readyz && break
    sleep 1
done
curl -s http://127.0.0.1:8090/status.txt | grep -q '^  done  *10$'
check "the page shows them" $?
case $(property "$worker" StatusText) in *"in hand"*) true ;; *) false ;; esac
check "the worker tells how it stands: $(property "$worker" StatusText)" $?
for unit in "$worker" "$page"; do
    before=$(property "$unit" MainPID)
    systemctl reload "$unit" && [ "$(property "$unit" MainPID)" = "$before" ]
    check "$unit is reloaded" $?
done

# An upgrade with work at hand: each is started anew once, by no crash, and no attempt is spent.
old_worker=$(property "$worker" MainPID) old_page=$(property "$page" MainPID)
samples two
sleep 1
dpkg -i /packages/*.deb
check "an upgrade" $?
[ "$(property "$worker" MainPID)" != "$old_worker" ] && [ "$(property "$page" MainPID)" != "$old_page" ]
check "starts both anew" $?
journalctl --sync
starts=$(for unit in "$worker" "$page"; do journalctl -b -o cat -u "$unit" | grep -c '^Started '; done | tr '\n' ' ')
[ "$starts" = "2 2 " ]
check "once: starts $starts" $?
until_ended 26 60
check "all is done: $(ended)" $?
! grep -h -o '"event":"retry"' /srv/spool/journal/*/*.jsonl
check "without an attempt spent" $?

systemctl kill -s KILL --kill-whom=main "$worker"
for _ in $(seq 20); do
    [ "$(property "$worker" NRestarts)" = 1 ] && [ "$(property "$worker" ActiveState)" = active ] && break
    sleep 1
done
[ "$(property "$worker" NRestarts)" = 1 ] && [ "$(property "$worker" ActiveState)" = active ]
check "one that is killed comes back" $?

systemctl stop 'pdfspool-*'
[ "$(property "$worker" Result)$(property "$worker" ActiveState)$(property "$page" Result)$(property "$page" ActiveState)" = successinactivesuccessinactive ]
check "both end well" $?
ctl audit --verify
check "audit" $?
dmesg_denied=$(journalctl -o cat | grep -c 'SECCOMP')
[ "$dmesg_denied" = 0 ]
check "no call was denied: $dmesg_denied" $?
echo "$passed passed, $failed failed"
