#!/usr/bin/env python3
"""Goal: caps and rates of a lane hold for three hosts together, at any instant, while one of them is killed; and all tokens come back."""
import glob
import json
import os
import random
from datetime import datetime

from spooltest import Checks, Spool, drop, small_pdf, until

t = Checks()
CAP, PER_MINUTE, BURST, SLOW, FAST = 2, 120, 5, 26, 15
CLOCK_MS = 25  # by how much two hosts' ideas of the server's clock may differ here
TAKEN_MS = 1500  # a document begins so long after it was counted, at most: it waits for a slot
SETTINGS = {'spool.settle_time': '0s', 'spool.beat_interval': '100ms', 'spool.self_stop': '1s', 'spool.lease_timeout': '3s',
            'worker.poll_min': '20ms', 'worker.poll_max': '100ms', 'worker.slots': '4', 'worker.cores': '2', 'worker.janitor_interval': '300ms',
            'text.duplicates': 'extract', 'lane:slow.max_running': str(CAP),
            'lane:fast.per_minute': str(PER_MINUTE), 'lane:fast.burst': str(BURST)}


def put(spool, path, data):
    os.makedirs(os.path.dirname(spool.pending(path)), exist_ok=True)
    drop(spool.pending(path), data)


def spans(spool, lane):
    """(begin, end, host) in ms of each document of the lane that came to an end."""
    found = []
    for path in glob.glob(os.fsdecode(spool.at(b'journal')) + '/*/*.jsonl'):
        with open(path, encoding='utf-8') as f:
            for line in f:
                one = json.loads(line)
                if one.get('event') == 'done' and one['path'].startswith(lane + '/'):
                    end = datetime.fromisoformat(one['time'].replace('Z', '+00:00')).timestamp() * 1000
                    found.append((end - one['ms'], end, path.split('/')[-2]))
    return sorted(found)


def most_at_once(those):
    """The most intervals that overlap at an instant, each made shorter by what the clocks are apart."""
    events = sorted([(b + CLOCK_MS, 1) for b, e, _ in those if e - b > 2 * CLOCK_MS] +
                    [(e - CLOCK_MS, -1) for b, e, _ in those if e - b > 2 * CLOCK_MS])
    now = most = 0
    for _, step in events:
        now += step
        most = max(most, now)
    return most


def worst_rate(those):
    """By how many documents any window goes beyond burst + time * rate; at most 0 is kept."""
    begins = [b for b, _, _ in those]
    return max(j - i + 1 - BURST - (begins[j] - begins[i] + TAKEN_MS) * PER_MINUTE / 60000
               for i in range(len(begins)) for j in range(i, len(begins)))


def judges():
    three = [(0, 1000, ''), (100, 900, ''), (200, 1200, '')]
    t.equal('the judge sees three at once', (most_at_once(three), most_at_once(three[:2]), most_at_once([(0, 100, ''), (100, 200, '')])), (3, 2, 1))
    late = TAKEN_MS * PER_MINUTE // 60000
    t.equal('and one too many', [worst_rate([(0, 0, '')] * (BURST + late + n)) for n in (0, 1)], [0, 1])


def main():
    with Spool(SETTINGS, name='caps') as spool:
        long = small_pdf('slow ' * 12, 9000) # longer than clocks are apart, on a fast machine too
        for i in range(SLOW):
            put(spool, b'slow/%d.pdf' % i, long)
        for i in range(FAST):
            put(spool, b'fast/%d.pdf' % i, small_pdf('fast %d' % i))
        hosts = {name: spool.start(host=name) for name in ('one', 'two', 'three')}
        t.check('a part is done', spool.wait_finished(8, 30), spool.finished())
        code, shown, _ = spool.ctl('quota', json_=True)
        quota = {q['name']: q for q in shown}
        t.check('quota: at most the cap is in use', code == 0 and quota['slow']['in_use'] <= CAP and
                quota['slow']['in_use'] + quota['slow']['free'] == CAP and quota['slow']['max_running'] == CAP, shown)
        t.check('quota: the rate', quota['fast']['rate']['per_minute'] == PER_MINUTE and quota['fast']['rate']['used_today'] >= 1, shown)
        users = [h['host'] for h in quota['slow']['hosts']]
        victim = random.Random(6).choice(users or sorted(hosts)) # one that has a token
        hosts[victim].kill_all()
        t.note('killed: %s, tokens in use by %s' % (victim, users))
        spool.start(host=victim)
        t.check('all are done', spool.wait_finished(SLOW + FAST, 60), spool.finished())
        t.equal('none failed', spool.failed(), [])
        slow, fast = spans(spool, 'slow'), spans(spool, 'fast')
        most = most_at_once(slow)
        t.check('never more than the cap at once', 1 <= most <= CAP, most)
        over = worst_rate(fast)
        t.check('never more than burst and rate', over <= 0, over)

        def all_back():
            now = {q['name']: q for q in spool.ctl('quota', json_=True)[1]}
            return now['slow']['in_use'] == 0 and now['slow']['free'] == CAP
        t.check('all tokens come back', until(all_back, 10, 0.2), spool.ctl('quota', json_=True)[1])
        code, found, _ = spool.ctl('audit', json_=True)
        t.check('audit', code == 0 and found['ok'], found)
        seconds = (max(e for _, e, _ in slow) - slow[0][0]) / 1000
        t.note('%d documents in %.1f s, %d at once at most; turns: %s; the rate: %.1f documents below what it allows' % (
            SLOW, seconds, most, {h: sum(x[2] == h for x in slow) for h in hosts}, -over))
        t.report('caps', {'documents': len(slow) + len(fast), 'hosts': len(hosts), 'hosts killed': 1, 'max_running': CAP,
                          'most at once': most, 'per minute': PER_MINUTE, 'documents above burst + rate': max(0, round(over)),
                          'tokens lost': 0})


judges()
main()
t.finish()
